package node

import (
	"context"
	"encoding/json"
	"fmt"
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
	"heartbeat/internal/takeover"
)

const (
	// restPatience is how long a renewal waits for a hand-over or a start that is under way.
	restPatience = 90 * time.Second
	restLook     = 50 * time.Millisecond
	// peersPatience is what the peers are asked for on top of the deadtime; starting a process takes a hundredth of it.
	peersPatience = 10 * time.Second
)

// The states of a RenewalStatus.
const (
	renewalWaits    = "waiting"
	renewalStops    = "stopping what is no longer wanted"
	renewalRestarts = "restarting"
	renewalRefused  = "refused"
)

// RenewalStatus is a restart in place: this node's process ends and is started again with a new configuration, and its resources run on
// (C: "heartbeat -R", resources spec, section 4.13).
type RenewalStatus struct {
	State string   `json:"state"` // waiting, stopping what is no longer wanted, restarting, refused
	Text  string   `json:"text"`  // what it waits for, or why it was refused
	What  []string `json:"what"`  // what it puts into force
}

// renewal is what a node knows about its own. The zero value: there is none.
type renewal struct {
	mu   sync.Mutex
	now  *RenewalStatus
	busy bool // somebody carries it out
}

func (r *renewal) status() *RenewalStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		return nil
	}
	s := *r.now
	return &s
}

func (r *renewal) say(state, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.State, r.now.Text = state, text
}

// want notes what is to come into force; it says whether somebody has to begin. A renewal reads the files when it happens, so one that waits
// serves later wishes too.
func (r *renewal) want(what []string) (begin bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = &RenewalStatus{State: renewalWaits, What: what}
	begin, r.busy = !r.busy, true
	return begin
}

// Renews says, when Run has returned, that this process has to start itself again: no guard does.
func (n *Node) Renews() bool { return n.unattended.Load() }

// startAgain carries a renewal out as soon as nothing is under way.
func (n *Node) startAgain() {
	defer func() {
		n.renewal.mu.Lock()
		n.renewal.busy = false
		n.renewal.mu.Unlock()
	}()
	give, cancel := context.WithTimeout(context.Background(), restPatience)
	defer cancel()
	for n.awaitRest(give) {
		cfg, _, problems := Load(n.opts, n.kernel)
		if problems.HasErrors() { // somebody wrote into the files meanwhile
			n.renewalFails("the files have errors now: " + strings.ReplaceAll(problems.Sorted().Only(conf.Error).Error(), "\n", "; "))
			return
		}
		n.renewal.say(renewalStops, "")
		if err := n.exec.Prune(give, words(n.groups(cfg)), event.ConfigReloaded.Name+" "+n.self); err != nil {
			n.restoreMembers()
			n.renewalFails(err.Error())
			return
		}
		if n.lastStep(cfg) {
			return
		}
	}
}

// words are the resource words of each group.
func words(groups []conf.Group) map[string][]string {
	out := map[string][]string{}
	for _, g := range groups {
		for _, r := range g.Resources {
			out[g.Key()] = append(out[g.Key()], r.Word)
		}
	}
	return out
}

// awaitRest waits until nothing is under way; false when that does not happen, or the node leaves.
func (n *Node) awaitRest(ctx context.Context) bool {
	look := time.NewTicker(restLook)
	defer look.Stop()
	for {
		why := ""
		if n.stopping.Load() || !n.res.do(func(r *resources) { why = unrest(r.core.View()) }) {
			return false
		}
		if why == "" {
			return true
		}
		n.renewal.say(renewalWaits, why)
		select {
		case <-look.C:
		case <-ctx.Done():
			n.renewalFails(fmt.Sprintf("%s for %v", why, restPatience))
			return false
		case <-n.leaving:
			return false
		}
	}
}

