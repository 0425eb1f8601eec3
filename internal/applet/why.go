package applet

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// A Why is the answer of heartbeat why.
type Why struct {
	Group     string                 `json:"group"`
	Home      string                 `json:"home"`
	Owner     string                 `json:"owner"` // empty: it runs nowhere
	State     string                 `json:"state"` // here
	Since     time.Time              `json:"since,omitzero"`
	Reason    string                 `json:"reason,omitempty"`
	Orders    []node.OrderStatus     `json:"orders,omitempty"` // about the group, or about all
	Chain     []WhyStep              `json:"chain"`            // oldest first; what this node knows
	Elsewhere []node.ElsewhereStatus `json:"elsewhere,omitempty"`
}

// A WhyStep is one event on the way to the present state.
type WhyStep struct {
	api.Event
	After time.Duration `json:"after_ns"` // the step before
}

func whyCommand(c *call) *cobra.Command {
	var asJSON bool
	var document string
	cmd := &cobra.Command{
		Use: "why GROUP|RESOURCE", Short: "why a group or a resource is where it is, and why it is not elsewhere",
		Long: `Shows the chain of events that brought a group to where it is, with the deciding numbers and how long each part took, and for every other
node why the group could not run there now: it is dead, drained, the group failed there and until when that counts. GROUP is the first
resource of its line in haresources, or a part of it that names one group.

The chain is what this node recorded. Of a group that runs on another node that node knows the rest.

With -x FILE (or CIB_file) it is about a resource of a cluster resource manager with that document: for each node the score, what it is made of, and
what decided; and what would be done next. RESOURCE is a primitive, a group, a clone, a bundle, or an instance.

Exit codes: 0 it runs (-x: it is to run), 1 there is no such group or resource, 2 it runs nowhere, 4 heartbeat does not run, 5 this user may not ask.`,
		Example: "  heartbeat why IPaddr::10.0.0.50/24\n  heartbeat why 10.0.0.50 --json\n  heartbeat why web -x cib.xml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if file := c.cibFile(document); file != "" {
				return c.whyCIB(file, args[0], asJSON)
			}
			ctx, cancel := c.soon()
			defer cancel()
			s, err := c.client().Status(ctx)
			if err != nil {
				return err
			}
			g, err := namedGroup(s, args[0])
			if err != nil {
				return err
			}
			events, err := c.client().Events(ctx, 0, 0)
			if err != nil {
				return err
			}
			w := whyOf(s, g, events)
			if asJSON {
				e := json.NewEncoder(c.Stdout)
				e.SetEscapeHTML(false)
				_ = e.Encode(w)
			} else {
				c.printf("%s", renderWhy(w, s, c.palette()))
			}
			if w.Owner == "" {
				return &exit{code: exitRefused}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	cmd.Flags().StringVarP(&document, "cib", "x", "", "about a resource of the cluster resource manager of that document: a `file`, - is standard input; also CIB_file")
	return cmd
}

// namedGroup finds the group of that key, or the only one whose key or a resource of which has the text in it.
func namedGroup(s node.Status, name string) (node.GroupStatus, error) {
	var found []node.GroupStatus
	var keys []string
	for _, g := range s.Groups {
		if g.Key == name {
			return g, nil
		}
		keys = append(keys, g.Key)
		in := strings.Contains(g.Key, name)
		for _, r := range g.Resources {
			in = in || strings.Contains(r.Word, name)
		}
		if in {
			found = append(found, g)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return node.GroupStatus{}, fmt.Errorf("there is no group %q; haresources has %s", name, strings.Join(keys, ", "))
	}
	return node.GroupStatus{}, fmt.Errorf("%q names more than one group: %s", name, strings.Join(keysOf(found), ", "))
}

func keysOf(list []node.GroupStatus) (keys []string) {
	for _, g := range list {
		keys = append(keys, g.Key)
	}
	return keys
}

// errNoChapter: the timeline is shorter than the life of the cluster.
var errNoChapter = errors.New("no event about the group is kept")

func whyOf(s node.Status, g node.GroupStatus, events []api.Event) Why {
	w := Why{Group: g.Key, Home: g.Home, Owner: g.Owner, State: g.State, Since: g.Since, Reason: g.Reason, Elsewhere: g.Elsewhere}
	for _, o := range s.Orders {
		if o.Subject == g.Key || o.Subject == "*" || o.Kind == "drain" && (o.Subject == g.Owner || o.Subject == g.Home) {
			w.Orders = append(w.Orders, o)
		}
	}
	last, err := lastChapter(events, g.Key)
	if err != nil {
		return w
	}
	chain := chainOf(events, last)
	chain = append(chain, operationsOf(events, chain)...)
	slices.SortStableFunc(chain, func(a, b api.Event) int { return int(a.ID) - int(b.ID) })
	for i, e := range chain {
		step := WhyStep{Event: e}
		if i > 0 {
			step.After = max(e.At.Sub(chain[i-1].At), 0)
		}
		w.Chain = append(w.Chain, step)
	}
	return w
}

// lastChapter is the index of the last event that changed where the group runs.
func lastChapter(events []api.Event, key string) (int, error) {
	for i := len(events) - 1; i >= 0; i-- {
		if e := events[i]; e.Subject == key && slices.Contains([]string{
			"group.acquired", "group.released", "group.failed", "group.stuck", "group.kept", "group.acquire", "group.release",
		}, e.Event) {
			return i, nil
		}
	}
	return 0, errNoChapter
}

// chainOf follows the causes back from an event.
func chainOf(events []api.Event, at int) []api.Event {
	chain := []api.Event{events[at]}
	for cause := events[at].Cause; cause != ""; {
		i := at - 1
		for i >= 0 && events[i].Ref() != cause {
			i--
		}
		if i < 0 {
			break
		}
		chain, cause, at = append(chain, events[i]), events[i].Cause, i
	}
	slices.Reverse(chain)
	return chain
}

// operationsOf are the starts and stops of single resources in a chain: each with the time it took.
func operationsOf(events, chain []api.Event) (out []api.Event) {
	for _, e := range events {
		if strings.HasPrefix(e.Event, "agent.") && slices.ContainsFunc(chain, func(c api.Event) bool { return e.ID > c.ID && c.Ref() == e.Cause }) {
			out = append(out, e)
		}
	}
	return out
}

func renderWhy(w Why, s node.Status, p palette) string {
	var b strings.Builder
	switch {
	case w.Owner == "":
		fmt.Fprintf(&b, "%s %s: %s\n", p.bold(w.Group), p.bad("runs nowhere"), w.Reason)
	case w.Owner == s.Node:
		fmt.Fprintf(&b, "%s runs on %s since %s: %s\n", p.bold(w.Group), p.good(w.Owner), since(w.Since, s.Now), w.Reason)
	default:
		fmt.Fprintf(&b, "%s runs on %s", p.bold(w.Group), p.good(w.Owner))
		if w.Reason != "" {
			fmt.Fprintf(&b, "; not on %s: %s", s.Node, w.Reason)
		}
		b.WriteByte('\n')
	}
	for _, o := range w.Orders {
		fmt.Fprintf(&b, "  %s\n", p.warn(orderLine(o)))
	}
	if len(w.Chain) > 0 {
		fmt.Fprintf(&b, "how it came (as %s saw it):\n", s.Node)
	}
	for i, e := range w.Chain {
		gap := ""
		if i > 0 {
			gap = "+" + short(e.After)
		}
		fmt.Fprintf(&b, "  %s %9s  %s\n", e.At.In(s.Now.Location()).Format("2006-01-02 15:04:05.000"), gap, e.Text)
	}
	if n := len(w.Chain); n > 1 {
		fmt.Fprintf(&b, "  from the first to the last: %s\n", short(w.Chain[n-1].At.Sub(w.Chain[0].At)))
	}
	for _, e := range w.Elsewhere {
		if e.Why == "" {
			fmt.Fprintf(&b, "%s could run it: %s\n", e.Node, couldWhy(w, e.Node))
			continue
		}
		fmt.Fprintf(&b, "not on %s: %s\n", e.Node, e.Why)
	}
	if w.Owner != "" && w.Owner != s.Node {
		fmt.Fprintf(&b, "%s knows more: heartbeat why %s there\n", w.Owner, w.Group)
	}
	return b.String()
}

// couldWhy says why a group is not on a node that could run it.
func couldWhy(w Why, name string) string {
	switch {
	case w.Owner == "":
		return "it is about to, or waits for others"
	case w.Home == name:
		return "it is its home; auto_failback gives it back only when its node returns, or: heartbeat move " + w.Group + " to " + name
	case w.Home == w.Owner:
		return "ready to take over; " + w.Owner + " is the home of the group"
	}
	return "ready to take over; the group stays where it is without a reason to move"
}

// orderLine is a standing order for people.
func orderLine(o node.OrderStatus) string {
	text := map[string]string{"drain": "node " + o.Subject + " is drained", "hold": o.Subject + " is held", "pin": "pinned to " + o.Node}[o.Kind]
	if o.Subject == "*" {
		text = "the whole cluster is held"
	}
	if o.By != "" {
		text += " by " + o.By
	}
	text += " since " + o.Since.Format("2006-01-02 15:04")
	if !o.Until.IsZero() {
		text += " until " + o.Until.Format("2006-01-02 15:04")
	}
	if o.Why != "" {
		text += ": " + o.Why
	}
	return text
}
