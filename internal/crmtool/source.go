package crmtool

import (
	"fmt"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// status opens the document of a command, as World.Document does, and judges the state of the cluster.
func (w *World) status(file string) (*scheduler.View, error) {
	doc, err := w.Document(file)
	if err != nil {
		return nil, err
	}
	return w.judge(doc.Root())
}

// judge makes a document one of the newest schema and judges the state of the cluster.
func (w *World) judge(root *xmltree.Node) (*scheduler.View, error) {
	r, err := judged(root)
	if err != nil {
		return nil, err
	}
	return r.View(), nil
}

func judged(root *xmltree.Node) (*scheduler.Result, error) { return decided(root, scheduler.Status) }

// decided upgrades a document and has the scheduler work on it as of now: scheduler.Status, or scheduler.Schedule.
func decided(root *xmltree.Node, work func(*xmltree.Node, isotime.Time, scheduler.Options) *scheduler.Result) (*scheduler.Result, error) {
	root, _, err := cib.Upgrade(root)
	if err != nil {
		return nil, fmt.Errorf("the document of the cluster cannot be used: %w", err)
	}
	return work(root, isotime.UTC(time.Now().Unix()), scheduler.Options{}), nil
}

// now is the time in the zone of the reader.
func (w *World) now() time.Time {
	if zone := w.Getenv("TZ"); zone != "" {
		if at, err := time.LoadLocation(zone); err == nil {
			return time.Now().In(at)
		}
	}
	return time.Now()
}
