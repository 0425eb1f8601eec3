package executor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/event"
	"heartbeat/internal/pause"
)

// operate runs start or stop of one member, shows and records it, and says whether it succeeded.
func (w *worker) operate(ctx context.Context, m *member, op agent.Op, o order) bool {
	w.mu.Lock()
	found := m.find()
	m.setState(map[bool]string{true: StateStarting, false: StateStopping}[op == agent.Start])
	w.mu.Unlock()
	res := agent.Result{Op: op, Code: -1}
	if found {
		res = w.call(ctx, m, op, o.reason)
	} else {
		res.Output = m.err.Error()
	}
	w.mu.Lock()
	m.shown.Took = res.Duration
	switch {
	case res.OK && op == agent.Start:
		m.known = isRunning
		m.setState(StateRunning)
	case res.OK:
		m.known = isStopped
		m.setState(StateStopped)
	case found:
		m.known = mayBeThere
		m.setState(StateFailed)
	default:
		m.known = isStopped // what does not exist does not run
		m.setState(StateFailed)
	}
	if m.shown.Output = ""; !res.OK {
		m.shown.Output = res.Output
		if m.shown.Output == "" {
			m.shown.Output = fmt.Sprintf("exit code %d, nothing printed", res.Code)
		}
	}
	w.mu.Unlock()
	w.record(m, res, o.cause, context.Cause(ctx))
	return res.OK
}

// call runs one operation within its time limit.
func (w *worker) call(ctx context.Context, m *member, op agent.Op, reason string) agent.Result {
	limit := w.x.cfg.StartTimeout
	switch op {
	case agent.Stop:
		limit = w.x.cfg.StopTimeout
	case agent.Status:
		limit = w.x.cfg.StatusTimeout
	}
	for _, l := range w.x.cfg.ScriptLimits {
		if l.Op == op && l.Script == m.res.Script {
			limit = l.Limit
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return m.agent.Run(ctx, op, w.x.cfg.Env(reason))
}

// status asks whether a member runs, and remembers the answer.
func (w *worker) status(ctx context.Context, m *member, reason string) bool {
	w.mu.Lock()
	found := m.find()
	w.mu.Unlock()
	if !found {
		m.known = isStopped
		return false
	}
	res := w.call(ctx, m, agent.Status, reason)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case res.OK:
		m.known = isRunning
		m.setState(StateRunning)
	case res.TimedOut || ctx.Err() != nil:
		m.known = mayBeThere // no answer is no proof
	default:
		m.known = isStopped
		m.setState(StateStopped)
	}
	return res.OK
}

// takeDown stops one member; a failed stop is asked about and tried again.
func (w *worker) takeDown(ctx context.Context, m *member, o order) bool {
	for attempt := 0; ; attempt++ {
		if w.operate(ctx, m, agent.Stop, o) {
			return true
		}
		said := m.lastOutput(w)
		if !w.status(ctx, m, o.reason) && m.known == isStopped {
			w.x.cfg.Record(event.Event{
				Kind: event.AgentStop, Subject: m.res.Word, Cause: "agent.failed " + m.res.Word,
				Text: fmt.Sprintf("%s failed to stop, but its status says that it is stopped; it counts as stopped. Its script is probably not LSB-compliant: a stop must succeed when the resource is stopped already.", m.res.Word),
			})
			return true
		}
		w.mu.Lock()
		m.known = mayBeThere
		m.setState(StateFailed)
		m.shown.Output = said
		w.mu.Unlock()
		if attempt >= w.x.cfg.StopRetries || pause.For(ctx, stopRetryAfter) != nil {
			return false
		}
	}
}

// record puts an operation on the timeline. A start that was broken off on purpose is no failure; overtaken is why.
func (w *worker) record(m *member, res agent.Result, cause string, overtaken error) {
	class, path := "", ""
	if m.agent != nil {
		class, path = m.agent.Class(), m.agent.Path()
	}
	e := event.Event{Subject: m.res.Word, Cause: cause, Attrs: []event.Attr{
		{Key: "group", Value: w.key},
		{Key: "op", Value: string(res.Op)},
		{Key: "class", Value: class},
		{Key: "path", Value: path},
		{Key: "ms", Value: strconv.FormatFloat(float64(res.Duration)/float64(time.Millisecond), 'f', 1, 64)},
	}}
	took := res.Duration.Round(100 * time.Microsecond)
	switch {
	case res.OK && res.Op == agent.Start:
		e.Kind, e.Text = event.AgentStart, fmt.Sprintf("Started %s (%s, %s) in %v", m.res.Word, class, path, took)
	case res.OK:
		e.Kind, e.Text = event.AgentStop, fmt.Sprintf("Stopped %s (%s, %s) in %v", m.res.Word, class, path, took)
	case overtaken != nil && res.Op == agent.Start && m.agent != nil:
		e.Kind, e.Text = event.AgentInterrupted, fmt.Sprintf("%s of %s was broken off after %v: %v", res.Op, m.res.Word, took, overtaken)
	case m.agent == nil:
		e.Kind, e.Text = event.AgentFailed, fmt.Sprintf("Cannot %s %s", res.Op, m.res.Word)
	case res.TimedOut:
		e.Kind, e.Text = event.AgentFailed, fmt.Sprintf("%s of %s ran into its time limit after %v and was killed (%s)", res.Op, m.res.Word, took, path)
	default:
		e.Kind, e.Text = event.AgentFailed, fmt.Sprintf("Return code %d from %s: %s of %s failed after %v", res.Code, path, res.Op, m.res.Word, took)
	}
	if !res.OK {
		e.Attrs = append(e.Attrs, event.Attr{Key: "code", Value: strconv.Itoa(res.Code)})
	}
	if res.Output != "" {
		e.Text += ": " + lastLine(res.Output)
		e.Attrs = append(e.Attrs, event.Attr{Key: "output", Value: res.Output})
	}
	if !strings.HasSuffix(e.Text, ".") {
		e.Text += "."
	}
	w.x.cfg.Record(e)
}

// lastLine is the end of a text that may have many lines.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		s = s[i+1:]
	}
	return s
}
