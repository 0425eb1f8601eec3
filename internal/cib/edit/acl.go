package edit

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/xpath"
	"heartbeat/internal/xmltree"
)

// A User is who asks. The zero value, root and the cluster's own user may do everything; others what access rules say, where enable-acl is on.
type User struct {
	Name   string
	Groups []string
}

// A grant is what a rule says about what it names. Of several about one element, deny wins.
type grant uint8

const (
	mayRead grant = 1 << iota
	mayWrite
	denied
)

func grantOf(kind string) grant {
	switch kind {
	case "read":
		return mayRead
	case "write":
		return mayWrite
	case "deny":
		return denied
	}
	return 0
}

// A rule grants something to what its XPath names.
type rule struct {
	grant grant
	path  *xpath.Expr
}

// rules are those of one user; nil means that none count.
type rules struct{ list []rule }

// rulesFor reads the rules of a document for a user. A rule that cannot be read is an error: leaving out a deny would open a door.
func rulesFor(root *xmltree.Node, who User) (*rules, error) {
	if who.mayAll() || !aclEnabled(root) {
		return nil, nil
	}
	return rulesOf(root, who)
}

// mayAll says that no rules are for this user.
func (u User) mayAll() bool { return u.Name == "" || u.Name == "root" || u.Name == "hacluster" }

// rulesOf reads the rules for a user as if they counted.
func rulesOf(root *xmltree.Node, who User) (*rules, error) {
	r := &rules{}
	acls := root.Find("configuration", "acls")
	if acls == nil {
		return r, nil
	}
	for entry := range acls.Elements("") {
		if !entryFor(entry, who) {
			continue
		}
		if err := r.read(acls, entry, nil); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// aclEnabled looks for the cluster option.
func aclEnabled(root *xmltree.Node) bool {
	config := root.Find("configuration", "crm_config")
	if config == nil {
		return false
	}
	for n := range config.All() {
		if n.Name == "nvpair" && n.Get("name") == "enable-acl" {
			return cib.True(n.Get("value"))
		}
	}
	return false
}

// entryFor says whether an entry is about a user: acl_user is the form of schemas before 2.0.
func entryFor(entry *xmltree.Node, who User) bool {
	name := entry.Get("name")
	if name == "" {
		name = entry.Get("id")
	}
	switch entry.Name {
	case "acl_target", "acl_user":
		return name == who.Name
	case "acl_group":
		return slices.Contains(who.Groups, name)
	}
	return false
}

// read collects the rules of an entry or a role; roles that refer to each other in a circle are read once.
func (r *rules) read(acls, entry *xmltree.Node, within []*xmltree.Node) error {
	if slices.Contains(within, entry) {
		return nil
	}
	for c := range entry.Elements("") {
		kind := c.Name
		switch c.Name {
		case "role", "role_ref":
			at := childIndex(acls, "acl_role", "id", c.Get("id"))
			if at < 0 {
				continue
			}
			if err := r.read(acls, acls.Children[at], append(within, entry)); err != nil {
				return err
			}
			continue
		case "acl_permission":
			kind = c.Get("kind")
		}
		g := grantOf(kind)
		text := rulePath(c)
		if g == 0 || text == "" {
			continue
		}
		path, err := xpath.Compile(text)
		if err != nil {
			return fail(Denied, "the access rule %q cannot be read, and so nothing is allowed to anybody it is about: %v", c.Get("id"), err)
		}
		r.list = append(r.list, rule{g, path})
	}
	return nil
}

// rulePath is the XPath of a rule: its own, or one made of its kind of object, id and attribute, in the names of either generation.
func rulePath(c *xmltree.Node) string {
	either := func(a, b string) string {
		if v := c.Get(a); v != "" {
			return v
		}
		return c.Get(b)
	}
	if x := c.Get("xpath"); x != "" {
		return x
	}
	tag, ref, attr := either("object-type", "tag"), either("reference", "ref"), c.Get("attribute")
	if tag == "" && ref == "" && attr == "" {
		return ""
	}
	if tag == "" {
		tag = "*"
	}
	var tests []string
	if ref != "" {
		quote := "'"
		if strings.Contains(ref, quote) {
			quote = `"`
		}
		tests = append(tests, "@id="+quote+ref+quote)
	}
	if attr != "" {
		tests = append(tests, "@"+attr)
	}
	if tests == nil {
		return "//" + tag
	}
	return "//" + tag + "[" + strings.Join(tests, " and ") + "]"
}

// marks are the grants of every element that a rule names.
func (r *rules) marks(root *xmltree.Node) (map[*xmltree.Node]grant, error) {
	out := map[*xmltree.Node]grant{}
	for _, rule := range r.list {
		found, err := rule.path.Find(root)
		if err != nil {
			return nil, fail(Denied, "an access rule cannot be used: %v", err)
		}
		for _, m := range found {
			out[m.Node] |= rule.grant
		}
	}
	return out, nil
}
