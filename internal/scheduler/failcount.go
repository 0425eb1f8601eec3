package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

const (
	failCountPrefix   = "fail-count-"
	lastFailurePrefix = "last-failure-"
)

// failureName is the name that fail counts of a resource carry.
func (r *resource) failureName() string {
	name := r.id
	if r.historyID != "" {
		name = r.historyID
	}
	if r.is(rscUnique) {
		return name
	}
	return baseName(name)
}

// baseName is an id without the number of an instance.
func baseName(id string) string {
	for i := len(id) - 1; i > 0; i-- {
		switch {
		case id[i] >= '0' && id[i] <= '9':
			continue
		case id[i] == ':' && i < len(id)-1:
			return id[:i]
		}
		return id
	}
	return id
}

// countsFor says whether the name of an attribute, without its prefix, is that of a fail count of a resource: NAME#OPERATION_INTERVAL, for
// anonymous instances also NAME:NUMBER#OPERATION_INTERVAL.
func countsFor(attr, name string, unique bool) bool {
	rest, ok := strings.CutPrefix(attr, name)
	if !ok {
		return false
	}
	if !unique && strings.HasPrefix(rest, ":") {
		digits := strings.TrimLeft(rest[1:], "0123456789")
		if len(digits) == len(rest)-1 {
			return false
		}
		rest = digits
	}
	if !strings.HasPrefix(rest, "#") {
		return false
	}
	i := strings.LastIndexByte(rest, '_')
	return i >= 2 && i+1 < len(rest) && strings.Trim(rest[i+1:], "0123456789") == ""
}

// failCount sums the failures of a resource on a node. Effective ones leave out what has expired; launched ones include what runs inside the
// resource. Last is when the last failure was, 0 when unknown. The operation is the one in question, nil for all.
func (c *cluster) failCount(n *node, r *resource, effective, launched bool, op *xmltree.Node) (count int, last int64) {
	if !n.anyFailure() && !(launched && len(r.launched) > 0) {
		return 0, 0
	}
	name, unique := r.failureName(), r.is(rscUnique)
	for attr, value := range n.attrs {
		if rest, ok := strings.CutPrefix(attr, failCountPrefix); ok && countsFor(rest, name, unique) {
			if score, ok := cib.Score(value, c.health); ok {
				count = cib.AddScores(count, score)
			}
		} else if rest, ok := strings.CutPrefix(attr, lastFailurePrefix); ok && countsFor(rest, name, unique) {
			if when, ok := cib.Integer(value); ok {
				last = max(last, when)
			}
		}
	}
	if count > 0 && r.failureTimeout > 0 && c.blocksOnFailure(n, r, op) {
		r.failureTimeout = 0
	}
	if effective && count > 0 && last > 0 && r.failureTimeout > 0 && c.now.Unix > last+seconds(r.failureTimeout) {
		count = 0
	}
	if launched && len(r.launched) > 0 && !r.isBundled() {
		for _, l := range r.launched {
			more, when := c.failCount(n, l, effective, launched, op)
			count += more
			last = max(last, when)
		}
	}
	if count <= 0 {
		last = 0
	}
	return count, last
}

// anyFailure is false for the many nodes that never saw a failure.
func (n *node) anyFailure() bool {
	if n.failures == 0 {
		n.failures = 1
		for attr := range n.attrs {
			if strings.HasPrefix(attr, failCountPrefix) || strings.HasPrefix(attr, lastFailurePrefix) {
				n.failures = 2
				break
			}
		}
	}
	return n.failures == 2
}

// blocksOnFailure says whether an operation with on-fail=block failed. Such failures do not expire.
func (c *cluster) blocksOnFailure(n *node, r *resource, op *xmltree.Node) bool {
	name := baseName(r.id)
	if r.ops == nil || r.xml.Get("id") != name {
		return false
	}
	for conf := range r.ops.Elements("op") {
		if conf.Get("on-fail") != "block" {
			continue
		}
		if op != nil {
			if matchesFailure(name, conf, op) {
				return true
			}
			continue
		}
		for entry := range c.historyOps(n.name, name) {
			if matchesFailure(name, conf, entry) {
				return true
			}
		}
	}
	return false
}

func matchesFailure(name string, conf, entry *xmltree.Node) bool {
	interval, _ := cib.Interval(conf.Get("interval"))
	recorded, _ := cib.Integer(entry.Get("interval"))
	if int64(interval) != recorded || !strings.EqualFold(conf.Get("name"), entry.Get("operation")) {
		return false
	}
	switch entry.Get("id") {
	case name + "_last_failure_0":
		return true
	case opKey(name, conf.Get("name"), interval):
		rc, _ := cib.Integer(entry.Get("rc-code"))
		return rc != int64(targetRC(entry))
	}
	return false
}

// clearFailCount schedules that the fail counts of a resource on a node are forgotten.
func (c *cluster) clearFailCount(r *resource, n *node) *action {
	a := c.action(r, r.key("clear_failcount"), "clear_failcount", n, false)
	a.own.Set("op_no_wait", "true")
	return a
}

// limitReached says whether a resource failed as often as it may on a node, and what is to be banned from there.
func (c *cluster) limitReached(r *resource, n *node) (ban *resource, reached bool) {
	if r.threshold == 0 || r.is(rscIgnoreFailure) {
		return nil, false
	}
	count, _ := c.failCount(n, r, true, true, nil)
	if count <= 0 || r.threshold-count > 0 {
		return nil, false
	}
	if r.is(rscUnique) {
		return r, true
	}
	return r.top(), true
}
