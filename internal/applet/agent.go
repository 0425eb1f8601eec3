package applet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/agent"
	"heartbeat/internal/agent/native"
	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
)

// agentPatience is the time limit of an operation where --timeout gives none.
const agentPatience = time.Minute

func agentCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use: "agent TYPE [ARGS...] ACTION", Short: "run one operation of a resource agent by hand",
		Long: `Runs one operation of a resource agent, with the arguments as haresources gives them, the exit code and the status
words of the classic script of that name. No node has to run. A built-in agent is run even where a script of its name
exists; any other TYPE is looked up as for a group (resource.d, init.d, systemd, OCF).

Actions: start, stop, status (or monitor), validate-all, meta-data (or metadata), usage.
Options before TYPE or after ACTION: --json (the result as an object), --timeout TIME (default 1m).

While a node holds the resource, a stop by hand is taken for a failure: use heartbeat standby to move it.
Exit codes: 0 success or running, 1 failed, 2 wrong argument, 3 not implemented, 4 no permission, 5 not installed,
6 wrong configuration, 7 not running, 64 wrong usage; scripts end with their own.`,
		Example: "  heartbeat agent list\n  heartbeat agent Filesystem --help\n  heartbeat agent Filesystem /dev/sdb1 /data ext4 start\n" +
			"  heartbeat agent IPaddr2 10.0.0.50/24/eth0 status --json\n  heartbeat agent portblock tcp 80,443 block status",
		DisableFlagParsing: true, // arguments of agents may begin with - : Filesystem -Ldata /data start
		RunE: func(cmd *cobra.Command, args []string) error {
			args, err := c.Places.strip(args)
			if err != nil {
				return &wrongUsage{err}
			}
			return c.agent(cmd, args)
		},
	}
	cmd.AddCommand(agentListCommand(c), agentInstallCommand(c))
	return cmd
}

// An agentCall is one operation by hand.
type agentCall struct {
	kind, action string
	args         []string
	json, help   bool
	limit        time.Duration
}

func parseAgentCall(args []string) (a agentCall, err error) {
	a.limit = agentPatience
	option := func(s string) (bool, error) {
		switch {
		case s == "--json":
			a.json = true
		case s == "--help", s == "-h":
			a.help = true
		case strings.HasPrefix(s, "--timeout="):
			d, err := conf.ParseDuration(strings.TrimPrefix(s, "--timeout="))
			if err != nil || d <= 0 {
				return false, fmt.Errorf("--timeout needs a time, as in --timeout=30s")
			}
			a.limit = d
		default:
			return false, nil
		}
		return true, nil
	}
	for len(args) > 0 {
		if yes, err := option(args[0]); err != nil || !yes {
			if err != nil {
				return a, err
			}
			break
		}
		args = args[1:]
	}
	for len(args) > 0 {
		if yes, err := option(args[len(args)-1]); err != nil || !yes {
			if err != nil {
				return a, err
			}
			break
		}
		args = args[:len(args)-1]
	}
	switch {
	case len(args) == 0 && a.help:
		return a, nil
	case len(args) == 0:
		return a, errors.New("name a type and an action; heartbeat agent list shows the types")
	case len(args) == 1 && !a.help:
		return a, fmt.Errorf("%s: the last argument is the action: start, stop, status, validate-all, meta-data", args[0])
	}
	a.kind, a.args = args[0], args[1:]
	if !a.help {
		a.action, a.args = a.args[len(a.args)-1], a.args[:len(a.args)-1]
	}
	return a, nil
}

