package cluster

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/node"
	"heartbeat/internal/vnet"
)

// linksDir is where the classic names lead to the program under test, in every machine.
const linksDir = "/run/links"

// classic installs the classic names on a node.
func (cl *cluster) classic(t *testing.T, name string) {
	t.Helper()
	cl.mustRun(t, name, program, "install-links", linksDir)
}

// tool runs a classic command by its own name, as scripts do.
func (cl *cluster) tool(t *testing.T, name, command string, args ...string) (string, int) {
	t.Helper()
	return cl.run(t, name, append([]string{linksDir + "/" + command}, args...)...)
}

// A form is a command line with its outcome.
type form struct {
	line string
	code int
	want string // a part of the output; with = in front: all of it
}

func (cl *cluster) try(t *testing.T, name string, f form) {
	t.Helper()
	words := strings.Fields(f.line)
	argv := append([]string{linksDir + "/" + words[0]}, words[1:]...)
	if words[0] == "heartbeat" {
		argv[0] = program
	}
	out, code := cl.run(t, name, argv...)
	exact, isExact := strings.CutPrefix(f.want, "=")
	if code != f.code || isExact && out != exact || !strings.Contains(out, strings.TrimPrefix(f.want, "=")) {
		t.Errorf("%s on %s: exit %d and\n%s\nwant exit %d and %q", f.line, name, code, out, f.code, f.want)
	}
}

func TestClassicCommandsOfANodeThatDoesNotRun(t *testing.T) {
	t.Parallel()
	cl := newCluster(t, setup{})
	cl.classic(t, one)
	for _, f := range []form{
		{"heartbeat -s", 3, "=heartbeat is stopped. No process\n"},
		{"heartbeat -k", 0, "already stopped"},
		{"cl_status hbstatus", 1, "=Heartbeat is stopped on this machine.\n"},
		{"cl_status rscstatus", 1, ""},
		{"hb_standby", 4, "not running"},
		{"hb_takeover", 4, "not running"},
		{"heartbeat -r", 4, "not running"},
	} {
		cl.try(t, one, f)
	}
}

func TestClassicCommandsOfARunningCluster(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{more: "ping 10.77.1.254\napiauth watcher uid=root\n", failback: "off"})
	for _, name := range cl.Nodes {
		cl.classic(t, name)
	}
	for _, f := range []form{
		{"heartbeat -s", 0, "is running on node1 [node1]..."},
		{"cl_status hbstatus", 0, "=Heartbeat is running on this machine.\n"},
		{"cl_status listnodes", 0, "node1\n"},
		{"cl_status listnodes -n", 0, "node2\n"},
		{"cl_status listnodes -p", 0, "=10.77.1.254\n"},
		{"cl_status nodestatus node2", 0, "=active\n"},
		{"cl_status nodetype node2", 0, "=normal\n"},
		{"cl_status nodetype 10.77.1.254", 0, "=ping\n"},
		{"cl_status listhblinks node2", 0, "eth1"},
		{"cl_status hblinkstatus node2 eth0", 0, "=up\n"},
		{"cl_status rscstatus", 0, "=local\n"},
		{"cl_status rscstatus -m", 0, "local"},
		{"cl_status hbparameter -p deadtime", 0, "=1000ms\n"},
		{"cl_status nodestatus node9", 11, ""},
		{"cl_status nonsense", 11, "invalid sub-command"},
		{"hb_standby nonsense", 1, "usage:"},
		{"hb_takeover all all", 1, "too many arguments"},
		{"heartbeat -r", 0, ""},
	} {
		cl.try(t, one, f)
	}
	cl.clientsOfOthers(t)
	if out, code := cl.tool(t, one, "hb_standby"); code != 0 || !strings.Contains(out, "Going standby [all].") {
		t.Errorf("hb_standby: exit %d, %s", code, out)
	}
	cl.awaitOwner(t, addrOne, two)
	cl.awaitRest(t, one, two)
	cl.try(t, one, form{"cl_status rscstatus", 0, "=none\n"})
	if out, code := cl.tool(t, one, "hb_takeover", "local"); code != 0 {
		t.Errorf("hb_takeover local: exit %d, %s", code, out)
	}
	cl.awaitOwner(t, addrOne, one)
}

