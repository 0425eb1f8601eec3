package migrate

import (
	"strconv"

	"heartbeat/internal/conf"
	"heartbeat/internal/xmltree"
)

// A Schema is a dialect of cluster configurations.
type Schema string

const (
	Schema06 Schema = "0.6" // Heartbeat 2.1 to Pacemaker 0.6
	Schema1  Schema = "1.x" // Pacemaker 1.0 and later
)

// Schemas are the names of all.
func Schemas() []string { return []string{string(Schema06), string(Schema1)} }

// Input is a v1 configuration and how it shall be written.
type Input struct {
	HaCf      conf.File
	Resources conf.File
	Schema    Schema
	NoOCF     bool // resource scripts instead of OCF agents
	NoMonitor bool // no operations
	// ClassOf says where a script is on this machine: heartbeat (resource.d), lsb (init.d), systemd, or empty.
	ClassOf func(script string) string
	// StonithNames are the parameters of a fencing plug-in in order, nil: unknown.
	StonithNames func(plugin string) []string
	// ReadFile reads the file of a stonith line.
	ReadFile func(name string) ([]byte, error)
}

// Convert returns the configuration, and every problem of both files. With an error among the problems it is not complete.
func Convert(in Input) (*xmltree.Node, conf.Problems) {
	haCf, problems := conf.ParseHaCf(in.HaCf.Name, in.HaCf.Data, conf.Env{})
	problems = problems.Only(conf.Error) // what else is odd about ha.cf is no matter of the conversion
	groups, found := conf.ParseHaResources(in.Resources.Name, in.Resources.Data, conf.Env{Nodes: haCf.Nodes})
	c := &converter{
		in: in, haCf: haCf, file: in.Resources.Name, problems: append(problems, found...),
		resources: xmltree.New("resources"), constraints: xmltree.New("constraints"),
		used: map[string]bool{}, group: 1, single: 1,
	}
	notes := scanNotes(in.Resources.Data, groups.Groups)
	for i, g := range groups.Groups {
		c.line(g, notes.names[i])
	}
	c.relations(notes.relations)
	c.fencing()
	c.connectivity()
	return c.document(), c.problems.Sorted()
}

// A converter is one conversion.
type converter struct {
	in       Input
	haCf     conf.HaCf
	file     string // haresources, for problems
	problems conf.Problems

	resources, constraints *xmltree.Node
	placed                 []string        // ids that have a home, in order
	used                   map[string]bool // ids of resources
	group, single          int             // the two counters of ids
}

func (c *converter) fail(line int, msg, fix string) {
	c.problems = append(c.problems, conf.Problem{File: c.file, Line: line, Severity: conf.Error, Msg: msg, Fix: fix})
}

func (c *converter) warn(line int, msg, fix string) {
	c.problems = append(c.problems, conf.Problem{File: c.file, Line: line, Severity: conf.Warning, Msg: msg, Fix: fix})
}

// line converts one group. The counters go on as in the classic tool, so that ids are the same.
func (c *converter) line(g conf.Group, n name) {
	id := c.given(n)
	switch {
	case n.clone:
		c.clone(g, id)
	case len(g.Resources) == 1:
		p := c.primitive(g.Resources[0], c.single, id)
		c.resources.Add(c.sticky(p, g))
		c.home(p.Get("id"), g.Node)
		c.single++
	default:
		if id == "" {
			id = c.unique("group_" + strconv.Itoa(c.group))
		}
		e := xmltree.New("group", "id", id)
		for i, r := range g.Resources {
			e.Add(c.primitive(r, c.group+i, ""))
		}
		c.resources.Add(c.sticky(e, g))
		c.home(id, g.Node)
		c.group += 10
		c.single += len(g.Resources) + 1
	}
}

// given is the id that a comment gave, empty without one or when it cannot be one.
func (c *converter) given(n name) string {
	switch {
	case n.text == "":
		return ""
	case !isID(n.text):
		c.fail(n.line, "#"+n.text+" cannot be an id: it begins with a letter and has only letters, digits, _ . and -", "choose another name, or put a blank behind the # to make it a comment")
		return ""
	case c.used[n.text]:
		c.fail(n.line, "#"+n.text+" is the name of two resources", "choose another name for one of them")
		return ""
	}
	return c.unique(n.text)
}

// clone runs the first resource of a line on every node.
func (c *converter) clone(g conf.Group, id string) {
	if len(g.Resources) > 1 {
		c.fail(g.Line, "a clone of more than one resource", "keep one resource in the line with #clone:, and write the others into lines of their own")
	}
	if id == "" {
		id = c.unique("clone_" + strconv.Itoa(c.group))
	}
	c.resources.Add(c.cloneOf(id, c.primitive(g.Resources[0], c.group, "")))
	c.group += 10
	c.single++
}

// cloneOf wraps a resource: one instance for each node.
func (c *converter) cloneOf(id string, p *xmltree.Node) *xmltree.Node {
	e := xmltree.New("clone", "id", id)
	nodes := strconv.Itoa(len(c.haCf.Nodes))
	if c.in.Schema == Schema06 {
		e.Add(c.set("instance_attributes", id+"_inst_attr", [][3]string{
			{id + "_attr_1", "clone_max", nodes}, {id + "_attr_2", "clone_node_max", "1"},
		}))
	} else {
		e.Add(c.set("meta_attributes", id+"_meta_attr", [][3]string{
			{id + "_meta_1", "clone-max", nodes}, {id + "_meta_2", "clone-node-max", "1"},
		}))
	}
	return e.Add(p)
}

// set makes a set of name and value pairs; each is id, name, value.
func (c *converter) set(tag, id string, pairs [][3]string) *xmltree.Node {
	e := xmltree.New(tag, "id", id)
	inner := e
	if c.in.Schema == Schema06 {
		inner = xmltree.New("attributes")
		e.Add(inner)
	}
	for _, p := range pairs {
		inner.Add(xmltree.New("nvpair", "id", p[0], "name", p[1], "value", p[2]))
	}
	return e
}
