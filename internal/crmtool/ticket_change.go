package crmtool

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// grantHint and revokeHint are what people must know before they use --force, in the words that they know.
func (c *ticketCall) grantHint() string {
	return fmt.Sprintf("This command cannot help you verify whether '%[1]s' has been already granted elsewhere.\n"+
		"If you really want to grant '%[1]s' to this site now, and you know what you are doing,\nplease specify --force.", c.id)
}

func (c *ticketCall) revokeHint() string {
	return fmt.Sprintf("Revoking '%[1]s' can trigger the specified 'loss-policy'(s) relating to '%[1]s'.\n\n"+
		"You can check that with:\ncrm_ticket --ticket %[1]s --constraints\n\n"+
		"Otherwise before revoking '%[1]s', you may want to make '%[1]s' standby with:\ncrm_ticket --ticket %[1]s --standby\n\n"+
		"If you really want to revoke '%[1]s' from this site now, and you know what you are doing,\nplease specify --force.", c.id)
}

// path is where the ticket is recorded.
func (c *ticketCall) path() string {
	return "/cib/status/tickets/ticket_state[@id=" + quoted(c.id) + "]"
}

// cleanup forgets the ticket.
func (c *ticketCall) cleanup() Code {
	if !c.force {
		switch t, ok := c.known(); {
		case !ok:
			return c.fail(NoSuchObject, "No such ticket '"+c.id+"'")
		case t.Granted:
			return c.fail(InsufficientPrivileges, "", c.revokeHint())
		}
	}
	if len(c.recorded(c.id)) == 0 {
		return c.done(nil)
	}
	c.several()
	if code := c.save("clean up", edit.Request{Op: edit.Delete, XPath: c.path(), All: true}); code != OK {
		return code
	}
	return c.done(nil, "Cleaned up "+c.id)
}

// change sets and deletes attributes, all of them or none.
func (c *ticketCall) change() Code {
	if !c.force {
		for _, a := range c.set {
			if a.Name == "granted" && cib.True(a.Value) {
				return c.fail(InsufficientPrivileges, "Ticket modification not allowed", c.grantHint())
			}
			if a.Name == "granted" {
				return c.fail(InsufficientPrivileges, "Ticket modification not allowed", c.revokeHint())
			}
		}
		if slices.ContainsFunc(c.unset, func(name string) bool { return strings.EqualFold(name, "granted") }) {
			return c.fail(InsufficientPrivileges, "Ticket modification not allowed", c.revokeHint())
		}
	}
	now := c.recorded(c.id)
	if len(now) == 0 && len(c.set) == 0 {
		return c.done(nil)
	}
	c.several()
	next := xmltree.New("ticket_state", "id", c.id)
	if len(now) > 0 {
		next.Attrs = slices.Clone(now[0].Attrs)
	}
	for _, name := range c.unset {
		if name != "id" {
			next.Unset(name)
		}
	}
	known, _ := c.known()
	for _, a := range c.set {
		next.Set(a.Name, a.Value)
		if a.Name == "granted" && cib.True(a.Value) && !known.Granted {
			next.Set("last-granted", strconv.FormatInt(c.now().Unix(), 10))
		}
	}
	if next.Get("id") != c.id {
		return c.fail(Usage, "the id of a ticket cannot be changed; --cleanup forgets it")
	}
	req := edit.Request{Op: edit.Modify, Section: "status", AllowCreate: true, Data: xmltree.New("tickets").Add(next)}
	if len(now) > 0 {
		req = edit.Request{Op: edit.Replace, XPath: c.path(), All: true, Data: next}
	}
	if code := c.save("modify", req); code != OK {
		return code
	}
	return c.done(nil)
}

// save does an operation and writes the document.
func (c *ticketCall) save(what string, req edit.Request) Code {
	_, err := c.doc.Do(req)
	if err == nil {
		err = c.doc.Save()
	}
	if err != nil {
		return c.fail(DocumentCode(err), "Could not "+what+" ticket: "+err.Error())
	}
	return OK
}
