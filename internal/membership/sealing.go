package membership

import (
	"errors"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// Encryption is whether our datagrams are sealed (messaging spec, section 22).
type Encryption uint8

const (
	EncryptionOff      Encryption = iota // only when a peer requires it
	EncryptionOn                         // while every live peer can open it; otherwise as text, and that is told
	EncryptionRequired                   // always; what comes unencrypted is refused
)

// Capabilities about sealing, in the "caps" field of status.
const (
	CapSeal     = "seal"      // can open
	CapSealOnly = "seal-only" // opens nothing else
)

// Reasons for dropping a packet.
const (
	unsealable  = "bad-seal"    // it cannot be opened
	unencrypted = "unencrypted" // it is not sealed, and has to be
)

// sealing is the state of encryption on this node.
type sealing struct {
	box     *seal.Box
	nonce   *seal.Nonce
	opened  []byte    // reused
	within  bool      // what is being read came sealed
	caps    string    // what we announce
	was     string    // what was told last about our sending
	plainAt time.Time // when a node that cannot open last said something, while we require it
}

// rekeySeal derives the keys anew.
func (c *Core) rekeySeal() {
	keys := make([]seal.Key, 0, len(c.cfg.Keys.Keys))
	for _, k := range c.cfg.Keys.Keys {
		keys = append(keys, seal.Key{Slot: k.Slot, Secret: k.Secret})
	}
	box, err := seal.New(keys)
	if err != nil { // slots were checked when authkeys was read
		c.limited(event.MessageLost, "unsendable", c.cfg.Self, err.Error())
		box = &seal.Box{}
	}
	c.seal.box = box
	c.seal.caps = c.caps()
	c.announceKeys()
}

// caps are the capabilities that we announce.
func (c *Core) caps() string {
	caps := c.cfg.Caps
	if caps == "" || !c.seal.box.Has(c.cfg.Keys.Sign) {
		return caps
	}
	caps += "," + CapSeal
	if c.cfg.Encryption == EncryptionRequired {
		caps += "," + CapSealOnly
	}
	return caps
}

// adoptSealing takes over what a peer's capabilities say about sealing.
func (n *node) adoptSealing(caps []string) {
	n.seals, n.sealOnly = slices.Contains(caps, CapSeal), slices.Contains(caps, CapSealOnly)
}

// sealOut seals the datagrams of a Step when they have to be.
func (c *Core) sealOut() {
	if !slices.ContainsFunc(c.out, leaves) {
		return
	}
	sealed := c.sealsNow()
	c.tellSealing(sealed)
	if !sealed {
		return
	}
	kept := c.out[:0]
	for _, e := range c.out {
		var err error
		switch t := e.(type) {
		case *Transmit:
			t.sealed, err = c.sealed(t.sealed[:0], t.Packet)
			t.Packet = t.sealed
		case Relay:
			t.Packet, err = c.sealed(nil, t.Packet)
			e = t
		case PingNode:
			t.Packet, err = c.sealed(nil, t.Packet)
			e = t
		}
		if err != nil { // rather silent than readable
			c.count.lost++
			continue
		}
		kept = append(kept, e)
	}
	c.out = kept
}

// leaves says whether an effect puts something on the network.
func leaves(e Effect) bool {
	switch e.(type) {
	case *Transmit, Relay, PingNode:
		return true
	}
	return false
}

func (c *Core) sealed(dst, packet []byte) ([]byte, error) {
	return c.seal.box.Seal(slices.Grow(dst, len(packet)+seal.Overhead), c.cfg.Keys.Sign, c.seal.nonce, packet)
}

// sealsNow says whether what we send is sealed: always when it has to be; otherwise when somebody wants it, we can, and nobody who may
// listen is left out. A node that is not known to be alive is heard before it must understand us.
func (c *Core) sealsNow() bool {
	if c.cfg.Encryption == EncryptionRequired {
		return true
	}
	return c.sealWanted() && len(c.cannotOpen()) == 0 && c.seal.box.Has(c.cfg.Keys.Sign)
}

// sealWanted says whether we or a peer want encryption. A peer that is believed dead counts: it may hear us although we do not hear it.
func (c *Core) sealWanted() bool {
	if c.cfg.Encryption != EncryptionOff {
		return true
	}
	for n := range c.peers {
		if n.sealOnly {
			return true
		}
	}
	return false
}

// cannotOpen lists the nodes that cannot open sealed datagrams: C nodes, and older ones of our kind. One that fell silent stays on
// the list, because it may hear us although we do not hear it, and would take us for dead; one that said good-bye does not.
func (c *Core) cannotOpen() (names []string) {
	for n := range c.peers {
		if n.ever && !n.seals && (n.live() || !n.leaving) {
			names = append(names, n.name)
		}
	}
	return names
}

// tellSealing reports when the encryption of what we send begins and when it ends, with the nodes because of which it ends.
func (c *Core) tellSealing(sealed bool) {
	if !c.sealWanted() && c.seal.was == "" {
		return
	}
	now := "sealed"
	if !sealed {
		now = strings.Join(c.cannotOpen(), ", ")
	}
	if now == c.seal.was {
		return
	}
	before := c.seal.was
	c.seal.was = now
	switch {
	case sealed && before == "" && !c.someoneLive():
		c.seal.was = "" // told when somebody is there to read it
	case sealed:
		c.record(event.EncryptionOn, c.cfg.Self, "what this node sends is encrypted")
	case now == "":
		c.record(event.EncryptionOff, c.cfg.Self, "what this node sends is no longer encrypted: no live node asks for it, and it is off here")
	default:
		c.record(event.EncryptionOff, c.cfg.Self, "what this node sends is not encrypted, because it could not be read by: "+now+
			" (C Heartbeat, an older version, or a key without secret)")
	}
}

func (c *Core) someoneLive() bool {
	for n := range c.peers {
		if n.live() {
			return true
		}
	}
	return false
}

// unseal opens a sealed datagram; the bytes are valid until the next one. A datagram that is not sealed is returned as it is.
func (c *Core) unseal(p PacketArrived) (data []byte, ok bool) {
	c.seal.within = false
	if !seal.Sealed(p.Data) {
		return p.Data, true
	}
	claims := func() bool { return true } // whose it is stands inside
	if admitted, a := c.guard.admits(c.now, p.Source, claims); !admitted {
		c.unread(p.Source, a)
		return nil, false
	}
	data, _, err := c.seal.box.Open(c.seal.opened[:0], p.Data)
	if err == nil {
		c.seal.opened, c.seal.within = data, true
		return data, true
	}
	c.count.received++
	reason := unsealable
	if errors.Is(err, seal.ErrUnknownSlot) {
		reason = wire.UnknownSlot.String()
	}
	for n := range c.peers {
		if n.source != "" && host(n.source) == host(p.Source) && c.standsFor(n, OtherKeys) {
			c.record(event.NodeUnproven, n.name, "encrypted packets from "+printable(p.Source)+", the address of node "+n.name+", cannot be opened: it has other keys. If it is believed dead, nothing is taken over from it while it is seen; compare authkeys on all nodes")
		}
	}
	c.refuse(p.Source, reason, err.Error()+"; is authkeys the same on all nodes?")
	c.guard.charge(c.now, p.Source, len(p.Data), claims)
	return nil, false
}

// secret says whether an authentic message may be used although it came as text. Where encryption is required it may not; a node that
// could encrypt will do so as soon as it hears us, one that cannot is named.
func (c *Core) secret(p PacketArrived, m *wire.Message) bool {
	if c.seal.within || c.cfg.Encryption != EncryptionRequired {
		return true
	}
	c.count.drop(unencrypted)
	n := c.find(strings.ToLower(m.Get("src")))
	if n == nil || n == c.self || n.ping {
		c.limited(event.PacketDropped, unencrypted, p.Source, "packets from "+printable(p.Source)+" are dropped: they are not encrypted, and encryption is required here")
		return false
	}
	gen, _ := m.Hex("hg")
	seq, _ := m.Hex("seq")
	if gen < n.rx.Generation() || gen == n.rx.Generation() && seq <= n.rx.Last() {
		return false // a recording
	}
	c.evidence(&arrival{link: p.Link, from: n}) // for a while: a node that has just restarted speaks plainly until it hears us
	switch {                                    // what it may hold is not taken from it
	case m.Kind() != messaging.KindStatus: // only that says what it can do
		if n.unproven.seen {
			c.standsFor(n, n.unproven.doubt)
		}
	case n.seals || slices.Contains(strings.Split(m.Get("caps"), ","), CapSeal):
		c.standsFor(n, HearsNobody)
	default:
		c.standsFor(n, CannotSeal)
		c.seal.plainAt = c.now
		c.limited(event.EncryptionRefused, unencrypted, n.name, "node "+n.name+" ("+p.Source+") speaks without encryption and cannot do otherwise; it is refused, because encryption is required here")
	}
	return false
}

// refusesPlain says whether a node that we do not understand by our own choice is alive: we must not begin while it may hold what we
// would take.
func (c *Core) refusesPlain() bool {
	return !c.seal.plainAt.IsZero() && c.now.Sub(c.seal.plainAt) < c.cfg.Deadtime
}
