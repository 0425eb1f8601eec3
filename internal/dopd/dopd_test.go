package dopd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/wire"
)

func steps(t *testing.T, c *Core, list ...any) {
	t.Helper()
	for i := 0; i < len(list); i += 2 {
		got := c.Step(list[i].(Event))
		want, _ := list[i+1].([]Effect)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%#v: (want -, got +)\n%s", list[i], diff)
		}
	}
}

func TestAQuestionTravelsToTheNodeAndItsAnswerBack(t *testing.T) {
	asker, asked := New("node1"), New("node2")
	steps(t, asker,
		NodeChanged{"node2", true}, nil,
		Asked{1, "NODE2", "r0"}, []Effect{Tell{"node2", "r0"}},
		Asked{2, "node2", "r0"}, []Effect{Answer{2, Busy}},
		Asked{3, "node2", "r1"}, []Effect{Tell{"node2", "r1"}},
	)
	ev := EventOf(Message("node1", Tell{"node2", "r0"}))
	steps(t, asked,
		ev, []Effect{Run{"r0"}},
		Told{"node3", "r0"}, nil,
		Ran{"r0", 17}, []Effect{Reply{"node1", "r0", Primary}, Reply{"node3", "r0", Primary}},
	)
	steps(t, asker,
		EventOf(Message("node2", Reply{"node1", "r0", Primary})), []Effect{Answer{1, Primary}},
		Replied{"node2", "r0", Outdated}, nil,
		Asked{4, "node2", "r0"}, []Effect{Tell{"node2", "r0"}},
		Replied{"node3", "r0", Outdated}, nil,
		Gone{4}, nil,
		Replied{"node2", "r0", Outdated}, nil,
	)
}

func TestWhoCannotBeAskedIsUnreachableAtOnce(t *testing.T) {
	c := New("node1")
	steps(t, c,
		Asked{1, "node2", "r0"}, []Effect{Answer{1, Unreachable}},
		Asked{2, "node1", "r0"}, []Effect{Answer{2, Unreachable}},
		EventOf(wire.New("t", "status", "src", "gateway", "st", "ping")), nil,
		Asked{3, "gateway", "r0"}, []Effect{Answer{3, Unreachable}},
		EventOf(wire.New("t", "status", "src", "node2", "st", "active")), nil,
		Asked{4, "node2", "r0"}, []Effect{Tell{"node2", "r0"}},
		Asked{5, "node2", "r1"}, []Effect{Tell{"node2", "r1"}},
		EventOf(wire.New("t", "status", "src", "node2", "st", "dead")), []Effect{Answer{4, Unreachable}, Answer{5, Unreachable}},
		Asked{6, "node2", "r0"}, []Effect{Answer{6, Unreachable}},
	)
}

func TestExitCodesOfDrbdadmAreTranslated(t *testing.T) {
	for exit, want := range map[int]int{0: Outdated, 5: Inconsistent, 17: Primary, 1: Failed, -1: Failed} {
		c := New("node2")
		steps(t, c, Told{"node1", "r0"}, []Effect{Run{"r0"}}, Ran{"r0", exit}, []Effect{Reply{"node1", "r0", want}})
	}
}

func TestNoNameReachesDrbdadmThatIsNoResource(t *testing.T) {
	for _, bad := range []string{"", "all", "-f", "r0;reboot", "a b", "$(x)", "r\n0", string(make([]byte, 200))} {
		c := New("node2")
		steps(t, c, Told{"node1", bad}, []Effect{Reply{"node1", bad, Failed}})
		c.Step(NodeChanged{"node1", true})
		steps(t, c, Asked{1, "node1", bad}, []Effect{Answer{1, Failed}})
	}
	for _, good := range []string{"r0", "web-data_1.x", "r0/0"} {
		if !ValidResource(good) {
			t.Errorf("%s is refused", good)
		}
	}
}

// TestEveryQuestionIsAnsweredOnce plays two nodes that ask each other while they die, come back and lose answers.
func TestEveryQuestionIsAnsweredOnce(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 7))
		names := []string{"node1", "node2"}
		cores := map[string]*Core{"node1": New("node1"), "node2": New("node2")}
		open := map[string]map[uint64]bool{"node1": {}, "node2": {}}
		running := map[string][]string{}
		var id uint64
		var apply func(on string, effects []Effect)
		apply = func(on string, effects []Effect) {
			for _, e := range effects {
				switch e := e.(type) {
				case Answer:
					if !open[on][e.ID] {
						t.Fatalf("seed %d: %s answered %d, which nobody waits for", seed, on, e.ID)
					}
					delete(open[on], e.ID)
				case Run:
					running[on] = append(running[on], e.Resource)
				case Tell, Reply:
					to := names[0]
					if to == on {
						to = names[1]
					}
					apply(to, cores[to].Step(EventOf(Message(on, e))))
				}
			}
		}
		for range 60 {
			on := names[rng.IntN(2)]
			other := names[0]
			if other == on {
				other = names[1]
			}
			switch rng.IntN(5) {
			case 0:
				id++
				open[on][id] = true
				apply(on, cores[on].Step(Asked{id, other, fmt.Sprintf("r%d", rng.IntN(2))}))
			case 1:
				apply(on, cores[on].Step(NodeChanged{other, rng.IntN(3) > 0}))
			case 2, 3:
				if n := len(running[on]); n > 0 {
					res := running[on][n-1]
					running[on] = running[on][:n-1]
					apply(on, cores[on].Step(Ran{res, rng.IntN(20) - 1}))
				}
			case 4:
				for waiting := range open[on] {
					delete(open[on], waiting)
					cores[on].Step(Gone{waiting})
					break
				}
			}
		}
		for _, on := range names {
			for _, other := range names {
				if other != on {
					apply(on, cores[on].Step(NodeChanged{other, false}))
				}
			}
			if len(open[on]) > 0 {
				t.Fatalf("seed %d: %s never answered %v", seed, on, open[on])
			}
		}
	}
}
