package connectivity

import (
	"math/rand/v2"
	"testing"
)

func report(level Level, low, high, total int) Report {
	r := Report{Ping: Score{low, high, total}}
	if level != Unknown {
		r.Groups = []Service{{"g", "eth0", level}}
	}
	return r
}

func TestWhoIsBetterConnected(t *testing.T) {
	tests := map[string]struct {
		own, peer Report
		want      Reason
	}{
		"cable out here, in there":                  {report(Bad, 0, 0, 0), report(Good, 0, 0, 0), ByCarrier},
		"cable out on both sides":                   {report(Bad, 0, 0, 0), report(Bad, 0, 0, 0), No},
		"cable out on both, a ping node elsewhere":  {report(Bad, 0, 0, 1), report(Bad, 1, 1, 1), No},
		"the other cable is back, but not for long": {report(Bad, 0, 0, 0), report(Shaky, 0, 0, 0), No},
		"our cable is out since a moment only":      {report(Shaky, 0, 0, 0), report(Good, 0, 0, 0), No},
		"the other node does not say":               {report(Bad, 0, 0, 0), report(Unknown, 0, 0, 0), No},
		"we do not know ourselves":                  {report(Unknown, 0, 0, 1), report(Good, 1, 1, 1), No},
		"carrier goes before ping nodes":            {report(Bad, 2, 2, 2), report(Good, 0, 0, 2), ByCarrier},
		"a ping node is dead here":                  {report(Good, 0, 0, 1), report(Good, 1, 1, 1), ByPing},
		"and overdue there":                         {report(Good, 0, 0, 1), report(Good, 0, 1, 1), No},
		"it is overdue here only":                   {report(Good, 0, 1, 1), report(Good, 1, 1, 1), No},
		"dead on both sides":                        {report(Good, 0, 0, 1), report(Good, 0, 0, 1), No},
		"each misses another one":                   {report(Good, 1, 1, 2), report(Good, 1, 1, 2), No},
		"ping nodes differ in the files":            {report(Good, 0, 0, 1), report(Good, 2, 2, 2), No},
		"more there, but its cable is out":          {report(Good, 0, 0, 1), report(Bad, 1, 1, 1), No},
		"groups without addresses":                  {report(Unknown, 0, 0, 1), report(Unknown, 1, 1, 1), ByPing},
	}
	for name, tt := range tests {
		if got := Better("g", tt.own, tt.peer); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestTheWayHomeIsOpenOnlyWhenNothingIsLost(t *testing.T) {
	tests := map[string]struct {
		own, home Report
		want      bool
	}{
		"both well":                    {report(Good, 1, 1, 1), report(Good, 1, 1, 1), true},
		"home has no cable":            {report(Good, 0, 0, 0), report(Bad, 0, 0, 0), false},
		"home's cable is new":          {report(Good, 0, 0, 0), report(Shaky, 0, 0, 0), false},
		"home does not say":            {report(Good, 0, 0, 0), report(Unknown, 0, 0, 0), true},
		"home misses the ping node":    {report(Good, 1, 1, 1), report(Good, 0, 0, 1), false},
		"home's ping node is overdue":  {report(Good, 1, 1, 1), report(Good, 0, 1, 1), false},
		"neither hears the ping node":  {report(Good, 0, 0, 1), report(Good, 0, 0, 1), true},
		"ping nodes are not compared":  {report(Good, 1, 1, 1), report(Good, 0, 0, 0), true},
		"only home hears a ping node ": {report(Good, 0, 0, 1), report(Good, 1, 1, 1), true},
	}
	for name, tt := range tests {
		if got := AtLeast("g", tt.own, tt.home); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// Two nodes that compare the same reports never send a group back and forth.
func TestAtMostOneOfTwoIsBetter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() Report {
		total := r.IntN(4)
		high := r.IntN(total + 1)
		return report(Level(r.IntN(4)), r.IntN(high+1), high, total)
	}
	better := 0
	for range 100000 {
		a, b := draw(), draw()
		ab, ba := Better("g", a, b), Better("g", b, a)
		if ab != No {
			better++
		}
		if ab != No && ba != No {
			t.Fatalf("both are better than the other: %+v %+v", a, b)
		}
		// The way home must not lead to where it would be sent away from.
		if ab != No && AtLeast("g", b, a) {
			t.Fatalf("%+v gives the group to %+v, which would send it home at once", a, b)
		}
		if Better("g", a, a) != No {
			t.Fatalf("%+v is better than itself", a)
		}
	}
	if better == 0 {
		t.Error("nobody was ever better")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a1:good:eth0 b2:bad:bond0.7", "1/2/3")
	f.Add("a1:shaky:", "0/0/0")
	f.Add(":::", "3/2/1")
	f.Add("a:unknown:eth0", "99999999999999999999/1/1")
	f.Fuzz(func(t *testing.T, links, ping string) {
		r := Parse(links, ping)
		if r.Ping.Low < 0 || r.Ping.Low > r.Ping.High || r.Ping.High > r.Ping.Total {
			t.Fatalf("impossible score %v", r.Ping)
		}
		again := Parse(r.Fields())
		if len(again.Groups) != len(r.Groups) || again.Ping != r.Ping {
			t.Fatalf("%+v became %+v", r, again)
		}
		for i, s := range r.Groups {
			if s.Level == Unknown || s.Group == "" || again.Groups[i] != s {
				t.Fatalf("%+v became %+v", s, again.Groups[i])
			}
		}
	})
}
