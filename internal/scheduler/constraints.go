package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// unpackTags reads the section tags.
func (c *cluster) unpackTags() {
	section := c.section("tags")
	if section == nil {
		return
	}
	for t := range section.Elements("tag") {
		id := t.Get("id")
		for ref := range t.Elements("obj_ref") {
			if to := ref.Get("id"); id != "" && to != "" {
				c.tags[id] = append(c.tags[id], to)
			}
		}
	}
}

// unpackConstraints reads the section constraints.
func (c *cluster) unpackConstraints() {
	section := c.section("constraints")
	if section == nil {
		return
	}
	for x := range section.Elements("") {
		if x.Get("id") == "" {
			continue
		}
		switch x.Name {
		case "rsc_order":
			c.unpackOrder(x)
		case "rsc_colocation":
			c.unpackColocation(x)
		case "rsc_location":
			c.unpackLocation(x)
		case "rsc_ticket":
			c.unpackTicket(x)
		default:
			c.note(x, "constraint "+x.Get("id")+" is left out: nobody knows what "+x.Name+" means")
		}
	}
}

// constrained finds the resource that a constraint names; one that is only known from history stands for its whole clone.
func (c *cluster) constrained(id string) *resource {
	if id == "" {
		return nil
	}
	r := c.findResource(id)
	if r != nil && r.id != id {
		return r.top()
	}
	return r
}

// collection is what a template or a tag stands for, nil when it is none.
func (c *cluster) collection(id string) []string {
	if refs, ok := c.templates[id]; ok {
		return refs
	}
	return c.tags[id]
}

// known says whether an id is that of a resource, a template or a tag.
func (c *cluster) known(id string) (r *resource, refs []string, ok bool) {
	if r = c.constrained(id); r != nil {
		return r, nil, true
	}
	refs = c.collection(id)
	return nil, refs, len(refs) > 0
}

// sets are the resource sets of a constraint with references to tags and templates replaced; ok is false when one names something unknown.
func (c *cluster) sets(x *xmltree.Node) (sets []*xmltree.Node, ok bool) {
	for s := range x.Elements("resource_set") {
		if s = c.refs.Resolve(s); s == nil {
			return nil, false
		}
		sets = append(sets, s)
	}
	expanded := make([]*xmltree.Node, 0, len(sets))
	for _, s := range sets {
		out := xmltree.New(s.Name)
		out.Attrs = s.Attrs
		for ref := range s.Elements("resource_ref") {
			r, refs, known := c.known(ref.Get("id"))
			switch {
			case !known:
				return sets, true // as it is: the reader says what is missing
			case r != nil:
				out.Add(ref)
			default:
				for _, id := range refs {
					out.Add(xmltree.New("resource_ref", "id", id))
				}
			}
		}
		expanded = append(expanded, out)
	}
	return expanded, true
}

// setOf makes a set of a tag or template, or of a single resource.
func setOf(id string, refs []string) *xmltree.Node {
	s := xmltree.New("resource_set", "id", id)
	if refs != nil {
		s.Set("sequential", "false")
	} else {
		refs = []string{id}
	}
	for _, ref := range refs {
		s.Add(xmltree.New("resource_ref", "id", ref))
	}
	return s
}

// members are the resources of a set; ok is false when one is not there.
func (c *cluster) members(set *xmltree.Node) (out []*resource, ok bool) {
	for ref := range set.Elements("resource_ref") {
		r := c.constrained(ref.Get("id"))
		if r == nil {
			c.note(set, "set "+set.Get("id")+": resource "+ref.Get("id")+" is not there")
			return out, false
		}
		out = append(out, r)
	}
	return out, true
}

// constraintRole reads a role in a constraint, where Started is no limit.
func constraintRole(text string, given bool) (role, bool) {
	r := parseRole(text)
	if r == roleUnknown && given {
		return r, false
	}
	if r == roleStarted {
		return roleUnknown, true
	}
	return r, true
}

// explicitlyTrue and explicitlyFalse look at boolean attributes that may be missing or wrong.
func explicitlyTrue(x *xmltree.Node, name string) bool { return cib.True(x.Get(name)) }

func explicitlyFalse(x *xmltree.Node, name string) bool {
	v, ok := cib.Bool(x.Get(name))
	return ok && !v
}

// sequential is false only where a set says so.
func sequential(set *xmltree.Node) bool { return !explicitlyFalse(set, "sequential") }

func sameFold(a, b string) bool { return strings.EqualFold(a, b) }
