package ccm

import (
	"strconv"
	"time"

	"heartbeat/internal/wire"
)

// Message types (section 19.3). A node of the C kind ignores a type that it does not know.
const (
	kindProto     = "CCM_TYPE_PROTOVERSION"
	kindResp      = "CCM_TYPE_PROTOVERSION_RESP"
	kindAlive     = "CCM_TYPE_ALIVE"
	kindNewNode   = "CCM_TYPE_NEW_NODE"
	kindMemList   = "CCM_TYPE_MEM_LIST"
	kindNotice    = "CCM_TYPE_NODE_LEAVE_NOTICE"
	kindNodeLeave = "CCM_TYPE_NODE_LEAVE"
	kindJoin      = "CCM_TYPE_JOIN"
	kindReq       = "CCM_TYPE_REQ_MEMLIST"
	kindRes       = "CCM_TYPE_RES_MEMLIST"
	kindFinal     = "CCM_TYPE_FINAL_MEMLIST"
	kindAbort     = "CCM_TYPE_ABORT"
	kindStateInfo = "CCM_TYPE_STATE_INFO"
	kindRestart   = "CCM_TYPE_RESTART"
	kindView      = "CCM_TYPE_VIEW" // ours: what a member believes, for nodes of our kind
	kindClient    = "hbapi-clstat"  // a client came or went
)

// Fields.
const (
	fieldType      = "t"
	fieldMajor     = "ccmmajor"
	fieldMinor     = "ccmminor"
	fieldCookie    = "ccmcookie"
	fieldBirth     = "ccmuptime"
	fieldNumNodes  = "numnodes"
	fieldNode      = "node"
	fieldMemlist   = "ccmmemlist"
	fieldQuorum    = "ccmquorum"
	fieldUptimes   = "ccmuptimelist"
	fieldNewCookie = "ccmnewcookie"
	fieldMax       = "ccmmaxt"
	fieldProto     = "ccmproto"
	fieldSize      = "ccmclsize"
	fieldState     = "state"
	fieldDest      = "dest"
	fieldFromID    = "from_id"
	fieldToID      = "to_id"
	fieldClientGen = "client_gen"
	fieldAge       = "x-age"  // ours: how long the sender's membership holds, in ms
	fieldLive      = "x-live" // ours: the nodes that the sender hears
)

// Client is the name under which the messages of this protocol travel.
const Client = "ccm"

// maxMajor is the largest instance on the wire: C reads it into a signed int.
const maxMajor = 1<<31 - 1

// cookieLength is how many characters a cookie has; C keeps no more.
const cookieLength = 14

// A packet is a message that could be read.
type packet struct {
	kind   string
	from   *node
	cookie string
	major  uint32
	minor  uint32
	birth  uint32

	node      string
	state     string
	list      set
	hasList   bool // ccmmemlist is there, possibly empty
	emptyList bool
	quorum    bool
	hasQuorum bool
	uptimes   []uint32
	newCookie string
	max       uint32
	hasMax    bool
	size      uint32
	live      set
	hasLive   bool
	age       time.Duration
}

// minimum begins a message as C does: type, major, number of nodes.
func (c *Core) minimum(kind string) *wire.Message {
	return wire.New(fieldType, kind, fieldMajor, number(c.major), fieldNumNodes, strconv.Itoa(len(c.nodes)))
}

// question is PROTOVERSION. It carries the highest instance that we held, so that whoever lets us in stays above it.
func (c *Core) question() *wire.Message {
	m := c.minimum(kindProto)
	m.Set(fieldMajor, wire.String, number(c.askMajor()))
	return m
}

func (c *Core) askMajor() uint32 {
	if c.cfg.LikeC {
		return c.major
	}
	return c.highest
}

// standard adds what every message of a member carries. C writes ccmmajor a second time; peers take the first.
func (c *Core) standard(kind string) *wire.Message {
	m := c.minimum(kind)
	m.Fields = append(m.Fields,
		wire.Field{Name: fieldCookie, Value: c.cookie}, wire.Field{Name: fieldMajor, Value: number(c.major)},
		wire.Field{Name: fieldBirth, Value: number(c.joined)}, wire.Field{Name: fieldMinor, Value: number(c.minor)})
	return m
}

func put(m *wire.Message, name, value string) {
	m.Fields = append(m.Fields, wire.Field{Name: name, Value: value})
}

func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// broadcast sends m to everybody. Our own JOIN, PROTOVERSION and REQ_MEMLIST count here as everybody's do: they come back.
func (c *Core) broadcast(m *wire.Message) {
	c.address(m)
	switch m.Kind() {
	case kindProto, kindJoin:
		if p, ok := c.read(c.self, m); ok {
			c.own = append(c.own, p)
		}
	}
}

// tell sends m to one node.
func (c *Core) tell(to *node, m *wire.Message) {
	put(m, fieldDest, to.Name)
	c.address(m)
}

func (c *Core) address(m *wire.Message) {
	if c.stopped {
		return
	}
	put(m, fieldFromID, Client)
	put(m, fieldToID, Client)
	put(m, fieldClientGen, "0")
	c.do(Send{m})
}

// clientStatus tells that our client came (join) or went (leave), as the daemon of C does for its ccm. Peers of both kinds
// take a leave as the end of our membership.
func (c *Core) clientStatus(st, info string) {
	m := wire.New(fieldType, kindClient, "st", st, fieldFromID, Client, fieldToID, Client, "info", info, fieldClientGen, "0")
	c.do(Send{m})
}

// read takes a message apart; false when it cannot be one of the protocol.
func (c *Core) read(from *node, m *wire.Message) (packet, bool) {
	p := packet{kind: m.Kind(), from: from, cookie: m.Get(fieldCookie), node: m.Get(fieldNode), state: m.Get(fieldState), newCookie: m.Get(fieldNewCookie)}
	ok := len(p.cookie) <= cookieLength && len(p.newCookie) <= cookieLength &&
		decimal(m, fieldMajor, &p.major) && decimal(m, fieldMinor, &p.minor) && decimal(m, fieldBirth, &p.birth) &&
		decimal(m, fieldMax, &p.max) && decimal(m, fieldSize, &p.size)
	if !ok {
		return p, false
	}
	_, p.hasMax = m.Lookup(fieldMax)
	if text, has := m.Lookup(fieldMemlist); has {
		p.hasList, p.emptyList = true, text == ""
		if p.list, ok = readSet(text); !ok {
			return p, false
		}
	}
	if text, has := m.Lookup(fieldLive); has {
		if p.live, p.hasLive = readSet(text); !p.hasLive {
			return p, false
		}
	}
	var q, age uint32
	if _, p.hasQuorum = m.Lookup(fieldQuorum); !decimal(m, fieldQuorum, &q) || !decimal(m, fieldAge, &age) {
		return p, false
	}
	p.quorum, p.age = q == 1, time.Duration(age)*time.Millisecond
	for _, f := range m.Fields {
		if f.Name == fieldUptimes {
			if p.uptimes, ok = readUptimes(f.List); !ok {
				return p, false
			}
		}
	}
	return p, true
}

// decimal reads a number of the wire; an absent one is 0.
func decimal(m *wire.Message, name string, into *uint32) bool {
	text, has := m.Lookup(name)
	if !has {
		return true
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxMajor {
		return false
	}
	*into = uint32(n)
	return true
}
