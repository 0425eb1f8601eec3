package applet

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"heartbeat/internal/conf"
	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

// keyID is the identifier that nodes compare.
func keyID(k conf.Key) string {
	return wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret}.ID()
}

// keyOverview is the JSON form of heartbeat keys status.
type keyOverview struct {
	Running bool      `json:"running"`
	Settled bool      `json:"settled"` // all live nodes have the same keys and sign with the same one
	Keys    []keyView `json:"keys"`
	Mixed   []string  `json:"c_nodes,omitempty"` // live C nodes
	Absent  []string  `json:"absent,omitempty"`  // nodes that do not run: their file is not known
	Next    string    `json:"next"`
}

// keyView is one key of authkeys here.
type keyView struct {
	Slot    int      `json:"slot"`
	Method  string   `json:"method"`
	ID      string   `json:"id"`
	Signs   []string `json:"signs"`             // live nodes that sign with this number
	Has     []string `json:"has"`               // live nodes that have exactly this key
	Missing []string `json:"missing,omitempty"` // live nodes that have another one or none; C nodes do not tell
}

func (j *keysJob) status() error {
	f, err := j.read()
	if err != nil {
		return err
	}
	s, err := j.cluster()
	if err != nil {
		return err
	}
	v := keysOverview(f.keys, s)
	if j.json {
		if err := j.encode(v); err != nil {
			return err
		}
	} else {
		j.printKeys(v)
	}
	if v.Running && !v.Settled {
		return &exit{code: exitNotWell}
	}
	return nil
}

func (j *keysJob) printKeys(v keyOverview) {
	w := tabwriter.NewWriter(j.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "key\tmethod\tid\tsigned with by\tmissing on")
	for _, k := range v.Keys {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", k.Slot, k.Method, k.ID, orDash(k.Signs), orDash(k.Missing))
	}
	_ = w.Flush() // as every print
	for _, name := range v.Mixed {
		j.printf("node %s is C Heartbeat: it verifies with the key that it signs with, so keys must change on all nodes at the same moment\n", name)
	}
	if len(v.Absent) > 0 {
		j.printf("not running: %s; give them the same authkeys before they start\n", strings.Join(v.Absent, ", "))
	}
	if v.Next != "" {
		j.printf("next: %s\n", v.Next)
	}
}

func orDash(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, " ")
}

// keysOverview compares authkeys here with what the nodes tell about theirs.
func keysOverview(k conf.AuthKeys, s *node.Status) keyOverview {
	v := keyOverview{Running: s != nil, Keys: []keyView{}}
	for _, key := range k.Keys {
		v.Keys = append(v.Keys, keyView{Slot: key.Slot, Method: key.Method, ID: keyID(key), Signs: []string{}, Has: []string{}})
	}
	if s == nil {
		v.Next = "start heartbeat to see what the other nodes have"
		return v
	}
	same := true
	for _, n := range s.Nodes {
		switch {
		case n.Type != "normal" || n.Self:
			continue
		case !isLive(n):
			v.Absent = append(v.Absent, n.Name)
			continue
		case n.Kind == "c":
			v.Mixed = append(v.Mixed, n.Name)
		}
		same = same && n.Signs == k.Sign && (n.Kind == "c" || len(n.Keys) == len(k.Keys))
		for i := range v.Keys {
			v.Keys[i].note(n)
		}
	}
	for i := range v.Keys {
		if v.Keys[i].Slot == k.Sign {
			v.Keys[i].Signs = append([]string{s.Node}, v.Keys[i].Signs...)
		}
		v.Keys[i].Has = append([]string{s.Node}, v.Keys[i].Has...)
		same = same && len(v.Keys[i].Missing) == 0
	}
	v.Settled = same
	v.Next = v.next(k.Sign)
	return v
}

func (k *keyView) note(n node.NodeStatus) {
	if n.Signs == k.Slot {
		k.Signs = append(k.Signs, n.Name)
	}
	switch {
	case n.Kind == "c":
	case hasKey(n, k.Slot, k.ID):
		k.Has = append(k.Has, n.Name)
	default:
		k.Missing = append(k.Missing, n.Name)
	}
}

// next is the next step of a change that is under way; empty when none is.
func (v *keyOverview) next(sign int) string {
	for _, k := range v.Keys {
		if len(k.Missing) > 0 {
			to := k.Missing[0]
			return fmt.Sprintf("heartbeat keys show %d | ssh %s heartbeat keys add --from -   (or, if nobody signs with key %d any more: heartbeat keys remove %d)", k.Slot, to, k.Slot, k.Slot)
		}
	}
	if len(v.Keys) < 2 {
		return ""
	}
	newest := v.Keys[len(v.Keys)-1].Slot
	for _, k := range v.Keys {
		switch {
		case k.Slot == sign && len(k.Signs) > 0 && len(k.Signs) < len(k.Has):
			return fmt.Sprintf("on every node that does not sign with key %d yet: heartbeat keys switch %d", newest, newest)
		case k.Slot != sign && len(k.Signs) == 0 && newest == sign:
			return fmt.Sprintf("on every node: heartbeat keys remove %d", k.Slot)
		}
	}
	if newest != sign {
		return fmt.Sprintf("on every node: heartbeat keys switch %d", newest)
	}
	return ""
}
