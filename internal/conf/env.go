package conf

import (
	"net/netip"
	"strings"
)

// Env answers what only the machine knows. Every field may be left out: what
// it would check is then not checked, so that files of another machine can be read.
type Env struct {
	NodeName    string                                  // uname -n; nodeinfo overrides it in Parse
	LookupHost  func(name string) ([]netip.Addr, error) // for ucast and ping hosts that are no addresses
	Interfaces  []Interface                             // nil: do not check
	UserExists  func(name string) bool
	GroupExists func(name string) bool
	// ScriptExists looks a resource script up (resources spec, 3.1); native agents count.
	ScriptExists func(name string) (path string, ok bool)
	// Executable says whether a respawn command can be run.
	Executable func(path string) bool
	// Nodes are the configured nodes, for ParseHaResources; Parse fills them in from ha.cf. Nil: do not check.
	Nodes []string
	// Strict reads haresources exactly as C does (setting strict_haresources).
	Strict bool
	// MessagesOnly says that no resources are managed (heartbeat -M): haresources is not read.
	MessagesOnly bool
	// KnownNodes are those of the host cache; with autojoin other this node may be one of them.
	KnownNodes []string
	// Version is what the parameter hbversion says; empty: Version.
	Version string
}

// Interface is what is known about one network interface.
type Interface struct {
	Name     string
	Up       bool
	Prefixes []netip.Prefix // its addresses with their masks
}

func (e Env) interfaceNamed(name string) (Interface, bool) {
	for _, i := range e.Interfaces {
		if i.Name == name {
			return i, true
		}
	}
	return Interface{}, false
}

func (e Env) interfaceNames() []string {
	var out []string
	for _, i := range e.Interfaces {
		out = append(out, i.Name)
	}
	return out
}

// ParseNodeInfo returns the node name in a nodeinfo file: its first line, whole and
// lower-cased, shorter than 255 bytes (messaging spec, 14.1).
func ParseNodeInfo(file string, data []byte) (string, Problems) {
	n := &notes{file: file}
	line, _, ended := strings.Cut(string(data), "\n")
	name := strings.TrimSuffix(line, "\r")
	switch {
	case !ended:
		n.fail(1, "end the line with a newline", "the node name is not a whole line")
	case strings.TrimSpace(name) == "":
		n.fail(1, "write the node's name there, or remove the file to use the host's name", "the first line is empty")
	case len(name) >= maxNodeName || strings.ContainsAny(name, " \t,#\x00"):
		n.fail(1, "write only the node's name", "%.40q is no node name", name)
	}
	if n.list.HasErrors() {
		return "", n.list
	}
	return strings.ToLower(name), n.list
}
