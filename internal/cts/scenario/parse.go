package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// validID: a capital letter, then letters, digits and dashes, at most 32 bytes.
func validID(id string) bool {
	const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return len(id) <= 32 && strings.IndexAny(id, capitals) == 0 && strings.Trim(id, capitals+"abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// reader reads one file.
type reader struct {
	g        *grammar
	s        *Scenario
	lines    []string
	at       int // the next line, from 0
	seen     map[string]int
	problems Problems
}

// Parse reads a scenario. Where there are problems the scenario must not be played.
func Parse(file string, data []byte) (*Scenario, Problems) {
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	r := &reader{
		g: newGrammar(), lines: strings.Split(text, "\n"), seen: map[string]int{},
		s: &Scenario{File: file, Fault: "r1", Begin: Home},
	}
	for r.at < len(r.lines) {
		r.line()
	}
	r.whole()
	return r.s, r.problems
}

func (r *reader) fail(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.s.File, line, fmt.Sprintf(format, args...)})
}

// line reads one line, with the text that follows it up to END where it ends with <<END.
func (r *reader) line() {
	num, text := r.at+1, r.lines[r.at]
	r.at++
	key, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	rest = strings.TrimSpace(rest)
	switch key {
	case "title", "must", "c-did", "step", "allow-log":
		r.prose(num, key, rest)
		return
	case "set", "resources":
		r.override(num, key, rest)
		return
	}
	words, err := split(text)
	if err != nil {
		r.fail(num, "%v", err)
		return
	}
	if len(words) == 0 {
		return
	}
	if last := words[len(words)-1]; len(last) > 2 && strings.HasPrefix(last, "<<") {
		body, ok := r.body(last[2:])
		if !ok {
			r.fail(num, "the text that begins with %s has no end: a line %s", last, last[2:])
			return
		}
		words[len(words)-1] = body
	}
	if !r.header(num, words) {
		r.statement(num, words, text)
	}
}

// body reads the lines up to one that is the mark alone.
func (r *reader) body(mark string) (string, bool) {
	for end := r.at; end < len(r.lines); end++ {
		if strings.TrimSpace(r.lines[end]) == mark {
			body := strings.Join(r.lines[r.at:end], "\n")
			if body != "" {
				body += "\n"
			}
			r.at = end + 1
			return body, true
		}
	}
	return "", false
}

// prose reads what is for people: the rest of the line is taken as it is.
func (r *reader) prose(num int, key, rest string) {
	if rest == "" {
		r.fail(num, "%s needs a text", key)
		return
	}
	more := func(old string) string { return strings.TrimSpace(old + " " + rest) }
	switch key {
	case "title":
		r.once(num, key)
		r.s.Title = rest
	case "must":
		r.s.Must = more(r.s.Must)
	case "c-did":
		r.s.CDid = more(r.s.CDid)
	case "allow-log":
		r.s.AllowLog = append(r.s.AllowLog, rest)
	case "step":
		r.s.Steps = append(r.s.Steps, Step{Title: rest, Line: num})
	}
}

func (r *reader) once(num int, key string) {
	if before := r.seen[key]; before != 0 {
		r.fail(num, "%s stands in line %d already", key, before)
	}
	r.seen[key] = num
}

// header reads what describes the scenario; false: the line is none of that.
func (r *reader) header(num int, words []string) bool {
	key, args := words[0], words[1:]
	one := func(allowed ...string) string {
		r.once(num, key)
		if len(args) != 1 || len(allowed) > 0 && !slices.Contains(allowed, args[0]) {
			r.fail(num, "%s takes one word%s", key, choice(allowed))
			return ""
		}
		return args[0]
	}
	switch key {
	case "id":
		if r.s.ID = one(); r.s.ID != "" && !validID(r.s.ID) {
			r.fail(num, "id %q: a capital letter, then letters, digits and dashes, at most 32", r.s.ID)
		}
	case "fault":
		if w := one("r1", "r2"); w != "" {
			r.s.Fault = w
		}
	case "begin":
		if w := one(string(Stopped), string(Home), string(Lone)); w != "" {
			r.s.Begin = Beginning(w)
		}
	case "split":
		r.once(num, key)
		if len(args) != 0 {
			r.fail(num, "split takes nothing more")
		}
		r.s.Split = true
	case "pairings":
		r.once(num, key)
		r.s.Pairings = r.pairings(num, args)
	case "needs":
		r.once(num, key)
		known := Needs()
		for _, n := range args {
			if _, ok := known[n]; !ok {
				r.fail(num, "nothing is called %q; there are %s", n, strings.Join(sorted(known), ", "))
			}
		}
		r.s.Needs = args
	case "timers":
		r.once(num, key)
		r.timers(num, args)
	case "file":
		r.file(num, args)
	default:
		return false
	}
	if len(r.s.Steps) > 0 {
		r.fail(num, "%s stands before the first step", key)
	}
	return true
}

