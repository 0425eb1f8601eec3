package cts

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"heartbeat/internal/cts/drive"
)

//go:embed report.html
var page string

// WriteHTML writes one page that needs nothing else: measured against allowed, and a picture of every play.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"ms": inMS, "picture": picture, "share": share,
		"clean": func(s string) string { return strings.ReplaceAll(s, " ", "-") },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, map[string]any{"Report": r, "Verdict": r.verdict(), "Again": r.again(), "Lines": summarize(r.Results), "OK": r.OK()})
}

// share is a part of a whole in percent, at most 100.
func share(part, whole time.Duration) int {
	if whole <= 0 {
		return 0
	}
	return int(min(100, 100*part/whole))
}

// Sizes of a picture, in pixels.
const (
	pictureWidth = 720
	laneHeight   = 16
	laneLabel    = 60
)

// picture draws a step: for each group who had its address, and the longest silence that the client met.
func picture(s StepResult) template.HTML {
	if s.Took <= 0 {
		return ""
	}
	x := func(d time.Duration) float64 {
		return laneLabel + float64(pictureWidth-laneLabel)*min(1, max(0, d.Seconds()/s.Took.Seconds()))
	}
	var b strings.Builder
	lanes := 0
	bar := func(class string, from, to time.Duration, title string) {
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s</title></rect>`,
			class, x(from), lanes*laneHeight+2, max(1, x(to)-x(from)), laneHeight-4, template.HTMLEscapeString(title))
	}
	for _, g := range groups {
		for _, node := range []string{drive.R1, drive.R2} {
			fmt.Fprintf(&b, `<text x="0" y="%d">%s on %s</text>`, (lanes+1)*laneHeight-4, g.name, node)
			for _, p := range s.Owners[g.name] {
				if p.Node == node {
					bar("own", p.From, p.To, fmt.Sprintf("%s had the address from %s to %s ms", node, inMS(p.From), inMS(p.To)))
				}
			}
			lanes++
		}
		if o, ok := s.Outages[g.name]; ok {
			fmt.Fprintf(&b, `<text x="0" y="%d">client</text>`, (lanes+1)*laneHeight-4)
			bar("gap", o.From, o.To, fmt.Sprintf("no answer for %s ms, %d questions lost", inMS(o.To-o.From), o.Lost))
			lanes++
		}
	}
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="owners and outage">%s<text x="%d" y="%d" class="end">%s ms</text></svg>`,
		pictureWidth, (lanes+1)*laneHeight, pictureWidth, (lanes+1)*laneHeight, b.String(), pictureWidth, (lanes+1)*laneHeight-4, inMS(s.Took)))
}
