package applet

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"heartbeat/internal/pause"
)

// echoEvery is how often a drill asks a service address whether it is there.
const echoEvery = 10 * time.Millisecond

// An outage is how long one address did not answer.
type outage struct {
	Address string        `json:"address"`
	Away    time.Duration `json:"away_ns"` // the longest time between two answers, less the interval
	Sent    int           `json:"sent"`
	Heard   int           `json:"heard"`
	Lost    bool          `json:"lost,omitempty"`    // it did not answer in the end
	Problem string        `json:"problem,omitempty"` // why nothing could be measured
}

func (o outage) String() string {
	switch {
	case o.Problem != "":
		return o.Address + " was not measured: " + o.Problem
	case o.Lost:
		return o.Address + " does not answer any more"
	}
	return fmt.Sprintf("%s was away for %s (%d of %d echoes answered)", o.Address, short(o.Away), o.Heard, o.Sent)
}

// An addressWatch asks addresses until end.
type addressWatch struct {
	stop  context.CancelFunc
	wg    sync.WaitGroup
	mu    sync.Mutex
	found []outage
}

// settled is how long an address is still asked after the hand-over: neighbours have to learn where it is now.
const settled = time.Second

func watchAddresses(ctx context.Context, list []netip.Addr) *addressWatch {
	ctx, stop := context.WithCancel(ctx)
	w := &addressWatch{stop: stop}
	for i, a := range list {
		w.wg.Go(func() {
			o := askAddress(ctx, a, uint16(os.Getpid()+i))
			w.mu.Lock()
			defer w.mu.Unlock()
			w.found = append(w.found, o)
		})
	}
	return w
}

func (w *addressWatch) end() []outage {
	_ = pause.For(context.Background(), settled)
	w.stop()
	w.wg.Wait()
	return w.found
}

// askAddress sends echo requests until ctx is done, and measures the longest silence.
func askAddress(ctx context.Context, to netip.Addr, id uint16) outage {
	o := outage{Address: to.String()}
	network, local := "ip4:icmp", "0.0.0.0"
	if to.Is6() {
		network, local = "ip6:ipv6-icmp", "::"
	}
	conn, err := net.ListenPacket(network, local)
	if err != nil {
		o.Problem = err.Error()
		return o
	}
	began := time.Now()
	heard := make(chan time.Time, 1024)
	go func() { // ends when conn is closed
		defer close(heard)
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			ip, ok := from.(*net.IPAddr)
			if !ok || !ip.IP.Equal(to.AsSlice()) || !isReply(buf[:n], to.Is6(), id) {
				continue
			}
			select {
			case heard <- time.Now():
			default: // nobody counts so fast
			}
		}
	}()
	tick := time.NewTicker(echoEvery)
	defer tick.Stop()
	last := began
	for {
		select {
		case <-tick.C:
			o.Sent++
			// An address that nobody has is answered with an error by the kernel, which is an answer, too: it is away.
			_, _ = conn.WriteTo(echo(to.Is6(), id, uint16(o.Sent)), &net.IPAddr{IP: to.AsSlice()})
		case at := <-heard:
			o.Heard++
			o.Away = max(o.Away, at.Sub(last)-echoEvery)
			last = at
		case <-ctx.Done():
			conn.Close()
			o.Lost = time.Since(last) > settled/2
			return o
		}
	}
}

// echo is an ICMP echo request (RFC 792, RFC 4443); the kernel fills in the checksum of the latter.
func echo(six bool, id, seq uint16) []byte {
	b := make([]byte, 16)
	b[0] = 8
	if six {
		b[0] = 128
	}
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	if six {
		return b
	}
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	return b
}

func isReply(b []byte, six bool, id uint16) bool {
	kind := byte(0)
	if six {
		kind = 129
	}
	return len(b) >= 8 && b[0] == kind && binary.BigEndian.Uint16(b[4:]) == id
}
