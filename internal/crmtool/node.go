package crmtool

import (
	"strings"

	"heartbeat/internal/scheduler"
)

const nodeUsage = `usage: %[1]s (-l | -p | -q | -N ID)

Tells which nodes a cluster has.

  -l, --list            id, name and state (member or lost) of all
  -p, --partition       names of those that are members
  -q, --quorum          1 with a majority, 0 without
  -N, --name-for-id ID  the name of the node with that id
  -n, --name; -i, --cluster-id; -R, --remove NAME   (of a running cluster)
exit codes: 0 done, 64 wrong usage, 68 no such node, 102 no cluster and no CIB_file
examples:
  CIB_file=cib.xml %[1]s -l
`

// nodeCommand is crm_node, as far as a document tells.
func nodeCommand(w *World) Code {
	o := w.Options(nodeUsage)
	list := o.BoolP("list", "l", false, "")
	partition := o.BoolP("partition", "p", false, "")
	quorum := o.BoolP("quorum", "q", false, "")
	id := o.StringP("name-for-id", "N", "", "")
	name := o.BoolP("name", "n", false, "")
	number := o.BoolP("cluster-id", "i", false, "")
	remove := o.StringP("remove", "R", "", "")
	o.BoolP("force", "f", false, "")
	if code, run := o.Parse(); !run {
		return code
	}
	if code, ok := o.NoArguments(); !ok {
		return code
	}
	if *name || *number || *remove != "" {
		w.complain("%s: only the running cluster knows its local node, and none runs here\n", w.Prog)
		return Disconnected
	}
	v, err := w.status("")
	if err != nil {
		w.complain("%s: %s\n", w.Prog, err)
		return DocumentCode(err)
	}
	switch {
	case *list:
		for _, n := range v.Nodes {
			w.printf("%s %s %s\n", n.ID, n.Name, map[bool]string{true: "member", false: "lost"}[n.Online])
		}
	case *partition:
		w.printf("%s \n", strings.Join(members(v), " "))
	case *quorum:
		w.printf("%d\n", map[bool]int{true: 1}[v.Quorate])
	case *id != "":
		n := v.FindNodeID(*id)
		if n == nil {
			w.complain("Node is not known to cluster\n")
			return NoHost
		}
		w.printf("%s\n", n.Name)
	default:
		return o.Wrong("what do you want to know? see --help")
	}
	return OK
}

func members(v *scheduler.View) (names []string) {
	for _, n := range v.Nodes {
		if n.Online && n.Kind == scheduler.MemberNode {
			names = append(names, n.Name)
		}
	}
	return names
}
