package agents

import (
	"encoding/json"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// check runs lines of "EXITCODE COMMAND => TEXT" in one world, and compares.
func (b *bench) check(lines string) {
	b.t.Helper()
	script := ""
	type step struct{ code, command, text string }
	var steps []step
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		line = strings.TrimSpace(line)
		code, rest, _ := strings.Cut(line, " ")
		command, text, _ := strings.Cut(rest, " => ")
		steps = append(steps, step{code, command, text})
		script += "r=0; o=$(" + command + " 2>&1) || r=$?; printf '%s\\001%s\\002' $r \"$o\"\n"
	}
	code, out := b.inside(script)
	results := strings.Split(out, "\x02")
	if code != 0 || len(results) < len(steps) {
		b.t.Fatalf("exit %d\n%s", code, out)
	}
	for i, s := range steps {
		code, said, _ := strings.Cut(results[i], "\x01")
		if code != s.code || !strings.Contains(said, s.text) {
			b.t.Errorf("%s\nexit %s, want %s; want %q in\n%s", s.command, code, s.code, s.text, said)
		}
	}
}

func TestAgentsAreCommandsWithTheWordsOfTheClassicScripts(t *testing.T) {
	newBench(t).check(`
7 heartbeat agent IPaddr2 10.9.0.60/24/e0 status => INFO:  Resource is stopped
0 heartbeat agent IPaddr2 10.9.0.60/24/e0:web start => INFO:  Success
0 heartbeat agent IPaddr2 10.9.0.60/24/e0 status => INFO:  Running OK
0 ip addr show dev e0 => inet 10.9.0.60/24 brd 10.9.0.255 scope global secondary e0:web
0 heartbeat agent IPaddr2 10.9.0.60/24/e0 stop => INFO:  Success
0 heartbeat agent IPaddr2 10.9.0.60/24/e0 stop => is not on this machine
6 heartbeat agent IPaddr2 10.9.0.60/24/nic7 start => ERROR:  Program is not configured
6 heartbeat agent IPaddr 10.9.0.300 start => ERROR:  Program is not configured
0 heartbeat agent IPv6addr fd09::60 start => INFO:  Success
0 ip -6 addr show dev e0 => inet6 fd09::60/64
0 heartbeat agent IPv6addr fd09::60 stop => INFO:  Success
0 heartbeat agent Filesystem tmpfs $D/mnt tmpfs size=64k start => mounted on
0 heartbeat agent Filesystem tmpfs $D/mnt tmpfs status => Running OK
0 heartbeat agent Filesystem tmpfs $D/mnt stop => is unmounted
7 heartbeat agent Filesystem tmpfs $D/mnt status => (stopped)
5 heartbeat agent Filesystem tmpfs $D/none tmpfs start => ERROR:  Program is not installed
6 heartbeat agent Filesystem tmpfs start => needs directory
0 heartbeat agent MailTo root start => the group goes on without it
0 heartbeat agent MailTo root status => running
0 heartbeat agent MailTo root stop => INFO:  Success
0 heartbeat agent Delay 0 start => waited
0 heartbeat agent Delay 0 status => running
1 heartbeat agent --timeout=50ms Delay 7 start => interrupted
0 heartbeat agent portblock tcp 80 block start => blocked
0 heartbeat agent portblock tcp 80 block status => running
7 heartbeat agent portblock tcp 80 unblock status => inactive
6 heartbeat agent portblock tcp 80 shut start => block or unblock
0 heartbeat agent SendArp 10.9.0.70/e0 start => announcing
0 heartbeat agent SendArp 10.9.0.70/e0 status => running
10 heartbeat agent drbddisk status => needs the name
4 heartbeat agent drbddisk r0 status => cannot determine
3 heartbeat agent Delay 0 promote => no action
64 heartbeat agent => name a type
64 heartbeat agent Delay => the last argument is the action
5 heartbeat agent no-such-script status => cannot locate resource script
0 heartbeat agent Filesystem metadata => <resource-agent name="Filesystem"
0 heartbeat agent portblock --help => portblock::udp|tcp::PORT
`)
}

func TestTheResultAsAnObject(t *testing.T) {
	b := newBench(t)
	code, out := b.inside("heartbeat agent Filesystem tmpfs $D/mnt tmpfs status --json")
	var got struct {
		Type, Action, Class, Meaning string
		Args                         []string
		OK                           bool
		Code                         int
		MS                           *float64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 7 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	if got.Type != "Filesystem" || got.Action != "status" || got.OK || got.Code != 7 || got.Meaning != "Resource is stopped" || len(got.Args) != 3 || got.MS == nil || *got.MS > 100 {
		t.Errorf("%s", out)
	}
}

// The burst goes on when the command has ended, and ends with the address.
func TestAnAddressTakenByHandIsAnnounced(t *testing.T) {
	testenv.NeedProgram(t, "tcpdump", "tcpdump")
	code, out := newBench(t).inside(`tcpdump -i e1 -n -l -c 8 arp and host 10.9.0.61 >arp 2>ready &
until grep -q listening ready; do :; done
heartbeat agent IPaddr 10.9.0.61 start
wait; cat arp`)
	if code != 0 || strings.Count(out, "10.9.0.61") < 8 {
		t.Errorf("exit %d\n%s", code, out)
	}
}
