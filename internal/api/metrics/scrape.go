package metrics

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"

	"heartbeat/internal/node"
)

// contentType is what Prometheus knows the format by. Its last word says how names beyond ASCII would be written; there are none.
const contentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"

// Handler answers a scrape with what status says at that moment, see Write.
func Handler(status func() *node.Status) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Vary", "Accept-Encoding")
		body := text(status())
		if !takesGzip(r.Header.Values("Accept-Encoding")) {
			_, _ = w.Write(body) // who does not listen any more misses nothing
			return
		}
		h.Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(body)
		_ = z.Close()
	})
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3): whether gzip, or anything, is wanted with a weight above 0. What is said of gzip
// itself counts.
func takesGzip(headers []string) bool {
	anything := false
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding, rest, _ := strings.Cut(part, ";")
		wanted := true
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(rest)), "q="); ok {
			weight, err := strconv.ParseFloat(q, 64)
			wanted = err == nil && weight > 0
		}
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			anything = wanted
		}
	}
	return anything
}
