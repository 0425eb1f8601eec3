package lab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/vnet"
)

// boxWidth is the inner width of a machine's box, in characters.
const boxWidth = 26

// picture draws two machines, their links and what the client saw of late.
func picture(p palette, s Survey, recent []Answer, now time.Time) []string {
	if len(s.Nodes) < 2 {
		return []string{"(no picture)"}
	}
	left, right := box(p, s, 0), box(p, s, 1)
	lines := []string{""}
	for i := range left {
		cable := "          "
		switch i {
		case 1, 2:
			cable = cableBetween(p, s, i-1)
		}
		lines = append(lines, "  "+left[i]+cable+right[i])
	}
	return append(lines, "  client asks "+ServiceAddr+"  "+strip(p, recent, now)+"  "+answerer(p, recent), "")
}

// box draws machine i.
func box(p palette, s Survey, i int) []string {
	n := s.Nodes[i]
	owner := slices.Contains(s.Owners, n.Name)
	power := p.good("● on")
	switch n.Power {
	case "off":
		power = p.bad("○ off")
	case "frozen":
		power = p.blue("◌ frozen")
	}
	serves := ""
	if owner {
		serves = p.good("★ " + ServiceAddr + " + web")
	}
	row := func(text string) string { return "│ " + fill(text, boxWidth) + " │" }
	return []string{
		"┌" + strings.Repeat("─", boxWidth+2) + "┐",
		row(p.loud(n.Name) + "  " + power),
		row("heartbeat " + n.Heartbeat),
		row(serves),
		"└" + strings.Repeat("─", boxWidth+2) + "┘",
	}
}

// cableBetween draws link l of both machines.
func cableBetween(p palette, s Survey, l int) string {
	name := fmt.Sprintf("eth%d", l)
	for _, n := range s.Nodes[:2] {
		if n.Power == "off" || l < len(n.Links) && n.Links[l].Cut != vnet.Whole {
			return " ╌╌" + p.bad("✂") + name + "╌╌"
		}
	}
	return " ══" + p.good(name) + "═══"
}

// slices of the strip of answers, in time.
const (
	stripSlots = 30
	stripSlot  = 100 * time.Millisecond
)

// strip draws the last three seconds: who answered in each tenth.
func strip(p palette, recent []Answer, now time.Time) string {
	slots := make([]string, stripSlots)
	for _, a := range recent {
		i := stripSlots - 1 - int(now.Sub(a.Asked)/stripSlot)
		if i < 0 || i >= stripSlots {
			continue
		}
		if a.Node != "" {
			slots[i] = strings.TrimPrefix(a.Node, "node")
		} else if slots[i] == "" {
			slots[i] = "·"
		}
	}
	var b strings.Builder
	for _, s := range slots {
		switch s {
		case "":
			b.WriteString(" ")
		case "·":
			b.WriteString(p.bad("·"))
		default:
			b.WriteString(p.good(s))
		}
	}
	return "▕" + b.String() + "▏"
}

// answerer names who answered the latest question that is decided.
func answerer(p palette, recent []Answer) string {
	if len(recent) == 0 || recent[len(recent)-1].Node == "" {
		return p.bad("nobody answers")
	}
	return p.good("answered by " + recent[len(recent)-1].Node)
}

// fill pads text to width characters; colour codes take no room.
func fill(text string, width int) string {
	visible, inCode := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			inCode = true
		case inCode:
			inCode = r != 'm'
		default:
			visible++
		}
	}
	if visible >= width {
		return text
	}
	return text + strings.Repeat(" ", width-visible)
}
