package vnet

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func TestMain(m *testing.M) {
	if code, mine := Inside(os.Args[1:]); mine {
		os.Exit(code)
	}
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "helper-") {
		os.Exit(helper(os.Args[1], os.Args[2:]))
	}
	os.Exit(m.Run())
}

func twoMachines() Spec {
	s := Spec{Networks: []Network{
		{Name: "service", Gateway: []netip.Prefix{netip.MustParsePrefix("10.77.1.254/24")}},
		{Name: "second"},
	}}
	for i := 1; i <= 2; i++ {
		s.Machines = append(s.Machines, Machine{Name: fmt.Sprintf("node%d", i), Env: []string{"COLOUR=blue"}, Links: []Link{
			{Network: 0, Addrs: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("10.77.1.%d/24", i)), netip.MustParsePrefix(fmt.Sprintf("fd77:1::%d/64", i))}},
			{Network: 1, Addrs: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("10.77.2.%d/24", i))}},
		}})
	}
	return s
}

// newLab starts two machines and takes everything away at the test's end.
func newLab(t *testing.T) *Lab {
	t.Helper()
	needNamespaces(t)
	lab, err := Start(t.Context(), twoMachines(), Options{Dir: filepath.Join(t.TempDir(), "lab"), Tied: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Remove(); err != nil {
			t.Errorf("removing the lab: %v", err)
		}
	})
	for _, m := range lab.Spec.Machines {
		must(t, lab.PowerOn(m.Name))
	}
	return lab
}

// needNamespaces leaves the test out where the system forbids namespaces.
func needNamespaces(t *testing.T) {
	t.Helper()
	err := Possible()
	how := ""
	if err != nil {
		how = err.Error()
	}
	testenv.Need(t, "namespaces", err == nil, how)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a helper of this test program in a machine and returns its output.
func run(t *testing.T, lab *Lab, machine string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, code, err := lab.Output(ctx, machine, append([]string{BinDir + "/heartbeat"}, args...)...)
	must(t, err)
	return strings.TrimSpace(out), code
}

// reaches says whether a datagram from a machine is answered by another address.
// It gives a mended link the time the kernel needs to look for its neighbour again.
func reaches(t *testing.T, lab *Lab, from, to string) bool {
	t.Helper()
	_, code := run(t, lab, from, "helper-ask", to, "150")
	return code == 0
}

// silent says that some datagrams in a row are not answered.
func silent(t *testing.T, lab *Lab, from, to string) bool {
	t.Helper()
	_, code := run(t, lab, from, "helper-ask", to, "6")
	return code != 0
}

// lost says that one datagram is not answered.
func lost(t *testing.T, lab *Lab, from, to string) bool {
	t.Helper()
	_, code := run(t, lab, from, "helper-ask", to, "1")
	return code != 0
}

// answering starts a responder in a machine and waits until it listens.
func answering(t *testing.T, lab *Lab, machine string) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	_, err = lab.Spawn(machine, Command{Argv: []string{BinDir + "/heartbeat", "helper-answer"}, Stdout: w})
	w.Close()
	must(t, err)
	if line, err := bufio.NewReader(r).ReadString('\n'); line != "listening\n" {
		t.Fatalf("the responder says %q (%v)", line, err)
	}
}

func TestMachinesReachEachOtherOnBothLinks(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node2")
	for _, to := range []string{"10.77.1.2", "10.77.2.2", "fd77:1::2"} {
		if out, code := run(t, lab, "node1", "helper-ask", to, "150"); code != 0 || out != "node2" {
			t.Errorf("asking %s: got %q, exit %d; want node2", to, out, code)
		}
	}
}

func TestExitCodesAndSignalsComeBack(t *testing.T) {
	lab := newLab(t)
	for arg, want := range map[string]int{"0": 0, "7": 7, "255": 255, "kill": 128 + 9} {
		if _, code := run(t, lab, "node1", "helper-exit", arg); code != want {
			t.Errorf("exit %s came back as %d, want %d", arg, code, want)
		}
	}
	if _, _, err := lab.Output(t.Context(), "node1", "no-such-program"); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("a missing program gives %v", err)
	}
	if _, _, err := lab.Output(t.Context(), "node9", "true"); err == nil || !strings.Contains(err.Error(), "node1, node2") {
		t.Errorf("a missing machine gives %v", err)
	}
}

