package address

import (
	"os"
	"time"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
)

// Burst announces an address at the times of a take-over and returns when that is done. It holds nothing.
func Burst(kernel netif.Kernel, b native.Burst) {
	links, err := kernel.Links()
	if err != nil {
		return
	}
	link, ok := netif.LinkNamed(links, b.Link)
	if !ok {
		return
	}
	port, err := kernel.OpenPort(link)
	if err != nil {
		return // loopback, tunnels: there is nobody to tell
	}
	defer port.Close()
	began := time.Now()
	for _, after := range burstTimes() {
		t := time.NewTimer(time.Until(began.Add(after)))
		<-t.C
		if !wanted(kernel, link, b) {
			return
		}
		_ = port.Announce(b.IP) // the next one may get through
	}
}

// wanted says whether the announcement is still true.
func wanted(kernel netif.Kernel, link netif.Link, b native.Burst) bool {
	if b.While != "" {
		_, err := os.Stat(b.While)
		return err == nil
	}
	addrs, err := kernel.Addresses()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if a.Link == link.Index && a.IP == b.IP {
			return true
		}
	}
	return false
}
