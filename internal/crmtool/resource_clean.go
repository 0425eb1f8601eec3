package crmtool

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/edit"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// A cleaning forgets failures of resources, or with everything all that was done to them: what is forgotten is looked at anew.
type cleaning struct {
	*resourceCall
	everything   bool
	suffix       string // of the counters of one operation, "#monitor_10000"; empty: of all
	task         string
	milliseconds int64 // interval of the task
}

// clean is --cleanup, or --refresh with everything. Where a resource of a collective is named all of it is meant, unless forced.
func (c *resourceCall) clean(everything bool) Code {
	clean := &cleaning{resourceCall: c, everything: everything, task: c.operation}
	switch {
	case c.operation == "" && c.o.Changed("interval"):
		return c.o.Wrong("--interval says of which --operation")
	case c.operation != "":
		ms, ok := cib.Milliseconds(c.interval)
		if !ok {
			return c.o.Wrong("--interval takes a time such as 10s, not %q", c.interval)
		}
		clean.milliseconds, clean.suffix = ms, "#"+c.operation+"_"+strconv.FormatInt(ms, 10)
	}
	nodes := c.v.Nodes
	if c.node != "" {
		n := c.v.FindNode(c.node)
		if n == nil {
			return c.fail(NoSuchObject, "Node '"+c.node+"' not found")
		}
		nodes = []*scheduler.NodeView{n}
	}
	var lines []string
	if c.rsc == nil {
		for _, n := range nodes {
			if err := clean.node(n, nil); err != nil {
				return c.fail(DocumentCode(err), "Error performing operation: "+err.Error())
			}
		}
		where := "all nodes"
		if c.node != "" {
			where = nodes[0].Name
		}
		lines = append(lines, "Cleaned up all resources on "+where)
	} else {
		top := c.rsc
		if !c.force {
			top = top.Top()
		}
		for _, rsc := range primitives(top) {
			for _, n := range nodes {
				if c.node == "" && !n.Online {
					continue
				}
				if err := clean.node(n, rsc); err != nil {
					return c.fail(DocumentCode(err), "Error performing operation: "+err.Error())
				}
				lines = append(lines, "Cleaned up "+rsc.Name+" on "+n.Name)
			}
		}
		lines = append(lines, checks(c.rsc)...)
	}
	for _, line := range lines {
		c.tell("%s", line)
	}
	return c.finish(nil)
}

// primitives are the resources of a collective; of an anonymous clone that is one of its instances, which stands for all.
func primitives(r *scheduler.ResourceView) (out []*scheduler.ResourceView) {
	if r.Kind == scheduler.Primitive {
		return []*scheduler.ResourceView{r}
	}
	for _, p := range r.Replicas {
		for _, part := range []*scheduler.ResourceView{p.IP, p.Child, p.Container, p.Remote} {
			if part != nil {
				out = append(out, primitives(part)...)
			}
		}
	}
	if r.Kind == scheduler.Bundle {
		return out
	}
	for i, child := range r.Children {
		if i > 0 && r.Kind == scheduler.Clone && !child.Unique {
			break
		}
		out = append(out, primitives(child)...)
	}
	return out
}

// node forgets on one node: a resource, or all of them for nil.
func (c *cleaning) node(n *scheduler.NodeView, rsc *scheduler.ResourceView) error {
	status := edit.Section(c.doc.Root(), "status")
	if status == nil {
		return nil
	}
	var paths []string
	for state := range status.Elements("node_state") {
		if state.Get("id") != n.ID {
			continue
		}
		at := fmt.Sprintf("//node_state[@id=%s]", quoted(n.ID))
		for p := range state.All() {
			if p.Name == "nvpair" && c.counts(p.Get("name"), rsc) {
				paths = append(paths, fmt.Sprintf("%s//nvpair[@id=%s]", at, quoted(p.Get("id"))))
			}
		}
		if histories := state.Find("lrm", "lrm_resources"); histories != nil {
			for entry := range histories.Elements("lrm_resource") {
				if (rsc == nil || is(entry.Get("id"), rsc)) && (c.everything || c.failedOn(n, entry.Get("id"))) {
					paths = append(paths, fmt.Sprintf("%s//lrm_resource[@id=%s]", at, quoted(entry.Get("id"))))
				}
			}
		}
	}
	for _, path := range paths {
		if _, err := c.doc.Do(edit.Request{Op: edit.Delete, XPath: path}); err != nil {
			return err
		}
	}
	return nil
}

// is says whether an id of the history is that of the resource: instances of anonymous clones have one with or without a number.
func is(id string, rsc *scheduler.ResourceView) bool {
	if id == rsc.ID || id == rsc.Name {
		return true
	}
	base, number, numbered := strings.Cut(id, ":")
	_, err := strconv.Atoi(number)
	return !rsc.Unique && numbered && err == nil && base == plain(rsc.ID)
}

func plain(id string) string {
	base, _, _ := strings.Cut(id, ":")
	return base
}

// counts says whether an attribute of the node counts failures that are forgotten, or tells when the last was.
func (c *cleaning) counts(name string, rsc *scheduler.ResourceView) bool {
	rest, ok := strings.CutPrefix(name, "fail-count-")
	if !ok {
		if rest, ok = strings.CutPrefix(name, "last-failure-"); !ok {
			return false
		}
	}
	id, operation, named := strings.Cut(rest, "#")
	if rsc != nil && !is(id, rsc) && id != plain(rsc.ID) {
		return false
	}
	return c.suffix == "" || named && "#"+operation == c.suffix
}

// failedOn says whether a history of that node holds a failure of the operation that is meant. All of the history goes with it: what is left
// of one with holes would give a wrong idea of the state, and the resource would not be looked at anew.
func (c *cleaning) failedOn(n *scheduler.NodeView, entry string) bool {
	return slices.ContainsFunc(c.v.Failures, func(op *xmltree.Node) bool {
		_, of, task, interval := scheduler.OperationKey(op)
		return of == entry && op.Get("uname") == n.Name && (c.task == "" || task == c.task && int64(interval) == c.milliseconds)
	})
}
