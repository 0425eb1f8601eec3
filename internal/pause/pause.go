// Package pause lets a moment go by that a context may cut short.
package pause

import (
	"context"
	"time"
)

// For waits for d. It returns early, with the cause, when ctx ends first; with a d of zero or less it returns at once and asks only whether ctx has ended.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
