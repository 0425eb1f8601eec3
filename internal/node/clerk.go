package node

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"time"

	"heartbeat/internal/node/filestore"
	"heartbeat/internal/propagate"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// Bounds of what others can make this node keep.
const (
	maxGuests     = 8
	guestPatience = 2 * time.Minute // longest silence within a conversation
)

// A clerk does on this node what ha_propagate on others orders. It belongs to one goroutine.
type clerk struct {
	node    *Node
	courier *courier
	store   *filestore.Store
	tray    chan parcel
	calls   chan func()

	guests   map[string]*guest // by conversation
	prepared *prepared         // one at a time, so that two administrators cannot mix their files
}

// A guest is a conversation that another node has opened.
type guest struct {
	from, name string
	life       uint32 // of that node; 0: not known
	channel    *propagate.Channel
	lane       *Lane
	heard      time.Time
}

// prepared is what was judged good and not ordered yet.
type prepared struct {
	by     string // conversation; empty: an order given on this node
	record filestore.Record
	report propagate.Report
	sync   *propagate.Lineage // of the files, when config_sync gave the order
	at     time.Time
}

func newClerk(n *Node, c *courier) *clerk {
	return &clerk{node: n, courier: c, store: n.files(), tray: make(chan parcel, parcelRoom), calls: make(chan func()), guests: map[string]*guest{}}
}

// files are the configuration files of this node, with what is kept of former ones.
func (n *Node) files() *filestore.Store {
	return &filestore.Store{Etc: n.opts.Etc, State: n.opts.State, Shared: n.Config().HaCf.Settings.ConfigFiles}
}

func (k *clerk) put(p parcel) {
	select {
	case k.tray <- p:
	default:
		k.courier.lost.Add(1)
	}
}

func (k *clerk) run(stop <-chan struct{}) {
	for {
		select {
		case p := <-k.tray:
			k.expire(time.Now())
			k.serve(p)
		case call := <-k.calls:
			k.expire(time.Now())
			call()
		case <-stop:
			return
		}
	}
}

// do runs f in the clerk's goroutine; false when the node has ended.
func (k *clerk) do(ctx context.Context, f func()) bool {
	done := make(chan struct{})
	select {
	case k.calls <- func() { f(); close(done) }:
		<-done
		return true
	case <-ctx.Done():
	case <-k.node.pulse.done:
	}
	return false
}

// expire forgets conversations that ended without a word.
func (k *clerk) expire(now time.Time) {
	for name, g := range k.guests {
		if now.Sub(g.heard) > guestPatience || k.node.lifeEnded(g.from, g.life) != "" {
			delete(k.guests, name)
		}
	}
	if p := k.prepared; p != nil && (now.Sub(p.at) > guestPatience || p.by != "" && k.guests[p.by] == nil) {
		k.prepared = nil
	}
}

func (k *clerk) serve(p parcel) {
	name, box := p.message.Get(propagate.FieldConversation), []byte(p.message.Get(propagate.FieldBox))
	if p.message.Get(propagate.FieldStep) == propagate.StepHello {
		k.welcome(p.from, name, box)
		return
	}
	g := k.guests[name]
	if g == nil || g.from != p.from {
		return
	}
	text, err := g.channel.Open(box)
	if err != nil {
		k.node.log.Warn("a message of ha_propagate was dropped: "+err.Error(), "from", p.from)
		return
	}
	g.heard = time.Now()
	order, err := propagate.DecodeOrder(text)
	if err != nil {
		k.answer(g, propagate.Report{Result: propagate.Refused, Text: err.Error(), Mend: "run the same version of heartbeat on both nodes"})
		return
	}
	k.carryOut(g, order)
}

// welcome opens a conversation. What cannot be read is dropped without a word: its sender lacks the key, or means somebody else.
func (k *clerk) welcome(from, name string, sealed []byte) {
	box, slot, err := cabinet(k.node.Config().AuthKeys)
	if err != nil {
		k.node.log.Warn("ha_propagate of another node gets no answer: "+err.Error(), "from", from)
		return
	}
	hello, err := propagate.OpenHello(box, sealed, propagate.StepHello, from, k.node.self, name)
	if err != nil {
		k.node.log.Warn("ha_propagate of another node gets no answer: "+err.Error(), "from", from)
		return
	}
	if k.guests[name] != nil || len(k.guests) >= maxGuests {
		return
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return
	}
	mine := propagate.Hello{Step: propagate.StepWelcome, From: k.node.self, To: from, Conversation: name, Public: private.PublicKey().Bytes()}
	channel, err := propagate.NewChannel(private, false, mine, hello)
	if err != nil {
		k.node.log.Warn("ha_propagate of another node gets no answer: "+err.Error(), "from", from)
		return
	}
	answer, err := mine.Seal(box, slot, seal.NewNonce(sealSalt()))
	if err != nil {
		return
	}
	life, _ := k.node.peerLife(from)
	g := &guest{from: from, name: name, life: life, channel: channel, lane: k.node.OpenLane(), heard: time.Now()}
	k.guests[name] = g
	k.send(g, letter(from, name, propagate.StepWelcome, answer))
}

func (k *clerk) carryOut(g *guest, o propagate.Order) {
	switch o.Verb {
	case propagate.Abort:
		k.forget(g.name)
		delete(k.guests, g.name)
	case propagate.Compare:
		k.answer(g, k.compare(o.Files))
		delete(k.guests, g.name)
	case propagate.Commit:
		report := k.commit(g.name)
		k.answer(g, report)
		delete(k.guests, g.name)
		if report.Result == propagate.Installed && len(report.Restart) > 0 && k.node.syncs() {
			k.node.ReloadAnyKeys(true) // nobody watches here, and all nodes shall use what all nodes have
		}
	default:
		k.answer(g, k.prepare(g.name, g.from, o))
	}
}

func (k *clerk) answer(g *guest, r propagate.Report) {
	text, err := r.Encode()
	if err != nil { // its diffs are too large
		for i := range r.Files {
			r.Files[i].Diff = ""
		}
		if text, err = r.Encode(); err != nil {
			k.node.log.Warn("ha_propagate: " + err.Error())
			return
		}
	}
	k.send(g, letter(g.from, g.name, propagate.StepReport, g.channel.Seal(text)))
}

func (k *clerk) send(g *guest, m *wire.Message) {
	ctx, cancel := context.WithTimeout(context.Background(), helloPatience)
	defer cancel()
	if err := g.lane.Send(ctx, m); err != nil {
		k.node.log.Warn("ha_propagate: the answer was not sent: "+err.Error(), "to", g.from)
	}
}

// forget drops what was prepared for a conversation.
func (k *clerk) forget(by string) {
	if k.prepared != nil && k.prepared.by == by {
		k.prepared = nil
	}
}
