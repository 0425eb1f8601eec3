package applet

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
	"heartbeat/internal/node"
)

// cluster asks the running node what it knows of the others; nil when none runs here.
func (j *keysJob) cluster() (*node.Status, error) {
	ctx, cancel := context.WithTimeout(j.ctx, keyPatience)
	defer cancel()
	s, err := j.client().Status(ctx)
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func (j *keysJob) add(slot int) error {
	f, err := j.read()
	if err != nil {
		return err
	}
	s, err := j.cluster()
	if err != nil {
		return err
	}
	key := conf.Key{Slot: slot, Method: j.method, Secret: newSecret()}
	if j.from != "" {
		if key, err = j.given(); err != nil {
			return err
		}
		if slot >= 0 && slot != key.Slot {
			return &wrongUsage{fmt.Errorf("the key given has number %d, not %d", key.Slot, slot)}
		}
	}
	if key.Slot < 0 {
		var ok bool
		if key.Slot, ok = f.keys.FreeSlot(); !ok {
			return &exit{exitRefused, "all 15 key numbers are taken; remove one first: heartbeat keys remove SLOT"}
		}
	}
	if key.Method == "" {
		key.Method = strongest(s)
	}
	if key.Method != "sha1" && key.Method != "sha256" && j.from == "" {
		return &wrongUsage{fmt.Errorf("no new key is made for method %q; say sha1 or sha256", key.Method)}
	}
	if there, taken := f.keys.Slot(key.Slot); taken {
		if there.Method == key.Method && there.Secret == key.Secret {
			return j.done(f.keys, s, "key %d is there already", key.Slot)
		}
		return &exit{exitRefused, fmt.Sprintf("key %d is another one here; choose a free number, or remove it first", key.Slot)}
	}
	if err := j.write(f, conf.AddKey(f.data, key)); err != nil {
		return err
	}
	f.keys.Keys = append(f.keys.Keys, key)
	return j.done(f.keys, s, "key %d (%s) is added here, id %s", key.Slot, key.Method, keyID(key))
}

// strongest is the best method that every node is known to understand: a file with one that it does not know keeps C from starting.
func strongest(s *node.Status) string {
	if s == nil {
		return "sha1"
	}
	for _, n := range s.Nodes {
		if n.Type == "normal" && n.Kind != "go" {
			return "sha1"
		}
	}
	return "sha256"
}

func (j *keysJob) switchTo(slot int) error {
	f, err := j.read()
	if err != nil {
		return err
	}
	key, ok := f.keys.Slot(slot)
	if !ok {
		return f.lacks(slot)
	}
	s, err := j.cluster()
	if err != nil {
		return err
	}
	if f.keys.Sign == slot {
		return j.done(f.keys, s, "this node signs with key %d already", slot)
	}
	if why := switchRefusal(s, key); why != "" && !j.force {
		return &exit{exitRefused, why}
	}
	if err := j.write(f, conf.SignWith(f.data, slot)); err != nil {
		return err
	}
	f.keys.Sign = slot
	return j.done(f.keys, s, "this node signs with key %d now", slot)
}

func (j *keysJob) remove(slot int) error {
	f, err := j.read()
	if err != nil {
		return err
	}
	switch _, ok := f.keys.Slot(slot); {
	case !ok:
		return f.lacks(slot)
	case f.keys.Sign == slot:
		return &exit{exitRefused, fmt.Sprintf("this node signs with key %d; switch to another one first", slot)}
	}
	s, err := j.cluster()
	if err != nil {
		return err
	}
	if why := removeRefusal(s, slot); why != "" && !j.force {
		return &exit{exitRefused, why}
	}
	if err := j.write(f, conf.RemoveKey(f.data, slot)); err != nil {
		return err
	}
	f.keys, _ = conf.ParseAuthKeys(f.path, conf.RemoveKey(f.data, slot), 0o600, 0)
	return j.done(f.keys, s, "key %d is removed here", slot)
}

// undo brings the file before the last change back, unless that would make this node mute or deaf.
func (j *keysJob) undo() error {
	f, err := j.read()
	if err != nil {
		return err
	}
	before, err := readKeys(f.undoPath())
	if err != nil {
		return &exit{exitRefused, "there is nothing to undo: " + err.Error()}
	}
	s, err := j.cluster()
	if err != nil {
		return err
	}
	why := ""
	if key, ok := before.keys.Slot(before.keys.Sign); ok && before.keys.Sign != f.keys.Sign {
		why = switchRefusal(s, key)
	}
	for _, k := range f.keys.Keys {
		if kept, ok := before.keys.Slot(k.Slot); why == "" && (!ok || kept.Secret != k.Secret || kept.Method != k.Method) {
			why = removeRefusal(s, k.Slot)
		}
	}
	if why != "" && !j.force {
		return &exit{exitRefused, why}
	}
	if err := j.write(f, before.data); err != nil {
		return err
	}
	return j.done(before.keys, s, "authkeys is what it was before the last change; this node signs with key %d", before.keys.Sign)
}

// done reports a step and what comes next.
func (j *keysJob) done(k conf.AuthKeys, s *node.Status, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	v := keysOverview(k, s)
	if j.json {
		return j.encode(map[string]any{"done": text, "next": v.Next})
	}
	j.printf("%s\n", text)
	if v.Next != "" {
		j.printf("next: %s\n", v.Next)
	}
	return nil
}

// switchRefusal says why this node must not sign with a key now; empty: it may.
func switchRefusal(s *node.Status, key conf.Key) string {
	if s == nil {
		return "heartbeat does not run here, so nobody knows whether the other nodes have the key; start it, or say --force"
	}
	id, loaded := keyID(key), false
	var why []string
	for _, n := range s.Nodes {
		switch {
		case n.Type != "normal":
		case n.Self:
			loaded = hasKey(n, key.Slot, id)
		case !isLive(n) || n.Signs == key.Slot && n.Kind == "c":
		case n.Kind == "c":
			why = append(why, fmt.Sprintf("node %s is C Heartbeat, which verifies with the key that it signs with itself (%d): it would not hear this node any more; change authkeys on all nodes at the same moment, or replace it first", n.Name, n.Signs))
		case len(n.Keys) == 0:
			why = append(why, fmt.Sprintf("node %s does not tell which keys it has; upgrade heartbeat there first", n.Name))
		case !hasKey(n, key.Slot, id):
			why = append(why, fmt.Sprintf("node %s does not have this key %d; run here: heartbeat keys show %d | ssh %s heartbeat keys add --from -", n.Name, key.Slot, key.Slot, n.Name))
		}
	}
	if !loaded {
		why = append(why, "the running node has not read this key yet; run: heartbeat reload")
	}
	return strings.Join(why, "\n")
}

// removeRefusal says why a key must not be removed here now; empty: it may.
func removeRefusal(s *node.Status, slot int) string {
	if s == nil {
		return "heartbeat does not run here, so nobody knows whether other nodes still sign with the key; start it, or say --force"
	}
	var why []string
	for _, n := range s.Nodes {
		if n.Type == "normal" && !n.Self && isLive(n) && n.Signs == slot {
			why = append(why, fmt.Sprintf("node %s still signs with key %d; run there: heartbeat keys switch SLOT", n.Name, slot))
		}
	}
	return strings.Join(why, "\n")
}

func isLive(n node.NodeStatus) bool { return n.Status != "dead" && n.HeardAgo >= 0 }

func hasKey(n node.NodeStatus, slot int, id string) bool {
	for _, k := range n.Keys {
		if k.Slot == slot && k.ID == id {
			return true
		}
	}
	return false
}
