package scenario

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Timers are the values that formulas speak of. A zero field of a scenario means: as in the run.
type Timers struct {
	K, D, W, I time.Duration // keepalive, deadtime, warntime, initdead
}

// Values are what a formula is computed with: the timers, the time T that the scripts of one group took as measured, and the time C
// that a C node is granted for its scripts and its grid of timers (zero between Go nodes).
type Values struct {
	Timers
	T, C time.Duration
}

// A Formula is a bound: a sum of times such as `D + 30ms + T` or `2K + 0.5s + T`.
type Formula struct {
	text  string
	terms []term
}

type term struct {
	factor float64       // times the symbol; for a plain time: sign
	symbol byte          // K, D, W, I, T, C; 0: a plain time
	plain  time.Duration // of a plain time
}

func (f *Formula) String() string { return f.text }

// Fixed says that the formula does not depend on what scripts took.
func (f *Formula) Fixed() bool {
	for _, t := range f.terms {
		if t.symbol == 'T' {
			return false
		}
	}
	return true
}

// Value computes the formula.
func (f *Formula) Value(v Values) time.Duration {
	sum := 0.0
	for _, t := range f.terms {
		switch t.symbol {
		case 0:
			sum += t.factor * float64(t.plain)
		case 'K':
			sum += t.factor * float64(v.K)
		case 'D':
			sum += t.factor * float64(v.D)
		case 'W':
			sum += t.factor * float64(v.W)
		case 'I':
			sum += t.factor * float64(v.I)
		case 'T':
			sum += t.factor * float64(v.T)
		case 'C':
			sum += t.factor * float64(v.C)
		}
	}
	return time.Duration(math.Max(0, math.Min(sum, float64(longest))))
}

// longest is the largest bound, far below what overflows: a day.
const longest = 24 * time.Hour

// maxTerms keeps a formula readable.
const maxTerms = 16

// ParseFormula reads a sum of terms: a time with unit (30ms, 1.5s), a symbol (K D W I T C), or a symbol with a factor before it (2K, 0.5D).
func ParseFormula(text string) (*Formula, error) {
	f := &Formula{text: strings.Join(strings.Fields(text), " ")}
	rest := strings.ReplaceAll(f.text, " ", "")
	if rest == "" {
		return nil, errors.New("a formula is missing, such as D + 30ms + T")
	}
	sign := 1.0
	for rest != "" {
		if len(f.terms) == maxTerms {
			return nil, fmt.Errorf("formula %q has more than %d terms", f.text, maxTerms)
		}
		end := strings.IndexAny(rest, "+-")
		word, after := rest, ""
		if end >= 0 {
			word, after = rest[:end], rest[end:]
		}
		t, err := parseTerm(word)
		if err != nil {
			return nil, fmt.Errorf("formula %q: %w", f.text, err)
		}
		t.factor *= sign
		f.terms = append(f.terms, t)
		if after == "" {
			break
		}
		sign = 1
		if after[0] == '-' {
			sign = -1
		}
		rest = after[1:]
		if rest == "" {
			return nil, fmt.Errorf("formula %q ends with a sign", f.text)
		}
	}
	return f, nil
}

func parseTerm(word string) (term, error) {
	wrong := fmt.Errorf("%q is neither a time with unit (30ms, 1.5s) nor one of K, D, W, I, T, C with a factor before it (2K)", word)
	number := 0
	for number < len(word) && (word[number] >= '0' && word[number] <= '9' || word[number] == '.') {
		number++
	}
	factor, unit := 1.0, word[number:]
	if number > 0 {
		var n float64
		if _, err := fmt.Sscanf(word[:number], "%g", &n); err != nil || strings.Count(word[:number], ".") > 1 || n > 1e6 {
			return term{}, wrong
		}
		factor = n
	}
	switch unit {
	case "K", "D", "W", "I", "T", "C":
		return term{factor: factor, symbol: unit[0]}, nil
	case "ms", "s", "m":
		if number == 0 {
			return term{}, wrong
		}
		size := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute}[unit]
		return term{factor: 1, plain: time.Duration(factor * float64(size))}, nil
	}
	return term{}, wrong
}
