package takeover

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// A stage is one core that plays against recorded messages of C nodes. Groups start and stop
// at once unless hold is set.
type stage struct {
	t     *testing.T
	core  *Core
	now   time.Time
	sent  []string
	calls []string
	other []string // answers, addresses, leave
	hold  bool
}

func newStage(t *testing.T, self string, failback Failback) *stage {
	s := &stage{t: t, now: epoch}
	s.core = New(Config{Self: self, Nodes: []string{"a", "b"}, Groups: []Group{{"ga", "a"}, {"gb", "b"}}, Digest: "d",
		Failback: failback, Keepalive: 200 * time.Millisecond, Deadtime: time.Second, StartRetries: 1}, s.now)
	s.step(PeerAnnounced{Node: s.peer()})
	return s
}

func (s *stage) peer() string {
	if s.core.cfg.Self == "a" {
		return "b"
	}
	return "a"
}

func (s *stage) step(ev Event) {
	for _, e := range s.core.Step(s.now, ev) {
		switch e := e.(type) {
		case SendMessage:
			s.sent = append(s.sent, plain(e.Message))
		case StartGroup:
			s.calls = append(s.calls, "start "+e.Key)
			if !s.hold {
				defer s.step(GroupStarted{Key: e.Key})
			}
		case StopGroup:
			s.calls = append(s.calls, "stop "+e.Key)
			if !s.hold {
				defer s.step(GroupStopped{Key: e.Key})
			}
		case Answer:
			s.other = append(s.other, e.Text)
		case AnnounceAddresses:
			s.other = append(s.other, "addresses "+e.Key)
		case LeaveCluster:
			s.other = append(s.other, "leave")
		}
	}
}

// plain is the whole message as `value value …` behind its type; a C peer must get nothing else.
func plain(m *wire.Message) string {
	var l []string
	for i, f := range m.Fields {
		if i == 0 {
			l = append(l, f.Value)
			continue
		}
		l = append(l, f.Name+"="+f.Value)
	}
	return strings.Join(l, " ")
}

// hear plays a message of the peer: type, then name, value pairs.
func (s *stage) hear(kind string, pairs ...string) {
	s.step(MessageArrived{s.peer(), wire.New(append([]string{"t", kind}, pairs...)...)})
}

func (s *stage) resource(hold, isStable string, info ...string) {
	p := []string{"rsc_hold", hold, "rtype", "full", "isstable", isStable}
	if len(info) > 0 {
		p = append(p, "info", info[0])
	}
	s.hear("resource", p...)
}

func (s *stage) ask(set, info string) { s.hear("ask_resources", "rsc_hold", set, "info", info) }

func (s *stage) wait(d time.Duration) {
	end := s.now.Add(d)
	for {
		at := s.core.NextDeadline()
		if at.IsZero() || at.After(end) {
			break
		}
		s.now = at
		s.step(Tick{})
	}
	s.now = end
	s.step(Tick{})
}

// expect compares and clears what was sent.
func (s *stage) expect(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.sent, want) {
		s.t.Errorf("sent:\n  %s\nwant:\n  %s", strings.Join(s.sent, "\n  "), strings.Join(want, "\n  "))
	}
	s.sent = nil
}

func (s *stage) did(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.calls, want) {
		s.t.Errorf("calls %v, want %v", s.calls, want)
	}
	s.calls = nil
}

const (
	none0   = "resource rsc_hold=none rtype=full isstable=0"
	none1   = "resource rsc_hold=none rtype=full isstable=1"
	local1  = "resource rsc_hold=local rtype=full isstable=1"
	all1    = "resource rsc_hold=all rtype=full isstable=1"
	ourInfo = " info=req_our_resources()"
)

// bothUp brings a stage to the steady state beside a C peer that holds its own.
func bothUp(t *testing.T, self string, failback Failback) *stage {
	s := newStage(t, self, failback)
	s.step(NodeActive{s.peer()})
	s.hear("starting")
	s.step(CommunicationUp{})
	s.resource("none", "0")
	s.resource("local", "1")
	s.sent, s.calls = nil, nil
	return s
}

func TestTraceBothStart(t *testing.T) {
	s := newStage(t, "b", FailbackOff)
	s.step(CommunicationUp{})
	s.expect("starting")
	s.hear("starting")
	s.expect(none0)
	s.resource("none", "0")
	// At once, without C's ten seconds; C takes its own when it hears this.
	s.expect(local1, "ip-request-resp dest=b ipaddr=gb weown=yes ok=OK", local1+ourInfo)
	s.did("start gb")
	s.resource("none", "0")
	s.resource("local", "1")
	s.expect(local1) // C's own answer to a peer that became stable
	s.resource("local", "1", "req_our_resources()")
	s.expect()
	if v := s.core.View(); v.Resources != "local" || !v.Stable || v.Groups[0].Owner != "a" {
		t.Errorf("view %+v", v)
	}
}

