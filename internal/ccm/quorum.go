package ccm

import (
	"fmt"
	"slices"
	"strings"
)

// QuorumConfig says how quorum is judged (section 19.7).
type QuorumConfig struct {
	// Plugins are asked in this order; the first one that says yes or no decides. Empty: DefaultPlugins.
	Plugins []string
	// TieBreakers are asked when no plug-in could tell. Empty: then there is no quorum, as in C.
	TieBreakers []string
	// Pings are the ping nodes and groups that vote, for the plug-ins ping and connected.
	Pings []PingVote
}

// PingVote is a ping node or group with its votes.
type PingVote struct {
	Name  string
	Votes int // 0 counts as 1
}

// DefaultPlugins is what C uses when ha.cf says nothing.
func DefaultPlugins() []string { return []string{"majority", "twonodes"} }

// Plugins are the names that a configuration may use. majority, twonodes and weight are C's; ping and connected are ours, and a
// leader of the C kind leaves them out.
func Plugins() []string { return []string{"majority", "twonodes", "weight", "ping", "connected"} }

// TieBreakers are the names of tie-breakers.
func TieBreakers() []string { return []string{"twonodes", "ping"} }

// ParsePlugins reads a list like "majority:twonodes", the value of env quorum= in ha.cf. The names that nobody knows come back
// separately: C leaves them out.
func ParsePlugins(text string, known []string) (names, unknown []string) {
	for name := range strings.SplitSeq(text, ":") {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case slices.Contains(known, name):
			names = append(names, name)
		default:
			unknown = append(unknown, name)
		}
	}
	return names, unknown
}

// A Verdict is what quorum came to, and why.
type Verdict struct {
	Quorum bool
	Why    string
}

// answer is what one plug-in says.
type answer uint8

const (
	tie answer = iota
	yes
	no
)

// census is everything that plug-ins count.
type census struct {
	members, total      int
	weight, totalWeight int
	reached, votes      int // of ping nodes
	silent              []string
}

// judge is the verdict on the present members.
func (c *Core) judge() Verdict { return c.judgeOf(func(n *node) bool { return n.member }) }

func (c *Core) judgeOf(member func(*node) bool) Verdict {
	s := census{total: len(c.nodes)}
	for _, n := range c.nodes {
		s.totalWeight += n.Weight
		if member(n) {
			s.members++
			s.weight += n.Weight
		}
	}
	for _, p := range c.cfg.Quorum.Pings {
		votes := max(p.Votes, 1)
		s.votes += votes
		if c.pings[p.Name] {
			s.reached += votes
		} else {
			s.silent = append(s.silent, p.Name)
		}
	}
	return c.cfg.Quorum.judge(s)
}

func (q QuorumConfig) judge(s census) Verdict {
	plugins := q.Plugins
	if len(plugins) == 0 {
		plugins = DefaultPlugins()
	}
	var ties []string
	for _, list := range [][]string{plugins, q.TieBreakers} {
		for _, name := range list {
			a, why := s.ask(name)
			text := name + ": " + why
			switch a {
			case yes:
				return Verdict{true, strings.Join(append(ties, text), "; ")}
			case no:
				return Verdict{false, strings.Join(append(ties, text), "; ")}
			case tie:
				ties = append(ties, text)
			}
		}
	}
	return Verdict{false, strings.Join(append(ties, "nothing else decides, so there is no quorum"), "; ")}
}

// ask puts the question to one plug-in or tie-breaker.
func (s census) ask(name string) (answer, string) {
	switch name {
	case "majority":
		return half(s.members, s.total, "nodes")
	case "weight":
		return half(s.weight, s.totalWeight, "votes by weight")
	case "twonodes":
		if s.total == 2 {
			return yes, "a cluster of two nodes always has quorum"
		}
		return no, fmt.Sprintf("the cluster has %d nodes, not two", s.total)
	case "ping":
		return s.ping()
	case "connected":
		if a, why := s.ping(); a == no {
			return no, why
		}
		return tie, "the network beyond the cluster answers"
	}
	return tie, "there is no such plug-in"
}

// ping says yes when more than half of the votes of the ping nodes answer the leader. Both sides of a cut may see a ping node: it
// tells which side is cut off from the world, not which side is alone.
func (s census) ping() (answer, string) {
	switch {
	case s.votes == 0:
		return tie, "no ping node votes"
	case 2*s.reached > s.votes:
		return yes, fmt.Sprintf("ping nodes with %d of %d votes answer", s.reached, s.votes)
	}
	return no, fmt.Sprintf("ping nodes with only %d of %d votes answer, %s not", s.reached, s.votes, strings.Join(s.silent, " and "))
}

// half compares with a majority, as C counts it: more than half is enough, exactly half of an even total is a tie.
func half(have, total int, of string) (answer, string) {
	need := total/2 + 1
	switch {
	case have >= need:
		return yes, fmt.Sprintf("%d of %d %s, %d are enough", have, total, of, need)
	case total%2 == 0 && have == total/2:
		return tie, fmt.Sprintf("%d of %d %s is exactly half", have, total, of)
	}
	return no, fmt.Sprintf("%d of %d %s, %d are needed", have, total, of, need)
}
