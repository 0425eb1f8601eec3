package membership

import (
	"hash/fnv"
	"strconv"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// A Term is a directive of ha.cf on which all nodes of a cluster must agree, with its value.
type Term struct{ Directive, Value string }

// Drift is a directive that another node has otherwise.
type Drift struct{ Directive, Here, There string }

// Every status carries a digest of the sender's terms. The terms themselves follow only while somebody has another
// digest, so that agreement costs a few bytes and a difference can be told by directive. C ignores both and tells nothing.
const (
	fieldDigest = "x-hacf"
	fieldTerms  = "x-hacf-terms" // "deadtime=30s;keepalive=1s"
)

// maxTerms bounds what a peer can make us remember, in bytes.
const maxTerms = 4096

// terms is our side of the agreement, ready to be sent.
type terms struct {
	digest, text string
	told         bool // somebody has another digest
}

func newTerms(list []Term) terms {
	var b strings.Builder
	for i, t := range list {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(t.Directive + "=" + strings.NewReplacer(";", ",", "\n", " ").Replace(t.Value))
	}
	t := terms{text: b.String()}
	if t.text != "" {
		h := fnv.New64a()
		h.Write([]byte(t.text))
		t.digest = strconv.FormatUint(h.Sum64()|1<<63, 16)[:12]
	}
	return t
}

// addTerms completes a status.
func (c *Core) addTerms(m *wire.Message) {
	if c.terms.digest == "" {
		return
	}
	m.Set(fieldDigest, wire.String, c.terms.digest)
	if c.terms.told {
		m.Set(fieldTerms, wire.String, c.terms.text)
	}
}

// sameTerms says whether a status says of its sender's terms what was known of them, or nobody wants to know.
func (c *Core) sameTerms(n *node, m *wire.Message) bool {
	return c.terms.digest == "" || m.Get(fieldDigest) == n.digest && (m.Get(fieldTerms) == "") == (n.drift == nil)
}

// compareTerms reads what a status says about the sender's terms.
func (c *Core) compareTerms(a *arrival) {
	n := a.from
	if n == c.self || c.sameTerms(n, a.message) {
		return
	}
	digest, says := a.message.Lookup(fieldDigest)
	text := a.message.Get(fieldTerms)
	n.digest, n.drift = digest, nil
	if says && digest != c.terms.digest && text != "" && len(text) <= maxTerms {
		n.drift = driftOf(c.terms.text, text)
		var list []string
		for _, d := range n.drift {
			list = append(list, d.Directive+" is "+strconv.Quote(d.Here)+" here and "+strconv.Quote(d.There)+" there")
		}
		c.limited(event.ConfigDiffers, "ha.cf", n.name, "ha.cf of node "+n.name+" differs from the one of "+c.cfg.Self+": "+strings.Join(list, "; "))
	}
	c.terms.told = false
	for o := range c.peers {
		c.terms.told = c.terms.told || o.live() && o.digest != "" && o.digest != c.terms.digest
	}
}

// driftOf compares two texts of terms.
func driftOf(here, there string) (out []Drift) {
	ours, theirs := split(here), split(there)
	for _, t := range ours {
		if v := valueOf(theirs, t.Directive); v != t.Value {
			out = append(out, Drift{t.Directive, t.Value, v})
		}
	}
	for _, t := range theirs {
		if valueOf(ours, t.Directive) == "" && t.Value != "" {
			out = append(out, Drift{t.Directive, "", t.Value})
		}
	}
	return out
}

func split(text string) (out []Term) {
	for _, item := range strings.Split(text, ";") {
		directive, value, _ := strings.Cut(item, "=")
		out = append(out, Term{printable(directive), printable(value)})
	}
	return out
}

func valueOf(list []Term, directive string) string {
	for _, t := range list {
		if t.Directive == directive {
			return t.Value
		}
	}
	return ""
}
