package applet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/node"
)

// machineProblems are what only a look at the running machine shows. What cannot be found out is not a problem.
func (c *call) machineProblems(f finding) []conf.Problem {
	peers, twins := c.clusterFacts()
	out := conf.Check(f.Config, conf.Facts{
		NodeName:    f.Self,
		Interfaces:  f.Interfaces,
		UserExists:  func(name string) bool { _, err := user.Lookup(name); return err == nil },
		GroupExists: func(name string) bool { _, err := user.LookupGroup(name); return err == nil },
		PathExists:  func(path string) bool { _, err := os.Stat(path); return err == nil },
		IsCharDevice: func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && info.Mode()&os.ModeCharDevice != 0
		},
		EnabledUnit: c.enabledUnit,
		Paths: []conf.PathFact{
			pathFact(c.Etc, false), pathFact(c.State, true), pathFact(c.Run, true),
		},
		PortsInUse:   c.portsInUse(f.Config.HaCf),
		Peers:        peers,
		SameIdentity: twins,
	})
	return append(append(out, c.classicService()...), c.runningDiffers(f)...)
}

// pathFact looks at a directory of the daemon.
func pathFact(path string, canCreate bool) conf.PathFact {
	fact := conf.PathFact{Path: path, WantDir: true, WantUID: -1, CanCreate: canCreate}
	if info, err := os.Stat(path); err == nil {
		fact.Exists, fact.IsDir, fact.Mode = true, info.IsDir(), info.Mode()
	}
	return fact
}

// systemctl asks systemd, for a second at the most; empty where there is none.
func (c *call) systemctl(args ...string) string {
	ctx, cancel := context.WithTimeout(c.ctx, time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "systemctl", args...).Output() // "disabled" is an exit code of 1
	return strings.TrimSpace(string(out))
}

// enabledUnit names the unit by which the machine starts a resource at boot by itself, or nothing.
func (c *call) enabledUnit(script string) string {
	unit := strings.TrimPrefix(script, "systemd:")
	if unit == "" || strings.ContainsAny(unit, "/: ") {
		return ""
	}
	if !strings.Contains(unit, ".") {
		unit += ".service"
	}
	if c.systemctl("is-enabled", unit) != "enabled" {
		return ""
	}
	return unit
}

// classicService finds a C Heartbeat that would start at boot as well.
func (c *call) classicService() []conf.Problem {
	text := c.systemctl("show", "heartbeat.service", "--property=ExecStart")
	if !strings.Contains(text, "/libexec/heartbeat/") && !strings.Contains(text, "/lib/heartbeat/") || c.systemctl("is-enabled", "heartbeat.service") != "enabled" {
		return nil
	}
	return []conf.Problem{{Severity: conf.Warning, Msg: "heartbeat.service starts another heartbeat program at boot", Fix: "install dist/heartbeat.service in its place"}}
}

// clusterFacts asks the running node what it knows of the others: whose haresources
// differs, and who uses one identity with another machine.
func (c *call) clusterFacts() (peers []conf.PeerFact, twins []string) {
	ctx, cancel := c.soon()
	defer cancel()
	s, err := c.client().Status(ctx)
	if err != nil {
		return nil, nil
	}
	for _, n := range s.Nodes {
		if !n.Self && (n.Digest != "" || len(n.Drift) > 0) {
			fact := conf.PeerFact{Node: n.Name, Digest: n.Digest}
			for _, d := range n.Drift {
				fact.Drift = append(fact.Drift, conf.DriftFact(d))
			}
			peers = append(peers, fact)
		}
	}
	for _, x := range s.Conflicts {
		twins = append(twins, x.Text)
	}
	return peers, twins
}

// portsInUse looks whether other programs have the ports. A running node of ours has them, of course.
func (c *call) portsInUse(h conf.HaCf) (out []conf.PortFact) {
	ctx, cancel := c.soon()
	defer cancel()
	if _, err := c.client().PID(ctx); err == nil {
		return nil
	}
	type port struct {
		network string
		number  int
	}
	var ports []port
	for _, m := range h.Media {
		p := port{"udp4", m.Port}
		if strings.HasSuffix(m.Kind, "6") {
			p.network = "udp6"
		}
		if m.Port > 0 && !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	for _, p := range ports {
		l, err := net.ListenPacket(p.network, fmt.Sprintf(":%d", p.number))
		if err == nil {
			l.Close()
		} else if errors.Is(err, syscall.EADDRINUSE) {
			out = append(out, conf.PortFact{Port: p.number, Owner: fmt.Sprintf("another program (ss -ulpn sport = :%d shows which)", p.number)})
		}
	}
	return out
}

// runningDiffers compares the files with the node that runs.
func (c *call) runningDiffers(f finding) (out []conf.Problem) {
	ctx, cancel := c.soon()
	defer cancel()
	s, err := c.client().Status(ctx)
	if err != nil {
		return nil
	}
	warn := func(file, msg, fix string) {
		out = append(out, conf.Problem{File: file, Severity: conf.Warning, Msg: msg, Fix: fix})
	}
	for _, p := range f.Config.HaCf.Parameters {
		if was, ok := s.Parameters[p.Name]; ok && was != p.Value {
			warn(f.Config.HaCf.File, fmt.Sprintf("%s is %s here and %s in the running node", p.Name, p.Value, was), "heartbeat reload tells what needs a restart")
		}
	}
	for _, a := range s.Attention {
		if slices.ContainsFunc(s.Conflicts, func(x node.ConflictStatus) bool { return x.Text == a }) {
			continue // told as an error
		}
		warn("", "the running node says: "+a, "")
	}
	return out
}
