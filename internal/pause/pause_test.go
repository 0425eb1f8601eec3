package pause

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPauseLastsAsLongAsAskedUnlessItsContextEnds(t *testing.T) {
	cause := errors.New("enough")
	for _, c := range []struct {
		ask, cancel, lasts time.Duration
		want               error
	}{
		{time.Minute, time.Hour, time.Minute, nil},
		{time.Hour, time.Minute, time.Minute, cause},
		{0, time.Hour, 0, nil},
		{-time.Second, time.Hour, 0, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			timer := time.AfterFunc(c.cancel, func() { cancel(cause) })
			defer timer.Stop()
			began := time.Now()
			if err := For(ctx, c.ask); err != c.want || time.Since(began) != c.lasts {
				t.Errorf("%v cut short after %v: %v after %v", c.ask, c.cancel, err, time.Since(began))
			}
		})
	}
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if err := For(ended, 0); err != cause {
		t.Errorf("no pause with an ended context: %v", err)
	}
}
