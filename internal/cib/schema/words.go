package schema

import "heartbeat/internal/conf/spelling"

// nearest suggests what was meant: " (did you mean x?)", or nothing.
func nearest(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := spelling.Distance(word, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}
