package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"heartbeat/internal/vnet"
)

// Logger takes one line of progress; *testing.T is one.
type Logger interface {
	Logf(format string, args ...any)
}

// Options say what lab is wanted.
type Options struct {
	Nodes  int    // 0: two
	Prefix string // of the nodes' names, before their number; empty: node
	Dir    string // 0: DefaultDir
	Binary string // the heartbeat program; empty: the running one
	// ConfigFor makes the files below /etc/ha.d of a node; nil: DefaultFiles.
	ConfigFor func(node string) Files
	Names     []string                      // further names by which the nodes' shells find the program (cl_status, …)
	Binds     []vnet.Bind                   // further files of the host that every node sees
	BindsFor  func(node string) []vnet.Bind // those that one node sees; nil: none
	IPv6      bool                          // the nodes and the gateways have IPv6 addresses too
	Detached  bool                          // the lab goes on when this process ends
}

// nodeName is the name of the i-th node, from 1.
func (o Options) nodeName(i int) string {
	if o.Prefix == "" {
		return NodeName(i)
	}
	return fmt.Sprintf("%s%d", o.Prefix, i)
}

// A Lab is a running cluster, or one whose daemons are yet to be started.
type Lab struct {
	*vnet.Lab
	Nodes []string
	log   Logger

	*handles
}

// handles are shared by copies of a Lab. mu guards open.
type handles struct {
	mu   sync.Mutex
	open map[string]*os.File // node → its directory, for socket names that are too long
}

// New makes the machines and switches them on. No daemon runs yet.
func New(ctx context.Context, log Logger, o Options) (*Lab, error) {
	if o.Nodes == 0 {
		o.Nodes = 2
	}
	if o.Nodes < 1 || o.Nodes > MaxNodes {
		return nil, fmt.Errorf("a lab has 1 to %d nodes, not %d", MaxNodes, o.Nodes)
	}
	if o.Dir == "" {
		o.Dir = DefaultDir()
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := vnet.Open(dir); err == nil {
		return nil, fmt.Errorf("a lab is running in %s already: heartbeat lab down ends it", dir)
	}
	if err := vnet.Remove(dir); err != nil { // what a crashed lab left
		return nil, fmt.Errorf("removing the files of an earlier lab: %w", err)
	}
	if o.ConfigFor == nil {
		files := DefaultFiles(o.Nodes, TimingFor(o.Nodes), Secret())
		o.ConfigFor = func(string) Files { return files }
	}
	inner, err := vnet.Start(ctx, spec(dir, o.Nodes, o), vnet.Options{Dir: dir, Binary: o.Binary, Tied: !o.Detached})
	if err != nil {
		return nil, err
	}
	l := wrap(inner, log)
	if err := l.bootAll(dir, o); err != nil {
		return nil, errors.Join(err, l.Remove())
	}
	return l, nil
}

// Open connects to the lab that runs in dir.
func Open(dir string, log Logger) (*Lab, error) {
	inner, err := vnet.Open(dir)
	if err != nil {
		return nil, err
	}
	return wrap(inner, log), nil
}

func wrap(inner *vnet.Lab, log Logger) *Lab {
	l := &Lab{Lab: inner, log: log, handles: &handles{open: map[string]*os.File{}}}
	for _, m := range inner.Spec.Machines {
		if m.Name != ClientName {
			l.Nodes = append(l.Nodes, m.Name)
		}
	}
	return l
}

// bootAll lays out the nodes and switches all machines on, together.
func (l *Lab) bootAll(dir string, o Options) error {
	for _, node := range l.Nodes {
		if err := layOut(dir, node, o.ConfigFor(node)); err != nil {
			return fmt.Errorf("files of %s: %w", node, err)
		}
	}
	began := time.Now()
	var wg sync.WaitGroup
	errs := make([]error, len(l.Spec.Machines))
	for i, m := range l.Spec.Machines {
		wg.Go(func() { errs[i] = l.Lab.PowerOn(m.Name) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	l.log.Logf("%d machines are on after %v", len(errs), time.Since(began).Round(time.Millisecond))
	return nil
}

// PowerOn boots a node, whose /run is empty then.
func (l *Lab) PowerOn(machine string) error {
	states, err := l.States()
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Machine == machine && s.Power == "off" && machine != ClientName {
			if err := emptyRun(filepath.Join(placesOf(l.Dir(), machine), "run")); err != nil {
				return fmt.Errorf("emptying /run of %s: %w", machine, err)
			}
		}
	}
	return l.Lab.PowerOn(machine)
}

func emptyRun(run string) error {
	if err := os.RemoveAll(run); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Join(run, "lock"), 0o755)
}

// Place is where the host sees a file of a node: of /etc/ha.d, /var/lib/heartbeat,
// /var/log or /run.
func (l *Lab) Place(node, inside string) string {
	for _, p := range places {
		if rel, err := filepath.Rel(p.inside, inside); err == nil && filepath.IsLocal(rel) {
			return filepath.Join(placesOf(l.Dir(), node), p.name, rel)
		}
	}
	return ""
}
