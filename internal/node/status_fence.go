package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/fencing"
	"heartbeat/internal/membership"
)

// FencingStatus is what it takes here to believe that a silent node is down.
type FencingStatus struct {
	TakeOver string              `json:"take_over"` // unsafe, fenced, manual, arbiter
	Delay    time.Duration       `json:"takeover_delay_ns"`
	Action   string              `json:"action"`   // reset, off
	Yield    time.Duration       `json:"yield_ns"` // how long the node that loses the tie waits
	Devices  []FenceDeviceStatus `json:"devices"`
	Waits    []WaitStatus        `json:"waits"` // take-overs that wait for a proof
	Hunted   []HuntStatus        `json:"hunted"`
}

// FenceDeviceStatus is a fencing device.
type FenceDeviceStatus struct {
	Name    string        `json:"name"`
	Checked time.Time     `json:"checked"` // last status check; zero: none ended yet
	OK      bool          `json:"ok"`
	Since   time.Time     `json:"since"` // ok is what it is since then
	Output  string        `json:"output,omitempty"`
	Took    time.Duration `json:"took_ns"`
}

// WaitStatus is a take-over that waits.
type WaitStatus struct {
	Node    string    `json:"node"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"` // takeover_delay ends; zero: it is not time that it waits for
	For     string    `json:"for"`
	Failed  string    `json:"failed,omitempty"` // how the last attempt failed
	Tries   int       `json:"tries"`
	Command string    `json:"command"` // what a human who made sure that the node is down types
}

// HuntStatus is a node that is being fenced.
type HuntStatus struct {
	Node   string    `json:"node"`
	Device string    `json:"device,omitempty"` // at work now
	Next   time.Time `json:"next"`             // attempt, when none is at work
	Tries  int       `json:"tries"`
	Held   bool      `json:"held"` // fenced too often within an hour (fence_brake): it waits until next, or for a human
}

// CutStep is one sentence of what would happen if the nodes lost sight of each other.
type CutStep struct {
	About string `json:"about"` // links, policy, devices, delay
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"`
}

// fencingStatus is nil when nothing is to be said.
func (n *Node) fencingStatus(s *sight) *FencingStatus {
	set := s.cfg.HaCf.Settings
	f := &FencingStatus{TakeOver: set.TakeOver, Delay: set.TakeoverDelay, Action: set.FenceAction,
		Devices: []FenceDeviceStatus{}, Waits: []WaitStatus{}, Hunted: []HuntStatus{}}
	for _, w := range s.own.Waits {
		f.Waits = append(f.Waits, WaitStatus{w.Node, w.Since, w.Until, w.For, w.Failed, w.Tries, "heartbeat confirm " + w.Node})
	}
	if len(n.fencer.devices) > 0 {
		v, _ := n.fencer.view()
		f.Yield = v.Yield
		for _, d := range v.Devices {
			f.Devices = append(f.Devices, FenceDeviceStatus(d))
		}
		for _, h := range v.Nodes {
			f.Hunted = append(f.Hunted, HuntStatus(h))
		}
	}
	if set.TakeOver == "unsafe" && f.Delay == 0 && len(f.Devices) == 0 && len(f.Waits) == 0 {
		return nil
	}
	return f
}

var _ = HuntStatus(fencing.NodeView{}) // the same fields

