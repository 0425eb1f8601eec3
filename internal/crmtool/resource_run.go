package crmtool

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/cib"
	"heartbeat/internal/cib/edit"
	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// usualActionTime is how long an action may take when neither the configuration nor an option says it.
const usualActionTime = 20 * time.Second

// A manualRun is --validate, --force-start and the like: an agent run here and now, without the cluster.
type manualRun struct {
	*resourceCall
	option    string // force-start, ...
	name      string // as it was asked for; empty for an agent that no resource has
	action    agent.Action
	limit     time.Duration
	overrides cib.Pairs
}

// verb is what agents call it.
func (m *manualRun) verb() string {
	switch m.option {
	case "validate":
		return "validate-all"
	case "force-check":
		return "monitor"
	}
	return strings.TrimPrefix(m.option, "force-")
}

// execute runs the agent of the resource of -r, or the one of --class, --provider and --agent.
func (c *resourceCall) execute(option string) Code {
	m := &manualRun{resourceCall: c, option: option, limit: usualActionTime}
	var wrong string
	if m.overrides, wrong = c.overrides(); wrong != "" {
		return c.o.Wrong("%s", wrong)
	}
	m.action.Name = m.verb()
	if c.loose() {
		if wrong := m.unnamed(); wrong != "" {
			return c.fail(Usage, wrong)
		}
		return m.run(c.options)
	}
	rsc, code := m.primitive()
	if code != OK {
		return code
	}
	m.name = c.id
	m.action.Class, m.action.Provider, m.action.Type = rsc.Class, rsc.Provider, rsc.Type
	m.action.Instance = rsc.Name // as histories and executors have it: instances of an anonymous clone are told apart by their nodes
	m.limit = time.Duration(rsc.ActionTimeout(m.action.Name)) * time.Millisecond
	var params cib.Pairs
	for _, p := range rsc.MetaPairs() {
		params.Default("CRM_meta_"+strings.ReplaceAll(p.Name, "-", "_"), p.Value)
	}
	for _, p := range rsc.Parameters(nil) {
		params.Set(p.Name, p.Value)
	}
	return m.run(params)
}

// loose says that the agent is named by options, not by a resource.
func (c *resourceCall) loose() bool { return c.class != "" || c.provider != "" || c.agent != "" }

// overrides are the arguments NAME=VALUE.
func (c *resourceCall) overrides() (out cib.Pairs, wrong string) {
	for _, arg := range c.o.Args() {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, "Error parsing '" + arg + "' as a name=value pair"
		}
		out.Set(name, value)
	}
	return out, ""
}

// unnamed takes the agent from the options.
func (m *manualRun) unnamed() (wrong string) {
	if m.id != "" {
		return "--resource cannot be used with --class, --agent, and --provider"
	}
	m.action.Class, m.action.Provider, m.action.Type = m.class, m.provider, m.agent
	if _, err := m.action.Path(agent.UsualDirs("/etc/ha.d")); err != nil {
		return m.class + ":" + m.provider + ":" + m.agent + " is not a known resource"
	}
	return ""
}

// primitive is the resource that is run: of a clone one instance.
func (m *manualRun) primitive() (*scheduler.ResourceView, Code) {
	rsc := m.rsc
	if rsc.Kind == scheduler.Clone {
		if len(m.locations()) > 0 && !m.force && m.claims() {
			return nil, m.unsafe(rsc.ID)
		}
		if len(rsc.Children) == 0 {
			return nil, m.failed(NotConfigured, "Resource '"+rsc.ID+"' has no instances")
		}
		rsc = rsc.Children[0]
	}
	kind := ""
	switch {
	case rsc.Kind == scheduler.Group:
		kind = "group"
	case rsc.Kind == scheduler.Bundle || rsc.Bundled():
		kind = "bundled"
	}
	if kind != "" {
		return nil, m.sorry(Unimplemented, "Sorry, the "+m.option+" option doesn't support "+kind+" resources")
	}
	m.elsewhere(rsc)
	return rsc, OK
}

// claims says whether it is an action after which a resource may be active twice.
func (m *manualRun) claims() bool {
	return slices.Contains([]string{"force-start", "force-demote", "force-promote"}, m.option)
}

func (m *manualRun) unsafe(id string) Code {
	return m.sorry(Unsafe, "It is not safe to "+m.option+" "+id+" here: the cluster claims it is already active",
		"Try setting target-role=Stopped first or specifying the force option")
}

// sorry says why nothing is done.
func (m *manualRun) sorry(code Code, texts ...string) Code {
	last := "Error performing operation: " + code.String()
	if m.o.As == "xml" {
		return m.PrintResult(code, nil, append(texts, m.Prog+": "+last)...)
	}
	m.complain("%s\n%s: %s\n", strings.Join(texts, "\n"), m.Prog, last)
	return code
}

// elsewhere warns before something is started here that the document says runs on another node.
func (m *manualRun) elsewhere(rsc *scheduler.ResourceView) {
	if m.option != "force-start" && m.option != "force-promote" || rsc.Unique && rsc.Parent != nil || rsc.Top().Kind == scheduler.Clone {
		return
	}
	here, _ := os.Hostname()
	for _, n := range rsc.On {
		if !strings.EqualFold(n.Name, here) {
			m.complain("%s: warning: the cluster says that %s runs on %s: active twice it may destroy its data\n", m.Prog, rsc.ID, n.Name)
		}
	}
}

