package bridge

import (
	"heartbeat/internal/connectivity"
	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
)

// pingChanged tells of a ping node that died or came back.
func pingChanged(e membership.NodeChanged) []takeover.Event {
	answer := connectivity.Answers
	if e.To == membership.Dead {
		answer = connectivity.Silent
	}
	return []takeover.Event{takeover.PingChanged{Node: e.Node, Answer: answer}}
}

// pingLate tells of one that keeps us waiting, or answered at last.
func pingLate(e membership.PingLate) []takeover.Event {
	answer := connectivity.Answers
	if e.Late {
		answer = connectivity.Late
	}
	return []takeover.Event{takeover.PingChanged{Node: e.Node, Answer: answer}}
}
