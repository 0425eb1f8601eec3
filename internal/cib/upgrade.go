package cib

import (
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// The newest that is understood: schema 4.0, and feature set 3.20 of the cluster's protocol.
const (
	newestMajor, newestMinor   = 4, 0
	featureMajor, featureMinor = 3, 20

	storedMajor, storedMinor = 3, 9
)

// StoredSchema is the schema that new documents name, and that documents on disks are upgraded to.
const StoredSchema = "pacemaker-3.9"

// MostInstances is how many instances a clone or a bundle may have: a limit against slips, since each costs time and memory.
const MostInstances = 4096

// A schema is the version of a document's form.
type schema struct{ major, minor int }

func (s schema) String() string { return fmt.Sprintf("pacemaker-%d.%d", s.major, s.minor) }

func (s schema) before(major, minor int) bool {
	return s.major < major || s.major == major && s.minor < minor
}

// Upgrade makes a document one of the newest schema, step by step. What it returns shares with the document what stayed the same.
// Warnings name what has no counterpart any more. An error means that decisions on the document would be wrong.
func Upgrade(root *xmltree.Node) (out *xmltree.Node, warnings []string, err error) {
	return upgradeTo(root, schema{newestMajor, newestMinor})
}

// UpgradeStored makes a document one of StoredSchema at least: what is kept on disks is read by other programs too, and those of
// Pacemaker 2.1 know no newer one.
func UpgradeStored(root *xmltree.Node) (out *xmltree.Node, warnings []string, err error) {
	return upgradeTo(root, schema{storedMajor, storedMinor})
}

func upgradeTo(root *xmltree.Node, to schema) (out *xmltree.Node, warnings []string, err error) {
	if root == nil || root.Kind != xmltree.Element || root.Name != "cib" {
		return nil, nil, fmt.Errorf("this is no cluster document: its root is not <cib>")
	}
	from, warning, err := schemaOf(root)
	if err != nil {
		return nil, nil, err
	}
	u := &upgrade{}
	if warning != "" {
		u.warn("%s", warning)
	}
	if set := root.Get("crm_feature_set"); newerFeatures(set) {
		return nil, nil, fmt.Errorf("line %d: the document needs feature set %s, and %d.%d is the newest known here", root.Line, set, featureMajor, featureMinor)
	}
	if root.First("configuration") == nil {
		return nil, nil, fmt.Errorf("line %d: the document has no configuration", root.Line)
	}
	out = root
	if from.before(to.major, to.minor) {
		out = root.Clone()
		u.root = out
		u.config = u.own(out, "configuration")
		if from.before(1, 0) {
			u.own(out, "status")
			_, claims := root.Lookup("validate-with")
			u.from06(claims || Looks06(root))
		}
		if from.before(3, 0) {
			u.to30()
		}
		if !to.before(4, 0) {
			u.to40()
		}
		out.Set("validate-with", to.String())
	}
	return out, u.warnings, check(out)
}

// schemaOf reads validate-with. Without it, a document is of the time before there were schemas.
func schemaOf(root *xmltree.Node) (s schema, warning string, err error) {
	name, have := root.Lookup("validate-with")
	switch {
	case !have, name == "pacemaker-0.6", name == "transitional-0.6":
		return schema{0, 6}, "", nil
	case name == "none" || name == "":
		if Looks06(root) {
			return schema{0, 6}, "the document names no schema; it is read as one of Heartbeat 2", nil
		}
		return schema{newestMajor, newestMinor}, "the document names no schema; it is read as one of the newest", nil
	}
	number, ok := strings.CutPrefix(name, "pacemaker-")
	major, minor, two := strings.Cut(number, ".")
	s.major, err = strconv.Atoi(major)
	if ok = ok && two && err == nil; ok {
		s.minor, err = strconv.Atoi(minor)
	}
	if !ok || err != nil || s.major < 1 {
		return s, "", fmt.Errorf("line %d: nobody knows the schema %q; write one such as pacemaker-%d.%d in validate-with", root.Line, name, newestMajor, newestMinor)
	}
	if s.major > newestMajor || s.major == newestMajor && s.minor > newestMinor {
		return s, "", fmt.Errorf("line %d: the schema %q is newer than the newest known here, pacemaker-%d.%d; look at it with a newer version of this program, or write an older schema if the document is of one", root.Line, name, newestMajor, newestMinor)
	}
	return s, "", nil
}

// Looks06 finds what only documents of Heartbeat 2 have and what tells how to read them.
func Looks06(root *xmltree.Node) bool {
	if _, old := root.Lookup("have_quorum"); old {
		return true
	}
	config := root.First("configuration")
	if config == nil {
		return false
	}
	for n := range config.All() {
		switch n.Name {
		case "attributes", "master_slave":
			return true
		case "rsc_order", "rsc_colocation":
			if _, old := n.Lookup("from"); old {
				return true
			}
		}
	}
	return false
}

func newerFeatures(set string) bool {
	parts := strings.SplitN(set, ".", 3)
	major, err := strconv.Atoi(parts[0])
	if err != nil || major != featureMajor || len(parts) < 2 {
		return err == nil && major > featureMajor
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && minor > featureMinor
}

// check finds elements that nobody here knows and that would change decisions if they were left out.
func check(root *xmltree.Node) error {
	config := root.First("configuration")
	kinds := map[string]string{
		"resources":   " primitive group clone master bundle template ",
		"constraints": " rsc_location rsc_colocation rsc_order rsc_ticket ",
	}
	for section, known := range kinds {
		in := config.First(section)
		if in == nil {
			continue
		}
		for x := range in.Elements("") {
			if !strings.Contains(known, " "+x.Name+" ") {
				return fmt.Errorf("line %d: nobody knows the element <%s> in <%s>", x.Line, x.Name, section)
			}
			if x.Get("id") == "" {
				return fmt.Errorf("line %d: <%s> has no id", x.Line, x.Name)
			}
		}
	}
	if resources := config.First("resources"); resources != nil {
		return checkCounts(resources)
	}
	return nil
}

// checkCounts finds numbers of instances that nobody can mean.
func checkCounts(resources *xmltree.Node) error {
	for x := range resources.All() {
		text, what := "", ""
		if x.Name == "nvpair" && x.Get("name") == "clone-max" {
			text, what = x.Get("value"), "instances"
		} else if r, ok := x.Lookup("replicas"); ok {
			text, what = r, "replicas"
		}
		if text != "" && AtLeast(text, 0) > MostInstances {
			return fmt.Errorf("line %d: %s %s are too many: %d is the most", x.Line, text, what, MostInstances)
		}
	}
	return nil
}

// An upgrade changes a document of its own.
type upgrade struct {
	root, config *xmltree.Node
	warnings     []string
}

func (u *upgrade) warn(format string, args ...any) {
	u.warnings = append(u.warnings, fmt.Sprintf(format, args...))
}

// own replaces a child of a node by a copy that may be changed, and makes one where there is none.
func (u *upgrade) own(parent *xmltree.Node, name string) *xmltree.Node {
	for i, c := range parent.Children {
		if c.Kind == xmltree.Element && c.Name == name {
			parent.Children[i] = copyDeep(c)
			return parent.Children[i]
		}
	}
	c := xmltree.New(name)
	parent.Add(c)
	return c
}

func copyDeep(n *xmltree.Node) *xmltree.Node {
	out := n.Clone()
	for i, c := range out.Children {
		out.Children[i] = copyDeep(c)
	}
	return out
}

// section is a part of the configuration, made when it is not there.
func (u *upgrade) section(name string) *xmltree.Node {
	s := u.config.First(name)
	if s == nil {
		s = xmltree.New(name)
		u.config.Add(s)
	}
	return s
}

// filter keeps the children that are wanted.
func filter(n *xmltree.Node, keep func(*xmltree.Node) bool) {
	var kept []*xmltree.Node
	for _, c := range n.Children {
		if c.Kind != xmltree.Element || keep(c) {
			kept = append(kept, c)
		}
	}
	n.Children = kept
}

// drop takes an attribute away.
func drop(n *xmltree.Node, name string) {
	for i, a := range n.Attrs {
		if a.Name == name {
			n.Attrs = append(n.Attrs[:i], n.Attrs[i+1:]...)
			return
		}
	}
}

// rename gives an attribute another name, at its place, unless something has that name already.
func rename(n *xmltree.Node, old, name string) {
	if _, have := n.Lookup(name); have {
		drop(n, old)
		return
	}
	for i := range n.Attrs {
		if n.Attrs[i].Name == old {
			n.Attrs[i].Name = name
			return
		}
	}
}

// setDefault adds a pair to the first block of a kind, made when there is none, unless the name is there.
func setDefault(n *xmltree.Node, block, name, value string) {
	var first *xmltree.Node
	for b := range n.Elements(block) {
		for p := range b.Elements("nvpair") {
			if p.Get("name") == name {
				return
			}
		}
		if _, ref := b.Lookup("id-ref"); first == nil && !ref && b.First("rule") == nil {
			first = b
		}
	}
	if first == nil {
		id := n.Get("id")
		if id == "" {
			id = n.Name
		}
		first = xmltree.New(block, "id", id+"-"+block+"-upgraded")
		n.Add(first)
	}
	first.Add(xmltree.New("nvpair", "id", first.Get("id")+"-"+name, "name", name, "value", value))
}
