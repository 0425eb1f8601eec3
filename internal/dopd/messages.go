package dopd

import (
	"strconv"

	"heartbeat/internal/wire"
)

// Types and fields of the messages, as in C: start_outdate and outdate_rc between nodes,
// outdater and outdater_rc between a local program and its daemon.
const (
	kindStart   = "start_outdate"
	kindRC      = "outdate_rc"
	kindAsk     = "outdater"
	kindAnswer  = "outdater_rc"
	fieldRes    = "dop_res"
	fieldValue  = "dop_value"
	fieldPeer   = "outdater_peer"
	fieldResAsk = "outdater_res"
)

// Ask is what a local program says.
func Ask(node, resource string) *wire.Message {
	return wire.New("t", kindAsk, "src", "drbd-peer-outdater", fieldPeer, node, fieldResAsk, resource)
}

// AskedOf reads it; false: it is something else.
func AskedOf(m *wire.Message) (node, resource string, ok bool) {
	return m.Get(fieldPeer), m.Get(fieldResAsk), m.Kind() == kindAsk
}

// AnswerMessage is what it is told.
func AnswerMessage(self string, code int) *wire.Message {
	return wire.New("t", kindAnswer, "src", self, fieldValue, strconv.Itoa(code))
}

// CodeOf reads an answer. As in C only the value counts.
func CodeOf(m *wire.Message) (code int, ok bool) {
	n, err := strconv.Atoi(m.Get(fieldValue))
	return n, err == nil
}

// Message is what an effect says to another node, nil: nothing.
func Message(self string, e Effect) *wire.Message {
	switch e := e.(type) {
	case Tell:
		return wire.New("t", kindStart, "src", self, fieldRes, e.Resource, "dest", e.To)
	case Reply:
		return wire.New("t", kindRC, fieldValue, strconv.Itoa(e.Code), fieldRes, e.Resource, "src", self, "dest", e.To)
	}
	return nil
}

// EventOf is what a message of the cluster means, nil: nothing.
func EventOf(m *wire.Message) Event {
	from := m.Get("src")
	switch m.Kind() {
	case kindStart:
		return Told{From: from, Resource: m.Get(fieldRes)}
	case kindRC:
		code, ok := CodeOf(m)
		if !ok {
			code = Failed
		}
		return Replied{From: from, Resource: m.Get(fieldRes), Code: code}
	case "status":
		return NodeChanged{Node: from, Up: m.Get("info") != "ping" && m.Get("st") != "dead" && m.Get("st") != "ping"}
	case "delnode":
		return NodeChanged{Node: m.Get("node")}
	}
	return nil
}
