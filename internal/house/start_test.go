package house

import (
	"go/ast"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Scripts of resources call the classic commands hundreds of times, and all of them are the one binary: whatever a package prepares when a
// program starts, every one of these calls pays for. Both rules look at what is linked and written, not at a clock.

// dear are packages, or families of them, that prepare much at every start or bring such with them, and what does without them.
var dear = map[string]string{
	"github.com/prometheus":      "internal/api/metrics writes the format itself",
	"google.golang.org/protobuf": "it even reads the program's own file at every start",
	"google.golang.org/grpc":     "it brings protobuf",
	"expvar":                     "metrics are told by internal/api/metrics",
	"runtime/metrics":            "runtime.ReadMemStats knows the figures that are needed",
	"net/http/pprof":             "profile a test instead",
	"testing":                    "what tests need belongs into their files",
	"golang.org/x/text":          "its tables are large; strings and unicode do for what is shown here",
}

func TestNothingDearIsLinkedIn(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./cmd/heartbeat")
	list.Dir = root
	list.Env = append(list.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v", list, err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "heartbeat/internal/applet") {
		t.Fatalf("%v does not list the program: the rule checks nothing", list)
	}
	for _, pkg := range packages {
		for family, instead := range dear {
			if pkg == family || strings.HasPrefix(pkg, family+"/") {
				t.Errorf("%s is linked into the program, and every command would pay for it when it starts: %s", pkg, instead)
			}
		}
	}
}

// laborious functions are no way to make a variable of a package: that is done at every start.
var laborious = []string{"regexp.MustCompile", "regexp.MustCompilePOSIX", "template.Must", "template.New", "crc32.MakeTable", "crc64.MakeTable", "xpath.MustCompile"}

// quick is the file of the one table that is computed at the start, in microseconds: it belongs to a core, which has no lock to be lazy with.
const quick = "internal/wire/digest.go"

func TestPackagesPrepareNothingAtTheStart(t *testing.T) {
	tables := 0
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.path, "tools/") || strings.HasPrefix(s.path, "test/") {
			continue
		}
		for _, d := range s.ast.Decls {
			if _, ok := d.(*ast.GenDecl); !ok {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					_, later := n.(*ast.FuncLit) // runs when somebody calls it
					return !later
				}
				at := s.fset.Position(call.Pos())
				switch f := call.Fun.(type) {
				case *ast.FuncLit:
					if tables++; s.path != quick {
						t.Errorf("%s: this is computed at every start of every command; put it into sync.OnceValue, or where it is needed", at)
					}
				case *ast.SelectorExpr:
					if id, ok := f.X.(*ast.Ident); ok && slices.Contains(laborious, id.Name+"."+f.Sel.Name) {
						t.Errorf("%s: %s.%s is done at every start of every command; put it into sync.OnceValue", at, id.Name, f.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if tables != 1 {
		t.Errorf("%d tables are computed at the start instead of the one in %s: the rule sees too little", tables, quick)
	}
}
