package cts

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
)

// The two groups of the fixture (resources spec, 11.1): g1 at home on r1 with TestRsc A, g2 at home on r2 with TestRsc B.
var groups = []group{{"g1", drive.R1, "A"}, {"g2", drive.R2, "B"}}

type group struct{ name, home, instance string }

// nodes are the roles that form the cluster.
var nodes = []string{drive.R1, drive.R2}

//go:embed testrsc.sh
var testRsc string

//go:embed fence_cts.sh
var fenceCTS string

// Where TestRsc writes and looks, as the machines see it.
const (
	callLog      = "/var/log/testrsc"
	behaviourDir = "/etc/ha.d/cts"
	stateOf      = "/run/testrsc."
	fenceDevice  = "/etc/ha.d/fence_cts" // for scenarios that need fencing
	haLog        = "/var/log/ha-log"
	outLog       = "/var/log/heartbeat.out"
	guardPID     = "/run/heartbeat-cts.pid"
)

// DefaultTimers are those of the measurements of C Heartbeat (11.1), with the short initdead.
func DefaultTimers() scenario.Timers {
	return scenario.Timers{K: 200 * time.Millisecond, D: time.Second, W: 500 * time.Millisecond, I: 3 * time.Second}
}

// timersOf are those of a scenario, or else of the run.
func timersOf(s *scenario.Scenario, run scenario.Timers) scenario.Timers {
	t := s.Timers
	for _, f := range []struct{ own, run *time.Duration }{{&t.K, &run.K}, {&t.D, &run.D}, {&t.W, &run.W}, {&t.I, &run.I}} {
		if *f.own == 0 {
			*f.own = *f.run
		}
	}
	return t
}

// files are what the machines get for a scenario.
func files(d drive.Driver, s *scenario.Scenario, t scenario.Timers) map[string][]drive.File {
	out := map[string][]drive.File{}
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		if d.Cards(role) == nil {
			continue
		}
		list := []drive.File{
			{Path: "/etc/ha.d/ha.cf", Text: expand(d, haCF(d, s, role, t))},
			{Path: "/etc/ha.d/authkeys", Text: "auth 1\n1 sha1 cluster-test-suite\n", Mode: 0o600},
			{Path: "/etc/ha.d/haresources", Text: expand(d, haResources(d, s, role))},
			{Path: "/etc/ha.d/resource.d/TestRsc", Text: testRsc, Mode: 0o755},
			{Path: behaviourDir + "/README", Text: "INSTANCE.OPERATION here tells TestRsc how to behave: fails, lies, hangs, takes SECONDS\n"},
		}
		if slices.Contains(s.Needs, "fencing") {
			list = append(list, drive.File{Path: fenceDevice, Text: fenceCTS, Mode: 0o755})
		}
		for _, f := range s.Files {
			if f.Node != "" && f.Node != role {
				continue
			}
			path := f.Path
			if !strings.HasPrefix(path, "/") {
				path = "/etc/ha.d/" + path
			}
			file := drive.File{Path: path, Text: expand(d, f.Text), Mode: 0o644}
			if strings.HasPrefix(f.Text, "#!/") {
				file.Mode = 0o755
			}
			if strings.HasSuffix(path, "/authkeys") {
				file.Mode = 0o600
			}
			list = append(list, file)
		}
		out[role] = list
	}
	return out
}

// expand puts in what only the driver knows: {r1} is the name of a node, {r1:eth0} its address on a card, {g1} a service address, {client} the
// address of the client, {disk} an empty disk of the machine.
func expand(d drive.Driver, text string) string {
	pairs := []string{"{client}", d.ClientAddr().String()}
	if m, ok := d.(interface{ Disk() string }); ok {
		pairs = append(pairs, "{disk}", m.Disk())
	}
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		pairs = append(pairs, "{"+role+"}", d.Host(role))
		for i, c := range d.Cards(role) {
			pairs = append(pairs, fmt.Sprintf("{%s:eth%d}", role, i), c.Addr.String())
		}
	}
	for _, g := range groups {
		p := d.Service(g.name)
		pairs = append(pairs, "{"+g.name+"}", p.Addr().String(), "{"+g.name+"/}", p.String())
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// several are directives that a scenario adds to; any other line of it takes the place of the usual one.
var several = []string{"node", "ping", "ping_group", "stonith", "stonith_host", "respawn", "apiauth", "failfast", "#!hb", "bcast", "ucast", "mcast"}

func haCF(d drive.Driver, s *scenario.Scenario, role string, t scenario.Timers) string {
	lines := []string{
		"logfile " + haLog, "keepalive " + ms(t.K), "warntime " + ms(t.W), "deadtime " + ms(t.D), "initdead " + ms(t.I), "udpport 694",
		"auto_failback on",
	}
	for _, c := range d.Cards(role) {
		lines = append(lines, "bcast "+c.Name)
	}
	ownNodes := false
	for _, o := range s.Set {
		if o.Node != "" && o.Node != role {
			continue
		}
		word, _, _ := strings.Cut(o.Text, " ")
		ownNodes = ownNodes || word == "node"
		add := false
		for _, w := range several {
			add = add || w == word
		}
		if !add {
			for i, l := range lines {
				if strings.HasPrefix(l, word+" ") {
					lines = append(lines[:i], lines[i+1:]...)
					break
				}
			}
		}
		lines = append(lines, o.Text)
	}
	if !ownNodes {
		lines = append(lines, "node {r1} {r2}")
	}
	return strings.Join(lines, "\n") + "\n"
}

func haResources(d drive.Driver, s *scenario.Scenario, role string) string {
	var lines []string
	if len(s.Resources) == 0 {
		for _, g := range groups {
			lines = append(lines, fmt.Sprintf("%s IPaddr2::%s/%s TestRsc::%s", d.Host(g.home), d.Service(g.name), d.Cards(g.home)[0].Name, g.instance))
		}
	}
	for _, o := range s.Resources {
		if o.Node == "" || o.Node == role {
			lines = append(lines, o.Text)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func ms(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }
