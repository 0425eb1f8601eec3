package applet

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"

	"heartbeat/internal/conf"
)

// machineProblems are what only a look at the running machine shows. What cannot be found out is not a problem.
func (c *call) machineProblems(f finding) (out []conf.Problem) {
	out = append(out, oneLink(f.Config.HaCf)...)
	out = append(out, c.classicService()...)
	out = append(out, c.enabledUnits(f.Config.Resources)...)
	out = append(out, c.portTaken(f.Config.HaCf)...)
	return append(out, c.runningDiffers(f)...)
}

// warning is a problem that does not keep a node from starting.
func warning(file, msg, fix string) conf.Problem {
	return conf.Problem{File: file, Severity: conf.Warning, Msg: msg, Fix: fix}
}

// systemctl asks systemd, for a second at the most; empty where there is none.
func (c *call) systemctl(args ...string) string {
	ctx, cancel := context.WithTimeout(c.ctx, time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "systemctl", args...).Output() // "disabled" is an exit code of 1
	return strings.TrimSpace(string(out))
}

// enabledUnits finds resources that the machine also starts by itself at boot: they would run on both nodes.
func (c *call) enabledUnits(h conf.HaResources) (out []conf.Problem) {
	for _, g := range h.Groups {
		for _, r := range g.Resources {
			unit, ok := strings.CutPrefix(r.Script, "systemd:")
			if !ok {
				unit = r.Script
			}
			if unit == "" || strings.ContainsAny(unit, "/: ") || c.systemctl("is-enabled", unit+".service") != "enabled" {
				continue
			}
			p := warning(h.File, fmt.Sprintf("%s.service is enabled: the machine starts it at boot, whoever owns the group %s", unit, g.Key()),
				"systemctl disable "+unit+" on all nodes; heartbeat starts it")
			p.Line = r.Line
			out = append(out, p)
		}
	}
	return out
}

// classicService finds a C Heartbeat that would start at boot as well.
func (c *call) classicService() []conf.Problem {
	text := c.systemctl("show", "heartbeat.service", "--property=ExecStart")
	if !strings.Contains(text, "/libexec/heartbeat/") && !strings.Contains(text, "/lib/heartbeat/") || c.systemctl("is-enabled", "heartbeat.service") != "enabled" {
		return nil
	}
	return []conf.Problem{warning("", "heartbeat.service starts another heartbeat program at boot", "install dist/heartbeat.service in its place")}
}

// portTaken looks whether another program has the port. A running node of ours has it, of course.
func (c *call) portTaken(h conf.HaCf) []conf.Problem {
	ctx, cancel := c.soon()
	defer cancel()
	if _, err := c.client().PID(ctx); err == nil {
		return nil
	}
	for _, m := range h.Media {
		if m.Kind != "ucast" || m.Port == 0 {
			continue
		}
		l, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", m.Port))
		if err == nil {
			l.Close()
			return nil
		}
		if strings.Contains(err.Error(), "in use") {
			p := warning(h.File, fmt.Sprintf("udp port %d is in use by another program", m.Port), fmt.Sprintf("ss -ulpn sport = :%d shows which; stop it, or choose another udpport on all nodes", m.Port))
			p.Line = m.Line
			return []conf.Problem{p}
		}
	}
	return nil
}

// runningDiffers compares the files with the node that runs.
func (c *call) runningDiffers(f finding) (out []conf.Problem) {
	ctx, cancel := c.soon()
	defer cancel()
	s, err := c.client().Status(ctx)
	if err != nil {
		return nil
	}
	for _, p := range f.Config.HaCf.Parameters {
		if was, ok := s.Parameters[p.Name]; ok && was != p.Value {
			out = append(out, warning(f.Config.HaCf.File, fmt.Sprintf("%s is %s here and %s in the running node", p.Name, p.Value, was), "heartbeat reload tells what needs a restart"))
		}
	}
	for _, a := range s.Attention {
		out = append(out, warning("", "the running node says: "+a, ""))
	}
	return out
}
