//go:build vm

package machine

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A record keeps one line a power-off in the file that HEARTBEAT_TEST_POWEROFFS_RECORD names, so that a long series may be broken off and
// gone on with: every run adds its rounds. Without the variable it lives in memory.
type record struct {
	t     *testing.T
	path  string
	lines []round
}

// A round is one power-off.
type round struct {
	acked int           // rows that were acknowledged in it
	lost  int           // acknowledged rows of this and earlier rounds of its run that are missing
	gap   time.Duration // from the cut to the first answer of the database
}

const roundLine = "acknowledged %d lost %d gap_ms %d"

func openRecord(t *testing.T) *record {
	t.Helper()
	r := &record{t: t, path: os.Getenv("HEARTBEAT_TEST_POWEROFFS_RECORD")}
	if r.path == "" {
		return r
	}
	text, err := os.ReadFile(r.path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(line, " ") // the time
		var one round
		var ms int64
		if _, err := fmt.Sscanf(rest, roundLine, &one.acked, &one.lost, &ms); err != nil {
			t.Fatalf("%s: %q is no line of a power-off: %v", r.path, strings.TrimSpace(line), err)
		}
		one.gap = time.Duration(ms) * time.Millisecond
		r.lines = append(r.lines, one)
	}
	return r
}

func (r *record) add(one round) {
	r.t.Helper()
	r.lines = append(r.lines, one)
	if r.path == "" {
		return
	}
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%s "+roundLine+"\n", time.Now().UTC().Format(time.RFC3339), one.acked, one.lost, one.gap.Milliseconds())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// summary is what all rounds of the record say together.
func (r *record) summary() string {
	if len(r.lines) == 0 {
		return "no power-off"
	}
	acked, lost := 0, 0
	var gaps []time.Duration
	for _, one := range r.lines {
		acked, lost, gaps = acked+one.acked, lost+one.lost, append(gaps, one.gap)
	}
	slices.Sort(gaps)
	return fmt.Sprintf("%d power-offs, %d acknowledged rows, %d lost; service gap median %v, worst %v (emulated machines)",
		len(r.lines), acked, lost, gaps[len(gaps)/2].Round(100*time.Millisecond), gaps[len(gaps)-1].Round(100*time.Millisecond))
}
