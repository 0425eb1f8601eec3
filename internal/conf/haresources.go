package conf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ParseHaResources reads haresources (resources spec, 2.1 to 2.4).
func ParseHaResources(file string, data []byte, env Env) (HaResources, Problems) {
	n := &notes{file: file}
	r := HaResources{File: file}
	lines := splitLines(data, n)
	r.SettingLines = scanSettings(file, lines)
	for _, s := range r.SettingLines {
		if s.Name == "strict_haresources" && len(s.Args) == 1 {
			env.Strict, _ = ParseBool(s.Args[0])
		}
	}
	keys := map[string]int{}
	for _, l := range logicalLines(lines, env.Strict, n) {
		g, ok := parseGroup(l, env, n)
		if !ok {
			continue
		}
		if first := keys[g.Key()]; first > 0 {
			n.fail(g.Line, "begin one of the lines with another resource", "duplicate group %s: line %d begins with the same resource, which is the group's name", g.Key(), first)
			continue
		}
		keys[g.Key()] = g.Line
		r.Groups = append(r.Groups, g)
	}
	checkAddresses(r, n)
	r.Digest = r.digest()
	return r, n.list.Sorted()
}

// A piece is one physical line's share of a logical line.
type piece = textLine

// logicalLines cuts comments and joins continued lines. Words keep the number of their physical line.
func logicalLines(lines []textLine, strict bool, n *notes) [][]piece {
	var out [][]piece
	var open []piece
	for i, l := range lines {
		text := cutComment(l.text, strict)
		trimmed := strings.TrimRight(text, " \t")
		continued := strings.HasSuffix(trimmed, `\`)
		if continued && trimmed != text {
			if strict {
				continued = false
			} else {
				n.warn(l.num, `end the line with \`, `blanks after the \ : C Heartbeat would not join the lines`)
			}
		}
		if continued {
			text = strings.TrimSuffix(trimmed, `\`)
			if i == len(lines)-1 {
				n.warn(l.num, `remove the \`, "the last line is to be continued, but nothing follows")
			}
		}
		open = append(open, piece{l.num, text})
		if continued && i < len(lines)-1 {
			continue
		}
		if slices.ContainsFunc(open, func(p piece) bool { return strings.TrimSpace(p.text) != "" }) {
			out = append(out, open)
		}
		open = nil
	}
	return out
}

// cutComment drops a comment. C cuts at any #; here one inside a word belongs to the word.
func cutComment(s string, strict bool) string {
	s = strings.ReplaceAll(s, "\r", " ") // a stray carriage return is no part of a word
	for i := range len(s) {
		if s[i] == '#' && (strict || i == 0 || s[i-1] == ' ' || s[i-1] == '\t') {
			return s[:i]
		}
	}
	return s
}

func parseGroup(pieces []piece, env Env, n *notes) (Group, bool) {
	var g Group
	for _, p := range pieces {
		for _, w := range strings.FieldsFunc(p.text, func(c rune) bool { return c == ' ' || c == '\t' }) {
			if g.Node == "" {
				g.Node, g.Line = strings.ToLower(w), p.num
				continue
			}
			if r, ok := parseResource(w, p.num, env, n); ok {
				g.Resources = append(g.Resources, r)
			}
		}
	}
	if env.Nodes != nil && !slices.Contains(env.Nodes, g.Node) {
		fix := didYouMean(g.Node, env.Nodes, fmt.Sprintf(`add "node %s" to ha.cf, or, if this continues the line above, end that line with \`, g.Node))
		n.fail(g.Line, fix, "Bad nodename in %s [%.60s]", n.file, g.Node)
		return g, false
	}
	if len(g.Resources) == 0 {
		n.warn(g.Line, "name the resources after the node, or remove the line", "node %s without resources: the line is ignored", g.Node)
		return g, false
	}
	return g, true
}

func parseResource(word string, line int, env Env, n *notes) (Resource, bool) {
	r := Resource{Word: word, Line: line}
	switch rest, isV6 := addressWord(word); {
	case isV6 && rest == "":
		r.Script, r.Args = "IPv6addr", []string{word}
	case isV6:
		r.Script, r.Args = strings.TrimSuffix(word, "::"+rest), []string{rest}
	case looksLikeIPv4(word):
		r.Script, r.Args = "IPaddr", []string{word}
	default:
		parts := strings.Split(word, "::")
		r.Script = parts[0]
		for _, a := range parts[1:] {
			if a != "" {
				r.Args = append(r.Args, a)
			}
		}
		if len(r.Args) != len(parts)-1 {
			n.warn(line, "remove the superfluous ::", "resource %.60s has an empty argument, which vanishes", word)
		}
	}
	if strings.HasSuffix(word, `\`) {
		n.fail(line, `end the line with the \ , or remove it`, `a \ stands inside the line: it continues a line only at its end`)
		return r, false
	}
	if r.Script == "" || strings.ContainsAny(r.Script, "/\x00") {
		n.fail(line, "write script or script::argument", "resource %.60s names no script", word)
		return r, false
	}
	if slices.Contains(env.Nodes, r.Script) {
		n.warn(line, "begin a new line for another node's group", "resource %s is also the name of a node", r.Script)
	}
	if r.IsAddress() {
		if len(r.Args) != 1 {
			n.warn(line, "write "+r.Script+"::192.168.1.10/24/eth0", "%s takes exactly one argument", r.Script)
		} else if _, err := ParseAddress(r.Args[0]); err != nil {
			n.warn(line, "this group cannot start until it is mended", "%v", err)
		}
	}
	if env.ScriptExists != nil {
		if path, ok := env.ScriptExists(r.Script); !ok && path != "" {
			n.warn(line, "run: chmod +x "+path+"; until then this node cannot run the group", "Cannot locate resource script %s: %s is not executable", r.Script, path)
		} else if !ok {
			n.warn(line, "install it, put it into resource.d, or correct the name; this node cannot run the group", "Cannot locate resource script %s", r.Script)
		}
	}
	return r, true
}

// IsAddress says whether the resource is a service address; its argument is then read by ParseAddress.
func (r Resource) IsAddress() bool {
	return r.Script == "IPaddr" || r.Script == "IPaddr2" || r.Script == "IPv6addr"
}

// addressWord finds IPv6 literals, which hold the :: that separates arguments elsewhere.
// rest is the argument of an address script, or empty for a bare literal.
func addressWord(word string) (rest string, ok bool) {
	for _, script := range [...]string{"IPv6addr::", "IPaddr2::", "IPaddr::"} {
		if after, found := strings.CutPrefix(word, script); found {
			return after, isIPv6(after)
		}
	}
	return "", isIPv6(word)
}

func isIPv6(s string) bool {
	head, _, _ := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(head)
	return err == nil && ip.Is6() && !ip.Is4In6()
}

// looksLikeIPv4 is C's shell pattern: a digit, and three more after dots.
func looksLikeIPv4(s string) bool {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	digits := 0
	for i := 1; i < len(s); i++ {
		if s[i-1] == '.' && i > 1 && s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	return digits >= 3
}

// checkAddresses warns of an address in two places: both copies would answer for it.
func checkAddresses(r HaResources, n *notes) {
	first := map[netip.Addr]int{}
	for _, g := range r.Groups {
		for _, res := range g.Resources {
			if !res.IsAddress() || len(res.Args) != 1 {
				continue
			}
			a, err := ParseAddress(res.Args[0])
			if err != nil {
				continue
			}
			if line := first[a.IP]; line > 0 {
				n.warn(res.Line, "give each group its own address", "address %s stands in line %d too", a.IP, line)
				continue
			}
			first[a.IP] = res.Line
		}
	}
}

// Render writes the groups in normal form, one a line.
func (r HaResources) Render() []byte {
	var b strings.Builder
	for _, g := range r.Groups {
		b.WriteString(g.Node)
		for _, res := range g.Resources {
			b.WriteString(" " + res.Word)
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// digest is short enough for a status message and long enough to tell files apart.
func (r HaResources) digest() string {
	sum := sha256.Sum256(r.Render())
	return hex.EncodeToString(sum[:8])
}
