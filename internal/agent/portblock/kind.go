package portblock

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/nftables"

	"heartbeat/internal/agent/native"
)

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "portblock", Usage: "udp|tcp PORT[,PORT...] block|unblock", Short: "blocks or unblocks ports while a group moves",
		Long: "Lets packets to the ports vanish (block) or pass again (unblock) with nftables. Stop does the opposite of start. Put block before the service and unblock after it: then clients try again during a move instead of being refused.",
		Params: []native.Param{
			{Name: "protocol", Short: "udp or tcp", Required: true},
			{Name: "portno", Short: "ports, separated by commas; FROM:TO is a range", Required: true},
			{Name: "action", Short: "block or unblock", Required: true},
			{Name: "ip", Short: "only packets to this address or network", Default: "0.0.0.0/0", Named: true},
		},
		Limits: native.Limits{Start: 20 * time.Second, Stop: 20 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		a := &agent{protocol: v["protocol"], unblock: v["action"] == "unblock", flag: p.Flag("portblock_" + v["protocol"] + "_" + v["portno"] + "_" + v["action"])}
		if a.protocol != "tcp" && a.protocol != "udp" {
			return nil, native.Fail(native.Configured, "the protocol is tcp or udp, not %q", a.protocol)
		}
		if v["action"] != "block" && !a.unblock {
			return nil, native.Fail(native.Configured, "the action is block or unblock, not %q", v["action"])
		}
		var err error
		if a.ports, err = parsePorts(v["portno"]); err != nil {
			return nil, native.Fail(native.Configured, "%v", err)
		}
		if a.to, err = parseNetwork(k.Get(v, "ip")); err != nil {
			return nil, err
		}
		a.mark = "portblock " + a.protocol + " " + v["portno"] + " " + a.to.String()
		return a, nil
	}
	return k
}

func parseNetwork(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, native.Fail(native.Configured, "%q is no address and no network", s)
	}
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}

type agent struct {
	protocol string
	ports    []ports
	to       netip.Prefix
	unblock  bool
	mark     string // of our rules
	flag     native.Flag
	filter   filter
}

func (a *agent) add(c *nftables.Conn, t *nftables.Table, ch *nftables.Chain) {
	for _, p := range a.ports {
		c.AddRule(&nftables.Rule{Table: t, Chain: ch, Exprs: drop(a.protocol, a.to, p), UserData: []byte(a.mark)})
	}
}

func (a *agent) Start(context.Context) (string, error) {
	if a.unblock {
		if err := a.filter.unblock(a.mark); err != nil {
			return "", err
		}
		return "unblocked", a.flag.Raise()
	}
	if err := a.filter.block(a.mark, a.add); err != nil {
		return "", err
	}
	return "blocked", a.flag.Raise()
}

// Stop does the opposite of Start. An unblock that never was started blocks nothing when it is stopped.
func (a *agent) Stop(context.Context) (string, error) {
	if !a.unblock {
		if err := a.filter.unblock(a.mark); err != nil {
			return "", err
		}
		return "unblocked", a.flag.Lower()
	}
	if !a.flag.Up() {
		return "stopped", nil
	}
	if err := a.filter.block(a.mark, a.add); err != nil {
		return "", err
	}
	return "blocked", a.flag.Lower()
}

func (a *agent) Status(context.Context) (string, error) {
	blocked, err := a.filter.blocked(a.mark)
	switch {
	case err != nil:
		return "", err
	case a.unblock && !blocked && a.flag.Up():
		return "the ports are open: running (OK)", nil
	case !a.unblock && blocked:
		return "the ports are blocked: running (OK)", nil
	}
	return "", native.Stopped("portblock is inactive")
}
