package distro

import (
	"context"
	"strings"

	"heartbeat/internal/agent/native"
)

func lvsKind() native.Kind {
	k := native.Kind{
		Name: "LVSSyncDaemonSwap", Usage: "master|backup [INTERFACE]", Short: "swaps the role of the IPVS sync daemon",
		Long: "Makes the connection synchronisation daemon of IPVS master (or backup) on this machine when it is started, and the opposite when it is stopped.",
		Params: []native.Param{
			{Name: "role", Short: "master or backup", Required: true},
			{Name: "syncif", Short: "interface for the synchronisation", Default: "eth0"},
		},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		a := &lvs{tools: tools{p}, role: v["role"], other: "backup", nic: k.Get(v, "syncif")}
		switch a.role {
		case "master":
		case "backup":
			a.other = "master"
		default:
			return nil, native.Fail(native.Configured, "the role is master or backup, not %q", a.role)
		}
		return a, plain("interface", a.nic)
	}
	return k
}

type lvs struct {
	tools
	role, other, nic string
}

// has says whether a daemon with that role runs; ipvsadm prints "master sync daemon (mcast=eth0, syncid=0)".
func (l *lvs) has(ctx context.Context, role string) (bool, error) {
	out, err := l.must(ctx, "ipvsadm", "--list", "--daemon")
	return strings.Contains(out, role+" sync daemon"), err
}

// become ends the daemon of one role and starts that of the other.
func (l *lvs) become(ctx context.Context, role, instead string) error {
	if on, err := l.has(ctx, instead); err != nil {
		return err
	} else if on {
		if _, err := l.must(ctx, "ipvsadm", "--stop-daemon", instead); err != nil {
			return err
		}
	}
	if on, err := l.has(ctx, role); err != nil || on {
		return err
	}
	_, err := l.must(ctx, "ipvsadm", "--start-daemon", role, "--mcast-interface="+l.nic)
	return err
}

func (l *lvs) Start(ctx context.Context) (string, error) {
	return "ipvs_sync" + l.role + " up", l.become(ctx, l.role, l.other)
}

func (l *lvs) Stop(ctx context.Context) (string, error) {
	if on, err := l.has(ctx, l.role); err != nil || !on {
		return "ipvs_sync" + l.role + " down", err
	}
	return "ipvs_sync" + l.role + " down", l.become(ctx, l.other, l.role)
}

func (l *lvs) Status(ctx context.Context) (string, error) {
	on, err := l.has(ctx, l.role)
	if err != nil {
		return "", err
	}
	if !on {
		return "", native.Stopped("ipvs_sync%s is stopped", l.role)
	}
	return "ipvs_sync" + l.role + " is running", nil
}
