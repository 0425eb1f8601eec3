package scheduler

import (
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// A Line is a line of a report, and the same as an element for programs. What has no element is for people only.
type Line struct {
	Text string
	XML  *xmltree.Node
}

// Texts are the lines for people.
func Texts(lines []Line) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Text
	}
	return out
}

// Elements are the lines for programs.
func Elements(lines []Line) (out []*xmltree.Node) {
	for _, l := range lines {
		if l.XML != nil {
			out = append(out, l.XML)
		}
	}
	return out
}

// show adds a line about scores or capacities. Its element is made only when somebody wants it.
func (c *cluster) show(text string, element func() *xmltree.Node) {
	l := Line{Text: text}
	if c.opt.Elements {
		l.XML = element()
	}
	c.scores = append(c.scores, l)
}

func (c *cluster) showAllocation(function string, r *resource, n *node, score int) {
	c.show(function+": "+r.id+" allocation score on "+n.name+": "+scoreText(score), func() *xmltree.Node {
		return xmltree.New("node_weight", "function", function, "node", n.name, "score", scoreText(score), "id", r.id)
	})
}

func (c *cluster) showPromotionScore(r *resource, n *node, score int) {
	on := " (inactive)"
	if n != nil {
		on = " on " + n.name
	}
	c.show(r.id+" promotion score"+on+": "+scoreText(score), func() *xmltree.Node {
		x := xmltree.New("promotion_score", "id", r.id, "score", scoreText(score))
		if n != nil {
			x.Set("node", n.name)
		}
		return x
	})
}

// showAmounts adds a line about utilization; amounts are names and values in turn.
func (c *cluster) showAmounts(text string, amounts []string, name string, attributes ...string) {
	var b strings.Builder
	b.WriteString(text)
	for i := 0; i < len(amounts); i += 2 {
		b.WriteString(" " + amounts[i] + "=" + amounts[i+1])
	}
	c.show(b.String(), func() *xmltree.Node {
		x := xmltree.New(name, attributes...)
		for i := 0; i < len(amounts); i += 2 {
			if isName(amounts[i]) {
				x.Add(xmltree.New(amounts[i]).Add(&xmltree.Node{Kind: xmltree.Text, Text: amounts[i+1]}))
			}
		}
		return x
	})
}

// isName says whether a word can be the name of an element.
func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

// actionElement is a line of the transition summary.
func actionElement(verb string, r *resource, from, to *node, reason string, blocked bool) *xmltree.Node {
	x := xmltree.New("rsc_action", "action", strings.ToLower(verb), "resource", r.id)
	set := func(pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			x.Set(pairs[i], pairs[i+1])
		}
	}
	roles := r.role > roleStarted || r.next > roleUnpromoted
	sameHost, sameRole := from == to && from != nil, r.role == r.next
	now, next := r.role.String(), r.next.String()
	switch {
	case roles && from == nil:
		set("role", now, "next-role", next, "dest", to.displayName())
	case from == nil:
		set("node", to.displayName())
	case roles && to == nil:
		set("role", now, "node", from.name)
	case to == nil:
		set("node", from.name)
	case roles && sameRole && sameHost:
		set("role", now, "source", from.name)
	case sameRole && sameHost:
		set("source", from.name)
	case roles && sameRole:
		set("source", from.name, "dest", to.name, "role", now)
	case sameRole:
		set("source", from.name, "dest", to.name)
	case sameHost:
		set("role", now, "next-role", next, "source", from.name)
	default:
		set("role", now, "source", from.name, "next-role", next, "dest", to.name)
	}
	if reason != "" {
		set("reason", reason)
	}
	if blocked {
		set("blocked", strconv.FormatBool(blocked))
	}
	return x
}
