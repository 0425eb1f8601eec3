package crmtool

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// attributes are those of a ticket that are recorded, without its id.
func (c *ticketCall) attributes(id string) (out []xmltree.Attr) {
	for _, t := range c.recorded(id) {
		for _, a := range t.Attrs {
			if a.Name != "id" {
				out = append(out, a)
			}
		}
	}
	return out
}

// recorded are the entries of a ticket in the status. There is at most one, unless somebody wrote the document by hand.
func (c *ticketCall) recorded(id string) (out []*xmltree.Node) {
	list := c.doc.Root().Find("status", "tickets")
	if list == nil {
		return nil
	}
	for t := range list.Elements("ticket_state") {
		if t.Get("id") == id {
			out = append(out, t)
		}
	}
	return out
}

// known is the ticket of -t, also one that only constraints name.
func (c *ticketCall) known() (scheduler.TicketView, bool) {
	for _, t := range c.v.Tickets() {
		if t.ID == c.id {
			return t, true
		}
	}
	return scheduler.TicketView{}, false
}

// list prints the ticket of -t, or all.
func (c *ticketCall) list() Code {
	tickets := c.v.Tickets()
	if c.id != "" {
		t, ok := c.known()
		if !ok {
			return c.fail(NoSuchObject, "No such ticket '"+c.id+"'")
		}
		tickets = []scheduler.TicketView{t}
	}
	var lines []string
	out := xmltree.New("tickets")
	for _, t := range tickets {
		lines = append(lines, c.line(t))
		out.Add(c.element(t))
	}
	if len(tickets) == 0 {
		return c.done(nil)
	}
	return c.done([]*xmltree.Node{out}, lines...)
}

// when is an instant as the classic commands write it, in the zone of the reader. Seconds that are no number count as 0.
func (c *ticketCall) when(seconds string) string {
	n, _ := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(n, 0).In(c.now().Location()).Format(time.ANSIC)
}

func (c *ticketCall) line(t scheduler.TicketView) string {
	if c.ask == "raw" {
		return t.ID
	}
	status, standby, tail := "revoked", "         ", ""
	if t.Granted {
		status = "granted"
	}
	if t.Standby {
		standby = "[standby]"
	}
	if attrs := c.attributes(t.ID); c.ask == "details" && len(attrs) > 0 {
		var words []string
		for _, a := range attrs {
			value := a.Value
			if a.Name == "last-granted" || a.Name == "expires" {
				value = "'" + c.when(value) + "'"
			}
			words = append(words, a.Name+"="+value)
		}
		tail = " (" + strings.Join(words, ", ") + ")"
	} else if t.LastGranted != "" {
		tail = " last-granted='" + c.when(t.LastGranted) + "'"
	}
	return fmt.Sprintf("%s\t%s %s%s", t.ID, status, standby, tail)
}

func (c *ticketCall) element(t scheduler.TicketView) *xmltree.Node {
	x := xmltree.New("ticket", "id", t.ID, "status", "revoked", "standby", strconv.FormatBool(t.Standby))
	if t.Granted {
		x.Set("status", "granted")
	}
	if t.LastGranted != "" {
		x.Set("last-granted", c.when(t.LastGranted))
	}
	for _, a := range c.attributes(t.ID) {
		if a.Name != "last-granted" && a.Name != "expires" {
			x.Set(a.Name, a.Value)
		}
	}
	return x
}

// query finds elements by an XPath: one itself, several inside of another.
func (c *ticketCall) query(path string) (*xmltree.Node, error) {
	res, err := c.doc.Do(edit.Request{Op: edit.Query, XPath: path})
	return res.Answer, err
}

// state prints what is recorded, as it is.
func (c *ticketCall) state() Code {
	path := "/cib/status/tickets"
	if c.id != "" {
		path += "/ticket_state[@id=" + quoted(c.id) + "]"
	}
	n, err := c.query(path)
	if err != nil {
		return c.fail(DocumentCode(err), "Could not query ticket XML: No such device or address")
	}
	if c.o.As != "xml" {
		c.several()
		c.printf("State XML:\n\n")
		c.printXML(n)
		return OK
	}
	list, out := []*xmltree.Node{n}, xmltree.New("tickets")
	if n.Name != "ticket_state" {
		list = n.Children
	}
	for _, t := range list {
		if t.Name == "ticket_state" {
			out.Add(&xmltree.Node{Kind: xmltree.Element, Name: "ticket", Attrs: t.Attrs})
		}
	}
	return c.done([]*xmltree.Node{out})
}

// several says that a ticket is recorded more than once.
func (c *ticketCall) several() {
	if c.id != "" && c.o.As != "xml" && len(c.recorded(c.id)) > 1 {
		c.printf("Multiple ticket_states match ticket_id=%s\n", c.id)
	}
}

// constraints prints what depends on the ticket of -t, or on any.
func (c *ticketCall) constraints() Code {
	path := "/cib/configuration/constraints/rsc_ticket"
	if c.id != "" {
		path += "[@ticket=" + quoted(c.id) + "]"
	}
	n, err := c.query(path)
	if err != nil {
		return c.fail(DocumentCode(err), "Could not show ticket constraints: No such device or address")
	}
	if c.o.As != "xml" {
		c.printf("Constraints XML:\n\n")
		c.printXML(n)
		return OK
	}
	list := []*xmltree.Node{n}
	if n.Name != "rsc_ticket" {
		list = n.Children
	}
	tickets, resources := xmltree.New("tickets"), xmltree.New("resources")
	for _, x := range list {
		tickets.Add(xmltree.New("ticket", "id", x.Get("ticket")).Add(xmltree.New("constraints").Add(x)))
		resources.Add(xmltree.New("resource", "id", x.Get("rsc")))
	}
	return c.done([]*xmltree.Node{tickets, resources})
}

// get prints an attribute of the ticket.
func (c *ticketCall) get() Code {
	value, found := c.initial, c.o.Changed("default")
	for _, a := range c.attributes(c.id) {
		if a.Name == c.attr {
			value, found = a.Value, true
		}
	}
	if !found {
		return c.fail(NoSuchObject, "")
	}
	x := xmltree.New("tickets").Add(xmltree.New("ticket", "id", c.id).Add(xmltree.New("attribute", "name", c.attr, "value", value)))
	return c.done([]*xmltree.Node{x}, value)
}
