package crmtool

import (
	"errors"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

const cibadminUsage = `usage: %[1]s COMMAND [options]

Shows and changes the configuration of a cluster: the file in CIB_file, or the shadow in CIB_shadow.

commands
  -Q, --query              show everything, a --scope, or what an --xpath names
  -C, --create             add an object; an error when it is there already
  -M, --modify             change an object, found by its name and id; with -c make it when it is missing
  -R, --replace            put an object, a section or everything in the place of the old
  -D, --delete             take away the first object with this name and all these attributes; what is not there is no error
  -d, --delete-all         with --xpath: take away everything that matches (needs --force)
  -P, --patch              apply a patch that crm_diff made
  -B, --bump               raise the epoch
  -E, --erase              empty the configuration (needs --force)
  -u, --upgrade            to the newest schema (needs --force)
  -a, --empty              print an empty document
  -5, --md5-sum            print the digest of files; -6, --md5-sum-versioned: the one between nodes
data
  -X, --xml-text XML       as an argument
  -x, --xml-file FILE      in a file; - is standard input
  -p, --xml-pipe           on standard input
where
  -o, --scope SECTION      configuration, crm_config, rsc_defaults, op_defaults, nodes, resources, constraints, acls,
                           fencing-topology, tags, alerts, status
  -A, --xpath EXPRESSION   what an XPath names instead
rights
  -S, --show-access[=FORM] with -Q and -U: what the user may read and write, by the access rules; text, color, namespace (XML), auto
more
  -c, --allow-create       with -M: make what is missing
  -n, --no-children        with -Q: only the element itself
  -e, --node-path          with -Q and --xpath: where the matches are
  -f, --force              yes, really
  -U, --user NAME          with the rights of this user
  -l, -s, -t, -N, -b       local, sync-call, timeout, node, no-bcast: for a running cluster, without effect on a file
Values NAME++ and NAME+=5 of an attribute NAME add to it.
exit codes: 0 done, 1 failed, 4 not allowed, 64 wrong usage, 70 senseless, 78 not valid, 102 no running cluster, 103 too old, 105 no such object, 107 needs --force, 108 exists
examples:
  %[1]s -Q -o resources
  %[1]s -M -o crm_config -X '<nvpair id="cib-bootstrap-options-stonith-enabled" value="true"/>'
  %[1]s -D -X '<primitive id="old"/>'
  %[1]s -Q -A "//nvpair[@name='target-role']" -e
`

// needsForce is the phrase that scripts know.
const needsForce = "The supplied command is considered dangerous.  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed."

func cibadmin(w *World) Code {
	c := cibadminOptions(w, cibadminUsage)
	if code, run := c.Parse(); !run {
		return code
	}
	if code, ok := c.NoArguments(); !ok {
		return code
	}
	switch {
	case c.features:
		w.printf("Pacemaker %s (Build: heartbeat-%s): %s\n", spokenPacemaker, w.Version, "agent-manpages ncurses")
		return OK
	case c.empty:
		w.printXML(edit.Empty(""))
		return OK
	case c.diskDigest, c.wireDigest:
		return c.digests()
	case c.access != "":
		return c.showAccess()
	case c.master, c.slave, c.isMaster, c.syncAll:
		w.complain("%s: there are no masters and slaves of the configuration here, and nothing to sync: every node has the same\n", w.Prog)
		return Unimplemented
	}
	op, ok := c.operation()
	if !ok {
		return c.Wrong("say what to do: one of -Q -C -M -R -D -d -P -B -E -u -a -5 -6")
	}
	if c.badScope(op) {
		return c.Wrong("there is no section %q; sections are %s", c.scope, strings.Join(edit.Sections(), ", "))
	}
	if c.dangerous(op) && !c.force {
		w.complain("%s\n", needsForce)
		return Unsafe
	}
	data, code := c.data()
	if code != OK {
		return code
	}
	return c.perform(op, data)
}

// perform does it, on the file that the environment names.
func (c *cibCall) perform(op edit.Op, data *xmltree.Node) Code {
	doc, err := c.w.Document("")
	if err != nil {
		c.w.complain("Could not connect to the CIB: %s\nInit failed, could not perform requested operations\n", err)
		return DocumentCode(err)
	}
	before := doc.Root()
	res, err := doc.Do(c.request(op, data))
	if err != nil {
		return c.failed(op, res, err)
	}
	if err := doc.Save(); err != nil {
		c.w.complain("%s: %s\n", c.w.Prog, err)
		return DocumentCode(err)
	}
	if op == edit.Upgrade {
		for _, line := range upgradeLines(before) {
			c.w.complain("%s: %s\n", c.w.Prog, line)
		}
	}
	c.answer(res.Answer)
	return OK
}

// failed says what went wrong: the phrase that scripts know, then what people need.
func (c *cibCall) failed(op edit.Op, res edit.Result, err error) Code {
	switch {
	case res.Answer != nil:
		c.w.printXML(res.Answer)
	case res.Proposed != nil:
		c.w.printXML(res.Proposed)
	}
	var e *edit.Error
	if !errors.As(err, &e) {
		c.w.complain("Call %s failed: %s\n", op, err)
		return DocumentCode(err)
	}
	c.w.complain("Call %s failed: %s\n", op, e.Reason)
	if e.Detail != "" {
		c.w.complain("%s: %s\n", c.w.Prog, e.Detail)
	}
	return DocumentCode(err)
}

// answer prints what was asked for.
func (c *cibCall) answer(n *xmltree.Node) {
	switch {
	case n == nil:
	case c.paths && c.xpath == "": // a path of what was not looked for
	case c.paths:
		for p := range n.Elements("xpath-query-path") {
			c.w.printf("%s\n", p.Get("id"))
		}
	default:
		c.w.printXML(n)
	}
}

func (c *cibCall) digests() Code {
	data, code := c.data()
	if code != OK {
		return code
	}
	if data == nil {
		c.w.complain("Please supply XML to process with -X, -x or -p\n")
		return Usage
	}
	if c.wireDigest {
		c.w.complain("Versioned (%s) digest: ", edit.FeatureSet)
		c.w.printf("%s\n", edit.WireDigest(data))
		return OK
	}
	c.w.complain("Digest: ")
	c.w.printf("%s\n", edit.DiskDigest(data))
	return OK
}
