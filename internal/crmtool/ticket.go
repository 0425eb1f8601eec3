package crmtool

import (
	"strings"

	"heartbeat/internal/cib/store"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

const ticketUsage = `usage: %[1]s QUESTION|CHANGE [-t TICKET] [options]

Asks for the tickets of several clusters that share services, and changes them here. A ticket allows this cluster to run what depends on it.

questions
  -l, --info            which there are, granted or revoked        -L, --details   with all their attributes
  -w, --raw             their ids                                  -q, --query-xml their state as it is recorded
  -c, --constraints     what depends on them
  -G, --get-attr NAME   an attribute of the ticket                 -d, --default VALUE   what to answer when there is none
changes
  -s, --standby         give it up gently: what depends on it is stopped or demoted, the loss-policy is not applied
  -a, --activate        no longer in standby
  -S, --set-attr NAME -v VALUE   an attribute; -D, --delete-attr NAME takes one away; both may be given several times
  -g, --grant           this cluster has the ticket (needs --force: nobody here can know whether another has it)
  -r, --revoke          it has it no more (needs --force: the loss-policy of what depends on it is applied)
  -C, --cleanup         forget the ticket (needs --force while it is granted)
options
  -t, --ticket ID       the ticket
  -f, --force           yes, really
      --output-as FORM  text, xml
      -n, -i, -Q        (of older versions, without effect)
exit codes: 0 done, 4 needs --force, 64 wrong usage, 102 no cluster and no CIB_file, 105 no such ticket or attribute
examples:
  CIB_file=cib.xml %[1]s --details
  CIB_file=cib.xml %[1]s --ticket ticketA --constraints
  CIB_file=cib.xml %[1]s --ticket ticketA --standby
  CIB_file=cib.xml %[1]s --ticket ticketA --revoke --force
`

// A ticketCall is one run of crm_ticket.
type ticketCall struct {
	*World
	o           *Options
	id          string
	ask         string // long name of the question, or cleanup; empty: a change
	attr        string // that get-attr asks for
	initial     string
	force       bool
	set         []xmltree.Attr // in the order of the options
	unset       []string
	name, value *string // half of a pair of -S and -v
	doc         *store.Document
	v           *scheduler.View
}

func ticketCommand(w *World) Code {
	c := &ticketCall{World: w}
	o := w.Options(ticketUsage, "text", "xml")
	c.o = o
	for _, q := range [][2]string{{"info", "l"}, {"details", "L"}, {"raw", "w"}, {"query-xml", "q"}, {"constraints", "c"}, {"cleanup", "C"}} {
		o.BoolFuncP(q[0], q[1], "", func(string) error { c.ask = q[0]; return nil })
	}
	o.FuncP("get-attr", "G", "", func(name string) error { c.ask, c.attr = "get-attr", name; return nil })
	for _, s := range [][4]string{{"grant", "g", "granted", "true"}, {"revoke", "r", "granted", "false"}, {"standby", "s", "standby", "true"}, {"activate", "a", "standby", "false"}} {
		o.BoolFuncP(s[0], s[1], "", func(string) error { c.assign(s[2], s[3]); return nil })
	}
	o.FuncP("set-attr", "S", "", func(name string) error { c.name = &name; c.pair(); return nil })
	o.FuncP("attr-value", "v", "", func(value string) error { c.value = &value; c.pair(); return nil })
	o.FuncP("delete-attr", "D", "", func(name string) error { c.unset = append(c.unset, name); return nil })
	o.StringVarP(&c.initial, "default", "d", "", "")
	o.BoolVarP(&c.force, "force", "f", false, "")
	o.StringVarP(&c.id, "ticket", "t", "", "")
	file := o.StringP("xml-file", "x", "", "")
	o.StringP("set-name", "n", "", "")
	o.StringP("nvpair", "i", "", "")
	o.BoolP("quiet", "Q", false, "")
	if code, run := o.Parse(); !run {
		return code
	}
	if code, ok := o.NoArguments(); !ok {
		return code
	}
	if wrong := c.wrong(); wrong != "" {
		code := Usage
		if c.ask == "get-attr" {
			code = NoSuchObject // as it always was
		}
		return c.fail(code, wrong)
	}
	doc, err := w.Document(*file)
	if err == nil {
		c.doc = doc
		c.v, err = w.judge(doc.Root())
	}
	if err != nil {
		return c.fail(DocumentCode(err), "Could not connect to the CIB: "+err.Error())
	}
	return c.run()
}

// assign gives an attribute a value; a later option wins.
func (c *ticketCall) assign(name, value string) {
	for i := range c.set {
		if c.set[i].Name == name {
			c.set[i].Value = value
			return
		}
	}
	c.set = append(c.set, xmltree.Attr{Name: name, Value: value})
}

// pair takes a name and its value when both were given, in either order.
func (c *ticketCall) pair() {
	if c.name != nil && c.value != nil {
		c.assign(*c.name, *c.value)
		c.name, c.value = nil, nil
	}
}

// wrong says what the options lack.
func (c *ticketCall) wrong() string {
	changes := len(c.set)+len(c.unset) > 0
	switch {
	case c.ask == "get-attr" || c.ask == "cleanup":
	case c.ask != "":
		return ""
	case !changes && c.name == nil:
		return "Must supply a command"
	}
	switch {
	case c.id == "":
		return "Must supply ticket ID with -t"
	case c.ask != "":
	case c.value != nil:
		return "Must supply attribute name with -S for -v " + *c.value
	case c.name != nil && changes:
		return "Must supply attribute value with -v for -S " + *c.name
	case c.name != nil:
		return "Must supply value with -v for -S " + *c.name
	}
	return ""
}

func (c *ticketCall) run() Code {
	switch c.ask {
	case "info", "details", "raw":
		return c.list()
	case "query-xml":
		return c.state()
	case "constraints":
		return c.constraints()
	case "get-attr":
		return c.get()
	case "cleanup":
		return c.cleanup()
	}
	return c.change()
}

// fail says what is wrong; more lines come before it, as hints that scripts find on standard output.
func (c *ticketCall) fail(code Code, text string, hints ...string) Code {
	if c.o.As == "xml" {
		if text != "" {
			hints = append(hints, c.Prog+": "+text)
		}
		return c.PrintResult(code, nil, hints...)
	}
	for _, h := range hints {
		c.printf("%s\n", h)
	}
	if text != "" {
		c.complain("%s: %s\n", c.Prog, text)
	}
	return code
}

// done ends what went well: with lines as text, or what was found as XML.
func (c *ticketCall) done(found []*xmltree.Node, lines ...string) Code {
	if c.o.As == "xml" {
		return c.PrintResult(OK, found)
	}
	if len(lines) > 0 {
		c.printf("%s\n", strings.Join(lines, "\n"))
	}
	return OK
}
