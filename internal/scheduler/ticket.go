package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A ticket is the permission of several sites to run something here.
type ticket struct {
	id               string
	granted, standby bool
}

type lossPolicy uint8

const (
	lossStop lossPolicy = iota
	lossDemote
	lossFence
	lossFreeze
)

// A ticketUse makes a resource depend on a ticket.
type ticketUse struct {
	ticket *ticket
	role   role
	loss   lossPolicy
}

func (c *cluster) unpackTicketState(x *xmltree.Node) {
	id := x.Get("id")
	if id == "" {
		return
	}
	t := c.ticket(id)
	t.granted = cib.True(x.Get("granted"))
	t.standby = cib.True(x.Get("standby"))
}

func (c *cluster) ticket(id string) *ticket {
	if c.tickets[id] == nil {
		c.tickets[id] = &ticket{id: id}
	}
	return c.tickets[id]
}

// unpackTicket reads a constraint rsc_ticket.
func (c *cluster) unpackTicket(x *xmltree.Node) {
	name := x.Get("ticket")
	if name == "" {
		return
	}
	t := c.ticket(name)
	loss := x.Get("loss-policy")
	if x.First("resource_set") != nil {
		sets, ok := c.sets(x)
		for _, s := range sets {
			if !ok || !c.ticketSet(s, t, s.Get("role"), loss) {
				return
			}
		}
		return
	}
	id := x.Get("rsc")
	r, refs, known := c.known(id)
	switch {
	case !known:
	case r != nil:
		c.needTicket(r, t, x.Get("rsc-role"), loss)
	default:
		c.ticketSet(setOf(id, refs), t, x.Get("rsc-role"), loss)
	}
}

func (c *cluster) ticketSet(s *xmltree.Node, t *ticket, role, loss string) bool {
	if s.Get("id") == "" {
		return false
	}
	for ref := range s.Elements("resource_ref") {
		r := c.constrained(ref.Get("id"))
		if r == nil {
			return false
		}
		c.needTicket(r, t, role, loss)
	}
	return true
}

func (c *cluster) needTicket(r *resource, t *ticket, roleText, loss string) {
	to, ok := constraintRole(roleText, roleText != "")
	if !ok {
		return
	}
	use := &ticketUse{ticket: t, role: to}
	loss = strings.ToLower(loss)
	switch {
	case loss == "fence" && c.fencing:
		use.loss = lossFence
	case loss == "fence", loss == "stop":
		use.loss = lossStop
	case loss == "freeze":
		use.loss = lossFreeze
	case loss == "demote", to == rolePromoted:
		use.loss = lossDemote
	}
	r.tickets = append(r.tickets, use)
	if !t.granted || t.standby {
		c.applyTicket(r, use)
	}
}

// applyTicket does to a resource what the lack of its ticket means.
func (c *cluster) applyTicket(r *resource, use *ticketUse) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.applyTicket(child, use)
		}
		return
	}
	matches := use.role == roleUnknown || use.role == r.role
	switch {
	case use.ticket.granted || len(r.active) == 0:
		// Without ticket, or with a standby one, nothing new starts.
		if use.role != rolePromoted || use.loss == lossStop {
			r.banEverywhere(source{kind: fromTicket, id: use.ticket.id})
		}
	case use.loss == lossStop:
		r.banEverywhere(source{kind: fromTicket, id: use.ticket.id})
	case use.loss == lossDemote:
		if use.role != rolePromoted {
			r.banEverywhere(source{kind: fromTicket, id: use.ticket.id})
		}
	case use.loss == lossFence && matches:
		r.banEverywhere(source{kind: fromTicket, id: use.ticket.id})
		for _, n := range r.active {
			c.fenceNode(n, "deadman ticket was lost", false)
		}
	case use.loss == lossFreeze && matches:
		r.unset(rscManaged)
		r.set(rscBlocked)
	}
}

// requirePromotionTickets keeps a clone from being promoted anywhere without the tickets that promotion needs.
func (r *resource) requirePromotionTickets() {
	for _, use := range r.tickets {
		if use.role == rolePromoted && (!use.ticket.granted || use.ticket.standby) {
			r.banEverywhere(source{kind: fromTicket, id: use.ticket.id})
		}
	}
}
