package simulate

import "heartbeat/internal/xmltree"

// histories find the record of a resource on a node, and hand out what may be changed. A transition of a large cluster has a hundred thousand
// operations, each of which is recorded in a list of thousands, so a list is read once.
type histories map[*xmltree.Node]*places

// places are where the resources of a list of records stand.
type places struct {
	read int              // children of the list that are in at
	at   map[string]place // by id
}

// A place is where the record of an id stands in its list.
type place struct {
	index int
	count int  // of records with that id
	own   bool // the record is no other document's too
}

// of is where things stand in a list, whatever was added to it since.
func (h histories) of(list *xmltree.Node) *places {
	p := h[list]
	if p == nil {
		p = &places{at: make(map[string]place, len(list.Children))}
		h[list] = p
	}
	for ; p.read < len(list.Children); p.read++ {
		e := list.Children[p.read]
		if e.Kind != xmltree.Element || e.Name != "lrm_resource" {
			continue
		}
		id := e.Get("id")
		p.at[id] = place{index: p.read, count: p.at[id].count + 1}
	}
	return p
}

// entry returns the history of a resource on a node for changes, made when it is not there. It may be recorded under either name. Where a
// document has several of one name nobody can say which is meant, so there is one more then, as in the reference.
func (h histories) entry(state *xmltree.Node, id, configured string, agent [3]string) *xmltree.Node {
	lrm := state.First("lrm")
	if lrm == nil {
		lrm = xmltree.New("lrm", "id", state.Get("id"))
		state.Add(lrm)
	}
	list := child(lrm, "lrm_resources")
	p := h.of(list)
	for _, name := range [...]string{id, configured} {
		at := p.at[name]
		if at.count != 1 {
			continue
		}
		if !at.own {
			list.Children[at.index] = copyTree(list.Children[at.index])
			at.own = true
			p.at[name] = at
		}
		return list.Children[at.index]
	}
	e := xmltree.New("lrm_resource", "id", configured)
	for i, name := range []string{"class", "provider", "type"} {
		if agent[i] != "" {
			e.Set(name, agent[i])
		}
	}
	list.Add(e)
	h.of(list)
	at := p.at[configured]
	at.own = true
	p.at[configured] = at
	return e
}
