package cib

import (
	"strconv"
	"strings"
	"unicode"

	"heartbeat/internal/xmltree"
)

// ids06 gives ids that are no names since schema 1.0 new ones, and follows them wherever they are named. Heartbeat 2 took any text;
// the newer schemas want letters, digits, - . _ and a letter or _ first. Ids of nodes may still be anything.
func (u *upgrade) ids06() {
	taken := map[string]bool{}
	for x := range u.config.All() {
		taken[x.Get("id")] = true
	}
	renamed := map[string]string{}
	for x := range u.config.All() {
		id, have := x.Lookup("id")
		if !have || x.Kind != xmltree.Element || x.Name == "node" || x.Name == "resource_ref" {
			continue
		}
		if renamed[id] == "" {
			name := asName(id)
			if name == id {
				continue
			}
			for n, plain := 2, name; taken[name]; n++ {
				name = plain + "-" + strconv.Itoa(n)
			}
			taken[name], renamed[id] = true, name
			if isResource(x) || strings.HasPrefix(x.Name, "rsc_") {
				u.warn("line %d: %s %s is called %s now: ids are letters, digits, - . _, and a letter or _ comes first", x.Line, x.Name, id, name)
			}
		}
		x.Set("id", renamed[id])
	}
	if len(renamed) > 0 {
		u.follow06(renamed)
	}
}

// follow06 puts new ids where old ones are named: in constraints, in references, in the history of operations and in its counters.
func (u *upgrade) follow06(renamed map[string]string) {
	now := func(x *xmltree.Node, attr string) {
		id, instance, clone := strings.Cut(x.Get(attr), ":")
		switch {
		case renamed[x.Get(attr)] != "":
			x.Set(attr, renamed[x.Get(attr)])
		case clone && renamed[id] != "":
			x.Set(attr, renamed[id]+":"+instance)
		}
	}
	for x := range u.config.All() {
		for _, attr := range [...]string{"rsc", "with-rsc", "first", "then", "id-ref"} {
			now(x, attr)
		}
		if x.Name == "resource_ref" {
			now(x, "id")
		}
	}
	for x := range u.root.First("status").All() {
		switch x.Name {
		case "lrm_resource":
			now(x, "id")
		case "nvpair":
			for _, prefix := range [...]string{"fail-count-", "last-failure-", "master-"} {
				if rest, ok := strings.CutPrefix(x.Get("name"), prefix); ok {
					x.Set("name", rest)
					now(x, "name")
					x.Set("name", prefix+x.Get("name"))
				}
			}
		}
	}
}

func isResource(x *xmltree.Node) bool {
	return x.Name == "primitive" || x.Name == "group" || x.Name == "clone" || x.Name == "master"
}

// asName is the text as a name without a colon (NCName), as like it as can be.
func asName(id string) string {
	name := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, id)
	if first := []rune(name + "-")[0]; first != '_' && !unicode.IsLetter(first) {
		name = "id-" + name
	}
	return name
}
