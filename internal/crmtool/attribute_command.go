package crmtool

import (
	"errors"
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

const attributeUsage = `usage: %[1]s -n NAME (-G | -v VALUE | -D) [options]

Asks for, sets or deletes an option of the cluster or an attribute of a node.

  -n, --name NAME       the attribute
  -G, --query           its value                   -q, --quiet       only the value
  -v, --update VALUE    give it a value             -d, --default V   what to answer when there is none
  -D, --delete          take it away
where
  -t, --type SCOPE      crm_config (the usual one), nodes, status, rsc_defaults, op_defaults, tickets
      --ticket TICKET   an attribute of that ticket, as crm_ticket has it
  -N, --node NODE       an attribute of that node
  -l, --lifetime TIME   forever, or reboot: until the node leaves the cluster
  -s, --set-name ID     in that set                 -i, --id ID       the attribute with that id
  -p, --promotion RESOURCE   the promotion score of a resource on the node
  -P, --pattern         (of a running cluster)      -z                (utilization is edited with crm_resource -z)
      --output-as FORM  text, xml
exit codes: 0 done, 64 wrong usage, 102 no cluster and no CIB_file, 105 no such attribute or node, 109 several of that name
examples:
  CIB_file=cib.xml %[1]s -n stonith-enabled -v true
  %[1]s -N node1 -n rack -G -q
`

// An attributeCall is one run of crm_attribute or of a command that is a shorter form of it.
type attributeCall struct {
	*World
	o             *Options
	at            attribute
	node          string
	kind, life    string
	query, remove bool
	quiet         bool
	promotion     string
	ticket        string
	initial       string // the answer when there is none
	value         string
}

func (c *attributeCall) options(usage string) {
	c.o = c.Options(usage, "text", "xml")
	o := c.o
	o.StringVarP(&c.node, "node", "N", "", "")
	o.StringVarP(&c.node, "node-uname", "U", "", "")
	o.StringVarP(&c.node, "uname", "H", "", "")
	o.BoolVarP(&c.query, "query", "G", false, "")
	o.StringVarP(&c.value, "update", "v", "", "")
	o.StringVar(&c.value, "attr-value", "", "")
	o.BoolVarP(&c.remove, "delete", "D", false, "")
	o.StringVarP(&c.life, "lifetime", "l", "", "")
	o.BoolVarP(&c.quiet, "quiet", "q", false, "")
	o.BoolVarP(&c.quiet, "Quiet", "Q", false, "")
	o.StringVarP(&c.initial, "default", "d", c.initial, "")
	o.StringVarP(&c.at.id, "id", "i", "", "")
	o.StringVarP(&c.at.set, "set-name", "s", "", "")
	o.BoolP("inhibit-policy-engine", "!", false, "")
}

func attributeCommand(w *World) Code {
	c := &attributeCall{World: w}
	c.options(attributeUsage)
	c.o.StringVarP(&c.at.name, "name", "n", "", "")
	c.o.StringVar(&c.at.name, "attr-name", "", "")
	c.o.StringVarP(&c.kind, "type", "t", "", "")
	c.o.StringVarP(&c.promotion, "promotion", "p", "", "")
	c.o.Lookup("promotion").NoOptDefVal = "-"
	c.o.StringVar(&c.ticket, "ticket", "", "")
	if code, run := c.o.Parse(); !run {
		return code
	}
	if code, ok := c.o.NoArguments(); !ok {
		return code
	}
	if c.o.Changed("promotion") {
		if c.promotion == "-" {
			if c.promotion = w.Getenv("OCF_RESOURCE_INSTANCE"); c.promotion == "" {
				return c.o.Wrong("-p needs the name of a resource, or OCF_RESOURCE_INSTANCE in the environment")
			}
		}
		id, _, _ := strings.Cut(c.promotion, ":")
		c.at.name = "master-" + id
		if c.life == "" {
			c.life = "reboot"
		}
	}
	return c.run()
}

// run does what the options ask for.
func (c *attributeCall) run() Code {
	if c.at.name == "" {
		return c.o.Wrong("which attribute? name it with -n")
	}
	update := c.o.Changed("update") || c.o.Changed("attr-value")
	if c.at.scope = c.scope(); !slices.Contains([]string{"crm_config", "rsc_defaults", "op_defaults", "nodes", "status", "tickets"}, c.at.scope) {
		return c.o.Wrong("%q is no scope: crm_config, nodes, status, rsc_defaults, op_defaults or tickets", c.at.scope)
	}
	if c.ticket != "" {
		return c.ofTicket(update)
	}
	doc, err := c.Document("")
	if err != nil {
		return c.fail(DocumentCode(err), err.Error())
	}
	if c.at.scope == "nodes" || c.at.scope == "status" {
		if c.node == "" {
			return c.o.Wrong("which node? name it with -N")
		}
		id, uname, ok := nodeID(doc.Root(), c.node)
		if !ok {
			return c.fail(NoSuchObject, "Could not map name="+c.node+" to a UUID")
		}
		c.at.node, c.at.uname = id, uname
	}
	switch {
	case update:
		err = c.at.write(doc, c.value)
	case c.remove:
		var id string
		if id, err = c.at.remove(doc); err == nil && id != "" && c.o.As != "xml" {
			kind := "option"
			if c.at.node != "" {
				kind = "attribute"
			}
			c.printf("Deleted %s %s: id=%s name=%s\n", c.at.scope, kind, id, c.at.name)
		}
	default:
		return c.answer(doc.Root())
	}
	if err == nil {
		err = doc.Save()
	}
	if err != nil {
		return c.fail(attributeCode(err), "Error performing operation: "+err.Error())
	}
	if c.o.As == "xml" {
		return c.PrintResult(OK, nil)
	}
	return OK
}

// scope is where the attribute lives, as options say it or leave it open.
func (c *attributeCall) scope() string {
	switch {
	case c.ticket != "":
		return "tickets"
	case c.kind == "crm_config" || c.kind == "rsc_defaults" || c.kind == "op_defaults" || c.kind == "tickets":
		return c.kind
	case c.life == "reboot" || c.kind == "status":
		return "status"
	case c.kind != "":
		return c.kind
	case c.node != "" || c.life == "forever":
		return "nodes"
	}
	return "crm_config"
}

// ofTicket is crm_ticket: attributes of tickets are guarded there.
func (c *attributeCall) ofTicket(update bool) Code {
	as := *c.World
	as.Args = []string{"--ticket", c.ticket, "--output-as", c.o.As}
	switch {
	case update:
		as.Args = append(as.Args, "--set-attr", c.at.name, "--attr-value", c.value)
	case c.remove:
		as.Args = append(as.Args, "--delete-attr", c.at.name)
	default:
		as.Args = append(as.Args, "--get-attr", c.at.name)
		if c.o.Changed("default") {
			as.Args = append(as.Args, "--default", c.initial)
		}
	}
	return ticketCommand(&as)
}

func attributeCode(err error) Code {
	if _, several := errors.AsType[*multipleError](err); several {
		return Multiple
	}
	return DocumentCode(err)
}

func (c *attributeCall) fail(code Code, text string) Code {
	if c.o.As == "xml" {
		return c.PrintResult(code, nil, c.Prog+": "+text)
	}
	c.complain("%s: %s\n", c.Prog, text)
	return code
}

// answer prints the value.
func (c *attributeCall) answer(root *xmltree.Node) Code {
	_, pairs := c.at.find(root)
	value := c.initial
	switch {
	case len(pairs) > 1:
		return c.fail(Multiple, "Error performing operation: "+errMultiple(pairs).Error())
	case len(pairs) == 1:
		value = pairs[0].Get("value")
	case !c.o.Changed("default") && c.initial == "":
		return c.fail(NoSuchObject, "Error performing operation: No such device or address")
	}
	return c.show(value)
}

// show prints a value as the options ask for it.
func (c *attributeCall) show(value string) Code {
	switch {
	case c.o.As == "xml":
		x := xmltree.New("attribute", "name", c.at.name, "value", value)
		if c.at.id != "" {
			x.Set("id", c.at.id)
		}
		x.Set("scope", c.at.scope)
		return c.PrintResult(OK, []*xmltree.Node{x})
	case c.quiet:
		c.printf("%s\n", value)
	case c.at.id != "":
		c.printf("id=%s scope=%s  name=%s value=%s\n", c.at.id, c.at.scope, c.at.name, value)
	default:
		c.printf("scope=%s  name=%s value=%s\n", c.at.scope, c.at.name, value)
	}
	return OK
}
