package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// API speaks to the daemon of a node, from outside its machine.
func (l *Lab) API(name string) *api.Client { return api.NewClient(filepath.Dir(l.socket(name))) }

// Status asks the daemon of a node how it is.
func (l *Lab) Status(ctx context.Context, name string) (node.Status, error) {
	return l.API(name).Status(ctx)
}

// pollEvery is how often a not yet existing socket is tried.
const pollEvery = 5 * time.Millisecond

// WaitDaemon waits until the daemon of a node answers.
func (l *Lab) WaitDaemon(ctx context.Context, name string) error {
	for {
		_, err := l.Status(ctx, name)
		if err == nil {
			return nil
		}
		if _, starting := errors.AsType[*api.NotRunningError](err); !starting {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !l.DaemonRuns(name) {
			return fmt.Errorf("heartbeat on %s ended; its last words: %s", name, l.lastWords(name))
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return fmt.Errorf("heartbeat on %s does not answer: %w", name, context.Cause(ctx))
		}
	}
}

// WaitEvent waits for a record of a node's timeline that matches, old ones with
// an ID above after included.
func (l *Lab) WaitEvent(ctx context.Context, name string, after uint64, match func(api.Event) bool) (api.Event, error) {
	var found api.Event
	done := errors.New("found")
	err := l.API(name).Follow(ctx, after, func(e api.Event) error {
		if !match(e) {
			return nil
		}
		found = e
		return done
	})
	if errors.Is(err, done) {
		return found, nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return found, fmt.Errorf("waiting for an event of %s: %w", name, err)
}

// LastEvent is the ID of the newest record of a node's timeline; 0 when it is not running.
func (l *Lab) LastEvent(ctx context.Context, name string) uint64 {
	list, err := l.API(name).Events(ctx, 0, 0)
	if err != nil || len(list) == 0 {
		return 0
	}
	return list[len(list)-1].ID
}
