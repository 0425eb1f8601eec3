package node

import (
	"path/filepath"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
)

// machineID is what systemd and D-Bus agree is unique to an installation.
const machineID = "/etc/machine-id"

// identify finds out who we are. After it the generation is used up.
func (n *Node) identify(cfg conf.Config) {
	h := cfg.HaCf
	fromName := h.UUIDFrom == "nodename"
	clone := identity.Own
	if !fromName {
		clone = identity.JudgeClone(n.opts.State, machineID, n.self)
	}
	var notices []identity.Notice
	if clone == identity.Copied {
		path := filepath.Join(n.opts.State, identity.UUIDFile)
		if _, err := identity.Renew(n.opts.State); err != nil {
			notices = append(notices, identity.Notice{File: path, Text: "the uuid was copied from another machine and cannot be replaced", Err: err})
		} else {
			n.timeline.Add(event.Event{Kind: event.IdentityRenewed, Subject: n.self,
				Text: path + " was made on another machine or for another node name: a new uuid replaces it"})
		}
	}
	if clone == identity.Doubtful {
		n.listen = 3 * h.Keepalive / 2 // every live node speaks once in a keepalive
	}
	uuid, more := identity.UUID(n.opts.State, n.self, fromName)
	notices = append(notices, more...)
	generation, more := identity.Generation(n.opts.State, n.opts.Run, h.HBGenMethod == "time", time.Now())
	n.uuid, n.generation = uuid, generation
	n.tell(append(notices, more...))
	if err := identity.NoteMachine(n.opts.State, machineID, n.self, generation); err != nil {
		n.log.Warn("the machine file is not written: a copy of this disk will not be noticed", "error", err)
	}
}

// tell shows what is odd about the files of our identity.
func (n *Node) tell(notices []identity.Notice) {
	for _, notice := range notices {
		if notice.Err == nil {
			n.log.Info(notice.Text)
			continue
		}
		text := notice.Text + ": " + notice.Err.Error()
		if filepath.Base(notice.File) == identity.GenerationFile {
			n.unsaved.Store(true)
		}
		n.trouble.set(notice.File, text+"; "+event.StateUnwritable.Action)
		n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
	}
}

// An identityKeeper makes another identity when the membership core needs one. The pulse never waits for it.
type identityKeeper struct {
	wishes chan membership.IdentityNeeded
}

func newIdentityKeeper() *identityKeeper {
	return &identityKeeper{wishes: make(chan membership.IdentityNeeded, 1)}
}

// wish is called by the pulse; a wish that comes while another one is served is repeated by the core.
func (k *identityKeeper) wish(w membership.IdentityNeeded) {
	select {
	case k.wishes <- w:
	default:
	}
}

// keepIdentity serves wishes until stop is closed.
func (n *Node) keepIdentity(stop <-chan struct{}) {
	uuid, generation := n.uuid, n.generation
	for {
		select {
		case w := <-n.pulse.identity.wishes:
			if w.UUID && n.Config().HaCf.UUIDFrom == "nodename" {
				n.trouble.set("uuidfrom", "another machine uses the uuid of this node, and uuidfrom nodename leaves no choice: give the machines different names, or set uuidfrom file")
				continue
			}
			uuid, generation = n.renew(w, uuid, generation)
			n.pulse.post(job{event: membership.IdentityChanged{UUID: uuid, Generation: generation}})
		case <-stop:
			return
		}
	}
}

// renew makes and stores what is wanted. What the disk does not take is used all the same: it is right for the
// life of this process, and status shows the trouble.
func (n *Node) renew(w membership.IdentityNeeded, uuid [16]byte, generation uint32) ([16]byte, uint32) {
	var notices []identity.Notice
	if w.UUID {
		id, err := identity.Renew(n.opts.State)
		uuid = id
		if err != nil {
			notices = append(notices, identity.Notice{File: filepath.Join(n.opts.State, identity.UUIDFile), Text: "the new uuid cannot be stored", Err: err})
		}
	}
	generation = max(generation, uint32(w.Above)) + 1
	if err := identity.StoreGeneration(n.opts.State, generation); err != nil {
		notices = append(notices, identity.Notice{File: filepath.Join(n.opts.State, identity.GenerationFile), Text: "the generation cannot be stored", Err: err})
	}
	if err := identity.NoteMachine(n.opts.State, machineID, n.self, generation); err != nil {
		n.log.Warn("the machine file is not written", "error", err)
	}
	n.latest.Store(generation)
	n.tell(notices)
	return uuid, generation
}
