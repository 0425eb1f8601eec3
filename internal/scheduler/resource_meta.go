package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
)

// unpackMeta gathers meta attributes: the element's own, those of each ancestor, the defaults, and what the parent ended with.
func (c *cluster) unpackMeta(r *resource) {
	if r.number != "" {
		r.meta.Set("clone", r.number)
	}
	for _, a := range r.xml.Attrs {
		if !strings.EqualFold(a.Value, "#default") {
			r.meta.Default(a.Name, a.Value)
		}
	}
	in := c.rules()
	in.Class, in.Provider, in.Type = r.xml.Get("class"), r.xml.Get("provider"), r.xml.Get("type")
	cib.Blocks(r.xml, "meta_attributes", "", in, &r.meta)
	if r.parent != nil {
		var above cib.Pairs
		for p := r.parent; p != nil; p = p.parent {
			cib.Blocks(p.xml, "meta_attributes", "", in, &above)
		}
		for _, p := range above {
			r.meta.Default(p.Name, p.Value)
		}
	}
	cib.Blocks(c.rscDefaults, "meta_attributes", "", in, &r.meta)
	if r.parent != nil {
		for _, p := range r.parent.meta {
			if !strings.EqualFold(p.Value, "#default") {
				r.meta.Default(p.Name, p.Value)
			}
		}
	}
}

// unpackFlags turns meta attributes into what the rest of the program looks at.
func (c *cluster) unpackFlags(r *resource) {
	if !c.maintenance {
		r.set(rscManaged)
	}
	r.priority, _ = cib.Score(r.meta.Get("priority"), c.health)
	if v, ok := r.meta.Lookup("critical"); !ok || cib.True(v) {
		r.set(rscCritical)
	}
	if cib.True(r.meta.Get("notify")) {
		r.set(rscNotify)
	}
	remote := false
	if isConnection(r.xml) {
		r.set(rscRemoteConnection)
		remote = !r.meta.Has("container")
	}
	if v, ok := r.meta.Lookup("allow-migrate"); cib.True(v) || !ok && remote {
		r.set(rscMigratable)
	}
	if v, ok := r.meta.Lookup("is-managed"); ok && !strings.EqualFold(v, "default") {
		if cib.True(v) {
			r.set(rscManaged)
		} else {
			r.unset(rscManaged)
		}
	}
	if cib.True(r.meta.Get("maintenance")) || c.maintenance {
		r.unset(rscManaged)
		r.set(rscInMaintenance)
	}
	if r.top().isClone() {
		if r.wantsUnique() {
			r.set(rscUnique)
		}
		if cib.True(r.meta.Get("promotable")) {
			r.set(rscPromotable)
		}
	} else {
		r.set(rscUnique)
	}
	switch strings.ToLower(r.meta.Get("multiple-active")) {
	case "stop_only":
		r.multiple = multipleStop
	case "block":
		r.multiple = multipleBlock
	case "stop_unexpected":
		r.multiple = multipleUnexpected
	}
	if v := r.meta.Get("resource-stickiness"); !strings.EqualFold(v, "default") {
		r.stickiness, _ = cib.Score(v, c.health)
	}
	r.threshold = infinity
	if v, ok := r.meta.Lookup("migration-threshold"); ok && !strings.EqualFold(v, "default") {
		if n, good := cib.Score(v, c.health); good && n >= 0 {
			r.threshold = n
		}
	}
	if strings.EqualFold(r.xml.Get("class"), "stonith") {
		c.haveFencing = true
		r.set(rscFenceDevice)
	}
	c.unpackRequires(r, r.meta.Get("requires"))
	r.failureTimeout, _ = cib.Interval(r.meta.Get("failure-timeout"))
	if remote {
		if v, ok := r.parameters(nil).Lookup("reconnect_interval"); ok {
			r.reconnect, _ = cib.Interval(v)
			r.failureTimeout = r.reconnect
		}
	}
	if to, ok := r.targetRole(); ok {
		r.next = to
	}
}

func (r *resource) wantsUnique() bool {
	if v, ok := r.meta.Lookup("globally-unique"); ok {
		return cib.True(v)
	}
	v, ok := r.meta.Lookup("clone-node-max")
	n, good := cib.Integer(v)
	return ok && good && n > 1
}

func (c *cluster) unpackRequires(r *resource, value string) {
	switch strings.ToLower(value) {
	case "nothing":
	case "quorum":
		r.set(rscNeedsQuorum)
	case "fencing":
		r.set(rscNeedsFencing)
		if !c.fencing {
			c.findAboutRequires(r, r.id+" requires fencing but fencing is disabled", false)
		}
	case "unfencing":
		if r.is(rscFenceDevice) || !c.fencing {
			why := "fencing is disabled"
			if r.is(rscFenceDevice) {
				why = "fencing devices cannot require unfencing"
			}
			c.findAboutRequires(r, `Resetting "requires" for `+r.id+` to "quorum" because `+why, false)
			r.set(rscNeedsQuorum)
		} else {
			r.set(rscNeedsFencing | rscNeedsUnfencing)
		}
	default:
		given := value
		switch {
		case r.is(rscFenceDevice), r.isPrimitive() && isConnection(r.xml):
			value = "quorum"
		case c.unfencing:
			value = "unfencing"
		case c.fencing:
			value = "fencing"
		case c.quorumPolicy == quorumIgnore:
			value = "nothing"
		default:
			value = "quorum"
		}
		if given != "" {
			c.findAboutRequires(r, "Resetting 'requires' for "+r.id+" to '"+value+"' because '"+given+"' is not valid", true)
		}
		c.unpackRequires(r, value)
	}
}

// targetRole is the role that the configuration limits a resource to; ok is false when there is no limit.
func (r *resource) targetRole() (to role, ok bool) {
	value, given := r.meta.Lookup("target-role")
	if !given || strings.EqualFold(value, "started") || strings.EqualFold(value, "default") {
		return roleUnknown, false
	}
	to = parseRole(value)
	switch {
	case to == roleUnknown:
		r.c.findAboutRole(r, value, false)
		return to, false
	case to > roleStarted && !r.top().is(rscPromotable):
		r.c.findAboutRole(r, value, true)
		return to, false
	case to > roleUnpromoted:
		return to, false
	}
	return to, true
}

func parseRole(text string) role {
	switch strings.ToLower(text) {
	case "stopped":
		return roleStopped
	case "started":
		return roleStarted
	case "unpromoted", "slave":
		return roleUnpromoted
	case "promoted", "master":
		return rolePromoted
	}
	return roleUnknown
}

func (r role) String() string {
	return [...]string{"Unknown", "Stopped", "Started", "Unpromoted", "Promoted"}[r]
}

// checkClass makes clones anonymous whose agents cannot tell instances apart.
func (r *resource) checkClass() bool {
	class, top := r.xml.Get("class"), r.top()
	if !canBeUnique(class) && r.is(rscUnique) && top.isClone() {
		r.c.find(Finding{ID: top.id, Tag: "pe__force_anon", Text: "Ignoring globally-unique for " + top.id + " because " + class + " resources such as " + r.id + " can be used only as anonymous clones", Mend: "take globally-unique out, or use an OCF agent"})
		top.clone.nodeMax = 1
		top.clone.max = min(top.clone.max, len(r.c.nodes))
		top.forgetUnique()
		r.forgetUnique()
	}
	return canBePromoted(class) || !top.is(rscPromotable)
}

func (r *resource) forgetUnique() {
	r.unset(rscUnique)
	r.meta.Set("globally-unique", "false")
	for _, child := range r.children {
		child.forgetUnique()
	}
}
