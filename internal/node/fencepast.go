package node

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/fencing"
	"heartbeat/internal/fsutil"
)

// fencePastFile in the state directory has a line for every fencing of the last hour: node, time.
const fencePastFile = "fencings"

// maxFencePast is how much of it is read.
const maxFencePast = 64 << 10

// readFencings reads what former lives did. What is not of that form is left out: the brake is then later, and nothing worse.
func readFencings(path string) (out []fencing.Shot) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	lines := bufio.NewScanner(bytes.NewReader(data[:min(len(data), maxFencePast)]))
	for lines.Scan() {
		name, text, ok := strings.Cut(lines.Text(), " ")
		at, err := time.Parse(time.RFC3339, text)
		if ok && err == nil && name != "" {
			out = append(out, fencing.Shot{Node: name, At: at})
		}
	}
	return out
}

// keepFencings writes it before the device is asked.
func (f *fencer) keepFencings(list []fencing.Shot) {
	var b bytes.Buffer
	for _, s := range list {
		fmt.Fprintf(&b, "%s %s\n", s.Node, s.At.Format(time.RFC3339))
	}
	if err := fsutil.Replace(f.past, b.Bytes(), 0o644); err != nil {
		f.record(event.Event{Kind: event.StateUnwritable, Subject: f.past, Text: "how often nodes were fenced is not remembered over a restart: " + err.Error()})
	}
}