// needs is what of it needs a human.
func (f *FencingStatus) needs(now time.Time) (out []string) {
	if f == nil {
		return nil
	}
	for _, w := range f.Waits {
		text := fmt.Sprintf("TAKE-OVER WAITS for %s, silent for %v: nothing of it is started before %s", w.Node, now.Sub(w.Since).Round(time.Second), w.For)
		if w.Failed != "" {
			text += fmt.Sprintf("; %d attempts failed, the last: %s", w.Tries, strings.TrimSuffix(w.Failed, "."))
		}
		out = append(out, text+". If you have made sure that "+w.Node+" is down, type: "+w.Command)
	}
	for _, h := range f.Hunted {
		if h.Held {
			out = append(out, fmt.Sprintf("FENCING HELD BACK: %s was fenced too often within an hour (fence_brake) and is not fenced again before %s. Mend the links between the nodes. To let it be fenced: heartbeat fence release %s; if it is down for sure: heartbeat confirm %s",
				h.Node, h.Next.Format(time.TimeOnly), h.Node, h.Node))
		}
	}
	for _, d := range f.Devices {
		if !d.OK && !d.Checked.IsZero() {
			out = append(out, fmt.Sprintf("fencing device %s does not answer since %s (%s): %s", d.Name, d.Since.Format(time.DateTime), d.Output, event.FenceUnverified.Action))
		}
	}
	return out
}

// cutSteps is the ladder from the first loss of a link to the decision who runs what.
func (s *sight) cutSteps(self string, f *FencingStatus) (out []CutStep) {
	for _, v := range s.cluster.Nodes {
		if v.Ping || v.Name == self || v.Status == membership.Dead || len(v.Links) == 0 {
			continue
		}
		out = append(out, linkStep(self, v))
	}
	if len(out) == 0 {
		return nil
	}
	set := s.cfg.HaCf.Settings
	if set.TakeoverDelay > 0 {
		out = append(out, CutStep{"delay", true, fmt.Sprintf("The alarm comes at once, and what follows %v later (takeover_delay), unless the nodes see each other again.", set.TakeoverDelay), ""})
	}
	policy := CutStep{About: "policy", OK: set.TakeOver != "unsafe", Text: s.own.IfCut}
	if !policy.OK {
		policy.Fix = "give ha.cf a stonith_host line, or write #!hb take_over manual"
	}
	out = append(out, policy)
	if set.TakeOver == "fenced" && f != nil {
		out = append(out, deviceSteps(f, s.now)...)
	}
	return out
}

func linkStep(self string, v membership.NodeView) CutStep {
	var up, down []string
	for _, l := range v.Links {
		if l.Up {
			up = append(up, l.Name)
		} else {
			down = append(down, l.Name)
		}
	}
	slices.Sort(up)
	step := CutStep{About: "links", OK: len(up) > 1}
	switch {
	case len(up) > 1:
		step.Text = fmt.Sprintf("%s and %s see each other by %d links (%s): they lose sight of each other when all of them fail.", self, v.Name, len(up), strings.Join(up, ", "))
	case len(down) > 0:
		step.Text = fmt.Sprintf("Only %s is left between %s and %s; silent: %s. One more failure and they lose sight of each other.", strings.Join(up, ""), self, v.Name, strings.Join(down, ", "))
		step.Fix = "mend " + strings.Join(down, ", ")
	default:
		step.Text = fmt.Sprintf("There is one link between %s and %s (%s): its failure looks like the death of a node.", self, v.Name, strings.Join(up, ""))
		step.Fix = "add a second, independent link to ha.cf on both nodes: a crossed cable (bcast eth1) or a serial line"
	}
	return step
}

func deviceSteps(f *FencingStatus, now time.Time) (out []CutStep) {
	if len(f.Devices) == 0 {
		return []CutStep{{"devices", false, "No fencing device is for this node: a human must confirm every death.", "add a stonith_host line for this node to ha.cf"}}
	}
	for i, d := range f.Devices {
		step := CutStep{About: "devices", OK: d.OK, Text: fmt.Sprintf("Device %d, %s: verified %v ago.", i+1, d.Name, now.Sub(d.Checked).Round(time.Second))}
		switch {
		case d.Checked.IsZero():
			step.Text = fmt.Sprintf("Device %d, %s: not verified yet.", i+1, d.Name)
		case !d.OK:
			step.Text = fmt.Sprintf("Device %d, %s: NOT verified since %s.", i+1, d.Name, d.Since.Format(time.DateTime))
			step.Fix = "heartbeat fence test"
		}
		out = append(out, step)
	}
	return out
}
