// Package metrics shows the state of a node in the text format of Prometheus. It is computed from the node's status at each scrape, so
// it costs nothing while nobody asks and cannot delay a decision. The names are documented in docs/metrics.md.
package metrics

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"heartbeat/internal/node"
)

// Handler answers a scrape with what status says at that moment. No status, nil, means that the node does not run: heartbeat_up is 0 then, and
// nothing else is told.
func Handler(status func() *node.Status) http.Handler {
	return promhttp.HandlerFor(registry(status), promhttp.HandlerOpts{})
}

// Write writes what a scrape would get.
func Write(w io.Writer, st *node.Status) error {
	list, err := registry(func() *node.Status { return st }).Gather()
	if err != nil {
		return err
	}
	text := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range list {
		if err := text.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

func registry(status func() *node.Status) *prometheus.Registry {
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(collector{status})
	return r
}

// A family is all metrics of one name.
type family struct {
	name, help string
	kind       prometheus.ValueType
	labels     []string
	read       func(*node.Status, emit)
}

// emit gives one metric of a family, with the values of its labels.
type emit func(value float64, labels ...string)

func (f *family) desc() *prometheus.Desc {
	return prometheus.NewDesc("heartbeat_"+f.name, f.help, f.labels, nil)
}

// collector is the prometheus.Collector of one node.
type collector struct{ status func() *node.Status }

// Describe is part of prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	to <- up.desc()
	for _, f := range families() {
		to <- f.desc()
	}
}

// Collect is part of prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	st := c.status()
	to <- prometheus.MustNewConstMetric(up.desc(), up.kind, truth(st != nil))
	if st == nil {
		return
	}
	for _, f := range families() {
		d := f.desc()
		f.read(st, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, f.kind, value, labels...)
		})
	}
}

var up = family{name: "up", help: "Whether Heartbeat runs on this node.", kind: prometheus.GaugeValue}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Names lists every name with its help and its labels, in the order of the documentation.
func Names() (list []Name) {
	for _, f := range append([]family{up}, families()...) {
		kind := "gauge"
		if f.kind == prometheus.CounterValue {
			kind = "counter"
		}
		list = append(list, Name{"heartbeat_" + f.name, kind, f.labels, f.help})
	}
	return list
}

// A Name is one family as documented.
type Name struct {
	Name, Kind string
	Labels     []string
	Help       string
}
