package cts

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/lab"
)

type answer = lab.Answer

// look takes one look at a condition that may come with time.
func (p *player) look(ctx context.Context, st scenario.Statement) finding {
	a := st.Args
	switch strings.Replace(st.Form.Name(), "expect no ", "expect ", 1) {
	case "expect owner":
		who, since := p.book.owners(p.Service(a[0]).Addr())
		return finding{who == a[1], "on " + who, since}
	case "expect rscstatus":
		word := p.rscStatus(ctx, a[0])
		return finding{ok: slices.Contains(strings.Split(a[1], "|"), word), seen: fmt.Sprintf("%q", word)}
	case "expect event":
		return p.lookEvent(ctx, a)
	case "expect log":
		return p.lookLog(ctx, a[0], expand(p.Driver, a[1]))
	case "expect daemon":
		runs := p.runs(ctx, a[0])
		return finding{ok: runs == (a[1] == "running"), seen: map[bool]string{true: "running", false: "gone"}[runs]}
	case "expect sees":
		word := p.nodeStatus(ctx, a[0], a[1])
		return finding{ok: slices.Contains(strings.Split(a[2], "|"), word), seen: fmt.Sprintf("%q", word)}
	case "expect link":
		word := p.linkStatus(ctx, a[0], a[1], a[2])
		return finding{ok: word == a[3], seen: fmt.Sprintf("%q", word)}
	case "expect status":
		data, err := p.Status(ctx, a[0])
		if err != nil {
			return finding{seen: err.Error()}
		}
		return finding{ok: strings.Contains(string(data), expand(p.Driver, a[1])), seen: abridged(string(data))}
	case "expect address":
		return p.lookAddress(ctx, a)
	case "expect running":
		data, err := p.shellOut(ctx, a[0], "[ -e "+stateOf+a[1]+" ] && echo yes || echo no")
		if err != nil {
			return finding{seen: err.Error()}
		}
		return finding{ok: data == a[2], seen: data}
	}
	return finding{seen: "the player does not know it"}
}

// notForC says that an expectation speaks of what only a Go node has.
func (p *player) notForC(st scenario.Statement) bool {
	name := st.Form.Name()
	return (name == "expect event" || name == "expect status") && p.made[st.Args[0]] == byC
}

func (p *player) shellOut(ctx context.Context, role, text string) (string, error) {
	out, code, err := p.shell(ctx, role, text)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit %d: %s", code, strings.TrimSpace(out))
	}
	return strings.TrimSpace(out), err
}

// lookEvent looks for an event of this step.
func (p *player) lookEvent(ctx context.Context, a []string) finding {
	text := ""
	if len(a) > 2 {
		text = expand(p.Driver, a[2])
	}
	list, err := p.Events(ctx, a[0], 0)
	if err != nil {
		return finding{seen: err.Error()}
	}
	seen := "no such event"
	for _, e := range list {
		if e.At.Before(p.current.t0) || e.Event != a[1] {
			continue
		}
		if whole := e.Subject + " " + e.Text; strings.Contains(whole, text) {
			return finding{true, e.Text, e.At}
		}
		seen = "only: " + e.Text
	}
	return finding{seen: seen}
}

// lookLog looks for a text in what a node logged in this step.
func (p *player) lookLog(ctx context.Context, role, text string) finding {
	log := p.logSince(ctx, role)
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return finding{ok: true, seen: strings.TrimSpace(line)}
		}
	}
	return finding{seen: "the log ends with " + strconv.Quote(lastLine(log))}
}

// logSince is what a node has logged since the step began.
func (p *player) logSince(ctx context.Context, role string) string {
	out := ""
	for _, file := range []string{haLog, outLog} {
		data, err := p.Read(ctx, role, file)
		if err != nil {
			continue
		}
		if from := p.current.marks[role+file]; from <= len(data) {
			data = data[from:]
		}
		out += string(data)
	}
	return out
}

// mark notes where the logs end.
func (p *player) mark(ctx context.Context) {
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		if p.Cards(role) == nil || !p.On(ctx, role) {
			continue
		}
		for _, file := range []string{haLog, outLog} {
			if data, err := p.Read(ctx, role, file); err == nil {
				p.current.marks[role+file] = len(data)
			}
		}
	}
}

