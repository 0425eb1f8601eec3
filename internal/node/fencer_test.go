package node

import (
	"os"
	"strings"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

// device writes a fence agent that does what the file mode says, and returns its path.
func (s *stand) device() string {
	s.write("pdu", "fence_pdu", `#!/bin/sh
dir=$(dirname "$0")
while read -r line; do case $line in action=*) action=${line#action=};; plug=*) plug=${line#plug=};; esac; done
echo "$action $plug" >>"$dir/calls"
case $action in
metadata) echo '<resource-agent><parameters><parameter name="ip" required="1"/></parameters></resource-agent>';;
reboot|off) case $(cat "$dir/mode") in fail) echo "no power here" >&2; exit 1;; wait) sleep 1000;; esac;;
esac
exit 0
`, 0o755)
	s.mode("ok")
	return s.path("pdu", "etc", "fence_pdu")
}

func (s *stand) mode(word string) { s.write("pdu", "mode", word, 0o644) }

func (s *stand) switched() string {
	data, err := os.ReadFile(s.path("pdu", "etc", "calls"))
	if err != nil {
		s.t.Error(err)
	}
	return string(data)
}

func (s *stand) pairWith(lines string) (n1, n2 *running) {
	s.more += lines
	s.files("n1")
	s.files("n2")
	n1, n2 = s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	testenv.Until(s.t, "both to be stable", func() bool { return n1.Status().Stable && n2.Status().Stable })
	return n1, n2
}

func TestADeadNodeIsFencedBeforeItsGroupsStart(t *testing.T) {
	s := newStand(t)
	n1, n2 := s.pairWith("stonith_host * " + s.device() + " ip=10.0.0.9\n")
	at := n1.last()
	n2.Abandon()
	fenced, up := n1.await(at, event.FenceDone, "n2"), n1.await(at, event.GroupAcquired, "mail::2")
	if up.ID < fenced.ID || n1.last() < up.ID {
		t.Errorf("started before it was fenced: %s", n1.story())
	}
	if calls := s.switched(); !strings.Contains(calls, "reboot n2\n") {
		t.Errorf("the device was asked: %s", calls)
	}
	st := n1.Status()
	if f := st.Fencing; f == nil || f.TakeOver != "fenced" || len(f.Devices) != 1 || !f.Devices[0].OK || len(f.Waits) > 0 {
		t.Errorf("%+v", f)
	}
}

func TestAFencingThatFailsIsLoudAndAHumanEndsIt(t *testing.T) {
	s := newStand(t)
	n1, n2 := s.pairWith("stonith_host * " + s.device() + " ip=10.0.0.9\n")
	s.mode("fail")
	at := n1.last()
	if a, err := n1.Confirm(t.Context(), "n2", "root"); err != nil || !a.Refused || !strings.Contains(a.Text, "n2 is alive") {
		t.Errorf("%+v %v", a, err)
	}
	n2.Abandon()
	n1.await(at, event.FenceFailed, "n2")
	n1.await(at, event.TakeoverWaits, "n2")
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "type: heartbeat confirm n2") || !strings.Contains(got, "no power here") {
		t.Errorf("status: %s", got)
	}
	if n1.groups.runs() != "web::1" {
		t.Errorf("runs %s", n1.groups.runs())
	}
	if a, err := n1.Confirm(t.Context(), "n2", "root"); err != nil || a.Refused {
		t.Errorf("%+v %v", a, err)
	}
	n1.await(at, event.GroupAcquired, "mail::2")
}

func TestAConfirmationEndsADeviceThatHangs(t *testing.T) {
	s := newStand(t)
	n1, n2 := s.pairWith("stonith_host * " + s.device() + " ip=10.0.0.9\n")
	s.mode("wait")
	at := n1.last()
	n2.Abandon()
	n1.await(at, event.FenceBegun, "n2")
	if a, err := n1.Confirm(t.Context(), "n2", "root"); err != nil || a.Refused {
		t.Errorf("%+v %v", a, err)
	}
	n1.await(at, event.GroupAcquired, "mail::2")
	testenv.Until(t, "the end of the hunt", func() bool { return len(n1.Status().Fencing.Hunted) == 0 })
}