func (r *reader) pairings(num int, words []string) (out []Pairing) {
	for _, w := range words {
		p := Pairing(w)
		if !slices.Contains(Pairings(), p) || slices.Contains(out, p) {
			r.fail(num, "pairing %q: GG, GC and CG, each at most once", w)
			continue
		}
		out = append(out, p)
	}
	return out
}

// timers reads K=200ms D=1s and so on.
func (r *reader) timers(num int, args []string) {
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		d, err := time.ParseDuration(value)
		place := map[string]*time.Duration{"K": &r.s.Timers.K, "D": &r.s.Timers.D, "W": &r.s.Timers.W, "I": &r.s.Timers.I}[name]
		if place == nil || err != nil || d <= 0 || d > longest {
			r.fail(num, "timer %q: write K=200ms, D=1s, W=500ms or I=10s", a)
			continue
		}
		*place = d
	}
}

// nodeFirst takes a node's name off the front.
func nodeFirst(args []string) (node string, rest []string) {
	if len(args) > 0 && (args[0] == "r1" || args[0] == "r2" || args[0] == "r3") {
		return args[0], args[1:]
	}
	return "", args
}

// override reads `set [@NODE] LINE` and `resources [@NODE] LINE`; the line is taken as it is.
func (r *reader) override(num int, key, text string) {
	node := ""
	if strings.HasPrefix(text, "@") {
		word, rest, _ := strings.Cut(text, " ")
		node, text = word[1:], strings.TrimSpace(rest)
		if n, _ := nodeFirst([]string{node}); n == "" {
			r.fail(num, "%q is none of @r1, @r2, @r3", word)
		}
	}
	if len(r.s.Steps) > 0 {
		r.fail(num, "%s stands before the first step", key)
	}
	o := Override{node, text, num}
	switch {
	case key == "resources":
		r.s.Resources = append(r.s.Resources, o) // an empty one: no group at all
	case text == "":
		r.fail(num, "set needs a line of ha.cf")
	default:
		r.s.Set = append(r.s.Set, o)
	}
}

func (r *reader) file(num int, args []string) {
	node, rest := nodeFirst(args)
	if len(rest) != 2 || strings.Contains(rest[0], "..") || rest[0] == "" {
		r.fail(num, "write: file [NODE] PATH <<END, then the text and a line END; the path is below /etc/ha.d or absolute")
		return
	}
	r.s.Files = append(r.s.Files, File{node, rest[0], rest[1], num})
}

// statement reads a line of a step.
func (r *reader) statement(num int, words []string, text string) {
	var only []Pairing
	beside := false
	for len(words) > 0 {
		if words[0] == "&" {
			beside, words = true, words[1:]
		} else if strings.HasPrefix(words[0], "@") {
			only, words = r.pairings(num, strings.Split(words[0][1:], ",")), words[1:]
		} else {
			break
		}
	}
	if len(words) == 0 {
		r.fail(num, "a statement is missing")
		return
	}
	st, err := r.g.match(words)
	if err != nil {
		r.fail(num, "%v", err)
		return
	}
	if len(r.s.Steps) == 0 {
		r.fail(num, "a statement stands below a step: write a line \"step WHAT HAPPENS\" before it")
		return
	}
	if beside && st.Form.Expect {
		r.fail(num, "only actions begin together")
	}
	st.Only, st.Beside, st.Line, st.Text = only, beside, num, strings.TrimSpace(text)
	step := &r.s.Steps[len(r.s.Steps)-1]
	step.Statements = append(step.Statements, st)
}

// whole judges the scenario as a whole.
func (r *reader) whole() {
	for _, must := range []struct{ key, value string }{{"id", r.s.ID}, {"title", r.s.Title}, {"must", r.s.Must}} {
		if must.value == "" {
			r.fail(len(r.lines), "there is no %s", must.key)
		}
	}
	if len(r.s.Pairings) == 0 {
		r.s.Pairings = Pairings()
	}
	judged := false
	for _, step := range r.s.Steps {
		if len(step.Statements) == 0 {
			r.fail(step.Line, "step %q is empty", step.Title)
		}
		for _, st := range step.Statements {
			judged = judged || st.Form.Expect
		}
	}
	if !judged {
		r.fail(len(r.lines), "nothing is expected: a scenario that cannot fail tests nothing")
	}
}

func choice(allowed []string) string {
	if len(allowed) == 0 {
		return ""
	}
	return ": " + strings.Join(allowed, ", ")
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
