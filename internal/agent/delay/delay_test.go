package delay

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/agent/native"
)

func TestStatusNeverWaitsAndStartCanBeInterrupted(t *testing.T) {
	flags := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k := Kind()
		v, err := k.FromArgs([]string{"5", "2"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.New(v, native.Place{Instance: "x", Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		took := func(what string, want time.Duration, f func() error) {
			t.Helper()
			began := time.Now()
			if err := f(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if got := time.Since(began); got != want {
				t.Errorf("%s took %v, want %v", what, got, want)
			}
		}
		took("status of a stopped one", 0, func() error {
			if _, err := a.Status(t.Context()); native.CodeOf(err) != native.NotRunning {
				return errors.New("not stopped")
			}
			return nil
		})
		took("start", 5*time.Second, func() error { _, err := a.Start(t.Context()); return err })
		took("start again", 0, func() error { _, err := a.Start(t.Context()); return err })
		took("status", 0, func() error { _, err := a.Status(t.Context()); return err })
		took("stop", 2*time.Second, func() error { _, err := a.Stop(t.Context()); return err })
		took("stop again", 0, func() error { _, err := a.Stop(t.Context()); return err })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		took("an interrupted start", time.Second, func() error {
			if _, err := a.Start(ctx); !errors.Is(err, context.DeadlineExceeded) {
				return errors.New("was not interrupted")
			}
			return nil
		})
	})
}

func TestDelaysThatAreNone(t *testing.T) {
	k := Kind()
	for _, bad := range []string{"x", "-1", "1e9", "NaN"} {
		if _, err := k.New(native.Values{"startdelay": bad}, native.Place{Flags: t.TempDir()}); native.CodeOf(err) != native.Configured {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