// unrest says what is under way; empty: nothing.
func unrest(v takeover.View) string {
	if v.Standby != "" {
		return "a hand-over is under way"
	}
	for _, g := range v.Groups {
		if g.State == takeover.Starting || g.State == takeover.Stopping {
			return g.Key + " is " + string(g.State)
		}
	}
	return ""
}

// lastStep ends this life if nothing has begun meanwhile. It runs on the resource loop, so nothing can begin any more.
func (n *Node) lastStep(cfg conf.Config) (done bool) {
	n.res.do(func(r *resources) {
		v := r.core.View()
		if unrest(v) != "" || n.stopping.Load() {
			return
		}
		var held []string
		wanted := words(n.groups(cfg))
		for _, g := range v.Groups {
			if g.State == takeover.Running && len(wanted[g.Key]) > 0 {
				held = append(held, g.Key)
			}
		}
		done = true
		if err := leaveWord(n.opts.Run, lastWord{Held: held, Beside: n.othersAlive()}); err != nil {
			n.renewalFails(err.Error())
			return
		}
		n.renewal.say(renewalRestarts, "")
		told := make(chan struct{})
		n.pulse.post(job{event: membership.RenewalBegun{Within: peersPatience}})
		if n.pulse.post(job{look: func(*membership.Core) { close(told) }}) {
			<-told
		}
		n.unattended.Store(n.opts.Guardian.Renewing(peersPatience) != nil)
		r.halted = true
		n.Abandon()
	})
	return done
}

func (n *Node) renewalFails(why string) {
	text := "the new configuration is not in force: " + why + "; the old one is, and heartbeat reload tries it again"
	n.renewal.say(renewalRefused, text)
	n.trouble.set("reload", text)
	n.record(event.ConfigRefused, text)
}

// restoreMembers starts again what a renewal that failed had stopped: the groups still have it.
func (n *Node) restoreMembers() {
	n.res.do(func(r *resources) {
		for _, g := range r.core.View().Groups {
			if g.State == takeover.Running {
				r.run.Start(g.Key, "reconfigured", event.ConfigRefused.Name+" "+n.self)
			}
		}
	})
}

// lastWord is what a life leaves to the next one.
type lastWord struct {
	Boot string   `json:"boot"` // another start of the machine knows better
	Held []string `json:"held"` // groups that ran; each may have new members now
	// Beside: other nodes were alive. They may renew themselves at the same moment, and a new life does not know that they asked for
	// patience: it waits for them for so long.
	Beside bool `json:"beside"`
}

func lastWordFile(run string) string { return filepath.Join(run, "renewed") }

func leaveWord(run string, w lastWord) error {
	w.Boot, _ = bootID()
	data, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return fsutil.Replace(lastWordFile(run), data, 0o600)
}

// takeWord reads the last word of the life before, once; nil when it ended otherwise.
func takeWord(run string) *lastWord {
	data, err := os.ReadFile(lastWordFile(run))
	if err != nil {
		return nil
	}
	_ = os.Remove(lastWordFile(run))
	var w lastWord
	if boot, _ := bootID(); json.Unmarshal(data, &w) != nil || w.Boot != boot {
		return nil
	}
	return &w
}

// initdead is how long this life waits for nodes that it has not heard.
func (n *Node) initdead(configured time.Duration) time.Duration {
	if n.before != nil && n.before.Beside {
		return max(configured, peersPatience)
	}
	return configured
}

// othersAlive says whether another node lives.
func (n *Node) othersAlive() bool {
	v, _ := n.cluster()
	return slices.ContainsFunc(v.Nodes, func(o membership.NodeView) bool { return o.Name != n.self && !o.Ping && isUp(o) })
}

// inherited are those groups of which a part runs because the configuration they were started with was another one: they
// are held, and get what is missing.
func (n *Node) inherited(parts []string) (held, strange []string) {
	for _, key := range parts {
		if n.before != nil && slices.Contains(n.before.Held, key) {
			held = append(held, key)
		} else {
			strange = append(strange, key)
		}
	}
	return held, strange
}
