package session

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// maxName is the longest name of a client, in bytes (messaging spec, section 1).
const maxName = 31

// signOn takes the first message of a connection (section 17.2). Whoever says anything else, or may not
// sign on, is sent away.
func (c *Core) signOn(cl *client, m *wire.Message) {
	if m.Kind() != kindRequest || m.Get(fieldRequest) != "signon" {
		c.record(event.ClientRefused, strconv.Itoa(cl.peer.PID), "a program (pid "+strconv.Itoa(cl.peer.PID)+", uid "+
			strconv.Itoa(cl.peer.UID)+") was sent away: its first message is not a sign-on")
		c.forget(cl, "")
		return
	}
	answer := response("signon")
	refusal := c.admit(cl, m)
	if refusal != "" {
		answer.Set(fieldInfo, wire.String, refusal)
		answer.Set(fieldResult, wire.String, resultBad)
	} else {
		answer.Set(fieldResult, wire.String, resultOK)
	}
	answer.Set("deadtime", wire.String, wire.FormatHex(uint64(c.cfg.Deadtime.Milliseconds())))
	answer.Set("keepalive", wire.String, wire.FormatHex(uint64(c.cfg.Keepalive.Milliseconds())))
	answer.Set(fieldNode, wire.String, c.cfg.Self)
	answer.Set("hbversion", wire.String, c.cfg.Version)
	answer.Set("pacemaker", wire.String, c.cfg.Pacemaker)
	answer.Set("logfacility", wire.String, strconv.Itoa(c.cfg.LogFacility))
	c.tell(cl, answer)
	if refusal == "" {
		return
	}
	who := m.Get(fieldFrom)
	c.record(event.ClientRefused, clip(who), "Client ["+clip(who)+"] pid "+strconv.Itoa(cl.peer.PID)+" uid "+strconv.Itoa(cl.peer.UID)+
		" failed authorization ["+refusal+"]")
	cl.name = ""
	c.forget(cl, "")
}

// clip keeps what a stranger said short and printable.
func clip(s string) string {
	q := strconv.QuoteToASCII(s)
	return q[1 : min(len(q), maxName+2)-1]
}

// admit checks a sign-on and makes the client one; it returns why not.
func (c *Core) admit(cl *client, m *wire.Message) (refusal string) {
	gen := c.gen
	c.gen++
	pid, err := strconv.Atoi(m.Get("pid"))
	if err != nil || pid <= 0 {
		return "bad pid"
	}
	name, named := m.Lookup(fieldFrom)
	if !named {
		name = strconv.Itoa(pid)
	}
	uid, errU := strconv.Atoi(m.Get("uid"))
	gid, errG := strconv.Atoi(m.Get("gid"))
	casual := name == strconv.Itoa(pid)
	switch {
	case !validName(name):
		return "bad client name"
	case c.byName(name) != nil:
		return "duplicate add request"
	case errU != nil || errG != nil:
		return "invalid id info"
	case uid != cl.peer.UID || gid != cl.peer.GID:
		return "incorrect/false credentials"
	}
	if refusal := c.authorize(name, casual, cl.peer); refusal != "" {
		return refusal
	}
	if pid != cl.peer.PID {
		return "pid mismatch"
	}
	cl.name, cl.casual, cl.gen = name, casual, gen
	if !casual {
		c.emit(Send{c.clientStatus(cl, "join", "signon")})
	}
	return ""
}

// validName keeps names away that would not survive a message or a log line.
func validName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

// authorize applies apiauth: the client's own line, else "default" for names and "anon" for the nameless.
func (c *Core) authorize(name string, casual bool, p Peer) (refusal string) {
	var rule Rule
	var ok bool
	switch {
	case casual:
		if rule, ok = c.rule("anon"); !ok {
			return "apiauth anon missing"
		}
	default:
		if rule, ok = c.rule(name); !ok {
			rule, ok = c.rule("default")
		}
		if !ok {
			return "no default client auth"
		}
	}
	if slices.Contains(rule.UIDs, p.UID) || slices.Contains(rule.GIDs, p.GID) {
		return ""
	}
	return "client failed authorization"
}

func (c *Core) rule(name string) (Rule, bool) {
	i := slices.IndexFunc(c.cfg.Rules, func(r Rule) bool { return r.Client == name })
	if i < 0 {
		return Rule{}, false
	}
	return c.cfg.Rules[i], true
}

// clientStatus is the message that tells all namesakes that one has come or gone.
func (c *Core) clientStatus(cl *client, st, reason string) *wire.Message {
	return wire.New(fieldType, kindClient, fieldStatus, st, fieldFrom, cl.name, fieldTo, cl.name, fieldSource, c.cfg.Self,
		fieldInfo, reason, fieldGen, strconv.Itoa(cl.gen))
}
