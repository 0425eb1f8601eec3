package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/membership"
	"heartbeat/internal/propagate"
)

// versionsFile, in the state directory, holds the versions of the files that were in force here.
const versionsFile = "config.versions"

// How often config_sync looks for nodes that came or went, and asks all of them although nobody did: more often while somebody is at work on the
// files; and how long it waits after a node did not take the files, at most.
const (
	syncLook    = 2 * time.Second
	syncAtWork  = 5 * time.Second
	syncOpen    = 15 * time.Second // while people have something to settle: another node may be where they do it
	syncEvery   = time.Minute
	syncTrouble = time.Hour
)

// configSync keeps the files the same on all nodes (config_sync). What is to be done is decided by propagate.Decide.
type configSync struct {
	node  *Node
	nudge chan struct{} // files came into force, or may have

	mu      sync.Mutex // guards lineage
	lineage propagate.Lineage
}

func newConfigSync(n *Node) *configSync {
	s := &configSync{node: n, nudge: make(chan struct{}, 1)}
	data, err := os.ReadFile(s.path())
	if err == nil {
		err = json.Unmarshal(data, &s.lineage)
	}
	if err == nil {
		err = s.lineage.Check()
	}
	if err != nil { // without it this node counts as changed apart from the others, and people are asked
		s.lineage = propagate.Lineage{}
		if !errors.Is(err, fs.ErrNotExist) {
			n.log.Warn("config_sync: the versions of the files are not known any more: "+err.Error(), "file", s.path())
		}
	}
	return s
}

func (s *configSync) path() string { return filepath.Join(s.node.opts.State, versionsFile) }

func (s *configSync) wake() {
	if s == nil {
		return
	}
	select {
	case s.nudge <- struct{}{}:
	default: // it is awake
	}
}

// on says whether the configuration in force wants it.
func (n *Node) syncs() bool { return n.Config().HaCf.Settings.ConfigSync }

// sharedNames are the files that all nodes share.
func sharedNames(h conf.HaCf) []string { return append(propagate.Names(), h.Settings.ConfigFiles...) }

// standing is what this node says of its files.
func (s *configSync) standing() (propagate.Standing, error) {
	h := s.node.Config().HaCf
	set, err := s.node.files().Current(sharedNames(h))
	if err != nil {
		return propagate.Standing{}, err
	}
	out := propagate.Standing{Sync: h.Settings.ConfigSync, Digest: set.Sum()}
	if l := s.now(); out.Sync && l.Head() != "" {
		out.Lineage, out.Loose = &l, l.Digest != out.Digest
	}
	return out, nil
}

func (s *configSync) now() propagate.Lineage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lineage
}

// change replaces the lineage by what f makes of it, on the disk first.
func (s *configSync) change(f func(propagate.Lineage) propagate.Lineage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := f(s.lineage)
	if next.Equal(s.lineage) || next.Check() != nil {
		return
	}
	data, err := json.Marshal(next)
	if err == nil {
		err = fsutil.Replace(s.path(), append(data, '\n'), 0o600)
	}
	if err != nil {
		s.node.trouble.set(versionsFile, "config_sync: "+err.Error()+"; "+event.StateUnwritable.Action)
		return // the version before stays, so this node counts as late or as edited, and overwrites nobody
	}
	s.node.trouble.set(versionsFile, "")
	s.lineage = next
}

// release makes a version of the files if all of what they say is in force. A file that somebody edits is none before that.
func (s *configSync) release() {
	n := s.node
	running := n.Config()
	set, err := n.files().Current(sharedNames(running.HaCf))
	if err != nil {
		return // standing says so
	}
	next, self, problems := loadWith(n.opts, nil, set)
	if problems.HasErrors() || self != n.self || len(fixtures(running, next)) > 0 || !sameKeys(running.AuthKeys, next.AuthKeys) {
		return
	}
	s.change(func(l propagate.Lineage) propagate.Lineage {
		if sum := set.Sum(); sum != l.Digest {
			return l.Next(sum)
		}
		return l
	})
}

// run works until the node ends.
func (s *configSync) run(ctx context.Context) {
	look := time.NewTicker(syncLook)
	defer look.Stop()
	var r syncRound
	for {
		select {
		case <-s.nudge:
			r = syncRound{said: r.said}
			if s.node.syncs() {
				s.release()
			}
		case <-look.C:
		case <-ctx.Done():
			return
		}
		if !s.node.syncs() {
			r.tell(s.node, "", "")
			continue
		}
		v, ok := s.node.cluster()
		if peers := comparable(v); ok && r.due(peers, time.Now()) {
			s.round(ctx, &r, peers)
		}
	}
}

// comparable are the live nodes that can be asked about their files.
func comparable(v membership.View) (names []string) {
	for _, node := range v.Nodes {
		if node.Name != v.Self && !node.Ping && isUp(node) && !node.Unproven && slices.Contains(strings.Split(node.Caps, ","), propagate.CapCompare) {
			names = append(names, node.Name)
		}
	}
	return names
}

// A syncRound is what config_sync remembers from one time to the next.
type syncRound struct {
	peers []string
	at    time.Time // when they were asked
	every time.Duration
	said  string // in the newest event

	refused string        // what was given in vain
	pause   time.Duration // before it is tried again
	again   time.Time
	why     string
}

