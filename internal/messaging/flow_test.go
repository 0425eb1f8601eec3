package messaging

import (
	"testing"
	"time"
)

func TestAPeerOwesOnlyWhatItCouldHear(t *testing.T) {
	var d Debt
	if d.Missing(1000) != 0 {
		t.Error("a dead peer owes something")
	}
	d.Enter(1000)
	if d.Missing(1010) != 10 {
		t.Errorf("owes %d", d.Missing(1010))
	}
	if !d.Acknowledge(1005, 1010) || d.Missing(1010) != 5 {
		t.Errorf("owes %d after an acknowledgement", d.Missing(1010))
	}
	if !d.Acknowledge(900, 1010) || d.Acked() != 1005 {
		t.Error("an old acknowledgement counts")
	}
	if d.Acknowledge(1011, 1010) || d.Acked() != 1005 {
		t.Error("an acknowledgement of what was never sent counts")
	}
}

func TestASlowPeerIsGivenUpAndTakenBack(t *testing.T) {
	var d Debt
	d.Enter(0)
	if d.Watch(epoch, 250, time.Second) || d.Watch(epoch, 251, time.Second) {
		t.Error("given up at once")
	}
	if at := d.Deadline(time.Second); at != epoch.Add(time.Second) {
		t.Errorf("deadline %v", at)
	}
	if d.Watch(epoch.Add(999*time.Millisecond), 300, time.Second) {
		t.Error("given up too early")
	}
	if !d.Watch(epoch.Add(time.Second), 300, time.Second) || d.Missing(300) != 0 {
		t.Error("not given up")
	}
	if d.Watch(epoch.Add(2*time.Second), 300, time.Second) {
		t.Error("reported twice")
	}
	d.Acknowledge(299, 300)
	if d.Slow() || d.Missing(300) != 1 {
		t.Error("not taken back after an acknowledgement")
	}
}
