package simulate

import (
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// Injections are events that are to be assumed.
type Injections struct {
	Quorum, Watchdog                                              string
	NodesUp, NodesDown, NodesFailed                               []string
	Operations                                                    []string // RSC_TASK_INTERVAL@NODE=RC
	TicketsGranted, TicketsRevoked, TicketsStandby, TicketsActive []string
}

// Any says whether there is anything to assume.
func (i *Injections) Any() bool {
	return i.Quorum+i.Watchdog != "" || len(i.NodesUp)+len(i.NodesDown)+len(i.NodesFailed)+len(i.Operations)+
		len(i.TicketsGranted)+len(i.TicketsRevoked)+len(i.TicketsStandby)+len(i.TicketsActive) > 0
}

// Agents tells which agent a resource has.
type Agents interface {
	AgentOf(id string) (class, provider, kind string, ok bool)
	StartFailureIsFatal() bool
}

// Apply changes a document, made by Copy, as if the events had happened. It returns what it did and what it could not
// do; quorum and watchdog are attributes of the list of elements.
func (i *Injections) Apply(root *xmltree.Node, agents Agents, now int64) (lines []scheduler.Line, problems []string) {
	say := func(x *xmltree.Node, format string, args ...any) {
		lines = append(lines, scheduler.Line{Text: fmt.Sprintf(format, args...), XML: x})
	}
	node := func(action, name string) *xmltree.Node {
		return xmltree.New("modify_node", "action", action, "node", name)
	}
	if i.Quorum != "" {
		say(nil, "Setting quorum: %s", i.Quorum)
		root.Set("have-quorum", i.Quorum)
	}
	if i.Watchdog != "" {
		say(nil, "Setting watchdog: %s", i.Watchdog)
		setProperty(root, "have-watchdog", i.Watchdog)
	}
	for _, n := range i.NodesUp {
		say(node("Online", n), "Bringing node %s online", n)
		setMember(nodeState(root, n, ""), true)
	}
	for _, n := range i.NodesDown {
		say(node("Offline", n), "Taking node %s offline", n)
		state := nodeState(root, n, "")
		setMember(state, false)
		remove(state, "lrm")
		remove(state, "transient_attributes")
	}
	for _, n := range i.NodesFailed {
		say(node("Failing", n), "Failing node %s", n)
		state := nodeState(root, n, "")
		setMember(state, true)
		state.Set("in_ccm", "false")
	}
	for _, t := range []struct {
		format, action, attr, value string
		ids                         []string
	}{
		{"Granting ticket %s", "Granting", "granted", "true", i.TicketsGranted}, {"Revoking ticket %s", "Revoking", "granted", "false", i.TicketsRevoked},
		{"Making ticket %s standby", "Standby", "standby", "true", i.TicketsStandby}, {"Activating ticket %s", "Activating", "standby", "false", i.TicketsActive},
	} {
		for _, id := range t.ids {
			say(xmltree.New("modify_ticket", "action", t.action, "ticket", id), t.format, id)
			ticketState(root, id).Set(t.attr, t.value)
		}
	}
	records := histories{}
	for _, spec := range i.Operations {
		say(xmltree.New("inject_spec", "spec", spec), "Injecting %s into the configuration", spec)
		did, problem := injectOperation(root, records, agents, spec, now)
		lines = append(lines, did...)
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	return lines, problems
}

func setProperty(root *xmltree.Node, name, value string) {
	config := child(child(root, "configuration"), "crm_config")
	set := config.First("cluster_property_set")
	if set == nil {
		set = xmltree.New("cluster_property_set", "id", "cib-bootstrap-options")
		config.Add(set)
	}
	setPair(set, name, value)
}

func ticketState(root *xmltree.Node, id string) *xmltree.Node {
	tickets := child(child(root, "status"), "tickets")
	for t := range tickets.Elements("ticket_state") {
		if t.Get("id") == id {
			return t
		}
	}
	t := xmltree.New("ticket_state", "id", id)
	tickets.Add(t)
	return t
}

func injectOperation(root *xmltree.Node, records histories, agents Agents, spec string, now int64) (lines []scheduler.Line, problem string) {
	key, rest, ok := strings.Cut(spec, "@")
	node, rcText, hasRC := strings.Cut(rest, "=")
	rc, err := strconv.Atoi(strings.TrimSpace(rcText))
	if !ok || !hasRC || err != nil {
		return nil, "Invalid operation spec: " + spec + "; write RESOURCE_TASK_INTERVAL@NODE=RC"
	}
	resource, task, interval := splitKey(key)
	class, provider, kind, known := agents.AgentOf(resource)
	if !known {
		return nil, "Invalid resource name: " + resource
	}
	state := nodeState(root, node, "")
	fatal := task == "stop" || task == "start" && agents.StartFailureIsFatal()
	lines = countFailure(state, resource, task, interval, rc, fatal, now)
	e := records.entry(state, resource, resource, [3]string{class, provider, kind})
	o := &operation{resource: resource, task: task, interval: interval, call: nextCall(e), rc: rc, node: node, reason: "Simulated action result", now: now}
	o.record(e)
	return lines, ""
}

// splitKey takes RESOURCE_TASK_INTERVAL apart.
func splitKey(key string) (resource, task string, interval uint32) {
	end := strings.LastIndexByte(key, '_')
	if end <= 0 {
		return key, "", 0
	}
	n, _ := cib.Integer(key[end+1:])
	rest := key[:end]
	for _, long := range []string{"_migrate_to", "_migrate_from"} {
		if id, ok := strings.CutSuffix(rest, long); ok {
			return id, long[1:], uint32(max(n, 0))
		}
	}
	if at := strings.LastIndexByte(rest, '_'); at > 0 {
		return rest[:at], rest[at+1:], uint32(max(n, 0))
	}
	return rest, "", uint32(max(n, 0))
}
