package simulate

import (
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// An operation is what an executor did.
type operation struct {
	resource, task string
	interval       uint32
	call, rc       int
	target         int // the expected result
	node           string
	reason         string
	now            int64
	parameters     cib.Pairs // nil: not known, then no digest is written
}

func (o *operation) failed() bool { return o.rc != o.target }

func (o *operation) key(task string) string {
	return fmt.Sprintf("%s_%s_%d", o.resource, task, o.interval)
}

// record writes an operation into the history of its resource, as the controller does: what failed is kept apart.
func (o *operation) record(e *xmltree.Node) {
	task := o.task
	if task == "reload" || task == "reload-agent" {
		task = "start"
	}
	key := o.key(task)
	ids := []string{o.resource + "_last_0"}
	reason := ""
	switch {
	case task == "notify":
		ids = []string{o.resource + "_" + o.meta("notify_type") + "_notify_" + o.meta("notify_operation") + "_0"}
		o.rc = 0
	case task == "migrate_to" || task == "migrate_from":
		ids = []string{key}
	case o.failed():
		reason = o.reason
		if ids = []string{o.resource + "_last_failure_0"}; o.interval == 0 {
			ids = append(ids, o.resource+"_last_0")
		}
	case o.interval > 0:
		ids = []string{key}
	}
	for _, id := range ids {
		o.write(e, id, key, task, reason)
	}
}

func (o *operation) meta(name string) string { return o.parameters.Get("CRM_meta_" + name) }

// mostAttrs are those of a recorded operation that is no migration.
const mostAttrs = 17

func (o *operation) write(e *xmltree.Node, id, key, task, reason string) {
	var x *xmltree.Node
	for op := range e.Elements("lrm_rsc_op") {
		if op.Get("id") == id {
			x = op
			break
		}
	}
	if x == nil {
		x = xmltree.New("lrm_rsc_op")
		x.Attrs = make([]xmltree.Attr, 0, mostAttrs)
		e.Add(x)
	}
	data := fmt.Sprintf("%d:-1:%d:%-36s", o.call, o.target, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
	when := strconv.FormatInt(o.now, 10)
	for _, p := range [][2]string{{"id", id}, {"operation_key", key}, {"operation", task}, {"crm-debug-origin", origin}, {"crm_feature_set", featureSet},
		{"transition-key", data}, {"transition-magic", fmt.Sprintf("0:%d;%s", o.rc, data)}, {"exit-reason", reason}, {"on_node", o.node},
		{"call-id", strconv.Itoa(o.call)}, {"rc-code", strconv.Itoa(o.rc)}, {"op-status", "0"},
		{"interval", strconv.FormatUint(uint64(o.interval), 10)}, {"last-rc-change", when}, {"exec-time", "0"}, {"queue-time", "0"}} {
		x.Set(p[0], p[1])
	}
	if task == "migrate_to" || task == "migrate_from" {
		for _, name := range []string{"migrate_source", "migrate_target"} {
			if v := o.meta(name); v != "" {
				x.Set(name, v)
			}
		}
	}
	if o.parameters != nil {
		x.Set("op-digest", cib.Digest(digestible(o.parameters)))
	}
}

// digestible are the parameters that count for a digest: no meta attributes but the timeout of what recurs.
func digestible(all cib.Pairs) (out cib.Pairs) {
	interval, _ := cib.Integer(all.Get("CRM_meta_interval"))
	for _, p := range all {
		switch p.Name {
		case "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip":
			continue
		case "CRM_meta_timeout":
			if interval == 0 {
				continue
			}
		default:
			if strings.HasPrefix(p.Name, "CRM_meta_") {
				continue
			}
		}
		out = append(out, p)
	}
	if out == nil {
		out = cib.Pairs{}
	}
	return out
}