func TestStartingIsRepeatedToAPeerThatWasNotReady(t *testing.T) {
	s := newStage(t, "b", FailbackOff)
	s.step(CommunicationUp{})
	s.hear("starting")
	s.sent = nil
	s.wait(1100 * time.Millisecond)
	s.expect("starting")
	s.resource("none", "0")
	s.did("start gb")
}

func TestSilentPeerIsWaitedForAsLongAsCDoes(t *testing.T) {
	s := newStage(t, "b", FailbackOff)
	s.step(CommunicationUp{})
	s.hear("starting")
	s.wait(9 * time.Second)
	s.did()
	s.wait(2 * time.Second)
	s.did("start gb")
}

func TestTraceJoinWhilePeerHoldsAll(t *testing.T) {
	s := newStage(t, "a", FailbackOff)
	s.step(CommunicationUp{})
	s.resource("all", "1")
	s.expect("starting", none0, none1, none1+ourInfo)
	s.did()
	// The peer has auto_failback on and gives our own back.
	s.ask("foreign", "me")
	s.expect("ask_resources rsc_hold=foreign info=other")
	s.resource("local", "0", "standby")
	s.did() // its scripts still run
	s.ask("foreign", "done")
	s.did("start ga")
	s.expect("ask_resources rsc_hold=foreign info=done", local1)
	s.resource("local", "1")
	s.expect(local1)
}

func TestTraceTakeover(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a", Reason: "silent"})
	s.expect("stonith node=a result=n_stnth", all1+ourInfo, "resource rsc_hold=foreign info=mach_down")
	s.did("start ga")
	if v := s.core.View(); v.Resources != "all" {
		t.Errorf("rscstatus %q", v.Resources)
	}
}

func TestTakeoverIsAnnouncedOnlyWhenItIsTrue(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.hold = true
	s.step(NodeDied{Node: "a"})
	s.expect("stonith node=a result=n_stnth")
	s.step(GroupStarted{Key: "ga", Failed: "X", Output: "no"})
	s.step(GroupStarted{Key: "ga", Failed: "X", Output: "no"})
	s.expect(local1 + ourInfo)
}

func TestTraceRejoinAndFailback(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a"})
	s.sent, s.calls = nil, nil
	s.step(NodeActive{"a"})
	s.hear("starting")
	s.expect(all1)
	s.resource("none", "0")
	s.expect()
	s.resource("none", "1")
	s.expect(all1, "ask_resources rsc_hold=foreign info=me")
	s.ask("foreign", "other")
	s.expect("resource rsc_hold=local rtype=full isstable=0 info=standby", "ask_resources rsc_hold=foreign info=done")
	s.did("stop ga")
	s.resource("local", "1")
	s.ask("foreign", "done")
	s.expect(local1)
	s.did()
}

func TestTraceLeave(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.resource("none", "0", "shutdown")
	s.did()
	s.hear("shutdone", "st", "dead")
	s.did("start ga")
	s.expect("ask_resources rsc_hold=foreign info=done", all1)
	s.step(NodeDied{Node: "a", Left: true})
	s.expect("stonith node=a result=unneeded")
	s.did()
}

func TestTraceOwnStop(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.hold = true
	s.step(ShutdownAsked{})
	s.expect("resource rsc_hold=none rtype=full isstable=0 info=shutdown")
	s.did("stop gb")
	s.step(GroupStopped{Key: "gb"})
	s.expect("shutdone st=dead")
	if len(s.other) != 0 {
		t.Errorf("did %v before the C peer had taken over", s.other)
	}
	s.hear("resource", "rsc_hold", "foreign", "info", "mach_down")
	if !slices.Equal(s.other, []string{"leave"}) {
		t.Errorf("did %v", s.other)
	}
}

// A C node that is asked by a newcomer in the middle of its shutdown says `none` while its scripts still stop what it had.
func TestNewcomerDoesNotBelieveALeavingCNode(t *testing.T) {
	s := newStage(t, "b", FailbackOff)
	s.step(NodeActive{s.peer()})
	s.step(CommunicationUp{})
	s.resource("none", "0")
	s.did()
	s.hear("shutdone", "st", "dead")
	s.did("start ga", "start gb")
}

