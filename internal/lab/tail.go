package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// lastWords are the last lines a node's daemon printed.
func (l *Lab) lastWords(node string) string {
	data, err := os.ReadFile(l.Place(node, runLog))
	if err != nil || len(data) == 0 {
		return "(none)"
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}

// tailEvery is how often a followed log is looked at.
const tailEvery = 100 * time.Millisecond

// showLog copies a log to w, and with follow what is added to it until ctx is done.
func showLog(ctx context.Context, w io.Writer, path string, follow bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer f.Close()
	for {
		if _, err := io.Copy(w, f); err != nil {
			return err
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tailEvery):
		}
	}
}
