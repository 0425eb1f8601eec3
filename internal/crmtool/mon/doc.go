// Package mon writes the state of a cluster as crm_mon of Pacemaker 2.1.5 does: as text, as HTML, as XML, as one line, and in the layout of
// Heartbeat 2.1.3. It decides nothing and reads nothing: a scheduler.View comes in, lines or elements go out.
//
// Programs read these reports (crmsh, pcs, ha_cluster_exporter, monitoring plugins), so every word is part of the format (crm spec, 14.2).
//
//	view := scheduler.Status(document, now, scheduler.Options{}).View()
//	text := mon.Text(view, mon.Options{Sections: mon.DefaultText, Pending: true})
package mon
