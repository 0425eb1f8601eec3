package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"heartbeat/internal/node/halog"
)

// A Charge is what a node tells its guard when it is up.
type Charge struct {
	Node      string       `json:"node"`
	Addresses string       `json:"addresses"` // file that notes the addresses held
	Priority  int          `json:"priority"`  // real-time priority of the node; negative: ordinary scheduling
	Limits    Limits       `json:"limits"`
	Log       halog.Config `json:"log"`
}

// Limits are how long a guard waits.
type Limits struct {
	Hang    time.Duration `json:"hang"`    // silence of the node after which the guard looks closely
	Confirm time.Duration `json:"confirm"` // and if it stays silent for so long then, it is killed
	Drop    time.Duration `json:"drop"`    // from its end: if nothing speaks for the node by then, its addresses go
}

// LimitsOf derives them from the timers of ha.cf. Peers take over a deadtime after the last word of this node, and that
// was up to a keepalive ago when it died. With a deadtime below a second these floors come after the peers' verdict: a false alarm on a busy
// machine would do more harm than two owners for the time that is missing.
func LimitsOf(keepalive, deadtime time.Duration) Limits {
	return Limits{
		Hang:    max(deadtime*3/8, 2*keepalive, 250*time.Millisecond),
		Confirm: max(deadtime/8, 125*time.Millisecond),
		Drop:    max(deadtime*3/4-keepalive, deadtime/4, 250*time.Millisecond),
	}
}

// largestMessage bounds what one process tells the other at once.
const largestMessage = 16 << 10

// A message goes from the node to its guard, as one datagram of JSON.
type message struct {
	Up      *Charge `json:"up,omitempty"`      // the node speaks, and this is what it is
	Leaving bool    `json:"leaving,omitempty"` // it was told to leave: it is not to be started again
	Left    bool    `json:"left,omitempty"`    // it has left the cluster and is about to end

	// Renewing: it is about to end and wants to be started again at once; the peers wait for so long.
	Renewing time.Duration `json:"renewing,omitempty"`
}

func (m message) encode() ([]byte, error) {
	data, err := json.Marshal(m)
	if err == nil && len(data) > largestMessage {
		err = fmt.Errorf("%d bytes for the guard; %d is the most: shorten the names of the log files", len(data), largestMessage)
	}
	return data, err
}

func decode(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, fmt.Errorf("a word of the node that the guard does not understand: %w", err)
	}
	if l := m.Up; l != nil && (l.Limits.Hang <= 0 || l.Limits.Confirm <= 0 || l.Limits.Drop <= 0) {
		return message{}, errors.New("a word of the node without limits")
	}
	return m, nil
}
