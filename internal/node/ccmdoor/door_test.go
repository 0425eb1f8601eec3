package ccmdoor

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"testing"

	"heartbeat/internal/ccm"
)

// open makes a door with a membership of two in a cluster of two, as node b.
func open(t *testing.T) (*Door, ccm.View) {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := New(dir, slog.New(slog.DiscardHandler))
	if err := d.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, ccm.View{Nodes: []ccm.NodeView{{Name: "a"}, {Name: "b"}},
		Last: ccm.Membership{Instance: 5, Quorum: true, Members: []ccm.Member{{Index: 0, Name: "a", BornOn: 5}, {Index: 1, Name: "b", BornOn: 2}}}}
}

func connect(t *testing.T, d *Door) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", d.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// next reads one frame as integers.
func next(t *testing.T, c net.Conn) []int32 {
	t.Helper()
	head := make([]byte, 8)
	if _, err := io.ReadFull(c, head); err != nil {
		t.Fatal(err)
	}
	if m := binary.NativeEndian.Uint32(head[4:]); m != 0xabcd {
		t.Fatalf("magic %#x", m)
	}
	body := make([]byte, binary.NativeEndian.Uint32(head))
	if _, err := io.ReadFull(c, body); err != nil {
		t.Fatal(err)
	}
	var out []int32
	for i := 0; i+4 <= len(body); i += 4 {
		out = append(out, int32(binary.NativeEndian.Uint32(body[i:])))
	}
	return out
}

func TestANewcomerIsToldNodesThenMembers(t *testing.T) {
	d, v := open(t)
	d.Formed(v, "b")
	c := connect(t, d)
	list := next(t, c)
	if len(list) != 3+2*260/4 || list[0] != 4 || list[1] != 2 || list[2] != 1 || list[3] != 0 || list[4] != 'a' || list[3+260/4] != 1 || list[4+260/4] != 'b' {
		t.Errorf("list of nodes: %v", list)
	}
	if got := next(t, c); !slices.Equal(got, []int32{2, 2, 5, 1, 0, 5, 1, 2}) {
		t.Errorf("membership: %v", got)
	}
}

func TestChangesReachThoseWhoKnowAMembership(t *testing.T) {
	d, v := open(t)
	d.InFlux() // nobody knows anything yet
	d.Formed(v, "b")
	c := connect(t, d)
	next(t, c)
	next(t, c)
	d.InFlux()
	if got := next(t, c); !slices.Equal(got, []int32{3}) {
		t.Errorf("in flux: %v", got)
	}
	v.Last.Instance, v.Last.Quorum, v.Last.Members = 6, false, v.Last.Members[1:]
	d.Formed(v, "b")
	next(t, c)
	if got := next(t, c); !slices.Equal(got, []int32{2, 1, 6, 0, 1, 2}) {
		t.Errorf("without quorum: %v", got)
	}
	d.Evicted()
	if got := next(t, c); !slices.Equal(got, []int32{1}) {
		t.Errorf("evicted: %v", got)
	}
}

func TestNobodyWaitsForAClientThatDoesNotRead(t *testing.T) {
	d, v := open(t)
	d.Formed(v, "b")
	c := connect(t, d)
	next(t, c)
	next(t, c)
	for range 200 * waitMessages { // more than queue and socket hold
		d.InFlux()
		d.mu.Lock()
		left := len(d.clients)
		d.mu.Unlock()
		if left == 0 {
			return
		}
	}
	t.Error("the client that does not read is still there")
}

func TestCloseEndsEverything(t *testing.T) {
	d, v := open(t)
	d.Formed(v, "b")
	c := connect(t, d)
	next(t, c)
	d.Close()
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.Path()); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