// run runs the action and tells how it ended.
func (m *manualRun) run(params cib.Pairs) Code {
	if m.timeout > 0 {
		m.limit = m.timeout
	}
	params = slices.Clone(params)
	params.Set("CRM_meta_timeout", strconv.FormatInt(m.limit.Milliseconds(), 10))
	params.Set("crm_feature_set", edit.FeatureSet)
	for _, p := range m.overrides {
		params.Set(p.Name, p.Value)
	}
	for _, p := range params {
		m.action.Params = append(m.action.Params, p.Name+"="+p.Value)
	}
	debug := "0"
	if m.o.Verbose > 0 {
		debug = "1"
	}
	m.action.Env = []string{"HA_debug=" + debug}
	if m.o.Verbose > 1 {
		m.action.Env = append(m.action.Env, "OCF_TRACE_RA=1")
	}
	if m.level >= 0 {
		m.action.Env = append(m.action.Env, "OCF_CHECK_LEVEL="+strconv.Itoa(m.level))
	}
	for _, name := range []string{"CIB_file", "CIB_shadow"} {
		if value := m.Getenv(name); value != "" {
			m.action.Env = append(m.action.Env, name+"="+value)
		}
	}
	dirs := agent.UsualDirs("/etc/ha.d")
	own, _ := os.Hostname()
	base := agent.Environ(agent.Env{Node: own, Etc: "/etc/ha.d", State: "/var/lib/heartbeat", Run: "/var/run/heartbeat", Vars: os.Environ()}, dirs)
	ctx, cancel := context.WithTimeout(m.Ctx, m.limit)
	defer cancel()
	return m.tellDone(m.action.Run(ctx, dirs, base))
}

// tellDone prints how the action ended, in the lines that scripts know.
func (m *manualRun) tellDone(d agent.Done) Code {
	code, state := Code(d.Code), 0
	switch {
	case d.TimedOut:
		state, d.Reason = 2, "it took longer than "+m.limit.String()
	case d.Unrun && code == NotInstalled:
		state = 7
	case d.Unrun:
		state = 4
	}
	if m.o.As == "xml" {
		found := []*xmltree.Node{m.doneXML(d, state)}
		if code == OK {
			return m.PrintResult(OK, found)
		}
		return m.PrintResult(code, found, m.Prog+": Error performing operation: "+code.String())
	}
	m.doneText(d, state)
	if code != OK {
		m.complain("%s: Error performing operation: %s\n", m.Prog, code)
	}
	return code
}

func (m *manualRun) doneText(d agent.Done, state int) {
	for _, p := range m.overrides {
		of := ""
		if m.name != "" {
			of = " for '" + m.name + "'"
		}
		m.printf("Overriding the cluster configuration%s with '%s' = '%s'\n", of, p.Name, p.Value)
	}
	what := "Operation " + m.option
	if m.name != "" {
		what += " for " + m.name
	}
	what += " (" + m.action.Class
	if m.action.Provider != "" {
		what += ":" + m.action.Provider
	}
	what += ":" + m.action.Type + ")"
	reason := ""
	if d.Reason != "" {
		reason = ": " + d.Reason
	}
	switch {
	case state != 0:
		m.complain("%s could not be executed (%s%s)\n", what, mon.StatusText(state), reason)
	case !m.quiet:
		m.printf("%s returned %d (%s%s)\n", what, d.Code, cib.AnswerWord(d.Code), reason)
	}
	for _, text := range []string{d.Stdout, d.Stderr} {
		if text != "" {
			m.printf("%s\n\n", text)
		}
	}
}

func (m *manualRun) doneXML(d agent.Done, state int) *xmltree.Node {
	x := xmltree.New("resource-agent-action", "action", m.option, "class", m.action.Class, "type", m.action.Type)
	if m.name != "" {
		x.Set("rsc", m.name)
	}
	if m.action.Provider != "" {
		x.Set("provider", m.action.Provider)
	}
	overrides := xmltree.New("overrides")
	for _, p := range m.overrides {
		o := xmltree.New("override", "name", p.Name, "value", p.Value)
		if m.name != "" {
			o.Set("rsc", m.name)
		}
		overrides.Add(o)
	}
	status := xmltree.New("agent-status", "code", strconv.Itoa(d.Code), "message", cib.AnswerWord(d.Code),
		"execution_code", strconv.Itoa(state), "execution_message", mon.StatusText(state))
	if d.Reason != "" {
		status.Set("reason", d.Reason)
	}
	x.Add(overrides, status)
	if d.Stdout == "" && d.Stderr == "" {
		return x
	}
	command := xmltree.New("command", "code", strconv.Itoa(d.Code))
	for _, out := range [][2]string{{"stdout", d.Stdout}, {"stderr", d.Stderr}} {
		if out[1] != "" {
			command.Add(xmltree.New("output", "source", out[0]).Add(&xmltree.Node{Kind: xmltree.Text, Text: out[1] + "\n"}))
		}
	}
	return x.Add(command)
}

// addOption reads one --option NAME=VALUE.
func (c *resourceCall) addOption(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("--option takes NAME=VALUE, not %q", text)
	}
	c.options.Set(name, value)
	return nil
}

// setLevel reads the level of a check; "-" is none.
func (c *resourceCall) setLevel(text string) error {
	if text == "-" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("invalid check level setting: %s", text)
	}
	c.level = n
	return nil
}

func (c *resourceCall) setTimeout(text string) error {
	ms, ok := cib.Milliseconds(text)
	if !ok || ms < 0 {
		return fmt.Errorf("--timeout takes a time such as 30s, not %q", text)
	}
	c.timeout = time.Duration(ms) * time.Millisecond
	return nil
}
