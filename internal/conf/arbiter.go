package conf

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ArbiterPort is where a witness listens unless something else is said, UDP.
const ArbiterPort = 694

// maxWitnesses is how many may be named.
const maxWitnesses = 7

// Arbiter is what take_over arbiter names.
type Arbiter struct {
	Kind       string   // witness, disk, ping; empty: there is none
	References []string // host:port of witnesses, the path of the disk; for ping empty: the ping nodes of ha.cf
	File       string
	Line       int
}

// The kinds of an arbiter.
const (
	ArbiterWitness = "witness"
	ArbiterDisk    = "disk"
	ArbiterPing    = "ping"
)

// setArbiter reads what follows take_over arbiter: witness HOST[:PORT]... | disk PATH | ping.
func (s *Settings) setArbiter(l SettingLine) error {
	args := l.Args[1:]
	if len(args) == 0 {
		return fmt.Errorf("arbiter needs to know whom to ask: witness HOST, disk PATH or ping")
	}
	a := Arbiter{Kind: args[0], File: l.File, Line: l.Line}
	refs := args[1:]
	switch {
	case a.Kind == ArbiterWitness && len(refs) > 0 && len(refs) <= maxWitnesses:
		for _, r := range refs {
			at, err := witnessAddress(r)
			if err != nil {
				return err
			}
			if slices.Contains(a.References, at) {
				return fmt.Errorf("witness %s is named twice", r)
			}
			a.References = append(a.References, at)
		}
	case a.Kind == ArbiterWitness:
		return fmt.Errorf("arbiter witness needs one to %d hosts", maxWitnesses)
	case a.Kind == ArbiterDisk && len(refs) == 1 && strings.HasPrefix(refs[0], "/"):
		a.References = refs
	case a.Kind == ArbiterDisk:
		return fmt.Errorf("arbiter disk needs one path, such as /dev/disk/by-id/scsi-1234-part1")
	case a.Kind == ArbiterPing && len(refs) == 0:
	case a.Kind == ArbiterPing:
		return fmt.Errorf("arbiter ping takes no hosts: it asks the ping and ping_group lines of ha.cf")
	default:
		return fmt.Errorf("%q is no arbiter: write witness HOST, disk PATH or ping", a.Kind)
	}
	s.Arbiter = a
	return nil
}

// witnessAddress completes HOST or HOST:PORT.
func witnessAddress(word string) (string, error) {
	if at, err := netip.ParseAddrPort(word); err == nil && at.Port() > 0 {
		return at.String(), nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(word, "[]")); err == nil {
		return netip.AddrPortFrom(ip, ArbiterPort).String(), nil
	}
	host, number, given := strings.Cut(word, ":")
	port := ArbiterPort
	if given {
		var err error
		if port, err = numberIn(number, 1, 65535); err != nil {
			return "", fmt.Errorf("witness %q: the port %w", word, err)
		}
	}
	if !isHost(host) {
		return "", fmt.Errorf("witness %q is no host: write HOST, HOST:PORT or [IPV6]:PORT", word)
	}
	return host + ":" + strconv.Itoa(port), nil
}

// isHost says whether a word can be a host name.
func isHost(word string) bool {
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return word != "" && len(word) < 254
}

// defaultStopBudget is what a node that must stop has for it, before the other one starts: addresses are gone at once,
// scripts take their time.
func defaultStopBudget(r HaResources) time.Duration {
	for _, g := range r.Groups {
		for _, res := range g.Resources {
			if !res.IsAddress() {
				return 5 * time.Second
			}
		}
	}
	return 500 * time.Millisecond
}

// StopBudgetOf is the setting stop_budget, or what suits the resources.
func (c Config) StopBudgetOf() time.Duration {
	if b := c.HaCf.Settings.StopBudget; b > 0 {
		return b
	}
	return defaultStopBudget(c.Resources)
}

// checkArbiter finds what keeps take_over arbiter from being what it says.
func (c *Config) checkArbiter() (out Problems) {
	h := &c.HaCf
	if h.Settings.TakeOver != "arbiter" {
		return nil
	}
	a := h.Settings.Arbiter
	say := func(s Severity, fix, format string, args ...any) {
		out = append(out, Problem{a.File, a.Line, s, fmt.Sprintf(format, args...), fix})
	}
	if len(h.Nodes) != 2 {
		say(Error, "list two nodes, or choose take_over fenced", "take_over arbiter is made for two nodes, here are %d", len(h.Nodes))
	}
	if h.AutoJoin != "none" {
		say(Error, "write autojoin none", "take_over arbiter cannot count with nodes that ha.cf does not list")
	}
	signs := slices.IndexFunc(c.AuthKeys.Keys, func(k Key) bool { return k.Slot == c.AuthKeys.Sign })
	pings := slices.ContainsFunc(h.Media, func(m Medium) bool { return strings.HasPrefix(m.Kind, "ping") })
	switch {
	case a.Kind == ArbiterWitness && signs >= 0 && c.AuthKeys.Keys[signs].Secret == "":
		say(Error, newKey, "a witness needs a key with a secret, and key %d of authkeys has none", c.AuthKeys.Sign)
	case a.Kind == ArbiterWitness && len(a.References)%2 == 0:
		say(Warning, "name one witness, or an odd number", "of %d witnesses %d must answer: that is worse than one witness fewer", len(a.References), len(a.References)/2+1)
	case a.Kind == ArbiterDisk && c.Resources.Groups != nil && h.Watchdog == "":
		say(Warning, "add a watchdog", "a machine that hangs and goes on later may write to the shared disk before it notices: nothing ends it first")
	case a.Kind == ArbiterPing && !pings:
		say(Error, "add a line such as: ping 192.168.1.1", "take_over arbiter ping asks the ping nodes, and there are none")
	case a.Kind == ArbiterPing:
		say(Warning, "a witness on a third machine decides for certain: take_over arbiter witness HOST", "ping nodes only tell a node that is cut off: when both nodes reach them and not each other, both take the resources")
	}
	if c.Resources.Groups != nil && h.Watchdog == "" && c.StopBudgetOf() >= time.Second {
		say(Warning, "add a watchdog, and stop_budget with the time that the scripts need", "a node that must stop has %s for its scripts, and nothing ends it when they take longer", FormatDuration(c.StopBudgetOf()))
	}
	return out
}