func (r *syncRound) due(peers []string, now time.Time) bool {
	if !r.at.IsZero() && slices.Equal(peers, r.peers) && now.Sub(r.at) < r.every {
		return false
	}
	if !slices.Equal(peers, r.peers) {
		r.refused = ""
	}
	r.peers, r.at = peers, now
	return true
}

// tell shows in status what people have to settle, and alarms them of a part of it; empty: nothing.
func (r *syncRound) tell(n *Node, text, alarm string) {
	if text != "" {
		text = "config_sync: " + text
	}
	n.trouble.set("config_sync", text)
	if alarm != "" && alarm != r.said {
		n.record(event.ConfigDiffers, "config_sync: "+alarm)
	}
	r.said = alarm
}

// round asks the others, and gives files to those that are late.
func (s *configSync) round(ctx context.Context, r *syncRound, peers []string) {
	mine, err := s.standing()
	if err != nil {
		text := "the files cannot be read: " + err.Error()
		r.tell(s.node, text, text)
		return
	}
	var theirs []propagate.PeerStanding
	for _, name := range peers {
		report, err := s.node.courier.compare(ctx, name, nil)
		if err != nil {
			s.node.log.Debug("config_sync: "+name+" does not say what its files are", "error", err)
			r.at = time.Time{} // soon again
			continue
		}
		theirs = append(theirs, propagate.PeerStanding{Node: name, Standing: *report.Standing})
	}
	d := propagate.Decide(s.node.self, mine, theirs)
	r.every = syncEvery
	if len(d.Odd) > 0 {
		r.every = syncOpen
	}
	if slices.ContainsFunc(d.Odd, func(o propagate.Odd) bool { return o.Quiet }) {
		r.every = syncAtWork // what comes of it concerns this node, and nobody tells
	}
	s.change(func(l propagate.Lineage) propagate.Lineage {
		if mine.Lineage != nil && l.Equal(*mine.Lineage) { // nothing happened meanwhile
			return d.Lineage
		}
		return l
	})
	why := s.give(ctx, r, d)
	with := func(text string) string { return strings.Trim(text+"; "+why, "; ") }
	r.tell(s.node, with(d.Text()), with(d.Alarm()))
}

// give sends the files to nodes that are late; it says why they do not have them afterwards.
func (s *configSync) give(ctx context.Context, r *syncRound, d propagate.Decision) (why string) {
	if len(d.Push) == 0 {
		r.refused = ""
		return ""
	}
	key := d.Lineage.Head()
	for _, name := range d.Late() {
		key += " " + name + " " + d.Push[name]
	}
	if key != r.refused {
		r.refused, r.pause, r.again = key, syncEvery, time.Time{}
	}
	if time.Now().Before(r.again) {
		return r.why
	}
	var bad []string
	outcome := ""
	s.node.Propagate(ctx, PropagateRequest{Nodes: d.Late(), By: "config_sync", late: maps.Clone(d.Push), lineage: &d.Lineage}, func(news PropagateNews) {
		switch news.State {
		case PropagateRefused, PropagateSkipped, PropagateFailed, PropagateUnknown:
			bad = append(bad, fmt.Sprintf("node %s: %s (mend: %s)", news.Node, news.Text, or(news.Mend, "see the log there")))
		case PropagateEnd:
			outcome = news.Outcome
			if outcome != OutcomeDone && len(bad) == 0 {
				bad = append(bad, news.Text)
			}
		}
	})
	if outcome == OutcomeDone {
		r.refused, r.at = "", time.Time{} // look at once whether they agree
		return ""
	}
	r.again, r.pause = time.Now().Add(r.pause), min(2*r.pause, syncTrouble)
	r.why = "late nodes did not take the files: " + strings.Join(bad, "; ") + "; heartbeat config push tries it at once"
	return r.why
}

// mayReplace says why config_sync of another node must not replace the files of this one; nil: it may.
func (s *configSync) mayReplace(o propagate.Order) *propagate.Report {
	self := s.node.self
	bad := func(mend, format string, args ...any) *propagate.Report {
		r := refusal(mend, format, args...)
		return &r
	}
	mine, err := s.standing()
	switch {
	case err != nil:
		return bad("look at the configuration directory there", "the files of %s cannot be read: %v", self, err)
	case !mine.Sync:
		return bad("set #!hb config_sync on in ha.cf there", "config_sync is off on %s", self)
	case mine.Lineage == nil, mine.Loose:
		return bad("say heartbeat reload on "+self+", or take the change back there", "files of %s were changed and are not in force there", self)
	case mine.Lineage.Head() != o.Base:
		return bad("none: it is compared again", "%s has another version of the files by now", self)
	}
	return nil
}

// adopt notes that the files of this node are another node's version now.
func (s *configSync) adopt(theirs propagate.Lineage) {
	s.change(func(l propagate.Lineage) propagate.Lineage {
		now, err := s.node.files().Current(sharedNames(s.node.Config().HaCf))
		if err != nil || now.Sum() != theirs.Digest {
			return l // somebody edits: it is compared again
		}
		return l.Adopt(theirs)
	})
}
