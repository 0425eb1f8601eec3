package applet

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/node/forecast"
)

// Sizes of the drawing, in pixels.
const (
	svgLeft, svgWidth = 120, 760
	svgRow, svgBar    = 22, 14
)

// A bar is a group in use on a node.
type bar struct {
	node, group string
	from, to    time.Duration
	color       string
}

// drawPlan draws who runs what over the time of a plan, as SVG: a band for each node, in it a row for each group.
func drawPlan(p forecast.Plan) []byte {
	groups := sortedKeys(p.After)
	nodes := nodesOf(p)
	end := max(p.Took+p.Took/10, time.Second)
	x := func(at time.Duration) float64 { return svgLeft + float64(at)/float64(end)*svgWidth }
	band := svgRow*len(groups) + 30
	height := 60 + band*len(nodes)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", svgLeft+svgWidth+20, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	bars := barsOf(p, end)
	for i, n := range nodes {
		top := 30 + i*band
		fmt.Fprintf(&b, `<rect x="0" y="%d" width="100%%" height="%d" fill="%s"/><text x="8" y="%d" font-weight="bold">%s</text>`+"\n",
			top, band, []string{"#f6f8fa", "#ffffff"}[i%2], top+18, escaped(n))
		for j, g := range groups {
			y := top + 24 + j*svgRow
			fmt.Fprintf(&b, `<text x="8" y="%d" fill="#57606a" font-size="10">%s</text>`+"\n", y+11, escaped(shortened(g)))
			for _, r := range bars {
				if r.node == n && r.group == g {
					fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" rx="3" fill="%s"><title>%s</title></rect>`+"\n",
						x(r.from), y, max(x(r.to)-x(r.from), 2), svgBar, r.color, escaped(fmt.Sprintf("%s on %s, %s to %s", g, n, r.from, r.to)))
				}
			}
		}
	}
	for _, l := range p.Lines {
		if l.What == "if" || l.What == "dead" {
			fmt.Fprintf(&b, `<line x1="%.1f" y1="26" x2="%.1f" y2="%d" stroke="#cf222e" stroke-dasharray="4 3"/><text x="%.1f" y="20" fill="#cf222e">%s</text>`+"\n",
				x(l.At), x(l.At), height-26, x(l.At)+3, escaped("+"+short(l.At)+" "+l.Node))
		}
	}
	for i := range 6 {
		at := end * time.Duration(i) / 5
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#57606a">%s</text>`+"\n", x(at), height-8, short(at))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func nodesOf(p forecast.Plan) (nodes []string) {
	add := func(n string) {
		if n != "" && !slices.Contains(nodes, n) {
			nodes = append(nodes, n)
		}
	}
	for _, g := range sortedKeys(p.Before) {
		add(p.Before[g])
	}
	for _, l := range p.Lines {
		add(l.Node)
	}
	slices.Sort(nodes)
	return nodes
}

// barsOf reads from the lines who had what in use when.
func barsOf(p forecast.Plan, end time.Duration) (bars []bar) {
	const running, busy = "#2da44e", "#d4a72c"
	type place struct{ node, group string }
	open := map[place]bar{}
	shut := func(k place, at time.Duration) {
		if o, ok := open[k]; ok {
			o.to = at
			bars = append(bars, o)
			delete(open, k)
		}
	}
	for _, g := range sortedKeys(p.Before) {
		if n := p.Before[g]; n != "" {
			open[place{n, g}] = bar{node: n, group: g, color: running}
		}
	}
	for _, l := range p.Lines {
		k := place{l.Node, l.Group}
		switch {
		case l.What == "if" && l.Group == "" && strings.HasPrefix(l.Reason, "it dies"):
			for _, g := range sortedKeys(p.Before) {
				shut(place{l.Node, g}, l.At)
			}
		case l.What == "start" || l.What == "stop":
			shut(k, l.At)
			open[k] = bar{node: l.Node, group: l.Group, from: l.At, color: busy}
		case l.What == "running":
			shut(k, l.At)
			open[k] = bar{node: l.Node, group: l.Group, from: l.At, color: running}
		case l.What == "stopped" || l.What == "failed":
			shut(k, l.At)
		}
	}
	for _, n := range nodesOf(p) {
		for _, g := range sortedKeys(p.After) {
			shut(place{n, g}, end)
		}
	}
	return bars
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

func shortened(s string) string {
	if len(s) > 20 {
		return s[:19] + "~"
	}
	return s
}
