package applet

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/node"
)

func doctorCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{Use: "doctor", Short: "what this node observed, and what should be changed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(doctorTiming(c))
	return cmd
}

func doctorTiming(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "timing", Short: "which keepalive, warntime and deadtime suit this network and these machines",
		Long: `Shows how long the peers were silent between two signs of life, in all and on every link, and how late this node itself was
at what was due; and recommends timers from that: a deadtime of twice the longest silence, so that a busy network or machine is not
taken for a dead one. The longer a node has run, under its real load, the better the advice. Run it on every node and take the
larger values.

Exit codes: 0 the timers in force are safe, 1 they are shorter than what was observed asks for, 4 heartbeat does not run here.`,
		Example: "  heartbeat doctor timing\n  heartbeat doctor timing --json | jq .advice",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := c.soon()
			defer cancel()
			s, err := c.client().Status(ctx)
			if err != nil {
				return err
			}
			advice := adviseTiming(s.Timing)
			if asJSON {
				e := json.NewEncoder(c.Stdout)
				e.SetEscapeHTML(false)
				_ = e.Encode(struct {
					Timing node.TimingStatus `json:"timing"`
					Advice timingAdvice      `json:"advice"`
				}{s.Timing, advice})
			} else {
				c.printf("%s", renderTiming(s.Timing, advice))
			}
			if advice.Risky {
				return &exit{code: exitNotWell}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print observations and advice as one JSON object")
	return cmd
}

// A timingAdvice is what the observations ask for. Zero durations: nothing was observed.
type timingAdvice struct {
	Keepalive time.Duration `json:"keepalive_ns"`
	Warntime  time.Duration `json:"warntime_ns"`
	Deadtime  time.Duration `json:"deadtime_ns"`
	Risky     bool          `json:"risky"` // the deadtime in force is shorter than advised
	Sure      bool          `json:"sure"`  // observed for long enough to shorten timers
	Text      []string      `json:"text"`
}

const (
	observeAtLeast = 24 * time.Hour // before timers are shortened: a day has its backups
	observeSome    = 1000           // heartbeats before anything is advised
	beatsPerDeath  = 5              // heartbeats in a deadtime: one lost one, or three, must not be a death
)

// adviseTiming follows the classic advice (observe late heartbeats, then set deadtime well above them), with figures instead of log lines.
func adviseTiming(t node.TimingStatus) timingAdvice {
	a := timingAdvice{Sure: t.Observed >= observeAtLeast}
	var worst, usual time.Duration
	var count uint64
	var who string
	for _, s := range t.Silences {
		if s.Link != "" || s.Ping {
			continue
		}
		count += s.Count
		usual = max(usual, s.Nearly)
		if s.Longest > worst {
			worst, who = s.Longest, s.Node
		}
	}
	say := func(format string, args ...any) { a.Text = append(a.Text, fmt.Sprintf(format, args...)) }
	if count < observeSome {
		say("Too little was observed: %d heartbeats of peers, %d are needed. Ask again when the cluster has run for a while under its real load.", count, observeSome)
		return a
	}
	need := 2 * max(worst, t.Delays.Longest+t.Keepalive)
	a.Deadtime = nice(max(need, beatsPerDeath*t.Keepalive))
	a.Keepalive = min(t.Keepalive, nice(a.Deadtime/beatsPerDeath))
	a.Warntime = min(nice(max(usual*3/2, 2*a.Keepalive)), a.Deadtime*3/4)
	a.Risky = t.Deadtime < need
	switch {
	case a.Risky && worst >= t.Delays.Longest+t.Keepalive:
		say("deadtime %v is too short: %s was once silent for %v while it lived. Write: deadtime %s", t.Deadtime, who, brief(worst), haCf(a.Deadtime))
	case a.Risky:
		say("deadtime %v is too short: this node itself was once %v late. Write: deadtime %s; and look for load or swapping on this machine", t.Deadtime, brief(t.Delays.Longest), haCf(a.Deadtime))
	case t.Deadtime > 2*a.Deadtime && a.Sure:
		say("deadtime %v is longer than needed: a dead node could be noticed after %v. You may write: deadtime %s", t.Deadtime, a.Deadtime, haCf(a.Deadtime))
	case t.Deadtime > 2*a.Deadtime:
		say("deadtime %v may be longer than needed; what was observed so far would allow %v. Observe a whole day (it was %s) before you shorten it.", t.Deadtime, a.Deadtime, brief(t.Observed))
	default:
		say("deadtime %v suits what was observed: the longest silence was %v.", t.Deadtime, brief(worst))
	}
	if t.Warntime < usual {
		say("warntime %v warns of silences that are usual here (one in a thousand is longer than %v). Write: warntime %s", t.Warntime, brief(usual), haCf(a.Warntime))
	}
	if t.Keepalive*3 > t.Deadtime {
		say("keepalive %v is too long for deadtime %v: two lost packets are a death. Write: keepalive %s", t.Keepalive, t.Deadtime, haCf(a.Keepalive))
	}
	return a
}

// nice rounds up to a value that people write: 10 ms below a second, 100 ms below ten, seconds above.
func nice(d time.Duration) time.Duration {
	step := 10 * time.Millisecond
	switch {
	case d > 10*time.Second:
		step = time.Second
	case d > time.Second:
		step = 100 * time.Millisecond
	}
	return (d + step - 1) / step * step
}

// haCf writes a duration as ha.cf has it.
func haCf(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprint(int64(d / time.Second))
	}
	return fmt.Sprintf("%dms", (d+time.Millisecond-1)/time.Millisecond)
}

// brief shows a measured duration with three digits.
func brief(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond, 100 * time.Microsecond, 10 * time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Microsecond)
}

func renderTiming(t node.TimingStatus, a timingAdvice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Timers in force: keepalive %v, warntime %v, deadtime %v. Observed for %v.\n\n", t.Keepalive, t.Warntime, t.Deadtime, brief(t.Observed))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\tcount\thalf\t99 %\t99.9 %\tlongest\t\n")
	row := func(name string, g node.GapsStatus) {
		fmt.Fprintf(w, "%s\t%d\t%v\t%v\t%v\t%v\t\n", name, g.Count, brief(g.Half), brief(g.Most), brief(g.Nearly), brief(g.Longest))
	}
	for _, s := range t.Silences {
		name := "silence of " + s.Node
		if s.Link != "" {
			name = "on " + s.Link
		}
		row(name, s.GapsStatus)
	}
	row("this node was late by", t.Delays)
	_ = w.Flush()
	b.WriteByte('\n')
	for _, line := range a.Text {
		b.WriteString(line + "\n")
	}
	return b.String()
}