// One that is in the middle of its own start tells so when it is stable.
func TestNewcomerWaitsForACNodeInFlux(t *testing.T) {
	s := newStage(t, "b", FailbackOff)
	s.step(NodeActive{s.peer()})
	s.step(CommunicationUp{})
	s.resource("none", "0")
	s.did()
	s.resource("local", "1")
	s.did("start gb")
}

func TestOwnStopWaitsForACPeerOnlySoLong(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(ShutdownAsked{})
	if len(s.other) != 0 {
		t.Errorf("did %v at once", s.other)
	}
	s.wait(stayForC)
	if !slices.Equal(s.other, []string{"leave"}) {
		t.Errorf("did %v after %v", s.other, stayForC)
	}
}

func TestTraceStandbyAllTowardC(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.hold = true
	s.step(StandbyAsked{ID: 1, Set: "all"})
	s.expect("ask_resources rsc_hold=all info=me")
	s.ask("all", "other")
	s.expect("resource rsc_hold=none rtype=full isstable=0 info=standby")
	s.did("stop gb")
	s.step(GroupStopped{Key: "gb"})
	s.expect("ask_resources rsc_hold=all info=done")
	s.ask("all", "done")
	s.resource("all", "1")
	s.expect(none1)
	if len(s.other) != 1 || !strings.Contains(s.other[0], "Other node completed standby takeover of all resources.") {
		t.Errorf("answers %v", s.other)
	}
}

// While C starts what it was given, it answers a word of ours, with what it held before.
func TestWhatCIsGivenIsNotTakenBackBeforeItIsDone(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.hold = true
	s.step(StandbyAsked{ID: 1, Set: "all"})
	s.ask("all", "other")
	s.step(GroupStopped{Key: "gb"})
	s.did("stop gb")
	s.resource("none", "1")
	s.ask("all", "done")
	s.did()
	s.resource("all", "1")
	s.did()
}

func TestTakeoverCommandTowardC(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.step(TakeoverAsked{ID: 1, Set: "foreign"})
	s.expect("hb_takeover rsc_hold=foreign")
	s.ask("local", "me")
	s.expect("ask_resources rsc_hold=local info=other")
	s.resource("none", "0", "standby")
	s.ask("local", "done")
	s.did("start ga")
	s.expect("ask_resources rsc_hold=local info=done", all1)
	if len(s.other) != 1 || !strings.HasPrefix(s.other[0], "Standby resource acquisition done") {
		t.Errorf("answers %v", s.other)
	}
}

func TestTakeoverOfCIsCarriedOutByUs(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.hear("hb_takeover", "rsc_hold", "foreign")
	s.expect("ask_resources rsc_hold=local info=me")
}

func TestStandbyCancelledWhenCDoesNotAnswer(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.step(StandbyAsked{ID: 1, Set: "all"})
	s.wait(10 * time.Second)
	s.did()
	if len(s.other) != 1 || !strings.Contains(s.other[0], "a did not answer in time") {
		t.Errorf("answers %v", s.other)
	}
	s.step(StandbyAsked{ID: 2, Set: "all"})
	s.ask("all", "other")
	s.did("stop gb")
}

func TestSimultaneousStandbyYieldsToC(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.sent = nil
	s.step(StandbyAsked{ID: 1, Set: "local"})
	s.ask("all", "me")
	s.expect("ask_resources rsc_hold=local info=me", "ask_resources rsc_hold=all info=other")
}

func TestStandbyOfCIsIgnoredWhileInFlux(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.resource("local", "0")
	s.ask("all", "me")
	s.expect()
	s.did()
}

func TestStuckStopNeverSaysDoneToC(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	s.hold = true
	s.step(StandbyAsked{ID: 1, Set: "all"})
	s.ask("all", "other")
	s.sent = nil
	s.step(GroupStopped{Key: "gb", Failed: "R"})
	s.expect(local1)
}

func TestHealBesideCKeepsAndAnnouncesAgain(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a"})
	s.sent, s.calls = nil, nil
	s.step(NodeReturned{"a"})
	s.wait(2 * time.Second)
	s.resource("none", "0", "shutdown")
	s.hear("shutdone", "st", "dead")
	s.did()
	if want := []string{"addresses ga", "addresses gb", "addresses ga", "addresses gb"}; !slices.Equal(s.other, want) {
		t.Errorf("did %v, want %v", s.other, want)
	}
	s.wait(10 * time.Second)
	s.did()
	s.sent = nil
	s.step(NodeRestarted{"a"})
	s.hear("starting")
	s.expect(all1)
	s.resource("none", "1")
	if !slices.Contains(s.sent, "ask_resources rsc_hold=foreign info=me") {
		t.Errorf("no fail-back: %v", s.sent)
	}
}

