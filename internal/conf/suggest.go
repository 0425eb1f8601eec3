package conf

import "strings"

// didYouMean returns "did you mean X?" for the candidate nearest to word, or other
// if none is near enough to be a slip of the hand.
func didYouMean(word string, candidates []string, other string) string {
	best, distance := "", 3
	word = strings.ToLower(word)
	if len(word) > 64 {
		return other
	}
	if len(word) < 4 {
		distance = 2
	}
	for _, c := range candidates {
		if d := editDistance(word, strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return other
	}
	return "did you mean " + best + "?"
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// DidYouMean is "did you mean X?" for parsers of settings with words of their own, or other when nothing is near.
func DidYouMean(word string, candidates []string, other string) string {
	return didYouMean(word, candidates, other)
}
