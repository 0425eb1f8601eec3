package applet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/takeover"
)

// renderStatus answers four questions on one screen: is my service up, where, is it
// protected, what should I do.
func renderStatus(s node.Status, p palette) string {
	var b strings.Builder
	fmt.Fprintf(&b, "services: %s   protected: %s\n", servicesWord(s, p), protectedWord(s, p))
	if s.Waiting != "" {
		fmt.Fprintf(&b, "waiting: %s\n", p.warn(s.Waiting))
	}
	if s.Standby != "" {
		fmt.Fprintf(&b, "hand-over: %s\n", p.warn(s.Standby))
	}
	writeNodes(&b, s, p)
	writeMembership(&b, s, p)
	writeGroups(&b, s, p)
	writeCut(&b, s, p)
	if len(s.Attention) == 0 {
		fmt.Fprintf(&b, "attention: %s\n", p.good("none"))
	}
	for _, a := range s.Attention {
		fmt.Fprintf(&b, "attention: %s\n", p.warn(a))
	}
	return b.String()
}

// servicesWord says how many groups run somewhere.
func servicesWord(s node.Status, p palette) string {
	up := 0
	for _, g := range s.Groups {
		if groupUp(s, g) {
			up++
		}
	}
	detail := fmt.Sprintf(" (%d of %s)", up, count(len(s.Groups), "group"))
	switch {
	case s.State == "stopping":
		return p.warn("LEAVING") + detail
	case s.State != "running" || s.Waiting != "":
		return p.warn("STARTING") + detail
	case len(s.Groups) == 0:
		return "none in haresources"
	case up == len(s.Groups):
		return p.good("UP") + detail
	case up == 0:
		return p.bad("DOWN") + detail
	}
	return p.bad("PARTLY DOWN") + detail
}

// protectedWord says whether somebody could take over now, and who.
func protectedWord(s node.Status, p palette) string {
	var ready []string
	for _, n := range s.Nodes {
		if n.Type == "normal" && !n.Self && n.Status == "active" {
			ready = append(ready, n.Name)
		}
	}
	if s.Protected {
		return p.good("yes") + " (" + strings.Join(append(ready, "ready"), " ") + ")"
	}
	if len(ready) == 0 {
		return p.bad("no") + " (no other active node)"
	}
	return p.bad("no")
}

func writeNodes(b *strings.Builder, s node.Status, p palette) {
	names, words := 0, 0
	for _, n := range s.Nodes {
		names, words = max(names, len(n.Name)), max(words, len(n.Status))
	}
	for _, n := range s.Nodes {
		for _, o := range s.Orders {
			if o.Kind == "drain" && o.Subject == n.Name {
				n.Status = "drained" // which says more
				words = max(words, len(n.Status))
			}
		}
		fmt.Fprintf(b, "  %-*s  %s%s  %s%s\n", names, n.Name, nodeWord(n, p), strings.Repeat(" ", words-len(n.Status)), heardWord(n), linkWords(n, p)+reachWords(n, p))
	}
}

func nodeWord(n node.NodeStatus, p palette) string {
	switch n.Status {
	case "active", "ping":
		return p.good(n.Status)
	case "dead":
		return p.bad(n.Status)
	}
	return p.warn(n.Status)
}

// heardWord says how fresh the knowledge about a node is.
func heardWord(n node.NodeStatus) string {
	kind := ""
	if n.Kind == "c" {
		kind = ", C Heartbeat"
	}
	switch {
	case n.Self:
		return "this node"
	case n.Type == "ping":
		return "ping node"
	case n.HeardAgo < 0:
		return "never heard"
	}
	return "heard " + short(n.HeardAgo) + " ago" + kind
}

func linkWords(n node.NodeStatus, p palette) string {
	if len(n.Links) == 0 || n.Self {
		return ""
	}
	var words []string
	for _, l := range n.Links {
		word := p.good("ok")
		if !l.Up {
			word = p.bad("silent")
		}
		if n.Type == "ping" { // its link bears its own name
			return "  " + word
		}
		words = append(words, l.Name+" "+word)
	}
	return "  links " + strings.Join(words, ", ")
}

