package applet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// A drill is a rehearsed hand-over and its way back.
type drill struct {
	*call
	group, node string // one of them is named
	yes, json   bool
	timeout     time.Duration
}

// A drillReport is what a drill found.
type drillReport struct {
	Passed  bool       `json:"passed"`
	Group   string     `json:"group,omitempty"`
	Node    string     `json:"node,omitempty"`
	From    string     `json:"from"`
	To      string     `json:"to,omitempty"`
	Began   time.Time  `json:"began"`
	Legs    []drillLeg `json:"legs"`
	Failure string     `json:"failure,omitempty"`
}

// A drillLeg is one hand-over: away, or back.
type drillLeg struct {
	What    string        `json:"what"`
	Took    time.Duration `json:"took_ns"`
	Text    string        `json:"text"`
	Outages []outage      `json:"outages"` // of each service address, as this node saw it
}

func drillCommand(c *call) *cobra.Command {
	d := drill{call: c}
	cmd := &cobra.Command{
		Use: "drill [GROUP]", Short: "rehearse a fail-over on the real cluster, measure it, and go back",
		Long: `Never needed it and it works are not the same thing. A drill first makes sure that all is well and that another node can take over;
it moves the group to that node, measures how long its service addresses were away as this node sees them (an echo every 10 ms), and moves
it back. With --node it drains that node (everything it runs goes elsewhere, as at a graceful stop), and then brings home what it had.
Without GROUP the first group that can be moved.

It refuses while anything needs attention, while an order (drain, hold, pin) stands, while a C Heartbeat node takes part, and while
another drill of this node is under way. Clients notice a drill: do it when they may.

Exit codes: 0 passed, 1 failed (the report says where), 2 refused, 3 timed out, 4 heartbeat does not run, 5 this user may not ask.`,
		Example: "  heartbeat drill IPaddr::10.0.0.50/24\n  heartbeat drill --node node1 --yes --json >> /var/log/drills",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				d.group = args[0]
			}
			if d.group != "" && d.node != "" {
				return &wrongUsage{errors.New("name a group or --node, not both")}
			}
			return d.run()
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.node, "node", "", "drain this `node` instead of moving one group")
	f.BoolVarP(&d.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&d.json, "json", false, "print the report as JSON")
	f.DurationVar(&d.timeout, "timeout", defaultWait, "how long each hand-over may take")
	return cmd
}

func (d *drill) run() error {
	unlock, err := lockDrill(filepath.Join(d.Run, "drill.lock"))
	if err != nil {
		return &exit{exitRefused, err.Error()}
	}
	defer unlock()
	ctx, cancel := d.soon()
	s, err := d.client().Status(ctx)
	cancel()
	if err != nil {
		return err
	}
	away, back, report, err := d.prepare(s)
	if err != nil {
		return &exit{exitRefused, "refused: " + err.Error()}
	}
	if !d.yes && !d.confirmed(report) {
		return &exit{exitRefused, "nothing was done; with --yes it does not ask"}
	}
	report.Began = time.Now()
	addresses := d.addresses(s, report)
	leg, err := d.leg("away", addresses, away)
	report.Legs = append(report.Legs, leg)
	if err == nil || len(back) > 0 && report.Node != "" { // a drain is always taken back
		var err2 error
		leg, err2 = d.leg("back", addresses, back...)
		report.Legs = append(report.Legs, leg)
		err = errors.Join(err, err2)
	}
	report.Passed = err == nil
	if err != nil {
		report.Failure = err.Error()
	}
	d.show(report)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &exit{code: exitTimedOut}
	case err != nil:
		return &exit{code: exitNotWell}
	}
	return nil
}

// A said is one verb of a drill.
type said struct {
	verb string
	req  api.VerbRequest
}

// prepare judges whether it is safe, and plans both ways.
func (d *drill) prepare(s node.Status) (away said, back []said, r drillReport, err error) {
	if err = safeToDrill(s); err != nil {
		return
	}
	if d.node != "" {
		r.Node, r.From = d.node, d.node
		away = said{"drain", api.VerbRequest{Node: d.node, Why: "drill", For: time.Hour}}
		back = []said{{"resume", api.VerbRequest{Group: d.node}}}
		held := 0
		for _, g := range s.Groups {
			if g.Owner != d.node {
				continue
			}
			held++
			if heirOf(g) == "" {
				err = fmt.Errorf("no other node can run %s now", g.Key)
				return
			}
			back = append(back, said{"move", api.VerbRequest{Group: g.Key, Node: d.node}})
		}
		if held == 0 {
			err = fmt.Errorf("%s runs nothing, so there is nothing to rehearse", d.node)
		}
		return
	}
	for _, g := range s.Groups {
		if d.group != "" && g.Key != d.group || g.Owner == "" {
			continue
		}
		to := heirOf(g)
		if to == "" {
			continue
		}
		r.Group, r.From, r.To = g.Key, g.Owner, to
		away = said{"move", api.VerbRequest{Group: g.Key, Node: to}}
		back = []said{{"move", api.VerbRequest{Group: g.Key, Node: g.Owner}}}
		return
	}
	if d.group != "" {
		var g node.GroupStatus
		if g, err = namedGroup(s, d.group); err == nil && g.Key != d.group {
			d.group = g.Key
			return d.prepare(s)
		}
	}
	if err == nil {
		err = errors.New("no group can be moved to another node now; heartbeat why GROUP says why not")
	}
	return
}

