package netif

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
)

func TestManyChangesAreOneNotice(t *testing.T) {
	f := &Fake{Interfaces: []Link{{Index: 1, Name: "eth0", Up: true, MAC: MAC{2}}}}
	w, err := f.Watch()
	if err != nil {
		t.Fatal(err)
	}
	a := Address{Link: 1, IP: netip.MustParseAddr("10.0.0.1"), Bits: 24}
	for range 1000 {
		if err := errors.Join(f.AddAddress(a), f.DeleteAddress(a)); err != nil {
			t.Fatal(err)
		}
	}
	f.SetCarrier(1, true)
	f.SetCarrier(1, true)
	<-w.C()
	if c := w.Take(); !c.Addresses || !slices.Equal(c.Returned, []int{1}) {
		t.Errorf("%+v", c)
	}
	if c := w.Take(); c.Addresses || c.Returned != nil {
		t.Errorf("told twice: %+v", c)
	}
	select {
	case <-w.C():
		t.Error("a notice without a change")
	default:
	}
	w.Close()
	f.SetCarrier(1, true)
	select {
	case <-w.C():
		t.Error("a closed watch is told")
	default:
	}
}

func TestFakeAnswersLikeTheKernel(t *testing.T) {
	f := &Fake{Interfaces: []Link{{Index: 1, Name: "eth0", MAC: MAC{2}}}, PromoteOff: true}
	first := Address{Link: 1, IP: netip.MustParseAddr("10.0.0.1"), Bits: 24}
	second := Address{Link: 1, IP: netip.MustParseAddr("10.0.0.2"), Bits: 24}
	if err := errors.Join(f.AddAddress(first), f.AddAddress(second)); err != nil {
		t.Fatal(err)
	}
	if err := f.AddAddress(first); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v", err)
	}
	if err := f.DeleteAddress(first); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteAddress(second); !errors.Is(err, ErrNotFound) {
		t.Errorf("later addresses go with the first: %v", err)
	}
}