// calls are those of all nodes, of all time.
func (p *player) calls(ctx context.Context) (out []call) {
	for _, role := range []string{drive.R1, drive.R2, drive.R3} {
		if p.Cards(role) == nil {
			continue
		}
		if data, err := p.Read(ctx, role, callLog); err == nil {
			out = append(out, p.dated(role, parseCalls(role, data))...)
		}
	}
	return out
}

// dated moves the times of a machine's calls to this machine's clock.
func (p *player) dated(role string, list []call) []call {
	d, ok := p.Driver.(drive.Clocked)
	if !ok {
		return list
	}
	for i := range list {
		list[i].Begin = d.Here(role, list[i].Begin)
		if !list[i].End.IsZero() {
			list[i].End = d.Here(role, list[i].End)
		}
	}
	return list
}

// lookAddress asks a kernel.
func (p *player) lookAddress(ctx context.Context, a []string) finding {
	want, err := netip.ParseAddr(expand(p.Driver, a[1]))
	if err != nil {
		return finding{seen: err.Error()}
	}
	out, err := p.shellOut(ctx, a[0], "ip -o addr show")
	if err != nil {
		return finding{seen: err.Error()}
	}
	has := slices.ContainsFunc(strings.Fields(out), func(w string) bool { return strings.HasPrefix(w, want.String()+"/") || w == want.String() })
	return finding{ok: has == (a[2] == "present"), seen: map[bool]string{true: "present", false: "absent"}[has]}
}

// statusOf is what is needed of a node's status.
type statusOf struct {
	Nodes []struct {
		Name, Status string
		Deadtime     time.Duration `json:"deadtime_ns"` // as it announces it
		Links        []struct {
			Name string
			Up   bool
		}
	}
}

func (p *player) statusOf(ctx context.Context, role string) (st statusOf) {
	if data, err := p.Status(ctx, role); err == nil {
		_ = json.Unmarshal(data, &st) // what is no status has no nodes
	}
	return st
}

// nodeStatus is what one node says of another: the word of cl_status nodestatus.
func (p *player) nodeStatus(ctx context.Context, on, of string) string {
	if p.made[on] == byC {
		return p.clStatus(ctx, on, "nodestatus", p.Host(of))
	}
	for _, n := range p.statusOf(ctx, on).Nodes {
		if n.Name == p.Host(of) {
			return n.Status
		}
	}
	return ""
}

// linkStatus is what one node says of its link to another: up or dead. Links are named as the cards.
func (p *player) linkStatus(ctx context.Context, on, of, name string) string {
	card := name
	if i := link(name); i >= 0 && i < len(p.Cards(on)) {
		card = p.Cards(on)[i].Name
	}
	if p.made[on] == byC {
		return p.clStatus(ctx, on, "hblinkstatus", p.Host(of), card)
	}
	for _, n := range p.statusOf(ctx, on).Nodes {
		if n.Name != p.Host(of) {
			continue
		}
		for _, l := range n.Links {
			if l.Name == card {
				return map[bool]string{true: "up", false: "dead"}[l.Up]
			}
		}
	}
	return ""
}

// scriptTime is T: what the operations of one group have taken since a time, of the group that took longest. Go nodes tell every
// operation with its duration, start of the process included; of C nodes only the scripts' own account is known.
func (p *player) scriptTime(ctx context.Context, since time.Time) time.Duration {
	sums := map[string]time.Duration{}
	for _, role := range nodes {
		if p.made[role] != byGo || p.frozen.is(role) {
			continue
		}
		list, err := p.Events(ctx, role, 0)
		if err != nil {
			continue
		}
		for _, e := range list {
			if !strings.HasPrefix(e.Event, "agent.") || e.At.Before(since) {
				continue
			}
			if took, err := strconv.ParseFloat(e.Attrs["ms"], 64); err == nil {
				sums[e.Attrs["group"]] += time.Duration(took * float64(time.Millisecond))
			}
		}
	}
	longest := time.Duration(0)
	for _, d := range sums {
		longest = max(longest, d)
	}
	calls := p.calls(ctx)
	for _, g := range groups { // what Go nodes told holds these calls already
		longest = max(longest, scriptTime(calls, g.instance, since))
	}
	return longest
}

func abridged(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}
