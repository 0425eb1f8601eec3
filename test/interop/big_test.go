package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/vnet"
)

// witness is an event script for messages of type "document" on both kinds of nodes.
const witness = `#!/bin/sh
echo "$HA_src $((${#HA_a} + ${#HA_b} + ${#HA_c}))" >>/var/log/documents
`

// TestCompressedMessagesCrossBothWays has each side send messages that travel compressed, up to the largest that C
// takes at all, and asks the event scripts of the other side what they were given.
func TestCompressedMessagesCrossBothWays(t *testing.T) {
	need(t)
	t.Parallel()
	talker := filepath.Join(t.TempDir(), "msgbench")
	build := exec.Command("go", "build", "-o", talker, "heartbeat/test/msgbench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program that sends: %v\n%s", err, out)
	}
	together(t,
		job{"zlib", func(t *testing.T) { compressedBothWays(t, talker, "zlib", "bcast", golang, c) }},
		job{"bz2", func(t *testing.T) { compressedBothWays(t, talker, "bz2", "ucast", c, golang) }})
}

func compressedBothWays(t *testing.T, talker, algorithm, medium string, first, second maker) {
	s := setup{medium: medium, method: "sha1", made: map[string]maker{one: first, two: second}, lone: true}
	s.more = "traditional_compression on\ncompression_threshold 1\ncompression " + algorithm + "\n"
	s.extra = map[string]string{"rc.d/document": witness}
	// Sizes of what Go says: below the threshold, above it, too large for a datagram, the largest that C takes.
	s.say = []int{300, 30_000, 99_000, 240_000}
	s.talker = talker
	cl := newCluster(t, s)
	goNode, cNode := cl.nodeOf(golang), cl.nodeOf(c)
	must(t, cl.WaitOwners(within(t, soon), addrOne, one))
	want := ""
	for _, n := range s.say {
		want += fmt.Sprintf("%s %d\n", goNode, n)
	}
	heard := func(node, from string) func() (string, bool) {
		return func() (string, bool) {
			data, _ := os.ReadFile(cl.Place(node, "/var/log/documents"))
			var lines string
			for line := range strings.Lines(string(data)) {
				if strings.HasPrefix(line, from+" ") {
					lines += line
				}
			}
			return lines, lines == want
		}
	}
	until(t, soon, "C to hand all documents of Go to its script", heard(cNode, goNode))

	// C reads lines of at most 512 bytes from its FIFO, so a large message has many fields.
	var b strings.Builder
	b.WriteString(">>>\nt=document\n")
	for _, name := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, "%s=%s\n", name, strings.Repeat("x", 400))
	}
	for i := range 60 {
		fmt.Fprintf(&b, "f%d=%s\n", i, strings.Repeat("filler ", 60))
	}
	b.WriteString("<<<\n")
	must(t, os.WriteFile(cl.Place(cNode, "/var/log/document"), []byte(b.String()), 0o644))
	want = cNode + " 1200\n"
	cl.mustRun(t, cNode, "sh", "-c", "cat /var/log/document >/var/lib/heartbeat/fifo")
	until(t, soon, "Go to hand the document of C to its script", heard(goNode, cNode))

	for _, file := range cl.Logs(cNode) {
		data, err := os.ReadFile(file)
		must(t, err)
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, "lost packet") || strings.Contains(line, "ERROR") && strings.Contains(line, "ompress") {
				t.Errorf("C complains: %s", line)
			}
		}
	}
}

// startTalker starts a node of ours with a program on it that says what the setup wants said.
func (cl *cluster) startTalker(t *testing.T, node string, s setup) {
	t.Helper()
	data, err := os.ReadFile(s.talker)
	must(t, err)
	const inside = "/var/log/talker"
	must(t, os.WriteFile(cl.Place(node, inside), data, 0o755))
	out, err := os.Create(cl.Place(node, "/var/log/talker.out"))
	must(t, err)
	defer out.Close()
	sizes := strings.Trim(strings.ReplaceAll(fmt.Sprint(s.say), " ", ","), "[]")
	_, err = cl.Spawn(node, vnet.Command{Argv: []string{inside, "-resources", "-v", "-say", sizes}, Stdout: out, Stderr: out})
	must(t, err)
}
