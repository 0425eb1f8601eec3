package members

import (
	"container/heap"
	"time"
)

// epoch is the instant at which every simulated world begins.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

type task struct {
	at    time.Time
	order uint64
	run   func()
}

type schedule []task

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	if s[i].at.Equal(s[j].at) {
		return s[i].order < s[j].order
	}
	return s[i].at.Before(s[j].at)
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(task)) }
func (s *schedule) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}

// A clock is virtual time.
type clock struct {
	now     time.Time
	planned schedule
	count   uint64
}

func (c *clock) at(when time.Time, run func()) {
	if when.Before(c.now) {
		when = c.now
	}
	c.count++
	heap.Push(&c.planned, task{when, c.count, run})
}

func (c *clock) after(d time.Duration, run func()) { c.at(c.now.Add(d), run) }

// step runs the next task before the end; false when there is none.
func (c *clock) step(end time.Time) bool {
	if len(c.planned) == 0 || c.planned[0].at.After(end) {
		c.now = end
		return false
	}
	t := heap.Pop(&c.planned).(task)
	c.now = t.at
	t.run()
	return true
}
