package node

import (
	"fmt"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/node/filestore"
)

// recoverFiles finishes a change of the files that a crash or a power cut interrupted, before they are read.
func (n *Node) recoverFiles() (*filestore.Record, error) {
	found, _, _ := Load(n.opts, nil)
	return (&filestore.Store{Etc: n.opts.Etc, State: n.opts.State, Shared: found.HaCf.Settings.ConfigFiles}).Recover()
}

// toldRecovery reports what recoverFiles did, when there is a timeline to report to.
func (n *Node) toldRecovery(r *filestore.Record, err error) {
	if err != nil {
		text := "the configuration files may be of two kinds: " + err.Error()
		n.trouble.set("propagate", text)
		n.timeline.Add(event.Event{Kind: event.FilesHalf, Subject: n.self, Text: text})
	}
	if r != nil {
		n.timeline.Add(event.Event{Kind: event.FilesCompleted, Subject: n.self,
			Text: fmt.Sprintf("The change of %s ordered on node %s by %s at %s was interrupted and is finished now.",
				strings.Join(r.New.Names(), ", "), r.From, or(r.By, "somebody"), r.At.Format("2006-01-02 15:04:05"))})
	}
}
