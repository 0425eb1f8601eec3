package crmtool

import (
	"os/user"
	"slices"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

// A cibCall is what the options of cibadmin ask for. Those of cibpipe are the same, less where the document comes from.
type cibCall struct {
	*Options

	query, create, modify, replace, remove, removeAll, patch, bump, erase, upgrade bool
	empty, diskDigest, wireDigest, features                                        bool
	access                                                                         string

	text, file string
	pipe       bool

	scope, xpath, user                       string
	paths, bare, allowCreate, force          bool
	syncAll, master, slave, isMaster, update bool // of Heartbeat 2
}

// cibadminOptions are the options with their modern names and those of Heartbeat 2.1 that mean nothing else today.
func cibadminOptions(w *World, usage string) *cibCall {
	old := w.Getenv("HA_CLI_DIALECT") == "2.1"
	if !old {
		as := *w
		as.Args = joined(w.Args)
		w = &as
	}
	c := &cibCall{Options: w.Options(usage)}
	flag := func(at *bool, name, letter string, more ...string) {
		c.BoolVarP(at, name, letter, false, "")
		for _, m := range more {
			c.BoolVar(at, m, false, "")
		}
	}
	value := func(at *string, name, letter string, more ...string) {
		c.StringVarP(at, name, letter, "", "")
		for _, m := range more {
			c.StringVar(at, m, "", "")
		}
	}
	flag(&c.query, "query", "Q", "cib_query")
	flag(&c.create, "create", "C", "cib_create")
	flag(&c.modify, "modify", "M", "cib_modify")
	flag(&c.replace, "replace", "R", "cib_replace")
	flag(&c.remove, "delete", "D", "cib_delete")
	flag(&c.removeAll, "delete-all", "d", "delete_all", "cib_delete_alt")
	flag(&c.patch, "patch", "P")
	flag(&c.bump, "bump", "B", "cib_bump")
	flag(&c.erase, "erase", "E", "cib_erase")
	flag(&c.upgrade, "upgrade", "u", "cib_upgrade")
	flag(&c.empty, "empty", "a")
	flag(&c.diskDigest, "md5-sum", "5")
	flag(&c.wireDigest, "md5-sum-versioned", "6")
	flag(&c.features, "feature-list", "!")
	value(&c.text, "xml-text", "X", "crm_xml")
	value(&c.file, "xml-file", "x")
	flag(&c.pipe, "xml-pipe", "p")
	value(&c.scope, "scope", "o", "obj_type")
	value(&c.xpath, "xpath", "A")
	flag(&c.paths, "node-path", "e")
	flag(&c.bare, "no-children", "n")
	flag(&c.allowCreate, "allow-create", "c")
	flag(&c.force, "force", "f", "force-quorum")
	flag(&c.update, "update", oneOf(old, "U", ""), "cib_update")
	value(&c.user, "user", oneOf(old, "", "U"))
	flag(&c.isMaster, "ismaster", "m", "cib_ismaster")
	flag(&c.master, "master", "w", "cib_master")
	flag(&c.slave, "slave", "r", "cib_slave")
	flag(&c.syncAll, "sync", oneOf(old, "S", ""), "cib_sync")
	c.StringVarP(&c.access, "show-access", oneOf(old, "", "S"), "", "")
	c.Lookup("show-access").NoOptDefVal = "auto"
	// These say how a running cluster is asked; on a file they change nothing.
	c.StringP("timeout", "t", "", "")
	c.StringP("node", "N", "", "")
	c.BoolP("sync-call", "s", false, "")
	c.BoolP("local", "l", false, "")
	c.BoolP("no-bcast", "b", false, "")
	c.StringP("host", oneOf(old, "h", ""), "", "")
	return c
}

// joined are arguments in which a form behind -S is known as its value, as -Scolor.
func joined(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if form, ok := strings.CutPrefix(arg, "-S"); ok && form != "" {
			out[i] = "--show-access=" + strings.TrimPrefix(form, "=")
		}
	}
	return out
}

func oneOf(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// operation is the one that was asked for; ok is false without any. Of several the last in this order counts, as with C Pacemaker.
func (c *cibCall) operation() (op edit.Op, ok bool) {
	for _, o := range []struct {
		wanted bool
		op     edit.Op
	}{
		{c.query, edit.Query}, {c.erase, edit.Erase}, {c.bump, edit.Bump}, {c.upgrade, edit.Upgrade}, {c.create, edit.Create},
		{c.modify, edit.Modify}, {c.update, edit.Modify}, {c.patch, edit.Patch}, {c.replace, edit.Replace}, {c.remove, edit.Delete}, {c.removeAll, edit.Delete},
	} {
		if o.wanted {
			op = o.op
		}
	}
	return op, op != 0
}

// dangerous operations want --force: a slip of the finger would cost the configuration.
func (c *cibCall) dangerous(op edit.Op) bool {
	return op == edit.Erase || op == edit.Upgrade || c.removeAll && !c.remove
}

// request is the operation as the store knows it.
func (c *cibCall) request(op edit.Op, data *xmltree.Node) edit.Request {
	return edit.Request{
		Op: op, Section: c.scope, XPath: c.xpath, Data: data,
		AllowCreate: c.allowCreate || c.update && !c.modify, All: c.removeAll,
		NoChildren: c.bare, Paths: c.paths, Who: who(c.user),
	}
}

// who is the user whose rights count, with the groups that name him as a member. His primary group does not, as with C Pacemaker.
func who(name string) edit.User {
	u := edit.User{Name: name}
	if name == "" {
		return u
	}
	account, err := user.Lookup(name)
	if err != nil {
		return u
	}
	ids, err := account.GroupIds()
	if err != nil {
		return u
	}
	for _, id := range ids {
		if id == account.Gid {
			continue
		}
		if g, err := user.LookupGroupId(id); err == nil {
			u.Groups = append(u.Groups, g.Name)
		}
	}
	return u
}

// data reads the XML of the options: a file, a text or standard input, in this order.
func (c *cibCall) data() (n *xmltree.Node, code Code) {
	doc, from := c.text, "input string"
	var err error
	switch {
	case c.file == "-", c.file == "" && c.text == "" && c.pipe:
		from = "STDIN"
		doc, err = c.w.input("-", store.MostBytes)
	case c.file != "":
		from = c.file
		doc, err = c.w.input(c.file, store.MostBytes)
	case c.text == "":
		return nil, OK
	}
	if err == nil {
		n, err = parseText(doc, true)
	}
	if err != nil {
		c.w.complain("Couldn't parse input from %s.\n%s: %s: %s\n", from, c.w.Prog, from, strings.TrimPrefix(err.Error(), "open "+from+": "))
		return nil, Config
	}
	return n, OK
}

// badScope says that a change would go to a section that is none. A query of one shows everything: clients find out that way what there is.
func (c *cibCall) badScope(op edit.Op) bool {
	return op != edit.Query && c.scope != "" && c.scope != "all" && c.scope != "cib" && !slices.Contains(edit.Sections(), c.scope)
}