func heirOf(g node.GroupStatus) string {
	for _, e := range g.Elsewhere {
		if e.Why == "" {
			return e.Node
		}
	}
	return ""
}

// safeToDrill says why this is no moment for a drill.
func safeToDrill(s node.Status) error {
	switch {
	case s.State != "running" || s.Waiting != "" || !s.Stable || s.Standby != "":
		return errors.New("the cluster is in transition; look at heartbeat status")
	case len(s.Orders) > 0:
		return errors.New("a standing order is in force: " + orderLine(s.Orders[0]) + "; heartbeat resume all ends it")
	case !s.Protected:
		return errors.New("no other active node could take over")
	case len(s.Attention) > 0:
		return errors.New("something needs attention first: " + strings.Join(s.Attention, "; "))
	}
	for _, n := range s.Nodes {
		if n.Kind == "c" && n.Status != "dead" {
			return fmt.Errorf("%s runs C Heartbeat, which moves no single groups; rehearse with hb_standby and hb_takeover", n.Name)
		}
	}
	for _, g := range s.Groups {
		if g.Owner == "" || g.State == "failed" {
			return fmt.Errorf("%s is not well", g.Key)
		}
	}
	return nil
}

// confirmed asks a human; without a terminal nobody can answer.
func (d *drill) confirmed(r drillReport) bool {
	if !isTerminal(d.Stdout) {
		return false
	}
	what := r.Group + " goes from " + r.From + " to " + r.To
	if r.Node != "" {
		what = r.Node + " gives up everything"
	}
	d.complain("%s and comes back; clients are interrupted twice for a moment. Go on? (yes/no) ", what)
	var answer string
	_, err := fmt.Fscanln(d.Stdin, &answer)
	return err == nil && answer == "yes"
}

// leg carries out verbs while the addresses are watched.
func (d *drill) leg(what string, addresses []netip.Addr, verbs ...said) (drillLeg, error) {
	leg := drillLeg{What: what}
	if !d.json {
		d.complain("%s ...\n", what)
	}
	watch := watchAddresses(d.ctx, addresses)
	began := time.Now()
	var err error
	for _, v := range verbs {
		var answer api.Answer
		ctx, cancel := context.WithTimeout(d.ctx, d.timeout)
		answer, err = d.client().Verb(ctx, v.verb, v.req)
		cancel()
		leg.Text = answer.Text
		if err == nil && answer.Refused {
			err = errors.New(answer.Text)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", what, err)
			break
		}
	}
	leg.Took = time.Since(began)
	leg.Outages = watch.end()
	for _, o := range leg.Outages {
		if err == nil && o.Lost {
			err = fmt.Errorf("%s: %s does not answer afterwards", what, o.Address)
		}
	}
	return leg, err
}

// addresses are the service addresses that the drill moves.
func (d *drill) addresses(s node.Status, r drillReport) (out []netip.Addr) {
	for _, g := range s.Groups {
		if g.Key != r.Group && (r.Node == "" || g.Owner != r.Node) {
			continue
		}
		for _, res := range g.Resources {
			if a, ok := addressIn(res.Word); ok {
				out = append(out, a)
			}
		}
	}
	return out
}

// addressIn finds the service address of a resource word.
func addressIn(word string) (netip.Addr, bool) {
	name, rest, ok := strings.Cut(word, "::")
	if !ok {
		name, rest = "", word
	}
	if name != "" && !strings.HasPrefix(name, "IPaddr") && name != "IPv6addr" {
		return netip.Addr{}, false
	}
	rest, _, _ = strings.Cut(rest, "/")
	a, err := netip.ParseAddr(rest)
	return a, err == nil
}

func (d *drill) show(r drillReport) {
	if d.json {
		e := json.NewEncoder(d.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(r)
		return
	}
	p := d.palette()
	word := p.good("PASSED")
	if !r.Passed {
		word = p.bad("FAILED")
	}
	what := r.Group + " from " + r.From + " to " + r.To + " and back"
	if r.Node != "" {
		what = "everything from " + r.Node + " and back"
	}
	d.printf("drill of %s: %s, %s\n", r.Began.Format("2006-01-02 15:04:05"), word, what)
	for _, l := range r.Legs {
		d.printf("  %-4s  took %s: %s\n", l.What, short(l.Took), l.Text)
		for _, o := range l.Outages {
			d.printf("        %s\n", o)
		}
	}
	if r.Failure != "" {
		d.printf("  %s\n", p.bad(r.Failure))
	}
}

// lockDrill makes sure that there is one drill at a time on this node. The kernel drops the lock with the process.
func lockDrill(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return func() {}, nil // heartbeat does not run, which the first question says
	}
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("refused: another drill of this node is under way")
	}
	return func() { f.Close() }, nil
}
