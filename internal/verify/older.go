package verify

import (
	"fmt"

	"heartbeat/internal/cib/schema"
	"heartbeat/internal/xmltree"
)

// older names what Pacemaker will not understand much longer, and what upgrading to the newest form takes away before the scheduler sees it.
func (r *Report) older(root *xmltree.Node) {
	config := root.First("configuration")
	if v, _ := schema.VersionOf(root); v < schema.V1_0 || config == nil {
		return
	}
	said := map[string]bool{}
	once := func(n *xmltree.Node, key, tag, mend, format string, args ...any) {
		if said[key] {
			return
		}
		said[key] = true
		text := fmt.Sprintf(format, args...)
		r.add(schema.Problem{Line: int(n.Line), Element: n.Name, ID: n.Get("id"), Kind: schema.Meaning, Warning: true, Text: text, Mend: mend}, tag, text)
	}
	for n := range config.All() {
		switch n.Name {
		case "nvpair":
			r.olderPair(n, once)
		case "node":
			if n.Get("type") == "ping" {
				once(n, "ping", "pe_create_node", "take it out: use an ocf:pacemaker:ping resource", "Support for nodes of type 'ping' (such as %s) is deprecated and will be removed in a future release", n.Get("uname"))
			}
		case "rsc_location", "rsc_colocation", "rsc_order":
			if n.First("lifetime") != nil {
				once(n, "lifetime "+n.Get("id"), "pcmk__unpack_constraints", "move the rules out of <lifetime> into the constraint",
					"Support for 'lifetime' attribute (in %s) is deprecated (the rules it contains should instead be direct descendents of the constraint object)", n.Get("id"))
			}
		}
	}
}

func (r *Report) olderPair(n *xmltree.Node, once func(n *xmltree.Node, key, tag, mend, format string, args ...any)) {
	switch n.Get("name") {
	case "stonith-action", "fencing-action":
		if n.Get("value") == "poweroff" {
			once(n, "poweroff", "unpack_config", "write off", "Support for stonith-action of 'poweroff' is deprecated and will be removed in a future release (use 'off' instead)")
		}
	case "remove-after-stop":
		if v := n.Get("value"); v == "true" || v == "1" || v == "yes" || v == "on" {
			once(n, "remove", "unpack_config", "take it out", "Support for the remove-after-stop cluster property is deprecated and will be removed in a future release")
		}
	case "restart-type":
		if n.Get("value") == "restart" {
			once(n, "restart", "common_unpack", "take it out, and use a mandatory order", "Support for restart-type is deprecated and will be removed in a future release")
		}
	case "role_after_failure":
		once(n, "after", "unpack_operation", "take it out", "Support for role_after_failure is deprecated and will be removed in a future release")
	}
}
