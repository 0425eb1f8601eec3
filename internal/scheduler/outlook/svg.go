package outlook

import (
	"fmt"
	"slices"
	"strings"
)

// Sizes, in pixels.
const (
	boxWidth, boxHeight = 168, 36
	dot                 = 14 // a milestone
	gap                 = 12 // between boxes of a lane
	track               = 7  // between lines beside each other
	left, top           = 128, 64
)

const style = `text{font:12px system-ui,sans-serif;fill:#1f2328}.sub{font-size:9.5px;fill:#59636e}.lane{font-weight:600}.head{font-size:15px;font-weight:600}
.page{fill:#fff}.band0{fill:#f6f8fa}.band1{fill:#eaeef2}.box{stroke-width:1.4;rx:5px}.wire{fill:none;stroke-width:1.5}.tip{stroke:none}
.start{fill:#dafbe1;stroke:#1a7f37}.stop{fill:#ffebe9;stroke:#cf222e}.role{fill:#fbefff;stroke:#8250df}.move{fill:#ddf4ff;stroke:#0969da}
.fence{fill:#cf222e;stroke:#82071e}.fenced{fill:#fff}.pseudo{fill:#fff;stroke:#8c959f;stroke-dasharray:3 2}.other{fill:#fff;stroke:#8c959f}
.c0{stroke:#0969da;fill:#0969da}.c1{stroke:#bc4c00;fill:#bc4c00}.c2{stroke:#1a7f37;fill:#1a7f37}.c3{stroke:#8250df;fill:#8250df}.c4{stroke:#bf3989;fill:#bf3989}
.c5{stroke:#6e7781;fill:#6e7781}.c6{stroke:#9a6700;fill:#9a6700}.c7{stroke:#1b7c83;fill:#1b7c83}.wire{fill:none!important}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.sub{fill:#9198a1}.page{fill:#0d1117}.band0{fill:#151b23}.band1{fill:#1c232c}
.start{fill:#12261e;stroke:#3fb950}.stop{fill:#2d1518;stroke:#f85149}.role{fill:#211b31;stroke:#ab7df8}.move{fill:#121d2f;stroke:#4493f8}.pseudo,.other{fill:#212830;stroke:#9198a1}
.c0{stroke:#4493f8;fill:#4493f8}.c1{stroke:#f0883e;fill:#f0883e}.c2{stroke:#3fb950;fill:#3fb950}.c3{stroke:#ab7df8;fill:#ab7df8}.c4{stroke:#db61a2;fill:#db61a2}
.c5{stroke:#9198a1;fill:#9198a1}.c6{stroke:#d29922;fill:#d29922}.c7{stroke:#39c5cf;fill:#39c5cf}}
g.net:hover .wire{stroke-width:3.5}`

// A span is a stretch of a track that a net uses.
type span struct{ from, to, net int }

// A channel has tracks side by side. Nets that do not touch share one.
type channel struct{ tracks [][]span }

// take finds a track for a net: the one that it has, or the first one that is free from one place to another.
func (c *channel) take(from, to, net int) int {
	if from > to {
		from, to = to, from
	}
	for i := range c.tracks {
		free, mine := true, false
		for _, s := range c.tracks[i] {
			mine = mine || s.net == net
			if s.net != net && s.from <= to+track && from <= s.to+track {
				free = false
			}
		}
		if free && (mine || !c.has(net)) {
			c.tracks[i] = append(c.tracks[i], span{from, to, net})
			return i
		}
	}
	c.tracks = append(c.tracks, []span{{from, to, net}})
	return len(c.tracks) - 1
}

func (c *channel) has(net int) bool {
	return slices.ContainsFunc(c.tracks, func(t []span) bool { return slices.ContainsFunc(t, func(s span) bool { return s.net == net }) })
}

// A wire is an arrow: through the gutter behind its source, if the target is not in the next column along the channel above the target's lane, and through
// the gutter before the target.
type wire struct {
	from, to                 *box
	net                      int
	out, in                  int // tracks in gutters
	across                   int // track in the channel, -1 when there is none
	port, portY, fromY, lane int // port: which of the target's arrows it is
}

// A drawing is a picture while it is made.
type drawing struct {
	boxes    []*box
	lanes    []string
	depth    map[string]int
	columns  int
	gutters  []channel // behind each column
	channels []channel // above each lane
	laneY    []int     // of the channel above each lane
	colX     []int
	wide     []int // of each column: one that has only milestones is narrow
	wires    []*wire
	height   int
}

