package filesystem

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
)

// deadServer is a machine whose NFS server went away: an unmount never ends unless it detaches.
type deadServer struct {
	kernel
	table []mount
	calls []string
}

func (d *deadServer) mounts() ([]mount, error)      { return d.table, nil }
func (d *deadServer) users([]mount) ([]user, error) { return nil, nil }
func (d *deadServer) signal(int, unix.Signal) error { return errors.New("nobody") }
func (d *deadServer) unmount(string, int) error {
	return errors.New("must not be called in our own process")
}
func (d *deadServer) run(_ context.Context, argv ...string) native.Reply {
	d.calls = append(d.calls, strings.Join(argv, " "))
	if argv[len(argv)-1] == "2" { // MNT_DETACH
		d.table = nil
		return native.Reply{}
	}
	return native.Reply{Code: -1, Late: true}
}

type noWait struct{}

func (noWait) wait(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil }

func dead(t *testing.T, options string) (*agent, *deadServer) {
	t.Helper()
	d := &deadServer{table: []mount{{id: 7, dir: "/data", kind: "nfs4", source: "srv:/data"}}}
	k := Kind()
	v, err := k.FromArgs([]string{"srv:/data", "/data", "nfs", options})
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.New(v, native.Place{Run: d.run, Self: []string{"self"}})
	if err != nil {
		t.Fatal(err)
	}
	a := got.(*agent)
	a.kernel, a.clock = d, noWait{}
	return a, d
}

func TestADeadServerIsReportedAsStuck(t *testing.T) {
	a, d := dead(t, "rw")
	if _, err := a.Status(t.Context()); err != nil {
		t.Errorf("status: %v", err)
	}
	_, err := a.Stop(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "stuck: ") || !strings.Contains(err.Error(), "srv:/data") {
		t.Errorf("stop: %v", err)
	}
	for _, c := range d.calls {
		if !strings.HasPrefix(c, "self umount /data 1") {
			t.Errorf("called %q: without being asked for, nothing is detached", c)
		}
	}
	if len(d.calls) != 2 {
		t.Errorf("%d attempts: %v", len(d.calls), d.calls)
	}
}

func TestADeadServerIsDetachedWhereThatIsAllowed(t *testing.T) {
	a, d := dead(t, "rw,"+lazyOption)
	said, err := a.Stop(t.Context())
	if err != nil || !strings.Contains(said, "detached /data") {
		t.Errorf("stop: %q, %v; calls %v", said, err, d.calls)
	}
}
