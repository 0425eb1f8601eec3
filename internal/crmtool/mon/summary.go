package mon

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// A report is one report under way.
type report struct {
	Options
	v         *scheduler.View
	html      bool
	onlyNode  filter
	onlyRsc   filter
	resources bool // only the resource, not where it is: below its node
}

func newReport(v *scheduler.View, o Options) *report {
	if v.DC == nil {
		// Nobody must overlook that.
		o.Sections |= DC
	}
	if o.Now.IsZero() {
		o.Now = time.Unix(0, 0).UTC()
	}
	return &report{Options: o, v: v, onlyNode: nodeFilter(v, o.OnlyNode), onlyRsc: resourceFilter(v, o.OnlyResource)}
}

func (r *report) shows(s Section) bool { return r.Sections&s != 0 }

// property finds the value of a cluster property wherever it stands.
func property(v *scheduler.View, name string) (string, bool) {
	for n := range v.Document.All() {
		if n.Kind == xmltree.Element && n.Name == "nvpair" && n.Get("name") == name {
			return n.Lookup("value")
		}
	}
	return "", false
}

func stack(v *scheduler.View) string {
	if s, ok := property(v, "cluster-infrastructure"); ok {
		return s
	}
	return "unknown"
}

// featureSet is what an online member can do; members from before 3.15.1 do not say.
func featureSet(n *scheduler.NodeView) (string, bool) {
	if !n.Online || n.Kind != scheduler.MemberNode {
		return "", false
	}
	if v, ok := n.Attribute("#feature-set"); ok {
		return v, true
	}
	return "<3.15.1", true
}

func mixedVersion(v *scheduler.View) bool {
	first := ""
	for _, n := range v.Nodes {
		if set, ok := featureSet(n); ok {
			if first != "" && set != first {
				return true
			}
			first = set
		}
	}
	return false
}

// lastChange is when, by whom, with what and where the document was changed.
func lastChange(root *xmltree.Node) string {
	text := root.Get("cib-last-written")
	for _, part := range [][2]string{{" by ", "update-user"}, {" via ", "update-client"}, {" on ", "update-origin"}} {
		if v, ok := root.Lookup(part[1]); ok {
			text += part[0] + v
		}
	}
	return text
}

// displayName is the name of a node; in detail with its id and, of a guest, its machine.
func (r *report) displayName(n *scheduler.NodeView) string {
	name := n.Name
	if !r.Detail {
		return name
	}
	if n.Container != nil {
		name += "@"
		if host := n.Container.Current; host != nil {
			name += host.Name
		}
	}
	if !strings.EqualFold(n.Name, n.ID) {
		name += " (" + n.ID + ")"
	}
	return name
}

func (r *report) summary() []*entry {
	s := list("Cluster Summary")
	named := func(name, value string) {
		s.add(&entry{text: name + ": " + value, spans: []span{{"bold", strings.TrimRight(name, " ") + ": "}, {"", strings.TrimLeft(value, " ")}}})
	}
	if r.shows(Stack) {
		named("Stack", stack(r.v))
	}
	if r.shows(DC) {
		s.add(r.dc())
	}
	if r.shows(Times) {
		named("Last updated", r.Now.Format(time.ANSIC))
		named("Last change", " "+lastChange(r.v.Document))
	}
	if r.shows(Counts) {
		nodes := fmt.Sprintf("%d node%s configured", len(r.v.Nodes), plural(len(r.v.Nodes)))
		s.add(&entry{text: nodes, spans: []span{{"", nodes}}}, r.counts())
	}
	out := []*entry{s.orNil()}
	if r.shows(ClusterOptions) {
		options := s
		if r.html {
			options = list("Config Options")
			out = append(out, options)
		}
		r.clusterOptions(options)
		out[0] = s.orNil()
	}
	return out
}

func (r *report) dc() *entry {
	if r.v.DC == nil {
		return &entry{text: "Current DC: NONE", spans: []span{{"bold", "Current DC: "}, {"warning", "NONE"}}}
	}
	version, ok := property(r.v, "dc-version")
	if !ok {
		version = "unknown"
	}
	spans := []span{{"bold", "Current DC: "}, {"", fmt.Sprintf("%s (version %s) -", r.displayName(r.v.DC), version)}}
	if mixedVersion(r.v) {
		spans = append(spans, span{"warning", " MIXED-VERSION"})
	}
	spans = append(spans, span{"", " partition"})
	if r.v.Quorate {
		spans = append(spans, span{"", " with"})
	} else {
		spans = append(spans, span{"warning", " WITHOUT"})
	}
	spans = append(spans, span{"", " quorum"})
	return &entry{text: joined(spans), spans: spans}
}

func joined(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}

func (r *report) counts() *entry {
	v := r.v
	begin := fmt.Sprintf("%d resource instance%s configured", v.Instances, plural(v.Instances))
	spans := []span{{"", begin}}
	switch blocked := []span{{"bold", "BLOCKED"}, {"", " from further action due to failure)"}}; {
	case v.Disabled > 0 && v.Blocked > 0:
		spans = append([]span{{"", fmt.Sprintf("%s (%d ", begin, v.Disabled)}, {"bold", "DISABLED"}, {"", fmt.Sprintf(", %d ", v.Blocked)}}, blocked...)
	case v.Disabled > 0:
		spans = []span{{"", fmt.Sprintf("%s (%d ", begin, v.Disabled)}, {"bold", "DISABLED"}, {"", ")"}}
	case v.Blocked > 0:
		spans = append([]span{{"", fmt.Sprintf("%s (%d ", begin, v.Blocked)}}, blocked...)
	}
	return &entry{text: joined(spans), spans: spans}
}

func (r *report) clusterOptions(s *entry) {
	onOff := func(b bool, yes, no string) string {
		if b {
			return yes
		}
		return no
	}
	s.line("STONITH of failed nodes " + onOff(r.v.Fencing, "enabled", "disabled"))
	s.line("Cluster is " + onOff(r.v.Symmetric, "symmetric", "asymmetric"))
	s.line("No quorum policy: " + map[string]string{
		"freeze": "Freeze resources", "stop": "Stop ALL resources", "ignore": "Ignore", "fence": "Suicide",
		"demote": "Demote promotable resources and stop all other resources",
	}[r.v.QuorumPolicy])
	if !r.html {
		return
	}
	management := func(how, why string) {
		s.add(&entry{spans: []span{{"", "Resource management: "}, {"bold", how}, {"", why}}})
	}
	switch {
	case r.v.Maintenance:
		management("DISABLED", " (the cluster will not attempt to start, stop, or recover services)")
	case r.v.StopAll:
		management("STOPPED", " (the cluster will keep all resources stopped)")
	default:
		s.line("Resource management: enabled")
	}
}

// banner says in text that nothing is managed.
func (r *report) banner() []string {
	switch {
	case !r.shows(MaintenanceMode):
	case r.v.Maintenance:
		return []string{"", "              *** Resource management is DISABLED ***", "  The cluster will not attempt to start, stop or recover services"}
	case r.v.StopAll:
		return []string{"", "    *** Resource management is DISABLED ***", "  The cluster will keep all resources stopped"}
	}
	return nil
}
