package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// API speaks to the daemon of a node, from outside its machine.
func (l *Lab) API(name string) *api.Client {
	dir := filepath.Dir(l.socket(name))
	if len(dir) > longestSocketDir {
		dir = l.alias(name, dir)
	}
	return api.NewClient(dir)
}

// longestSocketDir leaves room for the socket's name in the kernel's 107 bytes.
const longestSocketDir = 90

// alias is a short way to a directory below the places of a node: through this
// process's open directory, which is kept until Remove.
func (l *Lab) alias(name, dir string) string {
	base := placesOf(l.Dir(), name)
	l.handles.mu.Lock()
	defer l.handles.mu.Unlock()
	if l.open[name] == nil {
		f, err := os.Open(base)
		if err != nil {
			return dir // the client's error will name it
		}
		l.open[name] = f
	}
	rel, err := filepath.Rel(base, dir)
	if err != nil {
		return dir
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", l.open[name].Fd(), rel)
}

// Remove ends the lab and deletes its directory.
func (l *Lab) Remove() error {
	l.handles.mu.Lock()
	for _, f := range l.open {
		f.Close()
	}
	clear(l.open)
	l.handles.mu.Unlock()
	return l.Lab.Remove()
}

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
		_, starting := errors.AsType[*api.NotRunningError](err)
		if !starting && !errors.Is(err, syscall.ECONNRESET) { // reset: it ended while it was asked; its guard starts it again
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
