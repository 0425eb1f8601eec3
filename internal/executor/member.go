package executor

import (
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
)

// The states of a ResourceView.
const (
	StateStopped  = "stopped"
	StateStarting = "starting"
	StateRunning  = "running"
	StateStopping = "stopping"
	StateFailed   = "failed"
)

// knowledge is what is known about a member between operations.
type knowledge uint8

const (
	isUnknown  knowledge = iota // nobody asked yet
	isStopped                   // as far as we know: no status is needed before a start
	isRunning                   // we started it or saw it run
	mayBeThere                  // an operation on it failed or was interrupted
)

// member is one resource of a group. Its agent and known belong to the worker's goroutine, its view to the worker's lock.
type member struct {
	res     conf.Resource
	resolve func(conf.Resource) (agent.Agent, error)
	agent   agent.Agent // nil: could not be resolved
	err     error       // why not
	known   knowledge
	silent  int // statuses in a row that gave no answer, while it is watched

	shown ResourceView
}

func newMember(r conf.Resource, resolve func(conf.Resource) (agent.Agent, error)) *member {
	m := &member{res: r, resolve: resolve, shown: ResourceView{Word: r.Word, State: StateStopped, Since: time.Now()}}
	m.find()
	return m
}

// find resolves the agent; one that was missing may have been installed meanwhile.
func (m *member) find() bool {
	if m.agent != nil {
		return true
	}
	m.agent, m.err = m.resolve(m.res)
	if m.err != nil {
		m.agent = nil
	}
	return m.agent != nil
}

// lastOutput is what the last failed operation said.
func (m *member) lastOutput(w *worker) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return m.shown.Output
}

func (w *worker) setState(m *member, state string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m.setState(state)
}

// setState changes the shown state. The worker's lock is held.
func (m *member) setState(state string) {
	if m.agent != nil {
		m.shown.Class, m.shown.Path = m.agent.Class(), m.agent.Path()
	}
	if m.shown.State != state {
		m.shown.State, m.shown.Since = state, time.Now()
	}
}

func (w *worker) view() []ResourceView {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]ResourceView, 0, len(w.members))
	for _, m := range w.members {
		out = append(out, m.shown)
	}
	return out
}
