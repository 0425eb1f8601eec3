package applet

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
)

// eventFlags is what of the timeline is wanted.
type eventFlags struct {
	follow, json bool
	since        string
	last         int
	level        string
}

func eventsCommand(c *call) *cobra.Command {
	var f eventFlags
	cmd := &cobra.Command{
		Use: "events", Short: "the timeline: what happened, and because of what",
		Long: `Shows the timeline of this node: one line a change, a complete sentence, and in brackets its stable name with the chain
of causes that led to it. heartbeat explain NAME tells what a name means and what to do about it.

When the node does not run, the last events are read from its state directory.`,
		Example: `  heartbeat events
  heartbeat events -f
  heartbeat events --since 10m --level warning
  heartbeat events --since "2026-11-21 04:00" --json | jq -r .text`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.events(f) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.follow, "follow", "f", false, "go on with what happens, until interrupted")
	fl.BoolVar(&f.json, "json", false, "one JSON object a line")
	fl.StringVar(&f.since, "since", "", "only what happened since `WHEN`: a duration such as 10m or 2h, or a time such as 2026-11-21 04:00")
	fl.IntVarP(&f.last, "last", "n", 100, "at most the last `N`; 0: all that are kept")
	fl.StringVar(&f.level, "level", "info", "only this `LEVEL` and above: debug, info, warning, error")
	return cmd
}

func (c *call) events(f eventFlags) error {
	show, err := c.newEventPrinter(f)
	if err != nil {
		return err
	}
	ctx, cancel := c.soon()
	defer cancel()
	list, err := c.client().Events(ctx, 0, 0)
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped && !f.follow {
		var file string
		if list, file, err = c.journal(err); err == nil {
			c.complain("heartbeat does not run here; these are its last events, from %s\n", file)
		}
	}
	if err != nil {
		return err
	}
	var last uint64
	if len(list) > 0 {
		last = list[len(list)-1].ID
	}
	show.list(list, f.last)
	if !f.follow {
		return nil
	}
	err = c.client().Follow(c.ctx, last, func(e api.Event) error { show.one(e); return nil })
	switch {
	case c.ctx.Err() != nil:
		return nil
	case errors.Is(err, io.EOF):
		return &exit{exitNotRunning, "the node has ended"}
	}
	return err
}

// journal reads the events that a node which does not run left behind.
func (c *call) journal(notRunning error) (list []api.Event, file string, err error) {
	file = filepath.Join(c.State, "events.jsonl")
	in, err := os.Open(file)
	if err != nil {
		return nil, file, notRunning
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e api.Event
		if json.Unmarshal(lines.Bytes(), &e) == nil { // a line torn by a crash is left out
			list = append(list, e)
		}
	}
	return list, file, lines.Err()
}

// longestChain is how many links of a chain of causes are shown.
const longestChain = 6

// An eventPrinter prints events and remembers them, to tell chains of causes.
type eventPrinter struct {
	out     io.Writer
	json    bool
	since   time.Time
	level   int
	palette palette
	chains  map[string][]string // Ref of an event, and its bare name → it and what led to it
}

func levels() []string { return []string{"debug", "info", "warning", "error"} }

func (c *call) newEventPrinter(f eventFlags) (*eventPrinter, error) {
	since, err := sinceWhen(f.since, time.Now())
	if err != nil {
		return nil, &wrongUsage{err}
	}
	p := &eventPrinter{out: c.Stdout, json: f.json, since: since, level: -1, palette: c.palette(), chains: map[string][]string{}}
	for i, l := range levels() {
		if l == f.level {
			p.level = i
		}
	}
	if p.level < 0 {
		return nil, &wrongUsage{fmt.Errorf("--level %s: say one of %s", f.level, strings.Join(levels(), ", "))}
	}
	return p, nil
}

// sinceWhen reads --since: a duration back from now, or a local time.
func sinceWhen(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %q is neither a duration (10m, 2h, 3d) nor a time (15:04, 2006-01-02 15:04)", s)
}

func (p *eventPrinter) wanted(e api.Event) bool {
	level := len(levels())
	for i, l := range levels() {
		if l == e.Level {
			level = i
		}
	}
	return level >= p.level && !e.At.Before(p.since)
}

// list prints the last max of the wanted events; 0 is all.
func (p *eventPrinter) list(all []api.Event, max int) {
	n := 0
	for _, e := range all {
		if p.wanted(e) {
			n++
		}
	}
	skip := 0
	if max > 0 && n > max {
		skip = n - max
	}
	for _, e := range all {
		if p.wanted(e) && skip > 0 {
			skip--
			p.remember(e)
			continue
		}
		p.one(e)
	}
}

// remember keeps the chain of causes that led to an event, as it is now: the same thing may happen again for other reasons.
func (p *eventPrinter) remember(e api.Event) {
	chain := []string{e.Ref()}
	if e.Cause != "" {
		before, ok := p.chains[e.Cause]
		if !ok {
			before = []string{e.Cause}
		}
		for _, ref := range before {
			if slices.Contains(chain, ref) || len(chain) == longestChain {
				break // it went in circles: a retry after a failure, a failure after a retry
			}
			chain = append(chain, ref)
		}
	}
	p.chains[e.Ref()], p.chains[e.Event] = chain, chain
}

func (p *eventPrinter) one(e api.Event) {
	p.remember(e)
	if !p.wanted(e) {
		return
	}
	if p.json {
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(e)
		return
	}
	text := e.Text
	if text == "" {
		text = e.Ref()
	}
	fmt.Fprintf(p.out, "%s %s %s %s\n", e.At.Local().Format("2006-01-02 15:04:05.000"), p.levelWord(e.Level), text, p.palette.dim("["+p.chain(e)+"]"))
}

// chain is the event's name followed by what led to it, back to the root.
func (p *eventPrinter) chain(e api.Event) string { return strings.Join(p.chains[e.Ref()], " <- ") }

func (p *eventPrinter) levelWord(level string) string {
	word := fmt.Sprintf("%-7s", level)
	switch level {
	case "error":
		return p.palette.bad(word)
	case "warning":
		return p.palette.warn(word)
	}
	return word
}
