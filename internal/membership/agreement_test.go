package membership

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
)

func TestDriftOfHaCfIsToldByDirective(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	same := []Term{{"deadtime", "30"}, {"keepalive", "2"}, {"node", "n1 n2 n3"}}
	for _, p := range l.peers {
		p.cfg.Terms = same
	}
	n1, n2, n3 := l.peer("n1"), l.peer("n2"), l.peer("n3")
	n2.cfg.Terms = []Term{{"deadtime", "10"}, {"keepalive", "2"}, {"node", "n1 n2 n3"}, {"take_over", "manual"}}
	for _, p := range l.peers {
		p.boot()
	}
	l.run(2 * time.Second)
	want := []Drift{{"deadtime", "30", "10"}, {"take_over", "", "manual"}}
	for _, p := range []*peer{n1, n3} {
		if got := p.core.find("n2").drift; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", p.cfg.Self, got)
		}
	}
	if got := n1.core.find("n3").drift; got != nil {
		t.Errorf("n1 and n3 agree: %+v", got)
	}
	e := n1.records(event.ConfigDiffers)
	if len(e) != 1 || e[0].Subject != "n2" || !strings.Contains(e[0].Text, `deadtime is "30" here and "10" there`) {
		t.Errorf("%+v", e)
	}
	// Mended by a restart of n2: nothing is shown any more, and statuses are short again.
	n2.kill()
	n2.cfg.Terms = same
	n2.boot()
	l.run(2 * time.Second)
	if got := n1.core.find("n2").drift; got != nil || n1.core.terms.told {
		t.Errorf("after the mend: %+v, still telling %v", got, n1.core.terms.told)
	}
}