// reachWords says how a node is connected to the outside world: each service interface once, and the ping nodes.
func reachWords(n node.NodeStatus, p palette) string {
	if n.Reach == nil {
		return ""
	}
	var words, seen []string
	for _, s := range n.Reach.Services {
		if slices.Contains(seen, s.Interface) {
			continue
		}
		seen = append(seen, s.Interface)
		word := p.good("ok")
		switch s.Level {
		case "bad":
			word = p.bad("no carrier")
		case "shaky":
			word = p.warn("unsteady")
		}
		words = append(words, s.Interface+" "+word)
	}
	if r := n.Reach; r.Of > 0 {
		text := fmt.Sprintf("ping %d of %d", r.Answers, r.Of)
		if r.Answers < r.Of {
			text = p.bad(text)
		}
		words = append(words, text)
	}
	return "  serves by " + strings.Join(words, ", ")
}

func writeGroups(b *strings.Builder, s node.Status, p palette) {
	for _, g := range s.Groups {
		var words []string
		for _, r := range g.Resources {
			words = append(words, r.Word)
		}
		if len(words) == 0 {
			words = []string{g.Key}
		}
		fmt.Fprintf(b, "%s   %s", p.bold(strings.Join(words, " -> ")), groupWord(s, g, p))
		if !g.Since.IsZero() {
			fmt.Fprintf(b, " since %s", since(g.Since, s.Now))
		}
		if g.Reason != "" {
			fmt.Fprintf(b, " (%s)", g.Reason)
		}
		b.WriteByte('\n')
		for _, o := range s.Orders {
			if o.Subject == g.Key {
				fmt.Fprintf(b, "  %s\n", p.warn(orderLine(o)))
			}
		}
		if !g.Forgotten.IsZero() {
			fmt.Fprintf(b, "  not on %s for %s: it failed to start; to try earlier: heartbeat retry %s %s\n", s.Node, short(max(g.Forgotten.Sub(s.Now), 0)), g.Key, s.Node)
		}
		for _, e := range g.Elsewhere {
			if e.Node != s.Node && strings.HasPrefix(e.Why, takeover.FailedThere) {
				fmt.Fprintf(b, "  not on %s: %s; to try earlier: heartbeat retry %s %s\n", e.Node, e.Why, g.Key, e.Node)
			}
		}
		if g.Failure != "" {
			fmt.Fprintf(b, "  %s\n", p.bad(strings.ReplaceAll(strings.TrimSpace(g.Failure), "\n", "\n  ")))
		}
		for _, r := range g.Resources {
			// A resource that fails while its group runs, or whose status is slow to answer.
			if said := strings.TrimSpace(r.Output); said != "" && g.Owner == s.Node && !strings.Contains(g.Failure, said) {
				fmt.Fprintf(b, "  %s\n", p.bad(r.Word+" "+r.State+": "+strings.ReplaceAll(said, "\n", "\n  ")))
			}
		}
	}
}

// groupWord says where a group is, and what goes on with it here.
func groupWord(s node.Status, g node.GroupStatus, p palette) string {
	where := "on " + g.Owner
	switch {
	case g.Owner == "" && g.State == "stopped" && (s.State != "running" || s.Waiting != ""):
		return p.warn("not started yet")
	case g.State == "starting", g.State == "stopping":
		return p.warn(g.State + " here")
	case g.State == "blocked":
		return p.bad("BLOCKED here, it would not stop")
	case g.Owner == "" && g.State == "failed":
		return p.bad("runs nowhere, failed here")
	case g.Owner == "":
		return p.bad("runs nowhere")
	case g.State == "failed":
		return where + p.warn(", failed here")
	}
	return where
}

// short is a duration for people: two digits that matter.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f d", d.Hours()/24)
}

// since is an instant for people, as precise as its age allows.
func since(at, now time.Time) string {
	at = at.In(now.Location())
	switch age := now.Sub(at); {
	case age < 20*time.Hour:
		return at.Format("15:04:05")
	case age < 6*24*time.Hour:
		return at.Format("Mon 15:04")
	}
	return at.Format("2006-01-02 15:04")
}
