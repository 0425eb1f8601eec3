package portblock

import (
	"context"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/testenv"
)

// ownNetwork gives the goroutine of the test a network of its own, for ever: its thread is not used again.
func ownNetwork(t *testing.T) {
	t.Helper()
	testenv.NeedRoot(t)
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	ifr.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		t.Fatal(err)
	}
}

func made(t *testing.T, flags string, v native.Values) native.Agent {
	t.Helper()
	k := Kind()
	a, err := k.New(v, native.Place{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// reaches says whether a datagram from this machine to itself arrives.
func reaches(t *testing.T, host string) bool {
	t.Helper()
	at, err := net.ListenPacket("udp", net.JoinHostPort(host, "7788"))
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	from, err := net.Dial("udp", at.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if _, err := from.Write([]byte("x")); err != nil {
		return false
	}
	// On the loopback interface a packet is there when the write returns, or never.
	_ = at.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, _, err = at.ReadFrom(make([]byte, 1))
	return err == nil
}

func do(t *testing.T, f func(context.Context) (string, error)) {
	t.Helper()
	if said, err := f(t.Context()); err != nil {
		t.Fatalf("%q, %v", said, err)
	}
}

func active(t *testing.T, a native.Agent, want bool) {
	t.Helper()
	if _, err := a.Status(t.Context()); (err == nil) != want || err != nil && native.CodeOf(err) != native.NotRunning {
		t.Fatalf("status: %v, want running %v", err, want)
	}
}

func TestPacketsVanishWhileAPortIsBlocked(t *testing.T) {
	ownNetwork(t)
	flags := t.TempDir()
	block := made(t, flags, native.Values{"protocol": "udp", "portno": "53,7000:7999", "action": "block"})
	open := made(t, flags, native.Values{"protocol": "udp", "portno": "53,7000:7999", "action": "unblock"})
	active(t, block, false)
	active(t, open, false)
	for range 2 {
		do(t, block.Start)
		active(t, block, true)
		active(t, open, false)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		if reaches(t, host) {
			t.Errorf("a packet to a blocked port of %s arrived", host)
		}
	}
	for range 2 {
		do(t, open.Start)
		active(t, open, true)
		active(t, block, false)
	}
	if !reaches(t, "127.0.0.1") {
		t.Error("after the unblock nothing arrives")
	}
	do(t, open.Stop) // the group leaves: block again
	active(t, open, false)
	active(t, block, true)
	if reaches(t, "127.0.0.1") {
		t.Error("a packet arrived while the group moves")
	}
	do(t, block.Stop)
	do(t, block.Stop)
	do(t, open.Stop)
	active(t, block, false)
	if !reaches(t, "127.0.0.1") {
		t.Error("after everything is stopped nothing arrives")
	}
}

func TestOnlyTheNamedAddressIsBlocked(t *testing.T) {
	ownNetwork(t)
	a := made(t, t.TempDir(), native.Values{"protocol": "udp", "portno": "7788", "action": "block", "ip": "127.0.0.2"})
	do(t, a.Start)
	if reaches(t, "127.0.0.2") {
		t.Error("the address is not blocked")
	}
	if !reaches(t, "127.0.0.1") {
		t.Error("another address is blocked, too")
	}
	do(t, a.Stop)
}

func TestPortsThatAreNone(t *testing.T) {
	k := Kind()
	for _, v := range []native.Values{
		{"protocol": "icmp", "portno": "1", "action": "block"}, {"protocol": "tcp", "portno": "1", "action": "close"},
		{"protocol": "tcp", "portno": "0", "action": "block"}, {"protocol": "tcp", "portno": "70000", "action": "block"},
		{"protocol": "tcp", "portno": "9:8", "action": "block"}, {"protocol": "tcp", "portno": "", "action": "block"},
		{"protocol": "tcp", "portno": "80", "action": "block", "ip": "host"},
	} {
		if _, err := k.New(v, native.Place{Flags: os.DevNull}); native.CodeOf(err) != native.Configured {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func FuzzPorts(f *testing.F) {
	f.Add("80,443:500")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := parsePorts(s)
		for _, p := range list {
			if err == nil && (p.from == 0 || p.to < p.from) {
				t.Errorf("%q: %v", s, p)
			}
		}
	})
}
