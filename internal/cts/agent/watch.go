package agent

import (
	"context"
	"net/netip"

	"heartbeat/internal/netif"
)

// watch tells the addresses of the machine, and every change of them.
func (s *server) watch(ctx context.Context, id uint64) error {
	k, err := netif.Open()
	if err != nil {
		return err
	}
	defer k.Close()
	w, err := k.Watch()
	if err != nil {
		return err
	}
	defer w.Close()
	known := map[netip.Addr]bool{}
	for {
		list, err := k.Addresses()
		if err != nil {
			return err
		}
		now := map[netip.Addr]bool{}
		for _, a := range list {
			now[a.IP] = true
			if !known[a.IP] {
				s.answer(Answer{ID: id, Line: "+" + a.IP.String(), More: true})
			}
		}
		for ip := range known {
			if !now[ip] {
				s.answer(Answer{ID: id, Line: "-" + ip.String(), More: true})
			}
		}
		known = now
		select {
		case <-w.C():
			w.Take()
		case <-ctx.Done():
			return nil
		}
	}
}
