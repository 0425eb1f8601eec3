package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/takeover"
)

// ordersFile keeps the standing orders of administrators in the state directory.
const ordersFile = "orders.json"

// storedOrder is one order in the file.
type storedOrder struct {
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Node    string    `json:"node,omitempty"`
	Force   bool      `json:"force,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	By      string    `json:"by,omitempty"`
	Why     string    `json:"why,omitempty"`
	Version uint64    `json:"version"`
	Over    bool      `json:"over,omitempty"`
}

// newLedger writes orders as they change.
func newLedger(dir string, told func(error)) *newest[[]takeover.Order] {
	path := filepath.Join(dir, ordersFile)
	return newNewest(told, func(list []takeover.Order) error { return storeOrders(path, list) })
}

func storeOrders(path string, list []takeover.Order) error {
	out := make([]storedOrder, 0, len(list))
	for _, o := range list {
		out = append(out, storedOrder{string(o.Kind), o.Subject, o.Node, o.Force, o.Since, o.Until, o.By, o.Why, o.Version, o.Over})
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	return fsutil.Replace(path, append(data, '\n'), 0o644)
}

// loadOrders reads what the last life stored; no file is no order. What cannot be read is an error, because a drained node
// that forgets it is drained takes groups in the middle of somebody's work.
func loadOrders(dir string) ([]takeover.Order, error) {
	path := filepath.Join(dir, ordersFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []storedOrder
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var out []takeover.Order
	for _, o := range list {
		out = append(out, takeover.Order{Kind: takeover.OrderKind(o.Kind), Subject: o.Subject, Node: o.Node, Force: o.Force,
			Since: o.Since, Until: o.Until, By: o.By, Why: o.Why, Version: o.Version, Over: o.Over})
	}
	return out, nil
}

// orders are those of the last life. A file that cannot be read is told, and the other nodes know the orders too.
func (n *Node) orders() []takeover.Order {
	list, err := loadOrders(n.opts.State)
	if err != nil {
		text := "the standing orders (drain, hold) of the last life of this node cannot be read: " + err.Error()
		n.trouble.set("orders", text+"; say them again if heartbeat status does not show them, or remove the file")
		n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
	}
	return list
}

// ordersUnwritten shows that orders cannot be stored, until they can.
func (n *Node) ordersUnwritten(err error) {
	path := filepath.Join(n.opts.State, ordersFile)
	if err == nil {
		n.trouble.set(path, "")
		return
	}
	text := "standing orders (drain, hold) are not stored: " + err.Error() + "; this node forgets them when it restarts alone"
	n.trouble.set(path, text+"; "+event.StateUnwritable.Action)
	n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
}
