// Package metrics shows the state of a node in the text format of Prometheus. It is computed from the node's status at each scrape, so
// it costs nothing while nobody asks and cannot delay a decision. The names are documented in docs/metrics.md.
//
// The format is written here and not by Prometheus' own library: linked into the one binary it took about a fifth of the processor time of
// every short command, for what it prepares when a program starts. The library is the judge of the tests instead.
package metrics

import (
	"cmp"
	"io"
	"slices"

	"heartbeat/internal/node"
)

// Write writes what a scrape would get. No status, nil, means that the node does not run: heartbeat_up is 0 then, and nothing else is told.
func Write(w io.Writer, st *node.Status) error {
	_, err := w.Write(text(st))
	return err
}

// text is the exposition of all families, in the order of their names.
func text(st *node.Status) (b []byte) {
	list := all()
	slices.SortFunc(list, func(x, y family) int { return cmp.Compare(x.name, y.name) })
	for _, f := range list {
		if f.name == up.name || st != nil {
			b = f.append(b, st)
		}
	}
	return b
}

// prefix begins the name of every family.
const prefix = "heartbeat_"

// A family is all metrics of one name.
type family struct {
	name, help string
	kind       kind
	labels     []string
	read       func(*node.Status, emit)
}

// emit gives one metric of a family, with the values of its labels.
type emit func(value float64, labels ...string)

// A kind says what may happen to a value.
type kind string

const (
	gauge   kind = "gauge"   // it goes up and down
	counter kind = "counter" // it only grows, and begins again at 0 with the process
)

// up is the one family that a stopped node has, too.
var up = family{"up", "Whether Heartbeat runs on this node.", gauge, nil, func(st *node.Status, give emit) { give(truth(st != nil)) }}

// all are the families in the order of the documentation.
func all() []family { return append([]family{up}, families()...) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Names lists every name with its help and its labels, in the order of the documentation.
func Names() (list []Name) {
	for _, f := range all() {
		list = append(list, Name{prefix + f.name, string(f.kind), f.labels, f.help})
	}
	return list
}

// A Name is one family as documented.
type Name struct {
	Name, Kind string
	Labels     []string
	Help       string
}
