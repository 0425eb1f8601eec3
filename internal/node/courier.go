package node

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/membership"
	"heartbeat/internal/propagate"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// parcelRoom is how many messages of ha_propagate may wait. A conversation has one under way.
const parcelRoom = 64

// helloPatience is how long a node may take to answer at all; judgePatience bounds judging and writing files there, look-ups
// of host names included.
const (
	helloPatience = 10 * time.Second
	judgePatience = time.Minute
)

// A courier carries configuration files between this node and others (ha_propagate). The pulse hands it what arrives; everything
// else happens in goroutines of its own.
type courier struct {
	node    *Node
	clerk   *clerk
	arrived chan parcel
	lost    atomic.Uint64
	busy    sync.Mutex // this node is the opener: one wish at a time

	mu   sync.Mutex
	open map[string]*conversation // opened here, by name
}

// A parcel is one message of package propagate.
type parcel struct {
	from    string
	message *wire.Message
}

func newCourier(n *Node) *courier {
	c := &courier{node: n, arrived: make(chan parcel, parcelRoom), open: map[string]*conversation{}}
	c.clerk = newClerk(n, c)
	return c
}

// take is called by the pulse with every delivery; it returns at once. What finds no room is lost: its sender asks again, or says so.
func (c *courier) take(d membership.Deliver) {
	if c == nil || d.Own || d.Message.Kind() != propagate.Kind {
		return
	}
	select {
	case c.arrived <- parcel{d.From, d.Message}:
	default:
		c.lost.Add(1)
	}
}

// run sorts what arrives until stop is closed.
func (c *courier) run(stop <-chan struct{}) {
	go c.clerk.run(stop)
	for {
		select {
		case p := <-c.arrived:
			c.sort(p)
		case <-stop:
			return
		}
	}
}

func (c *courier) sort(p parcel) {
	switch p.message.Get(propagate.FieldStep) {
	case propagate.StepHello, propagate.StepOrder:
		c.clerk.put(p)
	case propagate.StepWelcome, propagate.StepReport:
		c.mu.Lock()
		v := c.open[p.message.Get(propagate.FieldConversation)]
		c.mu.Unlock()
		if v == nil || v.with != p.from {
			return
		}
		select {
		case v.in <- p.message:
		default: // nobody waits for a second answer
		}
	}
}

// A conversation is one that this node has opened.
type conversation struct {
	courier    *courier
	with, name string
	life       uint32 // of the other node when it was opened; 0: not known
	lane       *Lane
	in         chan *wire.Message
	channel    *propagate.Channel
}

// errSilent says that a node did not answer.
var errSilent = errors.New("no answer")

