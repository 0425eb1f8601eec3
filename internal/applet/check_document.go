package applet

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/cib/schema"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/crmtool"
	"heartbeat/internal/isotime"
	"heartbeat/internal/verify"
	"heartbeat/internal/xmltree"
)

// isDocument says whether check is to look at a cluster's document and not at a directory.
func isDocument(path string) bool {
	if path == "-" {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// checkDocument lists what is wrong with a document, as crm_verify judges it.
func (c *call) checkDocument(path string, asJSON bool) error {
	var problems []api.Problem
	root, err := crmtool.ReadDocument(path, c.Stdin, c.Getenv, store.MostBytes)
	broken, isBroken := errors.AsType[*xmltree.SyntaxError](err)
	large, isLarge := errors.AsType[*store.TooLarge](err)
	switch {
	case isLarge:
		problems = append(problems, api.Problem{File: path, Severity: "error", Text: large.Text(), Fix: large.Mend()})
	case isBroken:
		problems = append(problems, api.Problem{File: path, Line: broken.Line, Severity: "error", Text: broken.Msg,
			Fix: cmp.Or(broken.Mend(), "mend the text there: nothing after it was looked at")})
	case err != nil:
		return err
	case root.Name != "cib":
		problems = append(problems, api.Problem{File: path, Line: int(root.Line), Severity: "error", Text: "this is <" + root.Name + "> and not a cluster's document",
			Fix: "name a file that begins with <cib>, such as cibadmin -Q writes"})
	default:
		problems = documentProblems(path, verify.Document(root, isotime.UTC(time.Now().Unix())))
	}
	return c.conclude(problems, asJSON, map[string]any{"document": path}, func(bad, warnings int) {
		if p := c.palette(); bad > 0 {
			c.printf("%s\n", p.bad(fmt.Sprintf("not good: %s, %s; a cluster would not take this document", count(bad, "error"), count(warnings, "warning"))))
		} else {
			c.printf("%s\n", p.good(fmt.Sprintf("good: %s says %s, %s", path, root.Get("validate-with"), count(warnings, "warning"))))
		}
	})
}

// documentProblems are the findings with their severities: a hint is what works, but not as somebody may think.
func documentProblems(path string, r *verify.Report) []api.Problem {
	out := make([]api.Problem, 0, len(r.Problems)+len(r.Hints))
	add := func(p schema.Problem, severity string) {
		text := p.Text
		if where := p.Where(); where != "" {
			text = where + ": " + text
		}
		out = append(out, api.Problem{File: path, Line: p.Line, Severity: severity, Text: text, Fix: p.Mend})
	}
	for _, p := range r.Problems {
		add(p, map[bool]string{true: "warning", false: "error"}[p.Warning])
	}
	for _, p := range r.Hints {
		add(p, "hint")
	}
	return out
}
