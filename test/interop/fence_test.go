package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// device is a plug-in of cluster-glue, which both kinds of node run: it says that it switched, and switches nothing. What is fenced
// here has lost its power already.
const device = "stonith_host * null node1 node2\n"

// TestFencingBesideC has a node of each kind fence one of the other kind, and C one of its own for comparison. The
// node that fences tells it by the same messages in the same order, and the fenced node comes back to its own.
func TestFencingBesideC(t *testing.T) {
	need(t)
	testenv.NeedProgram(t, "tcpdump", "tcpdump")
	testenv.NeedProgram(t, "stonith", "cluster-glue")
	t.Parallel()
	var mu sync.Mutex
	said := map[string][]string{}
	t.Cleanup(func() {
		want := said["C-C"]
		if !slices.Contains(want, "node=node1 result=OK t=stonith") {
			t.Errorf("C to C says nothing of its success:\n%s", strings.Join(want, "\n"))
		}
		for who, got := range said {
			if !slices.Equal(got, want) {
				t.Errorf("%s says, when it fences,\n%s\nwhere C to C says\n%s", who, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
	run := func(by, victim maker) func(t *testing.T) {
		return func(t *testing.T) {
			out := fences(t, by, victim)
			mu.Lock()
			defer mu.Unlock()
			said[string(by)+"-"+string(victim)] = out
		}
	}
	together(t, job{"C-fences-Go", run(c, golang)}, job{"Go-fences-C", run(golang, c)}, job{"C-fences-C", run(c, c)})
}

// fences lets node2, made so, fence node1, and returns what it said about that on the wire.
func fences(t *testing.T, by, victim maker) []string {
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: map[string]maker{one: victim, two: by}, more: device})
	var said []string
	t.Run("start", func(t *testing.T) { cl.watched(t, func(t *testing.T) { cl.awaitHome(t, soon) }) })
	t.Run("power-off", func(t *testing.T) {
		cl.watched(t, func(t *testing.T) {
			hear := cl.overhear(t, two)
			must(t, cl.PowerOff(one))
			cl.awaitAllOn(t, soon, two, false)
			cl.awaitLog(t, two, "mach_down takeover complete")
			until(t, soon, "the word that the take-over is complete", func() (string, bool) {
				said = hear()
				return strings.Join(said, "\n"), slices.ContainsFunc(said, func(m string) bool { return strings.Contains(m, "info=mach_down") })
			})
		})
	})
	t.Run("return", func(t *testing.T) {
		cl.watched(t, func(t *testing.T) {
			cl.powerOn(t, one)
			cl.awaitHome(t, soon)
		})
	})
	return said
}

var (
	packetHead = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d+ IP `)
	packetWord = regexp.MustCompile(`(?m)(?:^|\(0\))(t|node|result|rsc_hold|isstable|info|rtype)=([^,\r\n]*)`) // a line, or a netstring
	packetSeq  = regexp.MustCompile(`(?m)(?:^|\(0\))seq=[^,\r\n]*`)
)

// overhear listens to what a node sends on its first link, and returns what gives the messages about fencing and
// resources so far, each once.
func (cl *cluster) overhear(t *testing.T, node string) func() []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packets")
	out, err := os.Create(path)
	must(t, err)
	p, err := cl.Start(node, vnet.Command{Argv: []string{"tcpdump", "-i", "eth0", "-Z", "root", "-s", "0", "-n", "-l", "-U", "-A", "udp and src host 10.77.1." + strings.TrimPrefix(node, "node")}, Stdout: out})
	must(t, err)
	t.Cleanup(func() {
		_ = p.Signal(syscall.SIGTERM) // it may have ended with its machine
		p.Close()
		out.Close()
	})
	read := func() string {
		data, err := os.ReadFile(path)
		must(t, err)
		return string(data)
	}
	until(t, soon, "the first packet to be overheard", func() (string, bool) { return "", packetHead.MatchString(read()) })
	return func() (said []string) {
		seen := map[string]bool{}
		for _, packet := range packetHead.Split(read(), -1) {
			var words []string
			for _, m := range packetWord.FindAllStringSubmatch(packet, -1) {
				words = append(words, m[1]+"="+strings.TrimSpace(m[2]))
			}
			seq := packetSeq.FindString(packet)
			if len(words) > 0 && (slices.Contains(words, "t=stonith") || slices.Contains(words, "t=resource")) && !seen[seq] {
				seen[seq] = true
				slices.Sort(words)
				said = append(said, strings.Join(words, " "))
			}
		}
		return said
	}
}
