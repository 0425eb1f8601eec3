package interop

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const haLog = "/var/log/ha-log"

// mark remembers where the logs end now.
func (cl *cluster) mark() {
	for _, node := range cl.Nodes {
		if st, err := os.Stat(cl.Place(node, haLog)); err == nil {
			cl.marks[node] = st.Size()
		}
	}
}

// logSince is what a node logged since the last mark.
func (cl *cluster) logSince(node string) string {
	data, err := os.ReadFile(cl.Place(node, haLog))
	if err != nil {
		return ""
	}
	if m := cl.marks[node]; m <= int64(len(data)) {
		data = data[m:]
	}
	return string(data)
}

// awaitLog waits until a node has logged a text since the last mark.
func (cl *cluster) awaitLog(t *testing.T, node, text string) {
	t.Helper()
	until(t, soon, node+" to log "+text, func() (string, bool) {
		log := cl.logSince(node)
		return lastLines(log, 3), strings.Contains(log, text)
	})
}

// complaint finds what C writes when a peer misbehaves, and everything either
// daemon holds worth an error.
var complaint = regexp.MustCompile(`Bad |bad node|bad resource type|authtoken|nvalid authentication|Irretrievably lost|missing (from/|seqno|from missing)|replay attack|changed its uuid|[Ii]gnored|in state \d|MSG\[|own our resources|owns? foreign resources|owns our local|ERROR|CRIT|panic`)

// ownTrouble is what a C node writes without a peer as well: it cannot lock its
// memory in a machine made of namespaces, loses texts of its own scripts, and is itself late for its ping nodes while it starts.
var ownTrouble = regexp.MustCompile(`Cannot lock ourselves into memory|Late heartbeat: Node (10\.77\.1\.254|fd77:1::fe|gates):|` + lostInFIFO)

// ofPartition is what both rightly write when links that were cut on purpose heal:
// until C has restarted itself, its audit sees two owners.
var ofPartition = regexp.MustCompile(`returning after partition|Late heartbeat: .*deadtime|Both machines own|event=address\.conflict`)

// ofLoss is what C writes when a message arrives a second time, late, because its first answer was lost.
var ofLoss = regexp.MustCompile(`MSG\[`)

// complaints lists lines of a node's log since the last mark that tell of trouble,
// but for those that the scenario itself causes.
func (cl *cluster) complaints(node string, expected *regexp.Regexp) []string {
	var out []string
	for line := range strings.Lines(cl.logSince(node)) {
		if !complaint.MatchString(line) || ownTrouble.MatchString(line) || expected != nil && expected.MatchString(line) {
			continue
		}
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

// keepLogs shows the end of what the nodes wrote.
func (cl *cluster) keepLogs(t *testing.T) {
	for _, node := range cl.Nodes {
		for _, path := range []string{haLog, "/var/log/heartbeat.out", "/var/log/tally"} {
			if data, err := os.ReadFile(cl.Place(node, path)); err == nil && len(data) > 0 {
				t.Logf("%s (%s) %s:\n%s", node, cl.made[node], path, lastLines(string(data), 150))
			}
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