func TestMachineHasItsOwnPlaces(t *testing.T) {
	lab := newLab(t)
	out, code := run(t, lab, "node1", "helper-places")
	if code != 0 {
		t.Fatalf("exit %d:\n%s", code, out)
	}
	for _, want := range []string{"host node1", "COLOUR blue", "cards eth0 eth1 lo", "write /run ok", "write /etc ok", "write /var/lib ok", "write /tmp ok", "write /usr refused"} {
		if !strings.Contains(out+"\n", want+"\n") {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if _, err := os.Stat("/run/vnet-was-here"); err == nil {
		t.Error("a file written in a machine's /run is on the host")
	}
}

func TestPowerOffKillsEverythingAndPowerOnStartsAfresh(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node2")
	p, err := lab.Start("node2", Command{Argv: []string{BinDir + "/heartbeat", "helper-hang"}})
	must(t, err)
	run(t, lab, "node2", "helper-places") // leaves /run/vnet-was-here
	must(t, lab.PowerOff("node2"))
	if _, err := p.Wait(); err != ErrPowerLost {
		t.Errorf("the running program ended with %v, want %v", err, ErrPowerLost)
	}
	if n := processesBelow(t, lab, "helper-"); n != 0 {
		t.Errorf("%d programs outlived the power cut", n)
	}
	if _, _, err := lab.Output(t.Context(), "node2", "true"); err == nil || !strings.Contains(err.Error(), "power-on") {
		t.Errorf("running something on a dead machine gives %v", err)
	}
	must(t, lab.PowerOn("node2"))
	if !silent(t, lab, "node1", "10.77.1.2") {
		t.Error("the responder answers after a reboot that nobody started it in")
	}
	answering(t, lab, "node2")
	if !reaches(t, lab, "node1", "10.77.1.2") {
		t.Error("a machine switched on again is not reached")
	}
	if _, code := run(t, lab, "node2", "helper-fresh"); code != 0 {
		t.Error("/run kept its files over a reboot")
	}
}

func TestFrozenMachineIsSilentUntilThawed(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node2")
	must(t, lab.Freeze("node2"))
	if !silent(t, lab, "node1", "10.77.1.2") {
		t.Error("a frozen machine answers")
	}
	if states, _ := lab.States(); states[1].Power != "frozen" {
		t.Errorf("state is %v, want frozen", states[1])
	}
	if _, _, err := lab.Output(t.Context(), "node2", "true"); err == nil || !strings.Contains(err.Error(), "thaw") {
		t.Errorf("running something on a frozen machine gives %v", err)
	}
	must(t, lab.Thaw("node2"))
	if !reaches(t, lab, "node1", "10.77.1.2") {
		t.Error("a thawed machine does not answer")
	}
}

func TestCutLinksLoseWhatTheyShouldAndHeal(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node1")
	answering(t, lab, "node2")
	carrier := func() string {
		out, _ := run(t, lab, "node2", "helper-carrier", "eth0")
		return out
	}
	for _, cut := range []Cut{Unplugged, Mute, Deaf, Dumb} {
		must(t, lab.Cut("node2", 0, cut))
		if !silent(t, lab, "node1", "10.77.1.2") || !silent(t, lab, "node2", "10.77.1.1") {
			t.Errorf("cut %s: a question was answered", cut)
		}
		if !reaches(t, lab, "node1", "10.77.2.2") {
			t.Errorf("cut %s: the other link is broken too", cut)
		}
		want := map[bool]string{true: "0", false: "1"}[cut == Unplugged]
		if got := carrier(); got != want {
			t.Errorf("cut %s: carrier is %s, want %s", cut, got, want)
		}
		must(t, lab.Heal("node2", 0))
		if !reaches(t, lab, "node1", "10.77.1.2") {
			t.Errorf("after healing cut %s the link does not work", cut)
		}
	}
}

func TestOneWayCutsLoseOneDirectionOnly(t *testing.T) {
	lab := newLab(t)
	for cut, heard := range map[Cut]bool{Deaf: false, Dumb: true} {
		// Learn the neighbour's address first: asking for it needs both directions.
		answering(t, lab, "node2")
		if !reaches(t, lab, "node1", "10.77.1.2") {
			t.Fatal("the link does not work before the cut")
		}
		before, _ := run(t, lab, "node2", "helper-received")
		must(t, lab.Cut("node2", 0, cut))
		silent(t, lab, "node1", "10.77.1.2")
		after, _ := run(t, lab, "node2", "helper-received")
		if got := before != after; got != heard {
			t.Errorf("cut %s: datagrams before %s, after %s", cut, before, after)
		}
		must(t, lab.PowerOff("node2"))
		must(t, lab.Heal("node2", 0))
		must(t, lab.PowerOn("node2"))
	}
}

func TestLossyLinkLosesSomeFramesUntilHealed(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node2")
	if !reaches(t, lab, "node1", "10.77.1.2") { // also makes the neighbours known to each other
		t.Fatal("the link does not work before the cut")
	}
	must(t, lab.Cut("node2", 0, Lossy(50)))
	answered, asked := 0, 40
	for range asked {
		if !lost(t, lab, "node1", "10.77.1.2") {
			answered++
		}
	}
	if answered == 0 || answered == asked { // by chance once in 4e12 times and once in 1e24
		t.Errorf("%d of %d questions were answered over a link that loses half", answered, asked)
	}
	must(t, lab.PowerOff("node2"))
	must(t, lab.PowerOn("node2"))
	answering(t, lab, "node2")
	must(t, lab.Heal("node2", 0))
	for range 5 {
		if !reaches(t, lab, "node1", "10.77.1.2") {
			t.Error("a healed link loses frames")
		}
	}
	if err := lab.Cut("node2", 0, Lossy(100)); err == nil || !strings.Contains(err.Error(), "loss=99") {
		t.Errorf("losing all by loss=100 gives %v", err)
	}
}

func TestCutOutlivesAReboot(t *testing.T) {
	lab := newLab(t)
	must(t, lab.Cut("node2", AllLinks, Mute))
	must(t, lab.PowerOff("node2"))
	must(t, lab.PowerOn("node2"))
	answering(t, lab, "node2")
	if !silent(t, lab, "node1", "10.77.1.2") || !silent(t, lab, "node1", "10.77.2.2") {
		t.Error("a reboot mended the cable")
	}
	must(t, lab.Heal("node2", AllLinks))
	if !reaches(t, lab, "node1", "10.77.1.2") {
		t.Error("healing after a reboot does not work")
	}
}

func TestRebootInsideSwitchesTheMachineOff(t *testing.T) {
	lab := newLab(t)
	p, err := lab.Start("node1", Command{Argv: []string{BinDir + "/heartbeat", "helper-reboot"}})
	must(t, err)
	if _, err := p.Wait(); err != ErrPowerLost {
		t.Fatalf("reboot ended with %v", err)
	}
	must(t, lab.PowerOff("node1")) // waits until it is gone
	must(t, lab.PowerOn("node1"))
	if states, _ := lab.States(); states[0].Power != "on" {
		t.Errorf("after a reboot the machine is %s", states[0].Power)
	}
}
