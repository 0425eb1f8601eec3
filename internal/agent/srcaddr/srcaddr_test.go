package srcaddr

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
	"heartbeat/internal/testenv"
)

func ip(t *testing.T, args string) string {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v %s", args, err, out)
	}
	return string(out)
}

func TestTheDefaultRouteGetsTheSourceAndLosesIt(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "ip", "iproute2")
	runtime.LockOSThread() // the thread ends with the test
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	kernel, err := netif.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close()
	ip(t, "link add e0 type veth peer name e1")
	ip(t, "link set e1 up")
	ip(t, "link set e0 up")
	ip(t, "addr add 10.9.0.1/24 dev e0")
	ip(t, "addr add 10.9.0.50/24 dev e0")
	k := Kind()
	a, err := k.New(native.Values{"ipaddress": "10.9.0.50"}, native.Place{Kernel: kernel})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Start(t.Context()); err == nil {
		t.Error("started without a default route")
	}
	if _, err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	ip(t, "route add default via 10.9.0.254 metric 7")
	for range 2 {
		if _, err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ip(t, "route show default"); strings.Count(got, "default") != 1 || !strings.Contains(got, "src 10.9.0.50") || !strings.Contains(got, "via 10.9.0.254") {
			t.Fatalf("routes: %s", got)
		}
	}
	if _, err := a.Status(t.Context()); err != nil {
		t.Error(err)
	}
	other, err := k.New(native.Values{"ipaddress": "10.9.0.1"}, native.Place{Kernel: kernel})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Stop(t.Context()); err == nil {
		t.Error("the source of somebody else was removed")
	}
	for range 2 {
		if _, err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ip(t, "route show default"); strings.Contains(got, "src") || !strings.Contains(got, "metric 7") {
			t.Errorf("routes: %s", got)
		}
	}
	if _, err := a.Status(t.Context()); native.CodeOf(err) != native.NotRunning {
		t.Error(err)
	}
	ip(t, "route add default via 10.9.0.253 metric 8")
	if _, err := a.Start(t.Context()); err == nil {
		t.Error("started with two default routes")
	}
}
