package lab

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Timing is how fast the cluster of a lab notices things.
type Timing struct {
	Keepalive, Warntime, Deadtime, Initdead time.Duration
}

// DefaultTiming notices a dead machine after half a second.
func DefaultTiming() Timing {
	return Timing{Keepalive: 100 * time.Millisecond, Warntime: 300 * time.Millisecond, Deadtime: 500 * time.Millisecond, Initdead: 10 * time.Second}
}

// TimingFor is slower for many nodes, which share the processors of one machine: beyond four, a node more is an eighth of a second more
// until it notices.
func TimingFor(nodes int) Timing {
	t := DefaultTiming()
	if nodes > 4 {
		t.Deadtime = time.Duration(nodes) * time.Second / 8
		t.Keepalive, t.Warntime = t.Deadtime/5, t.Deadtime*3/5
		t.Initdead = 30 * time.Second
	}
	return t
}

// Secret makes a key for authkeys that no other lab has.
func Secret() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// DefaultFiles is the classic example, an address and a web server, for n nodes.
// node1 is the home of the service.
func DefaultFiles(n int, t Timing, secret string) Files {
	nodes := make([]string, n)
	for i := range nodes {
		nodes[i] = NodeName(i + 1)
	}
	return Files{
		"ha.cf": fmt.Sprintf(`# A cluster of the laboratory. Change it in /etc/ha.d of a node, and
# restart heartbeat there: heartbeat lab stop NODE, heartbeat lab start NODE.
logfile       /var/log/ha-log
keepalive     %s
warntime      %s
deadtime      %s
initdead      %s
udpport       694
bcast         eth0 eth1
auto_failback on
node          %s
`, millis(t.Keepalive), millis(t.Warntime), millis(t.Deadtime), millis(t.Initdead), strings.Join(nodes, " ")),
		"authkeys":    "auth 1\n1 sha1 " + secret + "\n",
		"haresources": fmt.Sprintf("# An address and a web server; their home is node1.\nnode1 %s/24/%s %s\n", ServiceAddr, ServiceCard, webAgent),
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// FilesFrom reads a configuration directory. The same files serve every node.
func FilesFrom(dir string) (Files, error) {
	files := Files{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[name] = string(data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	for _, name := range []string{"ha.cf", "authkeys"} {
		if _, ok := files[name]; !ok {
			return nil, fmt.Errorf("%s has no %s: a configuration directory holds ha.cf, authkeys and haresources", dir, name)
		}
	}
	return files, nil
}

func sortedNames(files Files) []string { return slices.Sorted(maps.Keys(files)) }