func (c *call) agent(cmd *cobra.Command, args []string) error {
	a, err := parseAgentCall(args)
	if err != nil {
		return &wrongUsage{err}
	}
	if a.kind == "" {
		return cmd.Help()
	}
	kind, builtIn := agent.KindNamed(a.kind)
	switch {
	case builtIn && (a.help || a.action == "usage" || a.action == "help"):
		c.printf("%s", agentHelp(kind))
		return nil
	case a.help:
		return &exit{exitUsage, a.kind + " is no built-in agent and has no help of ours; heartbeat agent list shows who runs it"}
	case builtIn && (a.action == "meta-data" || a.action == "metadata"):
		c.printf("%s", kind.Metadata())
		return nil
	}
	op, ok := map[string]agent.Op{"start": agent.Start, "stop": agent.Stop, "status": agent.Status, "monitor": agent.Status, "validate-all": "validate-all"}[a.action]
	if !ok {
		return &exit{native.Unimplemented, fmt.Sprintf("%s has no action %q; there are start, stop, status, validate-all, meta-data", a.kind, a.action)}
	}
	ctx, cancel := context.WithTimeout(c.ctx, a.limit)
	defer cancel()
	kernel, err := netif.Open()
	if err != nil {
		return err
	}
	defer kernel.Close()
	if builtIn {
		return c.runBuiltIn(ctx, a, kind, op, kernel)
	}
	return c.runOther(ctx, a, op, kernel)
}

// runBuiltIn runs a built-in agent alone.
func (c *call) runBuiltIn(ctx context.Context, a agentCall, kind native.Kind, op agent.Op, kernel netif.Kernel) error {
	v, err := kind.FromArgs(a.args)
	var res agent.Result
	if err == nil {
		word := strings.Join(append([]string{a.kind}, a.args...), "::")
		res, err = c.operate(ctx, kind, v, op, c.agentPlace(agent.InstanceName(word), kernel))
	}
	if err != nil {
		res = agent.Result{Op: op, Code: native.CodeOf(err), Output: err.Error()}
	}
	return c.showAgent(a, res, "native", "built in", !kind.LSBStatus)
}

// agentPlace is the machine for one operation of a command.
func (c *call) agentPlace(instance string, kernel netif.Kernel) native.Place {
	node := c.Node
	if node == "" {
		node = hostname()
	}
	p := agent.NewPlace(instance, agent.Env{Node: strings.ToLower(node), Etc: c.Etc, State: c.State, Run: c.Run}, kernel)
	if dir := c.Getenv("HA_RSCTMP"); dir != "" {
		p.Flags = dir
	}
	p.Burst = agent.BurstApart // this process ends before the last announcement
	return p
}

// operate makes the agent and runs one operation.
func (c *call) operate(ctx context.Context, kind native.Kind, v native.Values, op agent.Op, place native.Place) (agent.Result, error) {
	made, err := kind.New(v, place)
	if err != nil {
		return agent.Result{}, err
	}
	if op != "validate-all" {
		return agent.Operate(ctx, made, op), nil
	}
	if checker, ok := made.(native.Validator); ok {
		err = checker.Validate(ctx)
	}
	return agent.Result{Op: op, OK: err == nil}, err
}

// runOther runs whatever a group would run for that name.
func (c *call) runOther(ctx context.Context, a agentCall, op agent.Op, kernel netif.Kernel) error {
	if op == "validate-all" {
		return &exit{native.Unimplemented, a.kind + " is no built-in agent; only those can be validated by themselves"}
	}
	resolver := agent.NewResolver(agent.ResolveConfig{Dirs: agent.UsualDirs(c.Etc), NativeIP: true, Kernel: kernel})
	defer resolver.Close()
	word := strings.Join(append([]string{a.kind}, a.args...), "::")
	found, err := resolver.Resolve(conf.Resource{Word: word, Script: a.kind, Args: a.args})
	if err != nil {
		return &exit{native.Installed, err.Error()}
	}
	env := agent.Env{Node: hostname(), Etc: c.Etc, State: c.State, Run: c.Run}
	res := found.Run(ctx, op, env)
	if op == agent.Status && res.OK {
		res.Code = native.OK // the text decided
	}
	return c.showAgent(a, res, found.Class(), found.Path(), found.Class() == "ocf")
}

