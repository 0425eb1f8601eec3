package witness

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/lease"
)

// probeAgain is when an unanswered probe is sent again.
const probeAgain = 200 * time.Millisecond

// Probe asks a witness whether it is there and has the key of this cluster. It never has the right ticket, so the witness takes no notice of what
// it says and answers with the right one. It returns how long the answer took.
func Probe(ctx context.Context, address, self, peer string, key lease.Key) (time.Duration, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", address)
	if err != nil {
		return 0, errors.New(explain(err))
	}
	defer conn.Close()
	for buf := make([]byte, 2*lease.Size); ctx.Err() == nil; {
		var nonce [8]byte
		rand.Read(nonce[:])
		q := lease.Request{Nonce: binary.BigEndian.Uint64(nonce[:]), Op: arbiter.Report, Node: self, Peer: peer}
		data, err := key.EncodeRequest(q)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		until := began.Add(probeAgain)
		if end, ok := ctx.Deadline(); ok && end.Before(until) {
			until = end
		}
		if _, err = conn.Write(data); err == nil {
			err = conn.SetReadDeadline(until)
		}
		for err == nil {
			var n int
			if n, err = conn.Read(buf); err != nil {
				break
			}
			if reply, bad := key.DecodeReply(buf[:n]); bad == nil && reply.Nonce == q.Nonce {
				return time.Since(began), nil
			}
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, errors.New(explain(err))
		}
	}
	return 0, errors.New(explain(os.ErrDeadlineExceeded))
}