// call opens a conversation with another node.
func (c *courier) call(ctx context.Context, with string) (*conversation, error) {
	box, slot, err := cabinet(c.node.Config().AuthKeys)
	if err != nil {
		return nil, err
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	life, _ := c.node.peerLife(with)
	v := &conversation{courier: c, with: with, name: randomName(), life: life, lane: c.node.OpenLane(), in: make(chan *wire.Message, 1)}
	hello := propagate.Hello{Step: propagate.StepHello, From: c.node.self, To: with, Conversation: v.name, Public: private.PublicKey().Bytes()}
	sealed, err := hello.Seal(box, slot, seal.NewNonce(sealSalt()))
	if err != nil {
		return nil, fmt.Errorf("sealing a message to %s: %w", with, err)
	}
	c.mu.Lock()
	c.open[v.name] = v
	c.mu.Unlock()
	answer, err := v.exchange(ctx, helloPatience, propagate.StepHello, sealed, propagate.StepWelcome)
	if err != nil {
		v.close()
		return nil, err
	}
	welcome, err := propagate.OpenHello(box, []byte(answer), propagate.StepWelcome, with, c.node.self, v.name)
	if err == nil {
		v.channel, err = propagate.NewChannel(private, true, hello, welcome)
	}
	if err != nil {
		v.close()
		return nil, fmt.Errorf("the answer of %s cannot be read: %w", with, err)
	}
	return v, nil
}

func (v *conversation) close() {
	v.courier.mu.Lock()
	delete(v.courier.open, v.name)
	v.courier.mu.Unlock()
}

// ask gives an order and waits for the report.
func (v *conversation) ask(ctx context.Context, o propagate.Order) (propagate.Report, error) {
	text, err := o.Encode()
	if err != nil {
		return propagate.Report{}, err
	}
	answer, err := v.exchange(ctx, judgePatience, propagate.StepOrder, v.channel.Seal(text), propagate.StepReport)
	if err != nil {
		return propagate.Report{}, err
	}
	plain, err := v.channel.Open([]byte(answer))
	if err != nil {
		return propagate.Report{}, fmt.Errorf("the answer of %s cannot be read: %w", v.with, err)
	}
	return propagate.DecodeReport(plain)
}

// tell gives an order whose report nobody waits for.
func (v *conversation) tell(ctx context.Context, o propagate.Order) error {
	text, err := o.Encode()
	if err != nil {
		return err
	}
	return v.lane.Send(ctx, letter(v.with, v.name, propagate.StepOrder, v.channel.Seal(text)))
}

// exchange sends and waits for the answer, at most for patience, and no longer than the other node lives. One that was started again knows
// nothing of the conversation.
func (v *conversation) exchange(ctx context.Context, patience time.Duration, step string, box []byte, want string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := v.lane.Send(ctx, letter(v.with, v.name, step, box)); err != nil {
		return "", fmt.Errorf("sending to %s: %w", v.with, err)
	}
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case m := <-v.in:
			if m.Get(propagate.FieldStep) == want {
				return m.Get(propagate.FieldBox), nil
			}
		case <-look.C:
			if ended := v.courier.node.lifeEnded(v.with, v.life); ended != "" {
				return "", fmt.Errorf("%w: node %s %s", errSilent, v.with, ended)
			}
		case <-ctx.Done():
			return "", fmt.Errorf("%w from node %s within %v", errSilent, v.with, patience)
		case <-v.courier.node.pulse.done:
			return "", ErrStopped
		}
	}
}

func letter(to, name, step string, box []byte) *wire.Message {
	m := wire.New("t", propagate.Kind, "dest", to, propagate.FieldConversation, name, propagate.FieldStep, step)
	m.Set(propagate.FieldBox, wire.Binary, string(box))
	return m
}

// errNoSecret says why nothing is sent or taken.
var errNoSecret = errors.New("the key that signs has no secret (method crc), so whoever reaches the network could write files: nothing is sent or accepted; " +
	"copy the files by hand once, with a key of method sha1")

// cabinet holds the keys for the first two messages of a conversation.
func cabinet(keys conf.AuthKeys) (*seal.Box, int, error) {
	var list []seal.Key
	for _, k := range keys.Keys {
		list = append(list, seal.Key{Slot: k.Slot, Secret: k.Secret})
	}
	box, err := seal.New(list)
	if err != nil {
		return nil, 0, err
	}
	if !box.Has(keys.Sign) {
		return nil, 0, errNoSecret
	}
	return box, keys.Sign, nil
}

func randomName() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// cluster is what membership believes now; false when the pulse does not answer.
func (n *Node) cluster() (membership.View, bool) {
	var s sight
	ok := n.askPulse(&s)
	return s.cluster, ok
}

// peerLife is the generation of a node, and whether it is alive, as far as can be told now; 0 and true while nothing can be.
func (n *Node) peerLife(name string) (generation uint32, alive bool) {
	v, ok := n.cluster()
	if !ok {
		return 0, true
	}
	for _, node := range v.Nodes {
		if node.Name == name {
			return node.Generation, isUp(node)
		}
	}
	return 0, false
}

// lifeEnded says how a life of a node has ended; empty: it goes on, as far as can be told now.
func (n *Node) lifeEnded(name string, life uint32) string {
	switch now, alive := n.peerLife(name); {
	case !alive:
		return "is dead"
	case life != 0 && now != 0 && now != life:
		return "was started again"
	}
	return ""
}

func isUp(v membership.NodeView) bool {
	return v.Status == membership.Up || v.Status == membership.Active
}
