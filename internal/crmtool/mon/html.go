package mon

import (
	"strconv"
	"strings"

	"heartbeat/internal/scheduler"
)

// styles are the colours of the report; programs and users' own style sheets go by these classes.
const styles = `.bold { font-weight: bold }
.online { color: green }
.offline { color: red }
.maint { color: blue }
.standby { color: blue }
.health_red { color: red }
.health_yellow { color: GoldenRod }
.rsc-failed { color: red }
.rsc-failure-ignored { color: DarkGreen }
.rsc-managed { color: blue }
.rsc-multiple { color: orange }
.rsc-ok { color: green }
.warning { color: red; font-weight: bold }`

// A Page is what stands around a report in HTML.
type Page struct {
	Title      string
	Refresh    int    // seconds after which a browser asks again, 0: never
	Stylesheet string // address of a style sheet, empty: only the one inside
}

// HTML is the report as a page.
func HTML(v *scheduler.View, o Options, p Page) string {
	r := newReport(v, o)
	r.html = true
	body := &tag{name: "body"}
	put := func(e *entry) {
		if e != nil {
			e.page(body, true)
		}
	}
	for _, e := range r.summary() {
		put(e)
	}
	for _, s := range r.sections(true) {
		put(s.entry)
	}
	head := &tag{name: "head"}
	head.add("title", p.Title)
	head.below = append(head.below, &tag{name: "meta", attrs: ` charset="utf-8"`, void: true})
	if p.Refresh > 0 {
		head.below = append(head.below, &tag{name: "meta", attrs: ` http-equiv="refresh" content="` + strconv.Itoa(p.Refresh) + `"`, void: true})
	}
	head.below = append(head.below, &tag{name: "style", raw: styles})
	if p.Stylesheet != "" {
		head.below = append(head.below, &tag{name: "link", attrs: ` rel="stylesheet" href="` + escape(p.Stylesheet) + `"`, void: true})
	}
	root := &tag{name: "html", attrs: ` lang="en"`, below: []*tag{head, body}}
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n")
	root.write(&b)
	b.WriteString("\n")
	return b.String()
}

// page puts an entry below an element. Titles of lists at the top are of the second level, all others of the third.
func (e *entry) page(parent *tag, top bool) {
	if !e.list {
		li := &tag{name: "li"}
		if e.class != "" {
			li.attrs = ` class="` + e.class + `"`
		}
		for _, s := range e.spans {
			span := li.add("span", s.text)
			if s.class != "" {
				span.attrs = ` class="` + s.class + `"`
			}
		}
		if len(e.spans) == 0 {
			li.raw = escape(e.text)
		}
		parent.below = append(parent.below, li)
		for _, below := range e.entries {
			below.page(li, false)
		}
		return
	}
	heading := "h2"
	if !top {
		heading = "h3"
		parent = parent.add("li", "")
	}
	if e.title != "" {
		parent.add(heading, e.title)
	}
	ul := parent.add("ul", "")
	for _, below := range e.entries {
		below.page(ul, false)
	}
}

// A tag is an element of the page.
type tag struct {
	name, attrs string
	raw         string // text inside, escaped
	void        bool   // it has no end tag
	below       []*tag
}

func (t *tag) add(name, text string) *tag {
	child := &tag{name: name, raw: escape(text)}
	t.below = append(t.below, child)
	return child
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// inline elements stand in the line.
func (t *tag) inline() bool { return t.name == "span" }

// write breaks lines as the HTML writer of libxml2 does: between elements that are no part of a line, and within those with several children.
func (t *tag) write(b *strings.Builder) {
	b.WriteString("<" + t.name + t.attrs + ">")
	if t.void {
		return
	}
	b.WriteString(t.raw)
	several := len(t.below) > 1 && !t.inline()
	if several {
		b.WriteByte('\n')
	}
	for i, child := range t.below {
		child.write(b)
		if i+1 < len(t.below) && !child.inline() {
			b.WriteByte('\n')
		}
	}
	if several {
		b.WriteByte('\n')
	}
	b.WriteString("</" + t.name + ">")
}
