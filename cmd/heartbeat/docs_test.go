package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"heartbeat/internal/applet"
	"heartbeat/internal/cts"
	"heartbeat/internal/lab"
)

var update = flag.Bool("update", false, "rewrite docs/commands.md and docs/zh-CN/commands.md")

// visible are the commands that people see, parents first.
func visible(cmd *cobra.Command) (out []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.Hidden || sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		out = append(append(out, sub), visible(sub)...)
	}
	return out
}

func tree() *cobra.Command {
	return applet.Root(lab.Command(applet.ClassicNames()...), cts.Command(func() string { return "" }))
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	n := 0
	for _, cmd := range visible(tree()) {
		n++
		if cmd.Short == "" {
			t.Errorf("%s has no one-line description", cmd.CommandPath())
		}
		if cmd.Example == "" && cmd.Parent().Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
	}
	if n < 12 {
		t.Fatalf("only %d commands: the rule checks nothing", n)
	}
}

func TestCommandReferenceIsCurrent(t *testing.T) {
	golden(t, "../../docs/commands.md", english(tree()))
	golden(t, "../../docs/zh-CN/commands.md", chinese(t, tree()))
}

func golden(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what is generated (%v): run go test ./cmd/heartbeat -update", file, err)
	}
}

func english(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n[中文](zh-CN/commands.md)\n\nOne binary answers to all names: `heartbeat VERB`, the classic names as links or as first argument\n" +
		"(`cl_status hbstatus`, `heartbeat cl_status hbstatus`), and the options of the classic daemon (`heartbeat -s`).\n" +
		"`heartbeat install-links DIR` makes the links. This page is generated from the command table.\n\n" +
		"All commands take `--etc`, `--state`, `--run` and `--node` (or `HA_ETC`, `HA_STATE`, `HA_RUN`, `HA_NODE`), so many nodes can live on one machine.\n\n" +
		"Exit codes of the verbs: 0 done or all is well, 1 not well, 2 refused (`status`: a group runs nowhere), 3 timed out, 4 not running,\n" +
		"5 not permitted, 6 configuration error, 64 wrong usage. `heartbeat completion bash` prints a completion script.\n\n## The classic daemon\n\n")
	b.WriteString(daemonTable("option", "does", "exit", [][3]string{
		{"(none)", "start in the background; returns when the node is up, or with its errors", "0, 6 configuration, 4 permission"},
		{"`-f`", "run in the foreground, as `heartbeat run`", "as above"},
		{"`-s`", "is it running?", "0 yes, 1 stopped but the pid file is there, 3 stopped"},
		{"`-k`", "stop: hand over, leave, wait for the end", "0"},
		{"`-r`", "reload", "0, 6 configuration, 4 not running"},
		{"`-V`", "version", "0"},
		{"`-D`, `-DW`", "directives with their defaults, as a table or with wiki marks", "0"},
		{"`-d`, `-v`", "more detail in the log", ""},
		{"`-l`, `-M`", "no real-time scheduling; manage no resources", ""},
		{"`-R`, `-C`", "refused: a restarted node finds its resources by itself", "1"},
	}))
	for _, cmd := range visible(root) {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", cmd.CommandPath(), upperFirst(strings.TrimSuffix(cmd.Short, ".")))
		if cmd.Long != "" {
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", strings.TrimSpace(cmd.Long))
		}
		fmt.Fprintf(&b, "\n```text\n%s\n%s```\n", cmd.UseLine(), flagUsages(cmd))
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\nExamples:\n\n```sh\n%s\n```\n", dedent(cmd.Example))
		}
	}
	return b.String()
}

// flagUsages lists a command's own flags, without values that differ between machines.
func flagUsages(cmd *cobra.Command) string {
	u := cmd.LocalNonPersistentFlags().FlagUsages()
	if u == "" {
		return ""
	}
	return "\n" + u
}

func daemonTable(a, b, c string, rows [][3]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s | %s | %s |\n|---|---|---|\n", a, b, c)
	for _, r := range rows {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", r[0], r[1], r[2])
	}
	return out.String()
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func dedent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
