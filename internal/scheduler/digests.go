package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

type digestVerdict uint8

const (
	digestUnknown digestVerdict = iota
	digestMatch
	digestMismatch
	digestRestart // what changed demands a restart
)

// digests are the fingerprints of the parameters of an operation as they are configured now.
type digests struct {
	verdict              digestVerdict
	all, secure, restart string
	params               cib.Pairs // that all is about
	secureParams         cib.Pairs
	restartParams        cib.Pairs
	hasRestart           bool
}

// A paramCheck is a comparison that must wait until the address of a container is known.
type paramCheck struct {
	r           *resource
	n           *node
	op          *xmltree.Node
	lastFailure bool
}

// compareDigest compares what an operation was run with to what it would be run with now.
func (c *cluster) compareDigest(r *resource, op *xmltree.Node, n *node) *digests {
	interval := intervalOf(op)
	d := c.digestOf(r, op.Get("operation"), interval, n, op, c.opt.Sanitized)
	all, hasAll := op.Lookup("op-digest")
	restart, hasRestart := op.Lookup("op-restart-digest")
	if c.forced[op] {
		restart, hasRestart = "no digest is this", true
	}
	switch {
	case d.hasRestart && hasRestart && d.restart != restart:
		d.verdict = digestRestart
	case !hasAll:
		d.verdict = digestUnknown
	case all != d.all:
		if interval != 0 || d.verdict != digestRestart {
			d.verdict = digestMismatch
		}
	default:
		d.verdict = digestMatch
	}
	return d
}

// digestOf calculates fingerprints, once for each operation on a node.
func (c *cluster) digestOf(r *resource, task string, interval uint32, n *node, op *xmltree.Node, secure bool) *digests {
	key := opKey(r.id, task, interval)
	if d := n.digests[key]; d != nil {
		return d
	}
	d := c.calculate(r, task, interval, n, op, secure, nil)
	n.digests[key] = d
	return d
}

// calculate makes fingerprints. What overrides names has its values in place of the configured ones.
func (c *cluster) calculate(r *resource, task string, interval uint32, n *node, op *xmltree.Node, secure bool, overrides cib.Pairs) *digests {
	d := &digests{verdict: digestMatch}
	params := *r.parameters(n)
	if len(overrides) > 0 {
		configured := params
		params = slices.Clone(overrides)
		for _, p := range configured {
			params.Default(p.Name, p.Value)
		}
	}
	c.mainDigest(d, r, n, params, task, interval)
	if secure {
		c.secureDigest(d, r, params, op)
	}
	if _, ok := lookup(op, "op-restart-digest"); ok || op != nil && c.forced[op] {
		d.hasRestart = true
		names, limited := lookup(op, "op-force-restart")
		for _, p := range d.params {
			if !limited || hasWord(names, p.Name) {
				d.restartParams = append(d.restartParams, p)
			}
		}
		d.restart = cib.Digest(d.restartParams)
	}
	return d
}

func lookup(x *xmltree.Node, name string) (string, bool) {
	if x == nil {
		return "", false
	}
	return x.Lookup(name)
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, " ") {
		if w == word {
			return true
		}
	}
	return false
}

func (c *cluster) mainDigest(d *digests, r *resource, n *node, params cib.Pairs, task string, interval uint32) {
	var all cib.Pairs
	if addr := r.hostAddress(); addr != "" {
		all.Set("addr", addr)
	}
	for _, p := range params {
		all.Default(p.Name, p.Value)
	}
	conf := r.operation(task, interval, true)
	var own cib.Pairs
	if conf != nil {
		in := c.rules()
		in.Node = n.attrs
		cib.Blocks(conf, "instance_attributes", "", in, &own)
	}
	if interval == 0 && len(own) > 0 {
		d.verdict = digestRestart
	}
	for _, p := range own {
		all.Default(p.Name, p.Value)
	}
	all = withoutInternals(all)
	if interval != 0 {
		all.Set("CRM_meta_timeout", c.actionMeta(r, n, task, interval, conf).Get("timeout"))
	}
	d.params = all
	d.all = cib.Digest(all)
}

// withoutInternals leaves out what is never part of a fingerprint.
func withoutInternals(all cib.Pairs) cib.Pairs {
	var out cib.Pairs
	for _, p := range all {
		switch p.Name {
		case "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip":
			continue
		}
		if !strings.HasPrefix(p.Name, "CRM_meta_") {
			out = append(out, p)
		}
	}
	return out
}

func (c *cluster) secureDigest(d *digests, r *resource, params cib.Pairs, op *xmltree.Node) {
	version := featureSet
	if v, ok := lookup(op, "crm_feature_set"); ok {
		version = v
	} else if v, ok := c.input.Lookup("crm_feature_set"); ok {
		version = v
	}
	old := cib.CompareVersions(version, "3.16.0") < 0
	secrets := " passwd password user "
	if op != nil {
		secrets = op.Get("op-secure-params")
	}
	from := d.params
	if old {
		from = params
	}
	var out cib.Pairs
	for _, p := range from {
		if hasWord(secrets, p.Name) || old && hasFenceParams(r.xml.Get("class")) && isFenceParam(p.Name) {
			continue
		}
		out = append(out, p)
	}
	out = withoutInternals(out) // also the timeout of recurring operations, which the fingerprint of all has
	d.secure, d.secureParams = cib.Digest(out), out
}

// isFenceParam says whether a parameter tells the cluster how to use a fence device, and is not for the device itself.
func isFenceParam(name string) bool {
	switch name {
	case "provides", "stonith-timeout", "pcmk_action_limit", "pcmk_delay_base", "pcmk_delay_max", "pcmk_host_argument", "pcmk_host_check",
		"pcmk_host_list", "pcmk_host_map":
		return true
	}
	rest, ok := strings.CutPrefix(name, "pcmk_")
	if !ok {
		return false
	}
	i := strings.IndexByte(rest, '_')
	if i < 0 {
		return false
	}
	switch rest[i:] {
	case "_action", "_timeout", "_retries":
		return true
	}
	return false
}
