package applet

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/netif"
	"heartbeat/internal/pause"
)

const sendArpUsage = `send_arp: tells the network that an address lives here
  usage: send_arp [-i repeatinterval-ms] [-r repeatcount] [-p pidfile] \
              device src_ip_addr src_hw_addr broadcast_ip_addr netmask

  -i  milliseconds between two announcements, 500; each is an ARP request and an ARP reply
  -r  announcements, 1
  -p  file for the pid while it runs
  src_hw_addr is auto, or the address of the device; the last two arguments are ignored
example:
  send_arp -i 200 -r 5 eth0 192.168.1.100 auto 192.168.1.100 ffffffffffff
`

// sendArp is the classic command of sites' own scripts (resources spec, section 7.4).
func sendArp(c *call, args []string) int {
	interval, repeat, pidFile := 500, 1, ""
	options, rest, err := getopt(c.prog, "i:r:p:", args)
	for _, o := range options {
		number := func(to *int) {
			n, e := strconv.Atoi(o.value)
			if e != nil || n < 0 || n > 1<<20 {
				err = fmt.Errorf("%s: -%c %s is no number", c.prog, o.letter, o.value)
			}
			*to = n
		}
		switch o.letter {
		case 'i':
			number(&interval)
		case 'r':
			number(&repeat)
		case 'p':
			pidFile = o.value
		}
	}
	if err == nil && len(rest) != 5 {
		err = errUsage
	}
	if err != nil {
		if !errors.Is(err, errUsage) {
			c.complain("%s\n", err)
		}
		c.complain("%s", sendArpUsage)
		return exitNotWell
	}
	return c.report(c.announceARP(rest[0], rest[1], rest[2], time.Duration(interval)*time.Millisecond, repeat, pidFile))
}

// announceARP sends the frames. It ends early when it is interrupted.
func (c *call) announceARP(device, source, mac string, interval time.Duration, repeat int, pidFile string) error {
	ip, err := netip.ParseAddr(source)
	if err != nil || !ip.Is4() {
		return fmt.Errorf("%s is no IPv4 address", source)
	}
	k, err := netif.Open()
	if err != nil {
		return err
	}
	defer k.Close()
	links, err := k.Links()
	if err != nil {
		return err
	}
	device, _, _ = strings.Cut(device, ":") // an alias is on its interface
	link, ok := netif.LinkNamed(links, device)
	if !ok {
		return fmt.Errorf("there is no interface %s", device)
	}
	if own := strings.ReplaceAll(link.MAC.String(), ":", ""); mac != "auto" && !strings.EqualFold(strings.ReplaceAll(mac, ":", ""), own) {
		return fmt.Errorf("%s is not the hardware address of %s (%s): write auto; frames in the name of another machine are not sent", mac, device, link.MAC)
	}
	port, err := k.OpenPort(link)
	if err != nil {
		return err
	}
	defer port.Close()
	if pidFile != "" {
		if err := os.MkdirAll(filepath.Dir(pidFile), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
			return err
		}
		defer os.Remove(pidFile)
	}
	for i := range repeat {
		if i > 0 {
			if pause.For(c.ctx, interval) != nil {
				return nil
			}
		}
		if err := port.Announce(ip); err != nil {
			return err
		}
	}
	return nil
}