func TestTheDevicesAreTestedAndOrdered(t *testing.T) {
	s := newStand(t)
	n1, _ := s.pairWith("stonith_host n9 nonsense for another node\nstonith_host n1 " + s.device() + " ip=10.0.0.9 hosts=n2\n" + "stonith_host n2 " + s.device() + " ip=10.0.0.9\n")
	for _, c := range []struct {
		op, node, says string
		refused        bool
	}{
		{"test", "", "answers", false}, {"test", "n2", "can switch n2", false}, {"off", "n1", "does not fence itself", true},
		{"off", "n7", "is no node of this cluster", true}, {"melt", "n2", "no fencing operation", true},
	} {
		if a, err := n1.Fence(t.Context(), c.op, c.node); err != nil || a.Refused != c.refused || !strings.Contains(a.Text, c.says) {
			t.Errorf("%s %s: %+v %v", c.op, c.node, a, err)
		}
	}
	if strings.Contains(s.switched(), "off") || strings.Contains(s.switched(), "reboot") {
		t.Errorf("a test switched something: %s", s.switched())
	}
	if a, err := n1.Fence(t.Context(), "off", "n2"); err != nil || a.Refused || !strings.Contains(s.switched(), "off n2") {
		t.Errorf("%+v %v %s", a, err, s.switched())
	}
	if cut := n1.Status().Cut; len(cut) < 3 || cut[0].About != "links" || cut[0].OK || !strings.Contains(cut[1].Text, "n1 would fence n2 at once") || !cut[2].OK {
		t.Errorf("%+v", cut)
	}
}

func TestTakeOverManualWaitsForAHuman(t *testing.T) {
	s := newStand(t)
	n1, n2 := s.pairWith("#!hb take_over manual\n")
	at := n1.last()
	n2.Abandon()
	n1.await(at, event.TakeoverWaits, "n2")
	if got := n1.Status(); len(got.Fencing.Waits) != 1 || got.Fencing.Waits[0].Command != "heartbeat confirm n2" || n1.groups.runs() != "web::1" {
		t.Errorf("%+v %s", got.Fencing, n1.groups.runs())
	}
	if a, err := n1.Confirm(t.Context(), "n2", "root"); err != nil || a.Refused {
		t.Errorf("%+v %v", a, err)
	}
	n1.await(at, event.GroupAcquired, "mail::2")
}

func TestAGroupThatDoesNotStopResetsTheMachineAndThePeerIsTold(t *testing.T) {
	s := newStand(t)
	n1, n2 := s.pairWith("#!hb stop_failure fence-self\n")
	n1.groups.mu.Lock()
	n1.groups.sticks = "web::1"
	n1.groups.mu.Unlock()
	at := n2.last()
	if a, err := n1.Standby(t.Context(), "all"); err != nil || !a.Refused {
		t.Errorf("%+v %v", a, err)
	}
	testenv.Until(t, "the reset", func() bool { return len(s.resets) > 0 })
	if got := <-s.resets; !strings.Contains(got, "n1 web::1 would not stop (web::1: it sticks)") {
		t.Error(got)
	}
	told := n2.await(at, event.SelfFence, "n1")
	if n2.groups.runs() != "mail::2" {
		t.Errorf("started before the other node was down: %s", n2.groups.runs())
	}
	n1.Abandon()
	if up := n2.await(at, event.GroupAcquired, "web::1"); up.ID < told.ID {
		t.Error(n2.story())
	}
}

func TestAGroupThatDoesNotStopIsBlockedByDefault(t *testing.T) {
	s := newStand(t)
	n1, _ := s.pairWith("")
	n1.groups.mu.Lock()
	n1.groups.sticks = "web::1"
	n1.groups.mu.Unlock()
	at := n1.last()
	if a, err := n1.Standby(t.Context(), "all"); err != nil || !a.Refused {
		t.Errorf("%+v %v", a, err)
	}
	n1.await(at, event.GroupStuck, "web::1")
	if len(s.resets) > 0 || strings.Contains(n1.story(), event.SelfFence.Name) {
		t.Error("the machine was to be reset")
	}
}

// A life after a crash has no time: the peers wait for its first word, not for a program of a device.
func TestARevivedNodeAsksNoDeviceBeforeItSpeaks(t *testing.T) {
	s := newStand(t)
	s.more += "stonith_host * " + s.device() + " ip=10.0.0.9\n"
	s.files("n1")
	s.write("pdu", "calls", "", 0o644)
	asked := func(revived string) int {
		before := strings.Count(s.switched(), "metadata")
		opts := s.options("n1")
		opts.Revived = revived
		n, err := Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		n.release()
		return strings.Count(s.switched(), "metadata") - before
	}
	if n := asked(""); n == 0 {
		t.Error("a start does not ask the device for its parameters")
	}
	if n := asked("it crashed"); n != 0 {
		t.Errorf("a life after a crash asks the device %d times", n)
	}
}
