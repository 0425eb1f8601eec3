package mon

import (
	"strings"

	"heartbeat/internal/scheduler"
)

// bans are the negative location constraints that are shown.
func (r *report) bans() (out []scheduler.BanView) {
	for _, b := range r.v.Bans() {
		if strings.HasPrefix(b.ID, r.BanPrefix) && (r.onlyRsc.has(b.Resource.Name) || r.onlyRsc.has(b.Resource.Top().Name)) {
			out = append(out, b)
		}
	}
	return out
}

func (r *report) banList() *entry {
	out := list("Negative Location Constraints")
	for _, b := range r.bans() {
		role := ""
		if b.PromotedOnly {
			role = "in Promoted role "
		}
		out.line(b.ID + "\tprevents " + b.Resource.ID + " from running " + role + "on " + r.displayName(b.Node))
	}
	return out.orNil()
}

func (r *report) ticketList() *entry {
	out := list("Tickets")
	for _, t := range r.v.Tickets() {
		text := "revoked"
		if t.Granted {
			text = "granted"
		}
		if t.Standby {
			text += " [standby]"
		}
		if when, ok := epoch(t.LastGranted); ok && when > -1 {
			text += " last-granted=\"" + r.clock(when) + "\""
		}
		colon := ": "
		if r.html {
			colon = ":\t"
		}
		out.line(t.ID + colon + text)
	}
	return out.orNil()
}
