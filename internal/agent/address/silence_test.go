package address

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

func TestSilenceTakesEveryAddressAwayAndNothingElse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "addresses")
	play(t, Config{Check: CheckOff, StateFile: file}, func(t *testing.T, net *netif.Fake, k *Keeper, _ *[]event.Event) {
		mine := netif.Address{Link: 2, IP: spec(t, IPaddr2, "10.0.0.1").IP, Bits: 24}
		if err := net.AddAddress(mine); err != nil {
			t.Fatal(err)
		}
		for _, ip := range []string{"10.0.0.9", "10.0.0.10"} {
			if _, err := k.Take(context.Background(), ip, spec(t, IPaddr2, ip)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		sent := len(net.Sent())
		if n := k.Silence(); n != 2 {
			t.Errorf("%d addresses were silenced", n)
		}
		if left, _ := net.Addresses(); len(left) != 1 || left[0].IP != mine.IP {
			t.Errorf("left are %v", left)
		}
		time.Sleep(5 * time.Second)
		if left, _ := net.Addresses(); len(left) != 1 {
			t.Errorf("the keeper put back %v", left)
		}
		if n := len(net.Sent()); n != sent {
			t.Errorf("%d announcements followed", n-sent)
		}
		if noted, err := ReadLedger(file); err != nil || len(noted) != 0 {
			t.Errorf("noted are %v, %v", noted, err)
		}
		if text, err := k.Drop("10.0.0.9", spec(t, IPaddr2, "10.0.0.9")); err != nil {
			t.Errorf("the stop that follows fails: %s, %v", text, err)
		}
		if k.Silence() != 0 {
			t.Error("there was something left to silence")
		}
	})
}

func TestWhatWasBeingTakenDuringAPauseIsNotTaken(t *testing.T) {
	play(t, Config{Check: CheckRefuse}, func(t *testing.T, net *netif.Fake, k *Keeper, _ *[]event.Event) {
		took := make(chan error, 1)
		go func() {
			_, err := k.Take(context.Background(), "web", spec(t, IPaddr2, "10.0.0.9"))
			took <- err
		}()
		synctest.Wait() // it asks who has the address
		k.Silence()
		if err := <-took; err == nil {
			t.Error("the address was taken after the pause")
		}
		if left, _ := net.Addresses(); len(left) != 0 {
			t.Errorf("left are %v", left)
		}
		mustTake(t, k, spec(t, IPaddr2, "10.0.0.9")) // a new start does
	})
}

func TestAnnouncementThatIsLateByAPauseWaits(t *testing.T) {
	play(t, Config{Check: CheckOff, Refresh: time.Minute}, func(t *testing.T, net *netif.Fake, k *Keeper, _ *[]event.Event) {
		mustTake(t, k, spec(t, IPaddr2, "10.0.0.9"))
		synctest.Wait()
		sent := len(net.Sent())
		k.mu.Lock()
		now := k.holds[0].burst.due.Add(overslept + time.Millisecond) // nothing ran until then
		next := k.announce(now)
		k.mu.Unlock()
		if n := len(net.Sent()); n != sent || !next.Equal(now.Add(thinkAgain)) {
			t.Errorf("%d announcements at once, the next is due %v later", n-sent, next.Sub(now))
		}
	})
}
