package takeover

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// The word that ends a hand-over may be lost for good. The taker knows from announcements that everything has come, and says done itself.
func TestAHandOverEndsAlthoughTheLastWordOfTheGiverIsLost(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	n1, n2 := w.node("n1"), w.node("n2")
	w.swallow = func(from *node, m *wire.Message) bool {
		return from == n1 && m.Kind() == "ask_resources" && m.Get("info") == "done"
	}
	n1.step(StandbyAsked{ID: 1, Set: "local"})
	w.run(time.Minute)
	w.want("g1", "n2")
	for _, n := range []*node{n1, n2} {
		if v := n.core.View(); !v.Stable || v.Standby != "" {
			t.Errorf("%s: stable %v, %q", n.name, v.Stable, v.Standby)
		}
	}
	if len(n1.answers) != 1 || !strings.HasPrefix(n1.answers[0], "1 false ") {
		t.Errorf("%q", n1.answers)
	}
}
