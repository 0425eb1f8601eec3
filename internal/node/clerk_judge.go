package node

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/filestore"
	"heartbeat/internal/propagate"
)

func refusal(mend, format string, args ...any) propagate.Report {
	return propagate.Report{Result: propagate.Refused, Text: fmt.Sprintf(format, args...), Mend: mend}
}

// prepare judges files, and keeps them for the commit if they are good. Nothing is written.
func (k *clerk) prepare(by, from string, o propagate.Order) propagate.Report {
	if !k.accepts() && from != k.node.self {
		return k.declined(from, propagate.Report{Result: propagate.Forbidden, Text: "node " + k.node.self + " accepts no files of other nodes (accept_files off)",
			Mend: "copy the files by hand, or remove the setting there"})
	}
	occupied := refusal("run ha_propagate again when the other one is done", "node %s takes part in another ha_propagate now", k.node.self)
	if p := k.prepared; p != nil && p.by != by {
		return occupied
	}
	if from != k.node.self { // this node holds the lock itself while it gives its own order
		if !k.courier.busy.TryLock() {
			return occupied
		}
		defer k.courier.busy.Unlock()
	}
	if o.Lineage != nil {
		if bad := k.node.sync.mayReplace(o); bad != nil {
			return *bad
		}
	}
	record := filestore.Record{From: from, By: o.By, New: o.Files}
	if o.Verb == propagate.Undo {
		last, bad := k.undone(from, o.Any)
		if bad != nil {
			return *bad
		}
		record.New, record.Undo = last.New, last.Undo
	}
	if o.Verb == propagate.Prepare {
		bad := k.complete(&record, o.Lineage != nil)
		if bad != nil {
			return k.declined(from, *bad)
		}
	}
	now, err := k.store.Current(record.New.Names())
	if err != nil {
		return refusal("look at the configuration directory there", "the files of %s cannot be read: %v", k.node.self, err)
	}
	record.Old = now
	report := k.judge(record)
	for i := range record.New {
		report.Files = append(report.Files, propagate.ChangeOf(record.Old[i], record.New[i]))
	}
	if report.Result == propagate.Refused {
		return k.declined(from, report)
	}
	k.prepared = &prepared{by: by, record: record, report: report, sync: o.Lineage, at: time.Now()}
	return report
}

// complete refuses files that this node does not share with others, by its ha.cf or by the one that comes. If all of a version comes, what is
// not in it goes.
func (k *clerk) complete(r *filestore.Record, whole bool) *propagate.Report {
	next, _, _ := loadWith(k.node.opts, nil, r.New)
	shared := sharedNames(next.HaCf)
	mine := sharedNames(k.node.Config().HaCf)
	for _, name := range r.New.Names() {
		if !slices.Contains(shared, name) && !slices.Contains(mine, name) {
			bad := refusal("add it to config_files in ha.cf, which is the same on all nodes", "%s is none of the files that %s shares", name, k.node.self)
			return &bad
		}
	}
	if !whole {
		return nil
	}
	for _, name := range shared {
		if _, comes := r.New.Get(name); !comes {
			r.New = append(slices.Clone(r.New), propagate.File{Name: name, Absent: true})
		}
	}
	return nil
}

// prepareHere judges an order that was given on this node for itself.
func (k *clerk) prepareHere(o propagate.Order) propagate.Report { return k.prepare("", k.node.self, o) }

// accepts says whether other nodes may replace the files of this one. Either the running configuration or the one on the disk can forbid it.
func (k *clerk) accepts() bool {
	onDisk, _, _ := Load(k.node.opts, nil)
	return k.node.Config().HaCf.Settings.AcceptFiles && (onDisk.HaCf.File == "" || onDisk.HaCf.Settings.AcceptFiles)
}

