package sim

import (
	"container/heap"
	"time"
)

// epoch is the instant at which every simulated world begins.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// A task happens at one virtual instant. Tasks of the same instant happen in the
// order in which they were planned.
type task struct {
	at    time.Time
	order uint64
	run   func()
}

type schedule []*task

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	if s[i].at.Equal(s[j].at) {
		return s[i].order < s[j].order
	}
	return s[i].at.Before(s[j].at)
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(*task)) }
func (s *schedule) Pop() any {
	old := *s
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	return last
}

// A clock is virtual time: it stands still while something happens and jumps to
// the next thing that will.
type clock struct {
	now     time.Time
	planned schedule
	count   uint64
}

func (c *clock) after(d time.Duration, run func()) { c.at(c.now.Add(d), run) }

func (c *clock) at(when time.Time, run func()) {
	if when.Before(c.now) {
		when = c.now
	}
	c.count++
	heap.Push(&c.planned, &task{at: when, order: c.count, run: run})
}

// step runs the next task; false when there is none before the end.
func (c *clock) step(end time.Time) bool {
	if len(c.planned) == 0 || c.planned[0].at.After(end) {
		c.now = end
		return false
	}
	t := heap.Pop(&c.planned).(*task)
	c.now = t.at
	t.run()
	return true
}
