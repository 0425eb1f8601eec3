package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// tally is a resource that only notes who starts and stops it.
const tally = `#!/bin/sh
state=/run/tally-$1
note() { echo "$(date +%s%N) $2 $1" >>/var/log/tally; }
case $2 in
start)  note "$1" start; touch "$state";;
stop)   note "$1" stop; rm -f "$state";;
status) if [ -e "$state" ]; then echo running; else echo stopped; exit 3; fi;;
*)      echo "usage: $0 NAME start|stop|status"; exit 1;;
esac
`

const tallyLog = "/var/log/tally"

// noteBoot writes down that a machine lost everything that ran.
func (cl *cluster) noteBoot(t *testing.T, node string) {
	t.Helper()
	f, err := os.OpenFile(cl.Place(node, tallyLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	must(t, err)
	fmt.Fprintln(f, "0 boot")
	must(t, f.Close())
}

// needlessCalls lists the calls of a script on a node that a careful daemon does
// not make: a start of what it runs already, a stop of what it does not run.
func (cl *cluster) needlessCalls(t *testing.T, node string) []string {
	t.Helper()
	data, err := os.ReadFile(cl.Place(node, tallyLog))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var needless []string
	runs := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2:
			runs = map[string]bool{}
		case len(words) == 3 && runs[words[2]] == (words[1] == "start"):
			needless = append(needless, strings.TrimSpace(line))
		case len(words) == 3:
			runs[words[2]] = words[1] == "start"
		}
	}
	return needless
}
