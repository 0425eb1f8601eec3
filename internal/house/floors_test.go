package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// floors is the plan of the house: a package imports only what stands strictly lower.
// A package that is not named here stands where its nearest named parent stands,
// and may import that parent's own sub-packages.
var floors = map[string]int{
	"internal/wire": 0, "internal/conf": 0, "internal/event": 0,
	"internal/netif": 0, "internal/fsutil": 0, "internal/rawcall": 0, "internal/realtime": 0, "internal/seal": 0,
	"internal/plumb": 0, "internal/localsock": 0, "internal/xmltree": 0, "internal/isotime": 0, "internal/pause": 0,
	"internal/messaging": 1, "internal/media": 1, "internal/vnet": 1, "internal/watchdog": 1,
	"internal/propagate": 1, "internal/arbiter": 1, "internal/program": 1, "internal/pidfile": 1,
	"internal/logd": 1, "internal/apphb": 1,
	"internal/migrate": 1, "internal/dopd": 1, "internal/cib": 1, "internal/cib/store": 2,
	"internal/membership": 2, "internal/fencing": 2, "internal/agent": 2, "internal/connectivity": 2, "internal/scheduler": 2, "internal/verify": 3,
	"internal/takeover": 3, "internal/executor": 3, "internal/ccm": 3, "internal/clients": 3, "internal/respawn": 3,
	"internal/alert": 2,
	"internal/node":  4,
	"internal/api":   5, "internal/crmtool": 5,
	"internal/guard":  5,
	"internal/applet": 6, "internal/lab": 6, "internal/sim": 6,
	"internal/cts": 7, "internal/cts/scenario": 0,
	"cmd/heartbeat": 8,
}

// helpersOfTests may be imported by any test, and import nothing of the house.
var helpersOfTests = []string{"internal/testenv", "internal/house"}

// cores decide; they must not see the world.
var cores = []string{
	"internal/alert",
	"internal/seal", "internal/plumb", "internal/xmltree", "internal/migrate", "internal/dopd", "internal/logd/record", "internal/apphb",
	"internal/wire", "internal/conf", "internal/event", "internal/messaging",
	"internal/membership", "internal/fencing", "internal/connectivity", "internal/takeover", "internal/ccm", "internal/node/bridge", "internal/node/forecast",
	"internal/clients/ipc", "internal/clients/session", "internal/respawn", "internal/propagate",
	"internal/arbiter", "internal/arbiter/lease", "internal/arbiter/disk", "internal/cts/scenario",
	"internal/isotime", "internal/conf/spelling", "internal/cib", "internal/cib/schema", "internal/cib/xpath", "internal/cib/edit", "internal/cib/invent", "internal/scheduler", "internal/scheduler/simulate", "internal/scheduler/outlook", "internal/crmtool/mon", "internal/verify",
}

// worldly is what a core must not import. net/netip is a type library and fine.
var worldly = []string{
	"os", "os/exec", "os/signal", "os/user", "net", "net/http", "io/ioutil", "syscall",
	"math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "runtime", "sync", "sync/atomic", "context",
	"path/filepath", "golang.org/x/sys/unix",
}

// worldlyCalls are functions of otherwise harmless packages.
var worldlyCalls = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"},
}

// floorOf returns the floor and the named package that pkg belongs to.
func floorOf(pkg string) (floor int, named string, ok bool) {
	for p := pkg; p != "" && p != "."; {
		if f, ok := floors[p]; ok {
			return f, p, true
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			break
		}
		p = p[:i]
	}
	return 0, "", false
}

func TestImportsPointDown(t *testing.T) {
	for _, s := range sources(t) {
		floor, named, ok := floorOf(s.pkg())
		if !ok {
			if !slices.Contains(helpersOfTests, s.pkg()) && !strings.HasPrefix(s.pkg(), "test") && !strings.HasPrefix(s.pkg(), "tools") {
				t.Errorf("%s: package %s stands on no floor; give it one in internal/house/floors_test.go", s.path, s.pkg())
			}
			continue
		}
		for _, path := range s.imports() {
			pkg, ours := strings.CutPrefix(path, "heartbeat/")
			if !ours || slices.Contains(helpersOfTests, pkg) {
				continue
			}
			f, n, ok := floorOf(pkg)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which stands on no floor", s.path, pkg)
			case n == named:
			case f >= floor:
				t.Errorf("%s (floor %d) imports %s (floor %d): imports point down only", s.path, floor, pkg, f)
			}
		}
	}
}

func TestCoresDoNotSeeTheWorld(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if s.test || !slices.Contains(cores, s.pkg()) {
			continue
		}
		seen[s.pkg()] = true
		for _, path := range s.imports() {
			if slices.Contains(worldly, path) {
				t.Errorf("%s imports %s: a core has no I/O, clock, randomness, lock or logger; let a shell do it and hand the result in", s.path, path)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: a core starts no goroutine", s.fset.Position(g.Pos()))
			}
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && id.Obj == nil && slices.Contains(worldlyCalls[id.Name], sel.Sel.Name) {
				t.Errorf("%s: a core does not call %s.%s; time comes in through Step", s.fset.Position(sel.Pos()), id.Name, sel.Sel.Name)
			}
			return true
		})
	}
	for _, c := range cores {
		if !seen[c] {
			t.Errorf("core %s has no source: the rule checks nothing there", c)
		}
	}
}

// fenced modules are imported by the named packages only, so that they can be replaced.
var fenced = map[string][]string{
	"github.com/google/nftables":   {"internal/agent"},
	"github.com/vishvananda/":      {"internal/netif", "internal/vnet"},
	"github.com/mdlayher/":         {"internal/netif"},
	"github.com/antchfx/xpath":     {"internal/cib"},
	"github.com/dsnet/compress":    {"internal/wire"},
	"github.com/google/renameio":   {"internal/fsutil"},
	"github.com/coreos/go-systemd": {"internal/agent", "internal/node", "internal/applet", "internal/guard"},
	"github.com/spf13/":            {"internal/applet", "internal/crmtool", "internal/lab", "internal/cts", "cmd/heartbeat"},
	"golang.org/x/term":            {"internal/applet", "internal/lab", "internal/cts"},
	"golang.org/x/net":             {"internal/media", "internal/netif"},
	"golang.org/x/crypto":          {"internal/seal"},
	"github.com/prometheus/":       {}, // judges the format of metrics in tests; too dear to be linked in, see start_test.go
}

func TestModulesAreFencedOff(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			for module, allowed := range fenced {
				if !strings.HasPrefix(path, module) {
					continue
				}
				_, named, _ := floorOf(s.pkg())
				if !slices.Contains(allowed, named) {
					t.Errorf("%s imports %s, which only %v may", s.path, path, allowed)
				}
			}
		}
	}
}
