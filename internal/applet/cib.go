package applet

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/crmtool"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// cibFile is the document that a question is about: the one named by the option, or by CIB_file as for the classic commands. Empty: the question is about the
// running node and its haresources.
func (c *call) cibFile(option string) string {
	if option != "" {
		return option
	}
	return c.Getenv("CIB_file")
}

// readCIB reads a document and makes it one of the newest schema; - is standard input. Now is the time that it is judged at.
func (c *call) readCIB(path string) (root *xmltree.Node, now int64, err error) {
	root, err = crmtool.ReadDocument(path, c.Stdin, c.Getenv, crmtool.MostLooked)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, inside(err))
	}
	root, warnings, err := cib.Upgrade(root)
	for _, w := range warnings {
		c.complain("heartbeat: %s: %s\n", path, w)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	now = time.Now().Unix()
	if n, ok := cib.Integer(root.Get("execution-date")); ok {
		now = n
	}
	return root, now, nil
}

// inside is an error without the name of a file, which is told by who prints it.
func inside(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// A cibWhy is the answer of heartbeat why about a resource of a cluster's document.
type cibWhy struct {
	Resources []scheduler.Placement `json:"resources"`
	Steps     []scheduler.Step      `json:"steps"` // what would be done with them next
}

// whyCIB explains where the resources of a document go.
func (c *call) whyCIB(path, id string, asJSON bool) error {
	root, now, err := c.readCIB(path)
	if err != nil {
		return err
	}
	r := scheduler.Schedule(root, isotime.UTC(now), scheduler.Options{ShowScores: true, Sanitized: true, Why: true})
	known, all := r.Known(id)
	if !known {
		return fmt.Errorf("there is no resource %q; %s has %s", id, path, strings.Join(all, ", "))
	}
	var w cibWhy
	for _, v := range r.Placements() {
		if v.Concerns(id) {
			w.Resources = append(w.Resources, v)
		}
	}
	for _, s := range r.Steps() {
		for i := range w.Resources {
			if w.Resources[i].ID == s.Resource {
				w.Steps = append(w.Steps, s)
				break
			}
		}
	}
	if asJSON {
		if err := c.encode(w); err != nil {
			return err
		}
	} else {
		c.printf("%s", renderCIBWhy(w, c.palette()))
	}
	for _, v := range w.Resources {
		if v.Target != "" {
			return nil
		}
	}
	return &exit{code: exitRefused}
}

func renderCIBWhy(w cibWhy, p palette) string {
	var b strings.Builder
	for i := range w.Resources {
		if i > 0 {
			b.WriteByte('\n')
		}
		renderResource(&b, &w.Resources[i], p)
		first := true
		for _, s := range w.Steps {
			if s.Resource != w.Resources[i].ID || s.Kind == scheduler.StepPseudo {
				continue
			}
			if first {
				b.WriteString("  what would be done:\n")
				first = false
			}
			fmt.Fprintf(&b, "    %s\n", scheduler.StepText(s))
		}
	}
	return b.String()
}

func renderResource(b *strings.Builder, v *scheduler.Placement, p palette) {
	state := "runs nowhere"
	if len(v.Active) > 0 {
		state = "runs on " + strings.Join(v.Active, " and ")
		if v.Role == "Promoted" {
			state += " (Promoted)"
		}
	}
	next := p.good("stays there")
	switch {
	case v.Target == "" && len(v.Active) == 0:
		next = p.bad("stays stopped") + ": " + v.Chosen
	case v.Target == "":
		next = p.bad("is to be stopped") + ": " + v.Chosen
	case len(v.Active) != 1 || v.Active[0] != v.Target:
		next = "is to run on " + p.good(v.Target)
	}
	fmt.Fprintf(b, "%s %s; %s", p.bold(v.ID), state, next)
	for _, f := range []struct {
		so   bool
		text string
	}{{!v.Managed, "not managed"}, {v.Blocked, "blocked"}, {v.Failed, "failed"}, {v.Removed, "no longer configured"}} {
		if f.so {
			b.WriteString("; " + p.warn(f.text))
		}
	}
	b.WriteByte('\n')
	for _, n := range v.Nodes {
		mark := " "
		if n.Node == v.Target {
			mark = p.good("*")
		}
		fmt.Fprintf(b, "%s %s  %s  %s\n", mark, p.bold(n.Node), scheduler.ScoreText(n.Score), n.Why)
		renderParts(b, n.Parts, "      ", p)
	}
	if v.Promotion != nil {
		on := ""
		if v.Promotion.Node != "" {
			on = " on " + v.Promotion.Node
		}
		fmt.Fprintf(b, "  promotion%s  %s  %s\n", on, scheduler.ScoreText(v.Promotion.Score), v.Promotion.Why)
		renderParts(b, v.Promotion.Parts, "      ", p)
	}
}

func renderParts(b *strings.Builder, parts []scheduler.Part, indent string, p palette) {
	for _, part := range parts {
		sign := ""
		if part.Score > 0 && !part.Start {
			sign = "+"
		}
		line := fmt.Sprintf("%s%10s  %s", indent, sign+scheduler.ScoreText(part.Score), part.Text)
		if part.Start && len(parts) > 1 {
			line += " (whatever it was before)"
		}
		b.WriteString(p.dim(line) + "\n")
		renderParts(b, part.Parts, indent+"    ", p)
	}
}

var errNoDocument = errors.New("name the cluster's document with -x FILE, or in CIB_file")
