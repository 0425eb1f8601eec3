package media

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/testenv"
)

// inNewNetwork runs the calling test again in a process of its own that lives in a fresh user and network
// namespace, where it may do as it likes. It returns true in that process.
func inNewNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv("HEARTBEAT_TEST_NETNS") == t.Name() {
		ip(t, "link set lo up")
		return true
	}
	testenv.NeedProgram(t, "ip", "iproute2")
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "HEARTBEAT_TEST_NETNS="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		testenv.Need(t, "user namespaces", false, "sysctl user.max_user_namespaces=1000 kernel.unprivileged_userns_clone=1")
	}
	if err != nil {
		t.Errorf("in a new network: %v\n%s", err, out)
	}
	return false
}

func ip(t *testing.T, words string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", words, err, out)
	}
}

// settle waits on a set until what is expected of its only link came true.
func settle(t *testing.T, s *Set, what string, ok func(Stats) bool) {
	t.Helper()
	for give := time.Now().Add(20 * time.Second); !ok(s.Stats()[0]); {
		if time.Now().After(give) {
			t.Fatalf("%s: never came true: %+v", what, s.Stats()[0])
		}
		s.Send([]byte("probe"))
		if err := s.Wait(20 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for _, more := s.Next(); more; _, more = s.Next() {
		}
	}
}

func TestInterfaceMayComeAndGo(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	for _, kind := range []string{"ucast", "bcast", "mcast", "ucast6", "mcast6"} {
		var troubles []Trouble
		m := conf.Medium{Kind: kind, Interface: "va", Name: "va", Port: 6940, TTL: 1, Loop: true}
		switch kind {
		case "ucast":
			m.Addr = netip.MustParseAddr("10.1.1.2")
		case "mcast":
			m.Addr = netip.MustParseAddr("239.7.7.7")
		case "ucast6":
			m.Addr = netip.MustParseAddr("fe80::2")
		case "mcast6":
			m.Addr = netip.MustParseAddr("ff02::694")
		}
		s := newSet(t, Config{Media: []conf.Medium{m}, Report: func(tr Trouble) { troubles = append(troubles, tr) }})
		settle(t, s, "missing", func(st Stats) bool { return !st.Open && st.SendErrors > 2 })
		if len(troubles) != 1 || !errors.Is(troubles[0].Err, unix.ENODEV) {
			t.Errorf("%s: a missing interface was reported as %v", kind, troubles)
		}
		for round := range 2 {
			ip(t, "link add va type veth peer name vb")
			ip(t, "addr add 10.1.1.1/24 dev va")
			ip(t, "link set va up")
			ip(t, "link set vb up")
			before := s.Stats()[0].Sent
			settle(t, s, "came", func(st Stats) bool { return st.Open && st.Sent > before+2 && st.Failure == "" })
			ip(t, "link del va")
			settle(t, s, "gone", func(st Stats) bool { return !st.Open && st.Failure != "" })
			if want := uint64(round + 1); s.Stats()[0].Reopened != want {
				t.Errorf("%s: opened again %d times, want %d", kind, s.Stats()[0].Reopened, want)
			}
		}
		for i, tr := range troubles[1:] {
			if i > 0 && (tr.Err == nil) == (troubles[i].Err == nil) && tr.Err == nil {
				t.Errorf("%s: reported as working twice in a row: %v", kind, troubles)
			}
		}
		s.Close()
	}
}

func TestPacketsStayOnTheirInterface(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	for _, words := range []string{"link add va type veth peer name vb", "addr add 10.1.1.1/24 dev va", "link set va up", "link set vb up",
		"link add vc type veth peer name vd", "addr add 10.1.2.1/24 dev vc", "link set vc up", "link set vd up"} {
		ip(t, words)
	}
	for _, kind := range []string{"bcast", "mcast"} {
		a := conf.Medium{Kind: kind, Interface: "va", Name: "va", Port: 6940, TTL: 1, Loop: true, Addr: netip.MustParseAddr("239.7.7.7")}
		b := a
		b.Interface, b.Name = "vc", "vc"
		sender := newSet(t, Config{Media: []conf.Medium{a}})
		both := newSet(t, Config{Media: []conf.Medium{a, b}})
		sender.Send([]byte("on va"))
		if p := next(t, both); p.Link != "va" {
			t.Errorf("%s: heard on %s first", kind, p.Link)
		}
		if p, ok := both.Next(); ok {
			t.Errorf("%s: heard on %s too", kind, p.Link)
		}
		sender.Close()
		both.Close()
	}
}

func TestMulticastWithoutLoopIsNotHeardAtHome(t *testing.T) {
	if !inNewNetwork(t) {
		return
	}
	ip(t, "link add va type veth peer name vb")
	ip(t, "addr add 10.1.1.1/24 dev va")
	ip(t, "link set va up")
	ip(t, "link set vb up")
	loud := conf.Medium{Kind: "mcast", Interface: "va", Name: "va", Port: 6940, TTL: 1, Loop: true, Addr: netip.MustParseAddr("239.7.7.7")}
	quiet := loud
	quiet.Loop = false
	s := newSet(t, Config{Media: []conf.Medium{quiet}})
	other := newSet(t, Config{Media: []conf.Medium{loud}})
	s.Send([]byte("first"))
	other.Send([]byte("second"))
	if p := next(t, s); string(p.Data) != "second" {
		t.Errorf("heard %q of a socket with loop 0", p.Data)
	}
}
