package outlook

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

// A Change is what is assumed to happen. The zero value is: nothing, the cluster only goes on.
type Change struct {
	Edited     *xmltree.Node // another document; where it has no status, that of the present one counts
	Standby    []string      // nodes
	Unstandby  []string      // nodes
	Stop       []string      // resources: target-role=Stopped
	Start      []string      // resources: target-role=Started
	Moves      []string      // RESOURCE:NODE, as crm_resource --move
	Injections simulate.Injections
}

// apply makes the document that would be, and says what was assumed. Names that are not there are an error that lists those that are.
func (ch *Change) apply(root *xmltree.Node, now int64) (out *xmltree.Node, assumed []string, err error) {
	out = simulate.Copy(root)
	if ch.Edited != nil {
		out = simulate.Copy(ch.Edited)
		if s := out.First("status"); s == nil || len(s.Children) == 0 {
			out.Children = slices.DeleteFunc(out.Children, func(n *xmltree.Node) bool { return n.Name == "status" })
			if s := simulate.Copy(root).First("status"); s != nil {
				out.Add(s)
			}
		}
		assumed = append(assumed, "the configuration is replaced by the edited one")
	}
	for _, n := range slices.Concat(ch.Standby, ch.Unstandby, ch.Injections.NodesDown, ch.Injections.NodesFailed) {
		if err := haveNode(out, n); err != nil {
			return nil, nil, err
		}
	}
	for _, n := range ch.Standby {
		setStandby(out, n, "on")
		assumed = append(assumed, "node "+n+" is set to standby")
	}
	for _, n := range ch.Unstandby {
		setStandby(out, n, "off")
		assumed = append(assumed, "node "+n+" is no longer standby")
	}
	for _, x := range []struct {
		ids        []string
		role, said string
	}{{ch.Stop, "Stopped", " is to be stopped"}, {ch.Start, "Started", " is to be started"}} {
		for _, id := range x.ids {
			if err := setRole(out, id, x.role); err != nil {
				return nil, nil, err
			}
			assumed = append(assumed, id+x.said)
		}
	}
	for _, m := range ch.Moves {
		id, n, ok := strings.Cut(m, ":")
		if !ok {
			return nil, nil, fmt.Errorf("--move %s: write RESOURCE:NODE", m)
		}
		if _, err := configured(out, id); err != nil {
			return nil, nil, err
		}
		if err := haveNode(out, n); err != nil {
			return nil, nil, err
		}
		section(out, "constraints").Add(xmltree.New("rsc_location", "id", "cli-prefer-"+id, "rsc", id, "node", n, "score", "INFINITY"))
		assumed = append(assumed, id+" is moved to "+n)
	}
	if _, problems := ch.Injections.Apply(out, scheduler.Status(out, instant(now), scheduler.Options{Sanitized: true}), now); len(problems) > 0 {
		return nil, nil, fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	return out, append(assumed, happenings(&ch.Injections)...), nil
}

// happenings are the injections in words that go on from "if".
func happenings(in *simulate.Injections) (out []string) {
	if in.Quorum != "" {
		out = append(out, "the cluster's quorum is "+in.Quorum)
	}
	if in.Watchdog != "" {
		out = append(out, "the nodes' having a watchdog is "+in.Watchdog)
	}
	for _, x := range []struct {
		format string
		names  []string
	}{
		{"node %s comes online", in.NodesUp}, {"node %s leaves", in.NodesDown}, {"node %s fails", in.NodesFailed},
		{"ticket %s is granted", in.TicketsGranted}, {"ticket %s is revoked", in.TicketsRevoked},
		{"ticket %s is set to standby", in.TicketsStandby}, {"ticket %s is no longer standby", in.TicketsActive},
		{"this operation ended so: %s", in.Operations},
	} {
		for _, name := range x.names {
			out = append(out, fmt.Sprintf(x.format, name))
		}
	}
	return out
}

func section(root *xmltree.Node, name string) *xmltree.Node {
	c := root.First("configuration")
	if c == nil {
		c = xmltree.New("configuration")
		root.Add(c)
	}
	s := c.First(name)
	if s == nil {
		s = xmltree.New(name)
		c.Add(s)
	}
	return s
}

func haveNode(root *xmltree.Node, name string) error {
	var names []string
	for n := range section(root, "nodes").Elements("node") {
		names = append(names, n.Get("uname"))
	}
	if s := root.First("status"); s != nil {
		for n := range s.Elements("node_state") {
			names = append(names, n.Get("uname"))
		}
	}
	if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		slices.Sort(names)
		return fmt.Errorf("there is no node %q; the document has %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return nil
}

// configured is the element of a resource.
func configured(root *xmltree.Node, id string) (*xmltree.Node, error) {
	var ids []string
	for n := range section(root, "resources").All() {
		switch n.Name {
		case "primitive", "group", "clone", "bundle":
			if n.Get("id") == id {
				return n, nil
			}
			ids = append(ids, n.Get("id"))
		}
	}
	return nil, fmt.Errorf("there is no resource %q; the document has %s", id, strings.Join(ids, ", "))
}

func setStandby(root *xmltree.Node, name, value string) {
	if s := root.First("status"); s != nil {
		for n := range s.Elements("node_state") {
			if t := n.First("transient_attributes"); t != nil && strings.EqualFold(n.Get("uname"), name) {
				for block := range t.Elements("instance_attributes") {
					block.Children = slices.DeleteFunc(block.Children, func(p *xmltree.Node) bool { return p.Get("name") == "standby" })
				}
			}
		}
	}
	for n := range section(root, "nodes").Elements("node") {
		if strings.EqualFold(n.Get("uname"), name) {
			setPair(n, "instance_attributes", "standby", value)
			return
		}
	}
}

func setRole(root *xmltree.Node, id, role string) error {
	n, err := configured(root, id)
	if err == nil {
		setPair(n, "meta_attributes", "target-role", role)
	}
	return err
}

// setPair sets an option in the first block of a kind that holds without conditions.
func setPair(in *xmltree.Node, block, name, value string) {
	for b := range in.Elements(block) {
		if b.First("rule") != nil {
			continue
		}
		for p := range b.Elements("nvpair") {
			if p.Get("name") == name {
				p.Set("value", value)
				return
			}
		}
	}
	id := "assumed-" + in.Get("id") + "-" + name
	b := xmltree.New(block, "id", id, "score", "INFINITY").Add(xmltree.New("nvpair", "id", id+"-value", "name", name, "value", value))
	in.Children = append([]*xmltree.Node{b}, in.Children...)
}
