package takeover

// String is the word on the wire.
func (s Set) String() string {
	switch s {
	case None:
		return "none"
	case Local:
		return "local"
	case Foreign:
		return "foreign"
	}
	return "all"
}

// mirror turns a set around: what one of two nodes calls local the other calls foreign.
func (s Set) mirror() Set {
	return (s&Local)<<1 | (s&Foreign)>>1
}

// parseHold reads rsc_hold; C refuses other words ("bad resource type").
func parseHold(word string) (Set, bool) {
	switch word {
	case "none":
		return None, true
	case "local":
		return Local, true
	case "foreign":
		return Foreign, true
	case "all":
		return All, true
	}
	return None, false
}

// parseWord reads the argument of hb_standby and hb_takeover, as seen by the node that gives up.
// failback is what is not at home on that node: its foreign groups.
func parseWord(word string) (Set, bool) {
	switch word {
	case "", "all":
		return All, true
	case "failback":
		return Foreign, true
	case "none":
		return None, false
	}
	return parseHold(word)
}

// half is where a group belongs from the view of node.
func half(g *group, node string) Set {
	if g.home == node {
		return Local
	}
	return Foreign
}
