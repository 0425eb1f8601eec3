package conf

import (
	"strings"

	"heartbeat/internal/conf/spelling"
)

// didYouMean returns "did you mean X?" for the candidate nearest to word, or other
// if none is near enough to be a slip of the hand.
func didYouMean(word string, candidates []string, other string) string {
	best, distance := "", 3
	word = strings.ToLower(word)
	if len(word) > spelling.MaxLen {
		return other
	}
	if len(word) < 4 {
		distance = 2
	}
	for _, c := range candidates {
		if d := spelling.Distance(word, strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return other
	}
	return "did you mean " + best + "?"
}

// DidYouMean is "did you mean X?" for parsers of settings with words of their own, or other when nothing is near.
func DidYouMean(word string, candidates []string, other string) string {
	return didYouMean(word, candidates, other)
}