// draw lays a picture out; nil when there would be too much in it.
func (p *Plan) draw() *drawing {
	d := &drawing{boxes: diagram(p)}
	if d.count() > most {
		return nil
	}
	d.lanes, d.depth, d.columns = place(d.boxes)
	d.gutters, d.channels = make([]channel, d.columns), make([]channel, len(d.lanes))
	// Twice: how wide channels are is only known when all wires have their tracks, and where wires run only when channels have their widths.
	for range 2 {
		d.position()
		d.route()
	}
	d.position()
	for _, w := range d.wires {
		w.settle()
	}
	return d
}

func (d *drawing) count() (n int) {
	for _, b := range d.boxes {
		if !b.gone {
			n++
		}
	}
	return n
}

// SVG draws the steps of a plan: a lane for each node, what comes later farther to the right, an arrow from what must end to what waits for it.
func (p *Plan) SVG() []byte {
	if d := p.draw(); d != nil {
		return d.write(p)
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="60"><style>%s</style><rect class="page" width="100%%" height="100%%"/>`+
		`<text x="16" y="34">more than %d actions are too many for a picture; heartbeat plan lists them</text></svg>`+"\n", style, most)
}

func (d *drawing) position() {
	y := top
	d.laneY = make([]int, len(d.lanes))
	laneTop := map[string]int{}
	tall := map[string]int{}
	for _, b := range d.boxes {
		if !b.gone {
			b.h = max(boxHeight, 10+b.ins*6)
			if b.small {
				b.h = max(dot, 4+b.ins*6)
			}
			tall[b.lane] = max(tall[b.lane], b.h)
		}
	}
	for i, l := range d.lanes {
		d.laneY[i] = y
		y += 14 + len(d.channels[i].tracks)*track
		laneTop[l] = y
		y += d.depth[l]*(tall[l]+gap) + 4
	}
	d.height = y
	x := left
	d.colX, d.wide = make([]int, d.columns), make([]int, d.columns)
	for _, b := range d.boxes {
		if !b.gone {
			w := boxWidth
			if b.small {
				w = dot
			}
			d.wide[b.column] = max(d.wide[b.column], w)
		}
	}
	for c := range d.columns {
		d.colX[c] = x
		x += d.wide[c] + 34 + len(d.gutters[c].tracks)*track
	}
	for _, b := range d.boxes {
		if b.gone {
			continue
		}
		b.x, b.y = d.colX[b.column], laneTop[b.lane]+b.row*(tall[b.lane]+gap)
		if b.small {
			b.x += (d.wide[b.column] - dot) / 2
			b.y += tall[b.lane]/2 - b.h/2
		}
	}
}

func (b *box) right() int {
	if b.small {
		return b.x + dot
	}
	return b.x + boxWidth
}

// gutterX is where the tracks behind a column begin.
func (d *drawing) gutterX(column, t int) int { return d.colX[column] + d.wide[column] + 14 + t*track }

func (d *drawing) route() {
	for i := range d.gutters {
		d.gutters[i] = channel{}
	}
	for i := range d.channels {
		d.channels[i] = channel{}
	}
	d.wires = nil
	for i, b := range d.boxes {
		b.ports = 0
		if b.gone {
			continue
		}
		for _, a := range keys(b.after) {
			d.wires = append(d.wires, &wire{from: d.boxes[a], to: d.boxes[i], net: a, across: -1, lane: slices.Index(d.lanes, b.lane)})
		}
	}
	// What comes from above enters a box above what comes from below.
	slices.SortStableFunc(d.wires, func(a, b *wire) int { return a.from.y - b.from.y })
	for _, w := range d.wires {
		w.port = w.to.ports
		w.to.ports++
		w.settle()
	}
	for _, w := range d.wires {
		if w.to.column == w.from.column+1 {
			w.out = d.gutters[w.from.column].take(w.fromY, w.portY, w.net)
			continue
		}
		y := d.laneY[w.lane]
		w.out = d.gutters[w.from.column].take(w.fromY, y, w.net)
		w.across = d.channels[w.lane].take(d.colX[w.from.column]+d.wide[w.from.column], d.colX[w.to.column], w.net)
		w.in = d.gutters[w.to.column-1].take(y, w.portY, w.net)
	}
}

// settle takes the ends of a wire from where its boxes are.
func (w *wire) settle() {
	w.portY = w.to.y + w.to.h*(w.port+1)/(w.to.ins+1)
	w.fromY = w.from.y + w.from.h/2
}

func (d *drawing) write(p *Plan) []byte {
	var b strings.Builder
	width := left
	if d.columns > 0 {
		width = d.colX[d.columns-1] + d.wide[d.columns-1] + 24
	}
	width = max(width, 640)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"><style>%s</style>`+"\n", width, d.height+12, width, d.height+12, style)
	b.WriteString(`<rect class="page" width="100%" height="100%"/>` + "\n")
	what := strings.Join(p.Assumed, "; ")
	if what == "" {
		what = "what happens next"
	}
	fmt.Fprintf(&b, `<text class="head" x="16" y="26">%s</text><text class="sub" x="16" y="44">%s</text>`+"\n", escape(shorten(what, width/9)),
		"time goes to the right; an arrow leads from what must end to what waits for it; point at anything to read more")
	for i, l := range d.lanes {
		end := d.height
		if i+1 < len(d.lanes) {
			end = d.laneY[i+1]
		}
		name := l
		if name == "" {
			name = "cluster"
		}
		fmt.Fprintf(&b, `<rect class="band%d" x="0" y="%d" width="100%%" height="%d"/><text class="lane" x="12" y="%d">%s</text>`+"\n",
			i%2, d.laneY[i], end-d.laneY[i], (d.laneY[i]+end)/2+4, escape(shorten(name, 15)))
	}
	if len(d.lanes) == 0 {
		b.WriteString(`<text x="16" y="90">nothing happens</text>` + "\n")
	}
	d.writeWires(&b)
	for _, x := range d.boxes {
		if !x.gone {
			x.write(&b)
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (d *drawing) writeWires(b *strings.Builder) {
	net, open := -1, false
	sorted := slices.Clone(d.wires)
	slices.SortStableFunc(sorted, func(a, b *wire) int { return a.net - b.net })
	for _, w := range sorted {
		if w.net != net {
			if open {
				b.WriteString("</g>\n")
			}
			net, open = w.net, true
			b.WriteString(`<g class="net">`)
		}
		color := w.net % 8
		fmt.Fprintf(b, `<path class="wire c%d" d="%s"><title>%s waits for %s</title></path><path class="tip c%d" d="M%d %dl-7 -3.5v7z"/>`,
			color, path(d.points(w)), escape(w.to.title), escape(w.from.title), color, w.to.x, w.portY)
	}
	if open {
		b.WriteString("</g>\n")
	}
}

// points are the corners of a wire.
func (d *drawing) points(w *wire) [][2]int {
	x := d.gutterX(w.from.column, w.out)
	out := [][2]int{{w.from.right(), w.fromY}, {x, w.fromY}}
	if w.across >= 0 {
		y := d.laneY[w.lane] + 8 + w.across*track
		x2 := d.gutterX(w.to.column-1, w.in)
		out = append(out, [2]int{x, y}, [2]int{x2, y}, [2]int{x2, w.portY})
	} else {
		out = append(out, [2]int{x, w.portY})
	}
	return append(out, [2]int{w.to.x - 5, w.portY})
}

// path draws corners round.
func path(points [][2]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", points[0][0], points[0][1])
	for i := 1; i < len(points)-1; i++ {
		was, at, next := points[i-1], points[i], points[i+1]
		r := min(5, length(was, at)/2, length(at, next)/2)
		p, q := toward(at, was, r), toward(at, next, r)
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", p[0], p[1], at[0], at[1], q[0], q[1])
	}
	last := points[len(points)-1]
	fmt.Fprintf(&b, "L%d %d", last[0], last[1])
	return b.String()
}

func length(a, b [2]int) int { return abs(a[0]-b[0]) + abs(a[1]-b[1]) }

func abs(n int) int { return max(n, -n) }

func toward(from, to [2]int, by int) [2]int {
	for i := range from {
		switch {
		case to[i] > from[i]:
			from[i] += by
		case to[i] < from[i]:
			from[i] -= by
		}
	}
	return from
}

func (x *box) write(b *strings.Builder) {
	fmt.Fprintf(b, `<g><title>%s</title>`, escape(strings.Join(x.tip, "\n")))
	if x.small {
		fmt.Fprintf(b, `<rect class="box pseudo" x="%d" y="%d" width="%d" height="%d" rx="7"/></g>`+"\n", x.x, x.y, dot, x.h)
		return
	}
	text := ""
	if x.class == "fence" {
		text = " fenced"
	}
	fmt.Fprintf(b, `<rect class="box %s" x="%d" y="%d" width="%d" height="%d" rx="5"/><text class="%s" x="%d" y="%d">%s</text><text class="sub%s" x="%d" y="%d">%s</text></g>`+"\n",
		x.class, x.x, x.y, boxWidth, x.h, strings.TrimSpace(text), x.x+8, x.y+x.h/2-3, escape(shorten(x.title, 23)), text, x.x+8, x.y+x.h/2+11, escape(shorten(x.sub, 31)))
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
