package migrate

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/conf"
)

// A name is what a comment at the end of a line calls its group: #name or #clone:name.
type name struct {
	text  string
	clone bool
	line  int
}

// A relation is a line #rsc_order or #rsc_colocation.
type relation struct {
	words []string
	line  int
}

// notes are what the comments of haresources say to the conversion.
type notes struct {
	names     map[int]name // by index of the group
	relations []relation
}

// scanNotes reads the comments. A name is one word directly behind the #, at the end of a line with resources, so
// that ordinary comments stay comments.
func scanNotes(data []byte, groups []conf.Group) notes {
	n := notes{names: map[int]name{}}
	first, continued := 1, false // of the logical line
	for i, text := range strings.Split(string(data), "\n") {
		line := i + 1
		words := strings.Fields(text)
		if !continued {
			first = line
		}
		continued = strings.HasSuffix(strings.TrimSpace(text), `\`)
		switch {
		case len(words) == 0, strings.HasPrefix(words[0], "#!hb"):
			continue
		case words[0] == "#rsc_order", words[0] == "#rsc_colocation":
			n.relations = append(n.relations, relation{words, line})
			continue
		case words[0][0] == '#':
			continue
		}
		word, ok := strings.CutPrefix(words[len(words)-1], "#")
		if !ok || word == "" {
			continue
		}
		group := slices.IndexFunc(groups, func(g conf.Group) bool { return g.Line >= first && g.Line <= line })
		if group < 0 {
			continue // the line has a problem of its own
		}
		id, clone := strings.CutPrefix(word, "clone:")
		n.names[group] = name{id, clone, line}
	}
	return n
}

// unique reserves an id; one that is taken gets a number behind it.
func (c *converter) unique(id string) string {
	try := id
	for n := 2; c.used[try]; n++ {
		try = id + "_" + strconv.Itoa(n)
	}
	c.used[try] = true
	return try
}

// isID is the common part of what ids of both dialects may be.
func isID(s string) bool { return s != "" && s == cleanID(s) && len(s) <= maxID }

// maxID is what the local resource manager of Heartbeat can store.
const maxID = 63

// cleanID replaces what an id cannot have.
func cleanID(s string) string {
	b := []byte(s)
	for i, ch := range b {
		letter := ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch == '_'
		if !letter && (i == 0 || !(ch >= '0' && ch <= '9' || ch == '-' || ch == '.')) {
			b[i] = '_'
		}
	}
	return string(b)
}

// relations converts order and colocation, when the resources are known.
func (c *converter) relations(list []relation) {
	for _, r := range list {
		if r.words[0] == "#rsc_order" {
			c.order(r)
		} else {
			c.colocation(r)
		}
	}
}

// known complains about ids that no resource has.
func (c *converter) known(line int, ids ...string) bool {
	ok := true
	for _, id := range ids {
		if !c.used[id] {
			ok = false
			c.fail(line, "there is no resource with the id "+id, "give it with a comment #"+id+" at the end of the resource's line")
		}
	}
	return ok
}

// order is #rsc_order FROM ACTION TYPE TO.
func (c *converter) order(r relation) {
	if len(r.words) != 5 {
		c.fail(r.line, "rsc_order: bad usage", "write: #rsc_order FROM start before|after TO")
		return
	}
	from, action, kind, to := r.words[1], r.words[2], r.words[3], r.words[4]
	if kind != "before" && kind != "after" {
		c.fail(r.line, "rsc_order of type "+kind, "write before or after")
		return
	}
	if !slices.Contains([]string{"start", "stop", "promote", "demote"}, action) {
		c.fail(r.line, "rsc_order with action "+action, "write start, stop, promote or demote")
		return
	}
	if !c.known(r.line, from, to) {
		return
	}
	id := c.unique("rsc_order_" + from + "_" + to)
	if c.in.Schema == Schema06 {
		c.constraints.Add(node("rsc_order", "id", id, "from", from, "action", action, "type", kind, "to", to, "symmetrical", "true"))
		return
	}
	first, then := from, to
	if kind == "after" {
		first, then = to, from
	}
	c.constraints.Add(node("rsc_order", "id", id, "first", first, "first-action", action, "then", then, "then-action", action, "symmetrical", "true"))
}

// colocation is #rsc_colocation FROM TO SCORE.
func (c *converter) colocation(r relation) {
	if len(r.words) != 4 {
		c.fail(r.line, "rsc_colocation: bad usage", "write: #rsc_colocation FROM TO SCORE")
		return
	}
	from, to, score := r.words[1], r.words[2], strings.ToUpper(r.words[3])
	if _, err := strconv.Atoi(score); err != nil && strings.TrimLeft(score, "+-") != "INFINITY" {
		c.fail(r.line, "rsc_colocation with score "+r.words[3], "write a whole number, INFINITY or -INFINITY")
		return
	}
	if !c.known(r.line, from, to) {
		return
	}
	id := c.unique("rsc_colocation_" + from + "_" + to)
	if c.in.Schema == Schema06 {
		c.constraints.Add(node("rsc_colocation", "id", id, "from", from, "to", to, "score", score))
		return
	}
	c.constraints.Add(node("rsc_colocation", "id", id, "rsc", from, "with-rsc", to, "score", score))
}