// showAgent prints a result as the classic wrappers do, or as an object, and ends with its code.
func (c *call) showAgent(a agentCall, res agent.Result, class, path string, words bool) error {
	code := res.Code
	if code < 0 || !res.OK && code == 0 {
		code = native.Generic
	}
	meaning := native.Words(code)
	if code == 0 && res.Op == agent.Status {
		meaning = "Running OK"
	}
	if a.json {
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(agentResult{a.kind, a.args, string(res.Op), class, path, res.OK, code, meaning, res.Output, res.TimedOut, float64(res.Duration) / 1e6})
		return &exit{code: code}
	}
	if res.Output != "" {
		c.printf("%s\n", res.Output)
	}
	if words {
		level := "ERROR"
		if code == native.OK || code == native.NotRunning {
			level = "INFO"
		}
		c.printf("%s:  %s\n", level, meaning)
	}
	return &exit{code: code}
}

// agentResult is what --json prints. For a status, ok says that the resource runs.
type agentResult struct {
	Type     string   `json:"type"`
	Args     []string `json:"args"`
	Action   string   `json:"action"`
	Class    string   `json:"class"`
	Path     string   `json:"path"`
	OK       bool     `json:"ok"`
	Code     int      `json:"code"`
	Meaning  string   `json:"meaning"`
	Output   string   `json:"output"`
	TimedOut bool     `json:"timed_out,omitempty"`
	Millis   float64  `json:"ms"`
}

// agentHelp is the help of one built-in agent.
func agentHelp(k native.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n%s: %s\n\n%s\n\nIn haresources:  %s\n\n", k.Name, k.Usage, k.Name, k.Short, k.Long, exampleWord(k))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Parameter\tDefault\tMeaning")
	for _, p := range k.Params {
		def, note := p.Default, p.Short
		if def == "" {
			def = "-"
		}
		if p.Required {
			def = "required"
		}
		if p.Named {
			note += " (as an OCF agent only)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, def, note)
	}
	_ = w.Flush() // into memory
	fmt.Fprintf(&b, "\nActions: start stop status monitor validate-all meta-data usage\n")
	return b.String()
}

// exampleWord is the resource with all its arguments.
func exampleWord(k native.Kind) string {
	word := k.Name
	for f := range strings.FieldsSeq(strings.NewReplacer("[", " ", "]", " ").Replace(k.Usage)) {
		if f != "..." && !strings.HasPrefix(f, "/") && !strings.HasPrefix(f, ":") && !strings.HasPrefix(f, ",") {
			word += "::" + f
		}
	}
	return word
}

func agentListCommand(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "the built-in agents and the classic names, and who runs each on this machine",
		Example: "  heartbeat agent list\n  heartbeat agent list --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.agentList(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as one JSON array")
	return cmd
}

// An agentRow is one line of the list.
type agentRow struct {
	Type    string `json:"type"`
	Args    string `json:"args"`
	BuiltIn bool   `json:"built_in"`
	RunBy   string `json:"run_by"` // in a group on this machine
	Short   string `json:"does"`
}

func (c *call) agentList(asJSON bool) error {
	resolver := agent.NewResolver(agent.ResolveConfig{Dirs: agent.UsualDirs(c.Etc), NativeIP: true, Kernel: noNetwork{}})
	defer resolver.Close()
	var rows []agentRow
	for _, k := range agent.Kinds() {
		rows = append(rows, agentRow{k.Name, k.Usage, true, resolver.RunBy(k.Name), k.Short})
	}
	for _, x := range agent.Classics() {
		rows = append(rows, agentRow{x.Name, x.Usage, false, resolver.RunBy(x.Name), x.Short})
	}
	slices.SortFunc(rows, func(a, b agentRow) int { return strings.Compare(strings.ToLower(a.Type), strings.ToLower(b.Type)) })
	if asJSON {
		return json.NewEncoder(c.Stdout).Encode(rows)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TYPE\tARGUMENTS\tRUN BY\tDOES")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Type, r.Args, r.RunBy, r.Short)
	}
	return w.Flush()
}

// noNetwork is a kernel that is never asked: it only says that there could be one.
type noNetwork struct{ netif.Kernel }
