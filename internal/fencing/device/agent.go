package device

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/fencing"
)

// hostsParam is a parameter of ours: the nodes, separated by commas, that the device can switch. It is not passed on.
const hostsParam = "hosts"

// pairs are the name=value words of a line.
func pairs(params string) []string { return strings.Fields(params) }

// askAgent runs a fence agent: options by stdin, as its callers everywhere do.
func (d Device) askAgent(ctx context.Context, op fencing.Op, node string) (fencing.Result, string) {
	if node != "" && d.hosts != nil && !slices.Contains(d.hosts, node) {
		return fencing.BadHost, "its line says " + hostsParam + "=" + strings.Join(d.hosts, ",")
	}
	action := map[fencing.Op]string{fencing.Reset: "reboot", fencing.Off: "off", fencing.Status: "monitor", fencing.List: "status"}[op]
	code, _, all, err := call(ctx, d.agent, nil, baseEnv(), d.options(action, node))
	switch {
	case err != nil:
		return fencing.Bad, strings.TrimPrefix(oneLine(all)+" / "+err.Error(), " / ")
	case code == 0 || op == fencing.List && code == 2: // 2: the node is switched off
		return fencing.Good, oneLine(all)
	}
	return fencing.Bad, fmt.Sprintf("exit code %d%s", code, behind(oneLine(all)))
}

// options is what the agent reads.
func (d Device) options(action, node string) string {
	var b strings.Builder
	b.WriteString("action=" + action + "\n")
	plug := node != ""
	for _, p := range pairs(d.line.Params) {
		name, _, _ := strings.Cut(p, "=")
		if name == hostsParam {
			continue
		}
		plug = plug && name != "plug" && name != "port"
		b.WriteString(p + "\n")
	}
	if node != "" {
		b.WriteString("nodename=" + node + "\n")
	}
	if plug {
		b.WriteString("plug=" + node + "\n")
	}
	return b.String()
}

// metadata is what an agent says about its options.
type metadata struct {
	Parameters []struct {
		Name       string `xml:"name,attr"`
		Required   string `xml:"required,attr"`
		Deprecated string `xml:"deprecated,attr"`
		Obsoletes  string `xml:"obsoletes,attr"`
	} `xml:"parameters>parameter"`
}

func parseMetadata(data []byte) (m metadata, err error) {
	if err := xml.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("its metadata cannot be read: %w", err)
	}
	return m, nil
}

// judge compares the parameters of a line with what the agent knows.
func (m metadata) judge(params string) error {
	given := map[string]bool{"plug": true, "port": true, "nodename": true, "action": true, hostsParam: true}
	var known []string
	for _, p := range m.Parameters {
		known = append(known, p.Name)
	}
	for _, p := range pairs(params) {
		name, _, ok := strings.Cut(p, "=")
		switch {
		case !ok:
			return fmt.Errorf("%q is not name=value", p)
		case len(known) > 0 && !given[name] && !slices.Contains(known, name):
			return fmt.Errorf("it knows no parameter %q, but: %s", name, strings.Join(known, " "))
		}
		given[name] = true
	}
	for _, p := range m.Parameters {
		if p.Required == "1" && p.Deprecated != "1" && !given[p.Name] && !given[p.Obsoletes] {
			return fmt.Errorf("its parameter %s is missing", p.Name)
		}
	}
	return nil
}
