package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// grammar is the language, prepared once for a catalogue.
type grammar struct {
	forms  []*Form
	params map[string][]string
}

func newGrammar() *grammar { return &grammar{Forms(), params()} }

// match finds the form that the words have. What does not fit is explained by the form that fits longest.
func (g *grammar) match(words []string) (Statement, error) {
	var best error
	depth := -2
	for _, f := range g.forms {
		st, n, err := g.fit(f, words)
		if err == nil {
			return st, nil
		}
		if n > depth {
			depth, best = n, err
		}
	}
	return Statement{}, best
}

// fit tries one form; n counts the words that fitted.
func (g *grammar) fit(f *Form, words []string) (st Statement, n int, err error) {
	st.Form = f
	pattern, tail, optional := strings.Cut(f.Pattern, " [")
	tokens := strings.Fields(pattern)
	if optional && slices.Contains(words, strings.Fields(tail)[0]) {
		tokens = append(tokens, strings.Fields(strings.TrimSuffix(tail, "]"))...)
	}
	for i, token := range tokens {
		if n >= len(words) {
			return st, n, fmt.Errorf("something is missing after %q: write %s", strings.Join(words, " "), f.Pattern)
		}
		switch token {
		case "FORMULA":
			if st.Formula, err = ParseFormula(strings.Join(words[n:], " ")); err != nil {
				return st, n, err
			}
			return st, len(words), nil
		case "WORDS":
			st.Args = append(st.Args, words[n:]...)
			return st, len(words), nil
		}
		if token == strings.ToLower(token) {
			if words[n] != token {
				if i == 0 {
					return st, -1, fmt.Errorf("there is no statement %q: docs/cts.md lists them%s", words[0], g.didYouMean(words[0]))
				}
				return st, n, fmt.Errorf("%q is not understood here: write %s", words[n], f.Pattern)
			}
			n++
			continue
		}
		if err := g.accept(token, words[n]); err != nil {
			return st, n, fmt.Errorf("%w: write %s", err, f.Pattern)
		}
		st.Args = append(st.Args, words[n])
		n++
	}
	if n < len(words) {
		return st, n, fmt.Errorf("%q is too much: write %s", strings.Join(words[n:], " "), f.Pattern)
	}
	return st, n, nil
}

// accept judges one word in the place of a capital word.
func (g *grammar) accept(param, word string) error {
	allowed := g.params[param]
	switch {
	case param == "CUT" && strings.HasPrefix(word, "loss="):
		if n, err := strconv.Atoi(word[len("loss="):]); err == nil && n >= 1 && n <= 99 {
			return nil
		}
		return fmt.Errorf("%q: loss=1 to loss=99", word)
	case param == "NUMBER":
		if n, err := strconv.Atoi(word); err == nil && n >= 0 {
			return nil
		}
		return fmt.Errorf("%q is no number", word)
	case param == "TEXT" && slices.Contains(g.params["NODE"], word):
		return fmt.Errorf("machines are seldom called %s: {%[1]s} is the name of the node", word)
	case param == "PATH":
		if strings.HasPrefix(word, "/") && !strings.Contains(word, "..") && !strings.ContainsAny(word, "\x00\n") {
			return nil
		}
		return fmt.Errorf("%q is no absolute path", word)
	case param == "RSC" || param == "STATUS": // a choice is allowed: all|foreign
		for one := range strings.SplitSeq(word, "|") {
			if !slices.Contains(allowed, one) {
				return fmt.Errorf("%q is none of %s", one, strings.Join(allowed, ", "))
			}
		}
		return nil
	case allowed != nil && !slices.Contains(allowed, word):
		return fmt.Errorf("%q is none of %s", word, strings.Join(allowed, ", "))
	}
	return nil
}

// didYouMean names a statement that begins alike.
func (g *grammar) didYouMean(word string) string {
	for _, f := range g.forms {
		name := strings.Fields(f.Pattern)[0]
		if len(word) > 2 && len(name) > 2 && name[:3] == word[:3] {
			return "; did you mean " + name + "?"
		}
	}
	return ""
}