// undone is the change that takes the last one back, or why there is none.
func (k *clerk) undone(from string, any bool) (filestore.Record, *propagate.Report) {
	bad := func(r propagate.Report) (filestore.Record, *propagate.Report) { return filestore.Record{}, &r }
	last, err := k.store.Last()
	switch {
	case err != nil:
		return bad(refusal("copy the files by hand", "what was there before cannot be read: %v", err))
	case last == nil:
		return bad(refusal("", "there is nothing to undo on %s: no ha_propagate has changed anything there", k.node.self))
	case last.From != from && !any:
		return bad(refusal("to take it back all the same: ha_propagate --undo --node "+k.node.self, "the last change on %s came from %s, not from %s", k.node.self, last.From, from))
	}
	now, err := k.store.Current(last.New.Names())
	if err != nil {
		return bad(refusal("look at the configuration directory there", "the files of %s cannot be read: %v", k.node.self, err))
	}
	for i, f := range now {
		if !f.Same(last.New[i]) {
			return bad(refusal("mend it there by hand: the former content is in propagate.last in the state directory", "%s was changed on %s after the last ha_propagate", f.Name, k.node.self))
		}
	}
	return last.Undone(), nil
}

// judge reads the files as a start would, and looks at what they mean for this node.
func (k *clerk) judge(record filestore.Record) propagate.Report {
	n := k.node
	running := n.Config()
	next, self, problems := loadWith(n.opts, n.kernel, record.New)
	if !problems.HasErrors() && self != n.self {
		problems = append(problems, conf.Problem{File: n.opts.Etc + "/nodeinfo", Severity: conf.Error,
			Msg: fmt.Sprintf("node %s would be %s", n.self, self), Fix: "mend nodeinfo there, or restart heartbeat there first"})
	}
	_, _, known := Load(n.opts, n.kernel)
	problems = append(missingScripts(problems, known), propagate.Judge(running, next, n.factsOfPeers())...)
	report := propagate.Report{Result: propagate.Prepared, Problems: propagate.ProblemsOf(problems.Sorted())}
	if problems.HasErrors() {
		report.Result = propagate.Refused
		report.Text = "the files would not work on " + n.self
		report.Mend = "mend them and run ha_propagate again"
		return report
	}
	if !sameKeys(running.AuthKeys, next.AuthKeys) {
		report.InForce = append(report.InForce, "authkeys")
	}
	if n.logConfig(running, running.HaCf.Debug) != n.logConfig(next, running.HaCf.Debug) {
		report.InForce = append(report.InForce, "log targets")
	}
	report.Restart = append(report.Restart, whatOf(fixtures(running, next))...)
	return report
}

// missingScripts makes errors of resource scripts that are missing here and that the present files do not need: a node that is
// given a group must be able to start it.
func missingScripts(list, known conf.Problems) conf.Problems {
	for i, p := range list {
		if strings.HasPrefix(p.Msg, "Cannot locate resource script") && !slices.ContainsFunc(known, func(k conf.Problem) bool { return k.Msg == p.Msg }) {
			list[i].Severity = conf.Error
		}
	}
	return list
}

// factsOfPeers is what package propagate has to know of this machine and of the others.
func (n *Node) factsOfPeers() propagate.Facts {
	f := propagate.Facts{Self: n.self, HasDevice: func(path string) bool { _, err := os.Stat(path); return err == nil }}
	if list := Interfaces(n.kernel); list != nil {
		f.HasInterface = func(name string) bool {
			return slices.ContainsFunc(list, func(i conf.Interface) bool { return i.Name == name })
		}
		f.OwnAddress = func(a netip.Addr) bool {
			return slices.ContainsFunc(list, func(i conf.Interface) bool {
				return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Addr() == a })
			})
		}
	}
	v, _ := n.cluster()
	for _, node := range v.Nodes {
		if node.Name != n.self && !node.Ping && isUp(node) {
			f.Peers = append(f.Peers, peerOf(node, n.self))
		}
	}
	return f
}

func peerOf(v membership.NodeView, self string) propagate.Peer {
	return propagate.Peer{Name: v.Name, C: kindOf(v, self) == "c", Signs: v.Signs, Keys: v.Keys}
}

