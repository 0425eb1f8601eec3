package address

import (
	"context"
	"os"
	"testing"

	"heartbeat/internal/netif"
	"heartbeat/internal/testenv"
)

// BenchmarkTake is a start with its first announcement. It changes addresses, so it runs
// in a namespace only, with the interfaces eth7 (10.77.0.1/24) and peer7, and HEARTBEAT_TEST_INSIDE=1.
func BenchmarkTake(b *testing.B) {
	testenv.Need(b, "a network namespace of its own", os.Getenv(inside) == "1", "run it with HEARTBEAT_TEST_INSIDE=1 below unshare -n")
	kernel, err := netif.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer kernel.Close()
	k := NewKeeper(Config{Kernel: kernel, StateFile: b.TempDir() + "/addresses"})
	defer k.Close()
	s, err := Parse(IPaddr, "10.77.0.50/24/eth7")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := k.Take(context.Background(), "other", other(b)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := k.Take(context.Background(), "web", s); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if _, err := k.Drop("web", s); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// other is an address that is held all the time, so that the interface's sockets are open as on a node that is ready.
func other(b *testing.B) Spec {
	s, err := Parse(IPaddr, "10.77.0.51/24/eth7")
	if err != nil {
		b.Fatal(err)
	}
	return s
}