func TestHealBesideCGivesNothingBackBeforeCHasRestarted(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a"})
	s.calls, s.sent = nil, nil
	s.step(NodeReturned{"a"})
	s.resource("all", "1") // true of what it holds, but it gives all up two seconds after the heal
	s.wait(2 * time.Second)
	s.did()
	if i := slices.IndexFunc(s.sent, func(m string) bool { return strings.HasPrefix(m, "ask_resources") }); i >= 0 {
		t.Errorf("asked a node that is about to restart: %s", s.sent[i])
	}
	s.resource("none", "0", "shutdown")
	s.hear("shutdone", "st", "dead")
	s.did()
}

func TestHealBesideCThatNeverGivesUpReleasesTheDisputed(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a"})
	s.calls, s.sent = nil, nil
	s.step(NodeReturned{"a"})
	s.wait(7 * time.Second)
	s.did()
	s.wait(2 * time.Second)
	s.did("stop ga") // a held it before and was never told
}

func TestCThatClaimsWhatWeHoldGetsIt(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.resource("all", "1", "req_our_resources()")
	s.did("stop gb")
	s.expect(none1)
}

func TestPauseBesideC(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(SelfPaused{Gap: 900 * time.Millisecond})
	s.did()
	s.step(SelfPaused{Gap: 3 * time.Second})
	s.did("stop gb")
	// C took everything, sees us again, gives up and restarts.
	s.resource("none", "0", "shutdown")
	s.hear("shutdone", "st", "dead")
	s.did("start ga", "start gb")
}

func TestPauseThatCDidNotNotice(t *testing.T) {
	s := bothUp(t, "b", FailbackOn)
	s.step(SelfPaused{Gap: 1100 * time.Millisecond})
	s.calls, s.sent = nil, nil
	s.wait(9 * time.Second)
	s.expect("starting")
	s.resource("local", "1")
	s.did("start gb")
}

func TestColdStartAlone(t *testing.T) {
	s := newStage(t, "b", FailbackOn)
	s.step(NodeDied{Node: "a"})
	s.step(CommunicationUp{Dead: []string{"a"}})
	s.expect("starting", "stonith node=a result=n_stnth", all1+ourInfo, "resource rsc_hold=foreign info=mach_down")
	s.did("start ga", "start gb")
}

func TestTraceLegacy(t *testing.T) {
	s := newStage(t, "b", FailbackLegacy)
	s.step(NodeActive{"a"})
	s.step(CommunicationUp{})
	s.expect("ip-request ipaddr=gb")
	s.did()
	s.wait(5 * time.Second)
	s.expect("ip-request ipaddr=gb")
	s.hear("ip-request-resp", "dest", "b", "ipaddr", "gb", "weown", "yes", "ok", "OK")
	s.did("start gb")
	s.expect()
	// Its own group is asked for while we do not hold it, and again after we took it over.
	s.hear("ip-request", "ipaddr", "ga")
	s.expect("ip-request-resp dest=a ipaddr=ga weown=no ok=OK")
	s.step(NodeDied{Node: "a"})
	s.expect("stonith node=a result=n_stnth")
	s.did("start ga")
	s.step(NodeActive{"a"})
	s.hold = true
	s.hear("ip-request", "ipaddr", "ga")
	s.expect()
	s.did("stop ga")
	s.step(GroupStopped{Key: "ga"})
	s.expect("ip-request-resp dest=a ipaddr=ga weown=yes ok=OK")
	s.step(ShutdownAsked{})
	s.step(GroupStopped{Key: "gb"})
	s.expect("shutdone st=dead")
}

func TestLegacyAloneTakesItsOwnWithoutAsking(t *testing.T) {
	s := newStage(t, "b", FailbackLegacy)
	s.step(CommunicationUp{}) // a is heard but not active
	s.expect()
	s.did("start gb")
}

func TestLegacyTakesOverFromALeaverOnce(t *testing.T) {
	s := newStage(t, "b", FailbackLegacy)
	s.step(CommunicationUp{Dead: nil})
	s.calls = nil
	s.hear("shutdone", "st", "dead")
	s.did("start ga")
	s.step(NodeDied{Node: "a", Left: true})
	s.did()
}

func TestUnknownMessagesAreOfferedToScripts(t *testing.T) {
	s := bothUp(t, "b", FailbackOff)
	m := wire.New("t", "my-event", "x", "y")
	out := s.core.Step(s.now, MessageArrived{"a", m})
	if len(out) != 1 || out[0] != (RunEventScripts{m}) {
		t.Errorf("effects %v", out)
	}
}
