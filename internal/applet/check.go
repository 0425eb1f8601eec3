package applet

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
)

// A finding is what check found out about a configuration directory.
type finding struct {
	Config     conf.Config
	Self       string
	List       []conf.Problem
	Interfaces []conf.Interface // of this machine; nil: not looked at
}

func checkCommand(c *call) *cobra.Command {
	var asJSON, offline bool
	cmd := &cobra.Command{
		Use: "check [DIR | FILE]", Short: "every mistake in the configuration, with its mend, before anything is started",
		Long: `Reads ha.cf, authkeys, haresources and ha.cf.d as a start would, and lists every problem with file, line and mend. It
looks at this machine too (interfaces, users, scripts, the name of this node), and asks the witnesses of take_over arbiter for a second, unless
--offline is given: then files of another machine can be checked on a laptop. It changes nothing and needs no root, except to read authkeys.

With a FILE, or - for standard input, it checks the document of a cluster (cib.xml) as crm_verify does, of any generation since Heartbeat 2.0.

Exit codes: 0 a node would start, a cluster would take the document (there may be warnings), 1 it would not.`,
		Example: "  heartbeat check\n  heartbeat check ./new-etc --offline --node node1\n  heartbeat check --json | jq '.problems[].fix'\n  heartbeat check cib.xml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && isDocument(args[0]) {
				return c.checkDocument(args[0], asJSON)
			}
			if len(args) == 1 {
				c.Etc = args[0]
			}
			return c.check(asJSON, offline)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as one JSON object")
	cmd.Flags().BoolVar(&offline, "offline", false, "look at the files only, not at this machine")
	return cmd
}

func (c *call) check(asJSON, offline bool) error {
	found, err := inspect(c, offline)
	if err != nil {
		return err
	}
	list := conf.Problems(found.List)
	if !offline {
		list = append(list, news(c.machineProblems(found), list)...)
	}
	var witnesses []witnessAnswer
	if !offline {
		witnesses = c.askWitnesses(found)
		list = append(list, silentWitnesses(found, witnesses)...)
	}
	problems := api.ProblemsOf(list.Sorted())
	told := map[string]any{"etc": c.Etc, "node": found.Self}
	if len(witnesses) > 0 {
		told["witnesses"] = witnesses
	}
	return c.conclude(problems, asJSON, told, func(bad, warnings int) {
		for _, w := range witnesses {
			if w.Answers {
				c.printf("witness %s answers in %v and knows this cluster\n", w.Address, w.Delay.Round(100*time.Microsecond))
			}
		}
		c.printf("%s\n", verdict(found, bad, warnings, c.palette()))
	})
}

// conclude tells what a check found: as JSON, with what told has besides, or as text, which rest ends. It makes the exit code.
func (c *call) conclude(problems []api.Problem, asJSON bool, told map[string]any, rest func(bad, warnings int)) error {
	severities := map[string]int{}
	for _, p := range problems {
		severities[p.Severity]++
	}
	bad := severities["error"]
	if asJSON {
		told["ok"], told["problems"] = bad == 0, problems
		if err := c.encode(told); err != nil {
			return err
		}
	} else {
		c.printProblems(c.Stdout, problems)
		rest(bad, severities["warning"])
	}
	if bad > 0 {
		return &exit{code: exitNotWell}
	}
	return nil
}

// verdict is the last line: would a node start, and as what.
func verdict(f finding, bad, warnings int, p palette) string {
	if bad > 0 {
		return p.bad(fmt.Sprintf("not good: %s, %s; a node would not start", count(bad, "error"), count(warnings, "warning")))
	}
	text := fmt.Sprintf("good: node %s of %s, %s", f.Self, count(len(f.Config.HaCf.Nodes), "node"), count(len(f.Config.Resources.Groups), "group"))
	if warnings > 0 {
		text += ", " + count(warnings, "warning")
	}
	return p.good(text)
}

// printProblems prints one problem a line with its mend below, and returns the number of errors.
func (c *call) printProblems(w io.Writer, list []api.Problem) (errors int) {
	p := palette{isTerminal(w) && c.palette().on}
	for _, pr := range list {
		where := pr.File
		if pr.Line > 0 {
			where = fmt.Sprintf("%s:%d", pr.File, pr.Line)
		}
		if where != "" {
			where += ": "
		}
		word := p.warn(pr.Severity)
		if pr.Severity == "error" {
			word = p.bad(pr.Severity)
			errors++
		}
		fmt.Fprintf(w, "%s%s: %s\n", where, word, pr.Text)
		if pr.Fix != "" {
			fmt.Fprintf(w, "  mend: %s\n", pr.Fix)
		}
	}
	return errors
}

// news leaves out what is known already: reading the files told it, in other words.
func news(list, known []conf.Problem) (out []conf.Problem) {
	for _, p := range list {
		if !slices.ContainsFunc(known, func(k conf.Problem) bool {
			return k.File == p.File && k.Line == p.Line && strings.HasPrefix(k.Msg, p.Msg)
		}) {
			out = append(out, p)
		}
	}
	return out
}
