package takeover

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// up boots both nodes and waits until they settled.
func (w *world) up() {
	for _, n := range w.nodes {
		n.boot()
	}
	w.run(2 * time.Second)
	for _, n := range w.nodes {
		n.sent, n.calls, n.answers, n.announce = nil, nil, nil, nil
	}
}

func TestBothStartAndTakeTheirOwnWithoutWaiting(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n1").boot()
	w.run(50 * time.Millisecond)
	w.node("n2").boot()
	w.run(900 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n2")
	for _, n := range w.nodes {
		if v := n.core.View(); v.Resources != "local" || !v.Stable {
			t.Errorf("%s shows %q stable=%v", n.name, v.Resources, v.Stable)
		}
		if !slices.Equal(n.calls, []string{"start g" + n.name[1:]}) {
			t.Errorf("%s calls %v", n.name, n.calls)
		}
	}
}

func TestLoneNodeTakesEverythingAfterInitdead(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n1").boot()
	w.run(w.initdead - time.Millisecond)
	w.want("g1", "")
	w.run(300 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n1")
	if v := w.node("n1").core.View(); v.Resources != "all" {
		t.Errorf("rscstatus %q, want all", v.Resources)
	}
	// The second node comes later: off, nothing moves.
	w.node("n2").boot()
	w.run(2 * time.Second)
	w.want("g2", "n1")
	if v := w.node("n2").core.View(); v.Resources != "none" || !v.Stable {
		t.Errorf("n2 shows %q stable=%v", v.Resources, v.Stable)
	}
}

func TestPowerOffAndReturn(t *testing.T) {
	for _, tt := range []struct {
		name     string
		failback Failback
		after    string
	}{{"on", FailbackOn, "n1"}, {"off", FailbackOff, "n2"}, {"legacy", FailbackLegacy, "n1"}} {
		t.Run(tt.name, func(t *testing.T) {
			w := pair(t, tt.failback)
			w.up()
			w.node("n1").crash()
			w.run(1500 * time.Millisecond)
			w.want("g1", "n2")
			w.want("g2", "n2")
			w.node("n2").wantEvent("takeover.unprotected")
			w.run(time.Second)
			w.node("n1").boot()
			w.run(2 * time.Second)
			w.want("g1", tt.after)
			w.want("g2", "n2")
		})
	}
}

func TestGracefulStopMovesEverythingInOneMessage(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").step(ShutdownAsked{})
	// stop 10 ms, message 1 ms, start 10 ms.
	w.run(22 * time.Millisecond)
	w.want("g1", "n2")
	if w.node("n2").in["g1"] != Running {
		t.Errorf("g1 is %s on n2", w.node("n2").in["g1"])
	}
	if !w.node("n1").gone {
		t.Error("n1 has not left")
	}
	w.run(3 * time.Second)
	if w.node("n2").hasEvent("takeover.unprotected") {
		t.Error("an announced leave was taken for a death")
	}
	if got := w.node("n2").calls; !slices.Equal(got, []string{"start g1"}) {
		t.Errorf("calls %v", got)
	}
	w.node("n1").boot()
	w.run(2 * time.Second)
	w.want("g1", "n2")
}

func TestGracefulStopThenFailback(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	w.node("n1").step(ShutdownAsked{})
	w.run(3 * time.Second)
	w.want("g1", "n2")
	w.node("n1").boot()
	w.run(time.Second)
	w.want("g1", "n1")
	w.node("n2").wantEvent("failback.begun")
	if !slices.Contains(w.node("n2").sent, "t=ask_resources rsc_hold=foreign info=me") {
		t.Errorf("n2 sent %q", w.node("n2").sent)
	}
}

func TestStopDuringInitdeadIsImmediate(t *testing.T) {
	w := pair(t, FailbackOn)
	n := w.node("n1")
	n.boot()
	w.run(time.Second)
	n.step(ShutdownAsked{})
	if !n.gone || len(n.calls) > 0 {
		t.Errorf("left %v, calls %v", n.gone, n.calls)
	}
}

func TestStopRightAfterLoneStart(t *testing.T) {
	w := pair(t, FailbackOn)
	n := w.node("n1")
	n.boot()
	w.run(w.initdead + 215*time.Millisecond)
	n.step(ShutdownAsked{})
	w.run(50 * time.Millisecond)
	if !n.gone || w.owners("g1") != "" {
		t.Errorf("left %v, owner %q\n%s", n.gone, w.owners("g1"), w.story())
	}
}

func TestStandbyWords(t *testing.T) {
	for _, tt := range []struct{ word, g1, g2, refused string }{
		{"all", "n2", "n2", "false"},
		{"local", "n2", "n2", "false"},
		{"foreign", "n1", "n2", "false"},
		{"failback", "n1", "n2", "false"},
		{"bogus", "n1", "n2", "true"},
	} {
		t.Run(tt.word, func(t *testing.T) {
			w := pair(t, FailbackOff)
			w.up()
			w.node("n1").step(StandbyAsked{ID: 5, Set: tt.word})
			w.run(200 * time.Millisecond)
			w.want("g1", tt.g1)
			w.want("g2", tt.g2)
			a := w.node("n1").answers
			if len(a) != 1 || !strings.HasPrefix(a[0], "5 "+tt.refused) {
				t.Errorf("answers %q", a)
			}
			if tt.g1 == "n1" && len(w.node("n1").calls) > 0 {
				t.Errorf("calls %v", w.node("n1").calls)
			}
		})
	}
}

func TestStandbyIsDownOnlyForOneMessage(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(2 * time.Millisecond) // me, other
	if w.node("n1").in["g1"] != Stopping {
		t.Fatalf("g1 is %q", w.node("n1").in["g1"])
	}
	w.run(11 * time.Millisecond) // stop and done
	if w.node("n2").in["g1"] != Starting {
		t.Fatalf("g1 is %q on n2\n%s", w.node("n2").in["g1"], w.story())
	}
	w.run(20 * time.Millisecond)
	w.node("n1").wantEvent("standby: n2 can take our all resources")
	w.node("n1").wantEvent("Other node completed standby takeover of all resources.")
	w.node("n2").wantEvent("Standby resource acquisition done [all].")
}

func TestTakeoverWords(t *testing.T) {
	for _, tt := range []struct{ word, g1, g2 string }{
		{"all", "n2", "n2"}, {"foreign", "n2", "n2"}, {"local", "n1", "n2"}, {"failback", "n1", "n2"},
	} {
		t.Run(tt.word, func(t *testing.T) {
			w := pair(t, FailbackOff)
			w.up()
			w.node("n2").step(TakeoverAsked{ID: 9, Set: tt.word})
			w.run(200 * time.Millisecond)
			w.want("g1", tt.g1)
			w.want("g2", tt.g2)
			if a := w.node("n2").answers; len(a) != 1 || !strings.HasPrefix(a[0], "9 false") {
				t.Errorf("answers %q", a)
			}
		})
	}
}

func TestTakeoverFailbackGivesBackOnlyWhatIsNotAtHome(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(200 * time.Millisecond)
	w.want("g2", "n1")
	w.node("n2").step(TakeoverAsked{ID: 2, Set: "failback"})
	w.run(200 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n2")
}

func TestCommandsAreRefusedAtOnceWithAReason(t *testing.T) {
	w := pair(t, FailbackOff)
	n := w.node("n1")
	n.boot()
	n.step(StandbyAsked{ID: 1, Set: "all"})
	w.run(4 * time.Second)
	n.step(StandbyAsked{ID: 2, Set: "all"})
	n.step(TakeoverAsked{ID: 3, Set: "all"})
	l := pair(t, FailbackLegacy)
	l.up()
	l.node("n1").step(StandbyAsked{ID: 4, Set: "all"})
	answers := append(n.answers, l.node("n1").answers...)
	for i, part := range []string{"still starting", "no node can take over", "no node can take over", "legacy"} {
		if i >= len(answers) || !strings.Contains(answers[i], "true refused") || !strings.Contains(answers[i], part) {
			t.Errorf("answer %d of %q lacks %q", i, answers, part)
		}
	}
}

func TestSimultaneousStandbyLowerNameGoesFirst(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.node("n2").step(StandbyAsked{ID: 2, Set: "all"})
	w.run(200 * time.Millisecond)
	w.want("g1", "n2")
	w.want("g2", "n2")
	if a := w.node("n1").answers; len(a) != 1 || !strings.HasPrefix(a[0], "1 false") {
		t.Errorf("n1 answers %q", a)
	}
	if a := w.node("n2").answers; len(a) != 1 || !strings.Contains(a[0], "2 true") || !strings.Contains(a[0], "goes first") {
		t.Errorf("n2 answers %q", a)
	}
}

func TestPartitionHealKeepsTheOlderClaims(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	w.partition(true)
	w.run(3 * time.Second)
	w.want("g1", "n1 n2")
	w.want("g2", "n1 n2")
	w.partition(false)
	w.run(500 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n2")
	for _, n := range w.nodes {
		own := "g" + n.name[1:]
		if slices.Contains(n.calls, "stop "+own) {
			t.Errorf("%s stopped %s: %v", n.name, own, n.calls)
		}
		if len(n.announce) < 2 || n.announce[0] != own {
			t.Errorf("%s announced %v, want %s at the heal and after the release", n.name, n.announce, own)
		}
	}
	w.node("n1").wantEvent("Both machines own our resources!")
}

func TestHealWinnerAnnouncesBeforeTheLoserStops(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.partition(true)
	w.run(3 * time.Second)
	w.want("g1", "n1 n2")
	n1, n2 := w.node("n1"), w.node("n2")
	n1.announce = nil
	w.partition(false)
	for !slices.Contains(n2.calls, "stop g1") {
		if w.run(time.Millisecond); w.now.Sub(w.start) > time.Minute {
			t.Fatalf("n2 never released g1\n%s", w.story())
		}
		if slices.Contains(n2.calls, "stop g1") && !slices.Contains(n1.announce, "g1") {
			t.Fatalf("n2 released g1 before n1 announced it\n%s", w.story())
		}
	}
}

func TestPausedNodeGetsItsGroupBack(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	w.node("n1").pause(10 * time.Second)
	w.run(13 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	if n := strings.Count(strings.Join(w.node("n2").calls, ","), "start g1"); n != 1 {
		t.Errorf("n2 started g1 %d times: %v", n, w.node("n2").calls)
	}
}

func TestHealWithoutConflictAnnouncesAgain(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	// n2 believes n1 dead for a moment but cannot start anything.
	w.node("n2").failing["g1"] = true
	w.partition(true)
	w.run(1500 * time.Millisecond)
	w.node("n1").announce = nil
	w.partition(false)
	w.run(500 * time.Millisecond)
	w.want("g1", "n1")
	if !slices.Contains(w.node("n1").announce, "g1") {
		t.Errorf("announced %v", w.node("n1").announce)
	}
}

func TestOneWayCutLeavesOneOwner(t *testing.T) {
	for _, deaf := range []string{"n1", "n2"} {
		t.Run(deaf, func(t *testing.T) {
			w := pair(t, FailbackOff)
			w.up()
			other := "n1"
			if deaf == "n1" {
				other = "n2"
			}
			w.cut[[2]string{other, deaf}] = true
			w.run(3 * time.Second)
			// The deaf node took everything and cannot be told; the other released.
			w.want("g1", deaf)
			w.want("g2", deaf)
			w.cut[[2]string{other, deaf}] = false
			w.run(2 * time.Second)
			w.want("g1", deaf)
			w.want("g2", deaf)
		})
	}
}

func TestTakerDiesWhileAcquiring(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").hanging["g1"] = true
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(100 * time.Millisecond)
	w.node("n2").crash()
	w.run(1500 * time.Millisecond)
	w.want("g1", "n1")
	if a := w.node("n1").answers; len(a) != 1 || !strings.Contains(a[0], "true") {
		t.Errorf("answers %q", a)
	}
}

func TestGiverDiesWhileReleasing(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.took = 6 * time.Second
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(100 * time.Millisecond)
	w.took = 10 * time.Millisecond
	w.node("n1").crash()
	w.run(1500 * time.Millisecond)
	w.want("g1", "n2")
}

func TestFailedStartMovesToThePeer(t *testing.T) {
	w := pair(t, FailbackOn)
	w.node("n1").failing["g1"] = true
	w.up()
	w.want("g1", "n2")
	if v := w.node("n1").core.View(); v.Resources != "none" || v.Groups[0].Failure != "R: no" {
		t.Errorf("n1 shows %q %+v", v.Resources, v.Groups[0])
	}
	w.node("n1").wantEvent("group.failed")
	w.run(10 * time.Second)
	w.want("g1", "n2")
}

// A former failure of which the other node was not told any more once made each of two nodes leave the group to the other.
func TestGroupThatFailedLongAgoIsLeftToNobody(t *testing.T) {
	w := pair(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.failing["g1"] = true
	w.up()
	w.want("g1", "n2")
	w.run(10 * time.Second)
	n1.failing["g1"] = false
	w.took = 2 * time.Second
	n1.calls = nil
	w.partition(true)
	w.run(2 * time.Second) // n1 starts it, and is not ready when it hears that it need not
	if !slices.Contains(n1.calls, "start g1") {
		t.Fatalf("n1 did %v\n%s", n1.calls, w.story())
	}
	w.took = 10 * time.Millisecond // the stop is quick
	w.partition(false)
	w.run(5 * time.Second)
	w.want("g1", "n2")
	n2.crash()
	n2.boot()
	w.run(10 * time.Second)
	if len(w.owners("g1")) == 0 {
		t.Errorf("nobody runs g1\n%s", w.story())
	}
}

func TestFailedTakeoverRetriesWithBackoffWhileAlone(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	n2 := w.node("n2")
	n2.failing["g1"] = true
	w.node("n1").crash()
	w.run(1500 * time.Millisecond)
	w.want("g1", "")
	w.want("g2", "n2")
	if v := n2.core.View(); v.Resources != "local" {
		t.Errorf("rscstatus %q, want local", v.Resources)
	}
	n2.calls = nil
	w.run(17 * time.Second) // 5 + 10 s, two attempts each
	if got := strings.Count(strings.Join(n2.calls, " "), "start g1"); got != 4 {
		t.Errorf("%d attempts: %v", got, n2.calls)
	}
	n2.failing["g1"] = false
	w.run(20 * time.Second)
	w.want("g1", "n2")
}

func TestBothFailTakeTurns(t *testing.T) {
	w := pair(t, FailbackOn)
	w.node("n1").failing["g1"] = true
	w.node("n2").failing["g1"] = true
	w.up()
	w.want("g1", "")
	w.node("n2").failing["g1"] = false
	w.run(60 * time.Second)
	w.want("g1", "n2")
}

func TestStuckStopIsNeverClaimedReleased(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").sticking["g1"] = true
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(time.Second)
	if w.node("n2").in["g1"] != "" {
		t.Fatalf("n2 has g1 %s\n%s", w.node("n2").in["g1"], w.story())
	}
	if a := w.node("n1").answers; len(a) != 1 || !strings.Contains(a[0], "1 true") || !strings.Contains(a[0], "g1 would not stop") {
		t.Errorf("answers %q", a)
	}
	w.node("n1").wantEvent("group.stuck g1")
	if v := w.node("n1").core.View(); v.Resources != "local" || v.Groups[0].State != Blocked {
		t.Errorf("shows %q %v", v.Resources, v.Groups[0].State)
	}
	// A second command says why it cannot work; a shutdown waits.
	w.node("n1").step(StandbyAsked{ID: 2, Set: "all"})
	if a := w.node("n1").answers; len(a) != 2 || !strings.Contains(a[1], "g1 is blocked") {
		t.Errorf("answers %q", a)
	}
	w.node("n1").step(ShutdownAsked{})
	w.run(7 * time.Second)
	if w.node("n1").gone || w.node("n2").in["g1"] != "" {
		t.Fatalf("gone %v\n%s", w.node("n1").gone, w.story())
	}
	w.node("n1").sticking["g1"] = false
	w.run(6 * time.Second)
	w.want("g1", "n2")
	if !w.node("n1").gone {
		t.Error("n1 stays")
	}
}

func TestShutdownInterruptsAHangingStart(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n1").hanging["g1"] = true
	w.up()
	w.node("n1").step(ShutdownAsked{})
	w.run(200 * time.Millisecond)
	w.want("g1", "n2")
}

func TestPausedNodeReleasesFirst(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	n1 := w.node("n1")
	n1.pause(10 * time.Second)
	w.run(9 * time.Second)
	w.want("g1", "n1 n2")
	w.run(1100 * time.Millisecond)
	w.want("g1", "n2")
	w.want("g2", "n2")
	if n1.calls[0] != "stop g1" {
		t.Errorf("calls %v", n1.calls)
	}
	w.run(2 * time.Second)
	w.want("g1", "n2")
}

func TestNodeThatIsAloneBringsBackWhatAPauseSilenced(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").crash()
	w.run(3 * time.Second)
	n1 := w.node("n1")
	if n1.core.Exposed() {
		t.Error("a node that is alone has nobody to make room for")
	}
	n1.calls = nil
	n1.step(SelfPaused{Gap: 2 * time.Second}) // nothing was silenced, so nothing is disturbed
	w.run(2 * time.Second)
	if len(n1.calls) > 0 {
		t.Errorf("calls %v", n1.calls)
	}
	// The death of n2 was on its way when the shell decided.
	n1.step(SelfPaused{Gap: 2 * time.Second, Silenced: true})
	w.run(2 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
	if got := strings.Join(n1.calls, ","); got != "stop g1,stop g2,start g1,start g2" {
		t.Errorf("calls %v: what was silenced must be started anew", got)
	}
}

func TestPauseShorterThanTheDeadtimeChangesNothing(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	n1 := w.node("n1")
	n1.calls = nil
	n1.step(SelfPaused{Gap: w.deadtime - time.Millisecond})
	w.run(5 * time.Second)
	if len(n1.calls) > 0 {
		t.Errorf("calls %v", n1.calls)
	}
	w.want("g1", "n1")
}

func TestQuickRestartStartsNothingTwice(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(200 * time.Millisecond)
	w.node("n1").crash()
	w.run(100 * time.Millisecond)
	w.node("n1").boot()
	w.run(2 * time.Second)
	// g1 is at home there, g2 was there before; its home takes it.
	w.want("g1", "n1")
	w.want("g2", "n2")
}

func TestAdoptedGroupsAreVerifiedNotRestarted(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n1").boot("g1", "g2")
	w.node("n2").boot()
	w.run(2 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
	if !slices.Equal(w.node("n1").calls, []string{"start g1", "start g2"}) || len(w.node("n2").calls) > 0 {
		t.Errorf("calls %v %v", w.node("n1").calls, w.node("n2").calls)
	}
}

func TestDifferentDigestIsReportedOnce(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n2").cfg.Digest = "other"
	w.up()
	got := 0
	for _, e := range w.node("n1").events {
		if strings.HasPrefix(e, "config.differs n2") {
			got++
		}
	}
	if got != 1 {
		t.Errorf("%d reports", got)
	}
}

func TestThreeNodesOneOwnerEach(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n3"}, Group{"gx", "nowhere"})
	w.up()
	w.want("g1", "n1")
	w.want("g3", "n3")
	w.want("gx", "")
	w.node("n1").wantEvent("nowhere")
	w.node("n3").crash()
	w.run(2 * time.Second)
	w.want("g3", "n1") // the next in ha.cf order after n3
	w.node("n1").step(ShutdownAsked{})
	w.run(2 * time.Second)
	w.want("g1", "n2")
	w.want("g3", "n2")
}

func TestStandbyAmongThreeNodesGivesEveryGroupToItsNextNode(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n1"}, Group{"g3", "n3"})
	w.up()
	w.node("n1").step(VerbAsked{ID: 7, Verb: VerbMove, Group: "g2", Node: "n3"})
	w.run(time.Second)
	w.want("g2", "n3")
	w.node("n3").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(time.Second)
	w.want("g2", "n1")
	w.want("g3", "n1")
	w.node("n2").step(TakeoverAsked{ID: 2, Set: "all"})
	w.run(time.Second)
	for _, g := range []string{"g1", "g2", "g3"} {
		w.want(g, "n2")
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		if a := w.node(n).answers; len(a) != 1 || strings.Contains(a[0], " true ") {
			t.Errorf("%s answers %q", n, a)
		}
	}
}

func TestStandbyAndTakeoverAtOnceMoveOnlyOnce(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").step(StandbyAsked{ID: 1, Set: "local"})
	w.node("n2").step(TakeoverAsked{ID: 2, Set: "foreign"})
	w.run(300 * time.Millisecond)
	w.want("g1", "n2")
	if got := w.node("n1").calls; !slices.Equal(got, []string{"stop g1"}) {
		t.Errorf("calls %v", got)
	}
	for _, n := range w.nodes {
		if len(n.answers) != 1 {
			t.Errorf("%s answered %q", n.name, n.answers)
		}
	}
}

func TestPeerRestartsInTheMiddleOfAHandOver(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").hanging["g1"] = true
	w.node("n1").step(StandbyAsked{ID: 1, Set: "all"})
	w.run(100 * time.Millisecond)
	w.node("n2").hanging["g1"] = false
	w.node("n2").crash()
	w.run(300 * time.Millisecond)
	w.node("n2").boot()
	w.run(2 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	if a := w.node("n1").answers; len(a) != 1 || !strings.Contains(a[0], "it restarted") {
		t.Errorf("answers %q", a)
	}
}

func TestLegacyPairHealsToOneOwnerEach(t *testing.T) {
	w := pair(t, FailbackLegacy)
	w.up()
	w.partition(true)
	w.run(3 * time.Second)
	w.want("g1", "n1 n2")
	w.partition(false)
	w.run(2 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
}

func TestFailbackLeavesWhatItsHomeCannotRun(t *testing.T) {
	w := pair(t, FailbackOn)
	w.node("n1").failing["g1"] = true
	w.up()
	w.want("g1", "n2")
	w.node("n2").step(StandbyAsked{ID: 1, Set: "local"})
	w.run(300 * time.Millisecond)
	w.want("g2", "n1")
	w.node("n2").crash()
	w.run(2 * time.Second)
	w.node("n1").failing["g1"] = false
	w.run(8 * time.Second)
	w.want("g1", "n1")
}

func TestEveryDecisionCarriesReasonAndCause(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	w.node("n1").crash()
	w.run(2 * time.Second)
	v := w.node("n2").core.View()
	if v.Groups[0].Reason != "n1 is dead" || !strings.Contains(v.IfCut, "alone") {
		t.Errorf("reason %q, if cut %q", v.Groups[0].Reason, v.IfCut)
	}
	w.node("n2").wantEvent("Resources being acquired from n1.")
	w.node("n2").wantEvent("g1 is started on n2: n1 is dead.")
}