// clientsOfOthers asks one node for the programs of the other.
func (cl *cluster) clientsOfOthers(t *testing.T) {
	t.Helper()
	ctx, leave := context.WithCancel(within(t, soon))
	left := make(chan error, 1)
	go func() {
		_, err := cl.Run(ctx, two, vnet.Command{Argv: []string{hand, handword, "signon", "watcher"}, Stderr: os.Stderr})
		left <- err
	}()
	defer func() { leave(); <-left }()
	until(t, "watcher to be signed on", func() (string, bool) {
		list, err := cl.API(two).Clients(within(t, soon))
		return fmt.Sprint(list, err), slices.ContainsFunc(list, func(c session.Client) bool { return c.Name == "watcher" })
	})
	for _, f := range []form{
		{"cl_status clientstatus node2 watcher 30000", 0, "=online\n"},
		{"cl_status clientstatus node2 nobody 30000", 1, "=offline\n"},
		{"cl_status clientstatus node1 watcher", 1, "=offline\n"},
		{"cl_status clientstatus node9 watcher", 13, "No timely response"},
	} {
		cl.try(t, one, f)
	}
}

func TestReloadTakesNewKeysAndRefusesBrokenFiles(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	good := setup{}.files(one)
	mark := cl.last(t, one)
	cl.write(t, one, "/etc/ha.d/ha.cf", good["ha.cf"]+"keepalif 1\n")
	out, code := cl.run(t, one, program, "-r")
	if code != 6 || !strings.Contains(out, "/etc/ha.d/ha.cf:") || !strings.Contains(out, "keepalif") {
		t.Errorf("heartbeat -r with a broken file: exit %d, %s", code, out)
	}
	cl.awaitEvent(t, one, mark, "config.refused", "keepalif")
	if !cl.tells(t, one, "keepalif") {
		t.Errorf("status does not tell of the refused file: %q", cl.status(t, one).Attention)
	}
	cl.write(t, one, "/etc/ha.d/ha.cf", good["ha.cf"])
	cl.mustRun(t, one, program, "-r")
	cl.awaitEvent(t, one, mark, "config.reloaded", "")
	if cl.tells(t, one, "keepalif") {
		t.Errorf("status still tells of a file that is mended: %q", cl.status(t, one).Attention)
	}
	// Keys change under a running cluster: both are known everywhere first.
	for _, keys := range []string{"auth 1\n1 sha1 " + secret + "\n2 sha1 the-next-key\n", "auth 2\n1 sha1 " + secret + "\n2 sha1 the-next-key\n", "auth 2\n2 sha1 the-next-key\n"} {
		for _, name := range cl.Nodes {
			must(t, os.WriteFile(cl.Place(name, "/etc/ha.d/authkeys"), []byte(keys), 0o600))
			cl.mustRun(t, name, program, "-r")
		}
	}
	for _, name := range cl.Nodes {
		heard := cl.status(t, name).Counters["received"]
		cl.awaitStatus(t, name, "to hear more", func(s node.Status) bool { return s.Counters["received"] > heard+8 })
		for _, kind := range []string{"node.dead", "link.dead", "packet.dropped", "group.release"} {
			if list := cl.events(t, name, mark, kind); len(list) > 0 {
				t.Errorf("changing keys cost %s a %s: %+v", name, kind, list)
			}
		}
	}
}

func TestStopHandsOverAndLeavesOrderly(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	mark := cl.last(t, two)
	if out, code := cl.run(t, one, program, "-k"); code != 0 {
		t.Errorf("heartbeat -k: exit %d, %s", code, out)
	}
	if cl.DaemonRuns(one) {
		t.Error("heartbeat -k returned before the daemon was gone")
	}
	cl.awaitOwner(t, addrOne, two)
	cl.awaitEvent(t, two, mark, "node.left", one)
	if list := cl.events(t, two, mark, "node.dead"); len(list) > 0 {
		t.Errorf("an orderly leave is taken for a death: %+v", list)
	}
	out, code := cl.run(t, one, program, "-s")
	if code == 0 || !strings.Contains(out, "heartbeat is stopped") {
		t.Errorf("heartbeat -s afterwards: exit %d, %s", code, out)
	}
}
