package takeover

import (
	"strings"
	"testing"
	"time"
)

func TestAGroupWithoutItsScriptIsRunByThePeerAtOnce(t *testing.T) {
	w := pair(t, FailbackOn)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.cfg.Unable = map[string]string{"g1": "mysql: cannot locate resource script mysql"}
	n1.failing["g1"] = true
	n1.boot()
	n2.boot()
	w.run(4 * time.Second)
	w.want("g1", "n2")
	w.want("g2", "n2")
	if len(n1.calls) > 0 {
		t.Errorf("n1 tried it: %v", n1.calls)
	}
	n1.wantEvent("This node cannot run g1 (mysql: cannot locate resource script mysql)")
	w.run(time.Minute)
	w.want("g1", "n2") // auto_failback is on, and it does not go home to fail
	if v := n1.core.View().Groups[0]; v.State != Failed || !strings.Contains(v.Failure, "cannot locate") {
		t.Errorf("n1 says %+v", v)
	}
	n2.crash()
	delete(n1.failing, "g1") // it was installed meanwhile
	w.run(20 * time.Second)
	w.want("g1", "n1")
}
