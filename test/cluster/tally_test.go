package cluster

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// callsLog has a line "NAME VERB" for every start and stop of a tally.
const callsLog = "/var/log/calls"

// tally is a resource script that writes down its calls. Files in /run of its node
// make it misbehave: nostart-NAME, nostop-NAME, hang-NAME, hangstop-NAME, hangstatus-NAME.
const tally = `#!/bin/sh
name=$1 verb=$2
[ -n "$verb" ] || { verb=$1 name=$(basename "$0"); }
case $verb in
start)
	echo "$name start" >>/var/log/calls
	if [ -e /run/hang-$name ]; then
		echo "$name waits for its disk"
		sleep 300
	fi
	if [ -e /run/nostart-$name ]; then
		echo "$name cannot find its disk"
		exit 1
	fi
	touch /run/held-$name ;;
stop)
	echo "$name stop" >>/var/log/calls
	if [ -e /run/hangstop-$name ]; then
		echo "$name waits for its users"
		sleep 300
	fi
	if [ -e /run/nostop-$name ]; then
		echo "$name is busy"
		exit 1
	fi
	rm -f /run/held-$name ;;
status)
	if [ -e /run/hangstatus-$name ]; then sleep 300; fi
	if [ -e /run/held-$name ]; then echo running; else echo stopped; exit 3; fi ;;
esac
`

// calls are the lines of a node's tallies.
func (cl *cluster) calls(t *testing.T, node string) []string {
	t.Helper()
	data, err := os.ReadFile(cl.Place(node, callsLog))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

// called are the calls since an earlier count of them.
func (cl *cluster) called(t *testing.T, node string, since int) []string {
	t.Helper()
	return cl.calls(t, node)[since:]
}

// wantCalls compares the calls since an earlier count.
func (cl *cluster) wantCalls(t *testing.T, node string, since int, want ...string) {
	t.Helper()
	if got := cl.called(t, node, since); !slices.Equal(got, want) {
		t.Errorf("%s called %q, want %q", node, got, want)
	}
}

// misbehave makes a tally of a node misbehave from now on: nostart, nostop, hang, hangstop.
func (cl *cluster) misbehave(t *testing.T, node, how, name string) {
	t.Helper()
	must(t, os.WriteFile(cl.Place(node, "/run/"+how+"-"+name), nil, 0o644))
}

// misbehaveNoMore takes back what misbehave did.
func (cl *cluster) misbehaveNoMore(node, how, name string) error {
	return os.Remove(cl.Place(node, "/run/"+how+"-"+name))
}