// commit writes what was prepared and puts into force what can be.
func (k *clerk) commit(by string) propagate.Report {
	p := k.prepared
	if p == nil || p.by != by {
		return refusal("run ha_propagate again", "node %s has forgotten what was prepared", k.node.self)
	}
	k.prepared = nil
	p.record.At = time.Now()
	now, err := k.store.Current(p.record.New.Names())
	if err != nil {
		return refusal("look at the configuration directory there", "the files of %s cannot be read: %v", k.node.self, err)
	}
	for i, f := range now {
		if !f.Same(p.record.Old[i]) {
			return refusal("look at it, then run ha_propagate again", "%s was changed on %s at the same moment", f.Name, k.node.self)
		}
	}
	if err := k.store.Install(p.record); err != nil {
		return k.failed(p.record.From, err)
	}
	if problems := conf.Problems(k.node.ReloadAnyKeys(false)); problems.HasErrors() { // something else changed since it was judged
		err := fmt.Errorf("the running node refuses the new files, so the old ones are back: %s", problems.Only(conf.Error).Error())
		back := p.record.Undone()
		back.From, back.By, back.At = p.record.From, p.record.By, time.Now()
		if e := k.store.Install(back); e != nil {
			return k.failed(p.record.From, errors.Join(err, e))
		}
		k.node.ReloadAnyKeys(false)
		return k.failed(p.record.From, err)
	}
	k.node.trouble.set("propagate", "")
	if p.sync != nil {
		k.node.sync.adopt(*p.sync)
	}
	report := p.report
	report.Result, report.Text = propagate.Installed, k.told(p.record, report)
	return report
}

// told records a change in the timeline and says it in a sentence.
func (k *clerk) told(r filestore.Record, report propagate.Report) string {
	kind, text := event.FilesInstalled, "Files of node "+r.From+" were installed here"
	if r.Undo {
		kind, text = event.FilesUndone, "Files were put back to what they were before the last ha_propagate, ordered on node "+r.From
	}
	var list []string
	attrs := []event.Attr{{Key: "from", Value: r.From}, {Key: "by", Value: r.By}}
	for _, f := range report.Files {
		list = append(list, fmt.Sprintf("%s %s (%s to %s)", f.Name, f.State, or(f.Before, "none"), or(f.After, "none")))
		attrs = append(attrs, event.Attr{Key: f.Name, Value: f.Before + ":" + f.After})
	}
	text += " by " + or(r.By, "somebody") + ": " + strings.Join(list, ", ")
	if len(report.InForce) > 0 {
		text += "; in force now: " + strings.Join(report.InForce, ", ")
	}
	if len(report.Restart) > 0 {
		text += "; with the next start of heartbeat: " + strings.Join(report.Restart, ", ")
	}
	k.node.timeline.Add(event.Event{Kind: kind, Subject: k.node.self, Text: text + ".", Attrs: attrs})
	return text
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// declined records that files of another node were not taken. Their problems may quote keys, so they go to the sender only.
func (k *clerk) declined(from string, r propagate.Report) propagate.Report {
	bad := 0
	for _, p := range r.Problems {
		if p.Severity == "error" {
			bad++
		}
	}
	text := "Files of node " + from + " were refused: " + r.Text
	if bad > 0 {
		text += fmt.Sprintf(" (errors: %d)", bad)
	}
	k.node.timeline.Add(event.Event{Kind: event.FilesDeclined, Subject: k.node.self, Text: text + ".", Attrs: []event.Attr{{Key: "from", Value: from}}})
	return r
}

func (k *clerk) failed(from string, err error) propagate.Report {
	r := propagate.Report{Result: propagate.Failed, Text: "nothing was changed on " + k.node.self + ": " + err.Error(), Mend: "mend that, then run ha_propagate again"}
	kind := event.FilesDeclined
	if half, ok := errors.AsType[*filestore.HalfError](err); ok {
		kind, r.Text, r.Mend = event.FilesHalf, "on "+k.node.self+": "+half.Error(), event.FilesHalf.Action
		k.node.trouble.set("propagate", r.Text+": "+r.Mend)
	}
	k.node.timeline.Add(event.Event{Kind: kind, Subject: k.node.self, Text: "Files of node " + from + ": " + r.Text, Attrs: []event.Attr{{Key: "from", Value: from}}})
	return r
}
