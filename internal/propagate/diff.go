package propagate

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

// context is how many unchanged lines are shown around a change.
const context = 2

// maxTable bounds the work for one diff: lines before times lines after, in what differs.
const maxTable = 4 << 20

// ChangeOf compares two contents of a file.
func ChangeOf(before, after File) Change {
	c := Change{Name: after.Name, State: Changed, Before: before.Digest(), After: after.Digest()}
	switch {
	case before.Same(after):
		c.State = Same
		return c
	case before.Absent:
		c.State = New
	case after.Absent:
		c.State = Removed
	}
	c.Diff = Diff(show(before), show(after))
	return c
}

// show is the text of a file as people may see it.
func show(f File) string {
	if f.Name != AuthKeys {
		return string(f.Data)
	}
	return hideSecrets(string(f.Data))
}

// hideSecrets puts the identifier of a key, which says nothing about its secret, in the place of the secret. A line that is none of an
// authkeys file may hold one by mistake, so only its first word is shown.
func hideSecrets(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body := strings.TrimRight(line, "\r\n")
		words := strings.Fields(body)
		switch k, err := conf.ParseKeyLine(body); {
		case len(words) == 0 || words[0] == "auth" && len(words) == 2:
			b.WriteString(body)
		case strings.HasPrefix(words[0], "#"):
			b.WriteString("# (a comment)")
		case err == nil && k.Secret == "":
			fmt.Fprintf(&b, "%d %s", k.Slot, k.Method)
		case err == nil:
			fmt.Fprintf(&b, "%d %s (secret, id %s)", k.Slot, k.Method, wire.Key{Slot: k.Slot, Method: wire.Method(k.Method), Secret: k.Secret}.ID())
		default:
			b.WriteString("(a line that is not shown)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// A step of a diff: one line that both have (' '), that goes ('-') or that comes ('+').
type step struct {
	op   byte
	line string
}

// Diff shows how one text becomes another, in the unified form without its heading; "" when they are equal.
func Diff(before, after string) string {
	if before == after {
		return ""
	}
	steps := compare(linesOf(before), linesOf(after))
	var b strings.Builder
	for i := 0; i < len(steps); {
		if steps[i].op == ' ' {
			i++
			continue
		}
		from, to := max(i-context, 0), i
		for quiet := 0; to < len(steps) && quiet <= 2*context; to++ {
			quiet++
			if steps[to].op != ' ' {
				quiet = 0
			}
		}
		for to > i && steps[to-1].op == ' ' { // leave the context only
			to--
		}
		to = min(to+context, len(steps))
		writeHunk(&b, steps, from, to)
		i = to
	}
	return b.String()
}

func writeHunk(b *strings.Builder, steps []step, from, to int) {
	a, c := 1, 1
	for _, s := range steps[:from] {
		if s.op != '+' {
			a++
		}
		if s.op != '-' {
			c++
		}
	}
	var before, after int
	for _, s := range steps[from:to] {
		if s.op != '+' {
			before++
		}
		if s.op != '-' {
			after++
		}
	}
	if before == 0 {
		a--
	}
	if after == 0 {
		c--
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", a, before, c, after)
	for _, s := range steps[from:to] {
		b.WriteByte(s.op)
		b.WriteString(s.line)
		b.WriteByte('\n')
	}
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if !strings.HasSuffix(text, "\n") {
		lines[len(lines)-1] += " (no end of line)"
	}
	return lines
}

// compare finds the fewest steps by the longest common subsequence of what lies between common beginnings and ends. Of two very large
// and very different texts it says that everything goes and everything comes.
func compare(a, b []string) (out []step) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		out = append(out, step{' ', a[head]})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, line := range a[len(a)-tail:] {
		out = append(out, step{' ', line})
	}
	return out
}

func middle(a, b []string) (out []step) {
	if len(a)*len(b) > maxTable {
		return slices.Concat(all('-', a), all('+', b))
	}
	width := len(b) + 1
	length := make([]uint32, (len(a)+1)*width) // of the longest common subsequence of the rests
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, step{' ', a[i]})
			i, j = i+1, j+1
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			out = append(out, step{'-', a[i]})
			i++
		default:
			out = append(out, step{'+', b[j]})
			j++
		}
	}
	return slices.Concat(out, all('-', a[i:]), all('+', b[j:]))
}

func all(op byte, lines []string) (out []step) {
	for _, l := range lines {
		out = append(out, step{op, l})
	}
	return out
}
