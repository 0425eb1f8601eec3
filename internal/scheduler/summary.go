package scheduler

import (
	"fmt"
	"strings"

	"heartbeat/internal/xmltree"
)

// A summarizer writes the transition summary; columns grow with what was written so far.
type summarizer struct {
	c                    *cluster
	lines                []Line
	idWidth, detailWidth int
}

// Summary is the list of what will happen to nodes and resources, without indent.
func (r *Result) Summary() []Line {
	s := &summarizer{c: r.c, idWidth: 5, detailWidth: 5}
	for i := len(r.c.actions) - 1; i >= 0; i-- {
		s.nodeAction(r.c.actions[i])
	}
	for _, top := range r.c.resources {
		s.resource(top)
	}
	return s.lines
}

func (s *summarizer) nodeAction(a *action) {
	if a.rsc != nil || a.is(actOptional) {
		return
	}
	var what string
	switch a.task {
	case "do_shutdown":
		what = "Shutdown"
	case "stonith":
		what = "Fence (" + a.metaText("stonith_action") + ")"
	default:
		return
	}
	where := a.node.displayName()
	if a.node.isGuest() {
		where += " (resource: " + a.node.connection.launcher.id + ")"
	}
	// What needs no reason, such as a shutdown that somebody asked for, is not worth a line.
	if a.reason != "" {
		l := Line{Text: what + " " + where + " '" + a.reason + "'"}
		if s.c.opt.Elements {
			l.XML = xmltree.New("node_action", "task", what, "node", where, "reason", a.reason)
		}
		s.lines = append(s.lines, l)
	}
}

func (s *summarizer) resource(r *resource) {
	if r.isBundle() {
		for _, p := range r.bundle.replicas {
			for _, part := range []*resource{p.ip, p.container, p.remote, p.child} {
				if part != nil {
					s.resource(part)
				}
			}
		}
		return
	}
	if len(r.children) > 0 {
		for _, child := range r.children {
			s.resource(child)
		}
		return
	}
	var current *node
	if len(r.active) > 0 {
		current = r.current()
		if r.role == roleStopped {
			// Half of a migration: it is there, whatever the role says.
			r.role = roleStarted
		}
	}
	if current == nil && r.is(rscRemoved) {
		return
	}
	s.change(r, current, r.assigned)
}

// oldest is the oldest action of a task, on a node if one is given.
func (r *resource) oldest(task string, n *node) *action {
	if list := r.findActions(r.key(task), n); len(list) > 0 {
		return list[0]
	}
	return nil
}

// change says what happens to a resource, if anything does.
func (s *summarizer) change(r *resource, current, next *node) {
	if !r.is(rscManaged) || current == nil && next == nil {
		return
	}
	moving := current != nil && next != nil && current != next
	start := r.oldest("start", next)
	var stopNode *node
	if start != nil && start.is(actRunnable) {
		stopNode = current
	}
	stop := r.oldest("stop", stopNode)
	if stop == nil && r.is(rscStopUnexpected) {
		stop = r.oldest("stop", nil)
	}
	promote, demote := r.oldest("promote", next), r.oldest("demote", next)
	if r.role == r.next {
		s.sameRole(r, current, next, moving, start, stop, promote, demote)
		return
	}
	switch {
	case stop != nil && (r.next == roleStopped || start != nil && !start.is(actRunnable)):
		for _, n := range r.active {
			s.stopOn(r, n, start)
		}
	case stop != nil && r.is(rscFailed|rscStopIfFailed):
		s.item("Recover", r, current, next, stop, start)
	case moving:
		s.item("Move", r, current, next, stop, nil)
	case r.is(rscReload):
		s.item("Reload", r, current, next, start, nil)
	case stop != nil && !stop.is(actOptional):
		s.item("Restart", r, current, next, start, nil)
	case r.role == rolePromoted:
		s.item("Demote", r, current, next, demote, nil)
	case r.next == rolePromoted:
		s.item("Promote", r, current, next, promote, nil)
	case r.role == roleStopped && r.next > roleStopped:
		s.item("Start", r, current, next, start, nil)
	}
}

func (s *summarizer) stopOn(r *resource, n *node, start *action) {
	stop := r.oldest("stop", n)
	reason := start
	if stop != nil && stop.reason != "" {
		reason = stop
	}
	s.item("Stop", r, n, nil, stop, reason)
}

func (s *summarizer) sameRole(r *resource, current, next *node, moving bool, start, stop, promote, demote *action) {
	if next == nil {
		return
	}
	from := r.oldest("migrate_from", next)
	switch {
	case from != nil && current != nil && from.is(actRunnable):
		s.item("Migrate", r, current, next, start, nil)
	case r.is(rscReload):
		s.item("Reload", r, current, next, start, nil)
	case start == nil || start.is(actOptional):
		if demote != nil && promote != nil && !demote.is(actOptional) && !promote.is(actOptional) {
			s.item("Re-promote", r, current, next, promote, demote)
		}
	case !start.is(actRunnable):
		reason := stop
		if stop == nil || stop.reason == "" {
			reason = start
		}
		s.item("Stop", r, current, nil, stop, reason)
	case moving && r.is(rscFailed):
		s.item("Recover", r, current, next, stop, nil)
	case moving:
		s.item("Move", r, current, next, stop, nil)
	case r.is(rscFailed):
		s.item("Recover", r, current, nil, stop, nil)
	default:
		s.item("Restart", r, current, next, start, nil)
	}
}

// item writes one line. The source of the reason may be another action than the one that decides whether it is possible.
func (s *summarizer) item(verb string, r *resource, from, to *node, a, source *action) {
	if a == nil {
		return
	}
	if source == nil {
		source = a
	}
	if len(r.id) > s.idWidth {
		s.idWidth = len(r.id) + 2
	}
	details := movement(r, from, to)
	s.detailWidth = max(s.detailWidth, len(details))
	line := fmt.Sprintf("%-8s   %-*s   ( %*s )", verb, s.idWidth, r.id, s.detailWidth, details)
	switch runnable := a.is(actRunnable); {
	case source.reason != "" && !runnable:
		line += "  due to " + source.reason + " (blocked)"
	case source.reason != "":
		line += "  due to " + source.reason
	case !runnable:
		line += "  blocked"
	}
	l := Line{Text: line}
	if s.c.opt.Elements {
		l.XML = actionElement(verb, r, from, to, source.reason, !a.is(actRunnable))
	}
	s.lines = append(s.lines, l)
}

// movement is from where to where a resource goes, in which role.
func movement(r *resource, from, to *node) string {
	roles := r.role > roleStarted || r.next > roleUnpromoted
	sameHost, sameRole := from == to && from != nil, r.role == r.next
	now, next := r.role.String(), r.next.String()
	var words []string
	switch {
	case roles && from == nil:
		words = []string{now, "->", next, to.displayName()}
	case from == nil:
		words = []string{to.displayName()}
	case roles && to == nil:
		words = []string{now, from.name}
	case to == nil:
		words = []string{from.name}
	case roles && sameRole && sameHost:
		words = []string{now, from.name}
	case sameRole && sameHost:
		words = []string{from.name}
	case roles && sameRole:
		words = []string{from.name, "->", to.name, now}
	case sameRole:
		words = []string{from.name, "->", to.name}
	case sameHost:
		words = []string{now, "->", next, from.name}
	default:
		words = []string{now, from.name, "->", next, to.name}
	}
	return strings.Join(words, " ")
}
