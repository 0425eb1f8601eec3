package scheduler

import (
	"strconv"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// groupData is what only groups have.
type groupData struct {
	ordered, colocated bool
}

// cloneData is what only clones have.
type cloneData struct {
	max, nodeMax, promotedMax, promotedNodeMax int
	total                                      int // instances made
	ordered                                    bool
	promotionAdded, promotionConstrained       bool
	child                                      *xmltree.Node
	start, stop, promote, demote               *notification
}

// unpackGroup makes the members.
func (r *resource) unpackGroup() bool {
	notFalse := func(name string) bool {
		text, ok := r.meta.Lookup(name)
		v, good := cib.Bool(text)
		if ok && good && !v {
			r.c.findAboutGroup(r, name)
		}
		return !ok || !good || v
	}
	r.group = &groupData{ordered: notFalse("ordered"), colocated: notFalse("collocated")}
	for x := range r.xml.Elements("primitive") {
		if m := r.c.unpackResource(x, r, r.number); m != nil {
			r.children = append(r.children, m)
		}
	}
	return len(r.children) > 0
}

func (r *resource) lastMember() *resource {
	if len(r.children) == 0 {
		return nil
	}
	return r.children[len(r.children)-1]
}

// unpackClone makes the instances.
func (r *resource) unpackClone() bool {
	number := func(names ...string) (string, bool) {
		for _, name := range names {
			if v, ok := r.meta.Lookup(name); ok {
				return v, true
			}
		}
		return "", false
	}
	d := &cloneData{nodeMax: 1, max: max(1, len(r.c.nodes)), ordered: cib.True(r.meta.Get("ordered"))}
	r.clone = d
	if r.is(rscPromotable) {
		d.promotedMax, d.promotedNodeMax = 1, 1
		if v, ok := number("promoted-max", "master-max"); ok {
			d.promotedMax = cib.AtLeast(v, 0)
		}
		if v, ok := number("promoted-node-max", "master-node-max"); ok {
			d.promotedNodeMax = cib.AtLeast(v, 0)
		}
	}
	if v, ok := number("clone-node-max"); ok {
		d.nodeMax = cib.AtLeast(v, 0)
	}
	if v, ok := number("clone-max"); ok {
		if d.max = cib.AtLeast(v, 0); d.max > cib.MostInstances {
			d.max = cib.MostInstances
			r.c.note(r.xml, "clone "+r.id+" has no more than "+strconv.Itoa(d.max)+" instances")
		}
	}
	if !r.is(rscUnique) && d.nodeMax > 1 {
		d.nodeMax = 1
		r.c.find(Finding{Error: true, ID: r.id, Tag: "clone_unpack", Text: "Ignoring promoted-max for " + r.id + " because anonymous clones support only one instance per node", Mend: "set clone-node-max=1, or globally-unique=true"})
	}
	for x := range r.xml.Elements("") {
		if x.Name == "primitive" || x.Name == "group" {
			d.child = x
			break
		}
	}
	if d.child == nil {
		return false
	}
	r.meta.Default("resource-stickiness", "1")
	r.meta.Set("globally-unique", strconv.FormatBool(r.is(rscUnique)))
	for n := 0; n < max(1, d.max); n++ { // the first instance may show that there are fewer: see checkClass
		if r.addInstance() == nil {
			return false
		}
	}
	return true
}

// addInstance makes one more instance of a clone. One beyond the configured number only stands for history that is to be cleaned up.
func (r *resource) addInstance() *resource {
	d := r.clone
	surplus := d.total >= d.max
	i := r.c.unpackResource(d.child, r, strconv.Itoa(d.total))
	if i == nil {
		return nil
	}
	d.total++
	r.children = append(r.children, i)
	r.c.byRscID = nil
	if surplus {
		i.eachBelow(func(r *resource) { r.set(rscRemoved) })
	}
	i.meta.Set("clone-max", strconv.Itoa(d.max))
	return i
}

// maxPerNode is how many instances may run on one node.
func (r *resource) maxPerNode() int {
	switch r.variant {
	case clone:
		return r.clone.nodeMax
	case bundle:
		return r.bundle.perHost
	}
	return 1
}
