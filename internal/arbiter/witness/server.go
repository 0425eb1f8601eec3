package witness

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/rawcall"
)

// A Server answers the nodes of many clusters. It has no state but what is in its memory.
type Server struct {
	conn *net.UDPConn

	mu     sync.Mutex
	desk   *lease.Desk
	keys   map[KeyID]Holder
	counts Counts
	tokens float64 // datagrams that may be verified now
	filled time.Time
}

// Counts are since the start.
type Counts struct {
	Requests  uint64 // verified
	Granted   uint64
	Denied    uint64
	Noise     uint64 // datagrams of no known form
	Version   uint64 // of another version of the protocol
	Unknown   uint64 // signed with a key that is in no file
	Forged    uint64 // with a wrong signature
	Throttled uint64 // not looked at, because too many came
}

// rate is how many datagrams a second are looked at, and burst how many at once. A node asks a few times a second at the most.
const (
	rate  = 5000
	burst = 2000
)

// Listen opens the socket. Nothing is answered before Run.
func Listen(address string, keys map[KeyID]Holder) (*Server, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w (write HOST:PORT, :694 for every address of this machine)", address, err)
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w (is a heartbeat node or another witness running here?)", address, err)
	}
	now := bootClock()
	return &Server{conn: conn, desk: lease.NewDesk(now), keys: keys, tokens: burst, filled: now}, nil
}

// bootClock goes on while the machine is suspended and does not step when its clock is set. A lease that was granted before a suspension is
// over after it.
func bootClock() time.Time { return time.Unix(0, 0).Add(rawcall.BootTime()) }

// Address is where it listens.
func (s *Server) Address() net.Addr { return s.conn.LocalAddr() }

// SetKeys replaces the keys; what was granted stays granted.
func (s *Server) SetKeys(keys map[KeyID]Holder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

// Run answers until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	buf := make([]byte, 2*lease.Size)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			continue // of an earlier answer that nobody took
		}
		if reply := s.answer(buf[:n]); reply != nil {
			_, _ = s.conn.WriteToUDPAddrPort(reply, from) // a lost answer is asked for again
		}
	}
}

// answer is what goes back for a datagram; nil: nothing.
func (s *Server) answer(data []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := bootClock()
	if !s.admit(now) {
		s.counts.Throttled++
		return nil
	}
	id, err := lease.Sender(data)
	holder, known := s.keys[id]
	switch {
	case errors.Is(err, lease.ErrVersion):
		s.counts.Version++
		return nil
	case err != nil:
		s.counts.Noise++
		return nil
	case !known:
		s.counts.Unknown++
		return nil
	}
	r, err := holder.Key.DecodeRequest(data)
	if err != nil {
		s.counts.Forged++
		return nil
	}
	s.counts.Requests++
	var fresh [8]byte
	rand.Read(fresh[:])
	reply := s.desk.Handle(now, holder.Cluster, r, binary.BigEndian.Uint64(fresh[:]))
	switch reply.Result {
	case lease.Granted:
		s.counts.Granted++
	case lease.Denied:
		s.counts.Denied++
	case lease.Retry, lease.Noted, lease.Full:
	}
	out, err := holder.Key.EncodeReply(reply)
	if err != nil {
		return nil
	}
	return out
}

// admit is a bucket of tokens: a flood costs a bounded share of the processor.
func (s *Server) admit(now time.Time) bool {
	s.tokens = min(burst, s.tokens+now.Sub(s.filled).Seconds()*rate)
	s.filled = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

// A Report is what a witness knows.
type Report struct {
	Now      time.Time // by the clock of Until and Seen
	Clusters int
	Pairs    []lease.Pair
	Cautious time.Time // until then it grants only to nodes whose partner has reported; zero: no more
	Counts   Counts
}

// Report returns a picture.
func (s *Server) Report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := bootClock()
	names := map[string]bool{}
	for _, k := range s.keys {
		names[k.Cluster] = true
	}
	return Report{Now: now, Clusters: len(names), Pairs: s.desk.Pairs(now), Cautious: s.desk.Alone(now), Counts: s.counts}
}
