// Package virtual is the time of simulated worlds: it stands still while something happens and jumps to the next thing that will.
package virtual

import "time"

// Epoch is the instant at which every simulated world begins.
var Epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// A task happens at one virtual instant. Tasks of the same instant happen in the
// order in which they were planned.
type task struct {
	at    time.Duration // since Epoch
	order uint64
	run   func()
}

func (t *task) before(o *task) bool { return t.at < o.at || t.at == o.at && t.order < o.order }

// A Clock is virtual time. Its zero value must get its Now, usually Epoch, before it is used.
type Clock struct {
	Now time.Time

	planned []task // a heap
	count   uint64
	end     time.Duration // of the present Step
}

// After plans something in a while.
func (c *Clock) After(d time.Duration, run func()) { c.At(c.Now.Add(d), run) }

// At plans something; what would be in the past happens now.
func (c *Clock) At(when time.Time, run func()) {
	if when.Before(c.Now) {
		when = c.Now
	}
	c.count++
	c.planned = append(c.planned, task{when.Sub(Epoch), c.count, run})
	for i := len(c.planned) - 1; i > 0; {
		up := (i - 1) / 2
		if !c.planned[i].before(&c.planned[up]) {
			break
		}
		c.planned[i], c.planned[up] = c.planned[up], c.planned[i]
		i = up
	}
}

// Step runs the next task; false when there is none before the end.
func (c *Clock) Step(end time.Time) bool {
	c.end = end.Sub(Epoch)
	if len(c.planned) == 0 || c.planned[0].at > c.end {
		c.Now = end
		return false
	}
	t := c.pop()
	c.Now = Epoch.Add(t.at)
	t.run()
	return true
}

// Jump moves time on within a task, if nothing else is planned before and the end of the Step is not; a task with many instants saves
// planning them one by one.
func (c *Clock) Jump(to time.Time) bool {
	d := to.Sub(Epoch)
	if d > c.end || len(c.planned) > 0 && c.planned[0].at <= d {
		return false
	}
	c.Now = to
	return true
}

func (c *Clock) pop() task {
	top, last := c.planned[0], len(c.planned)-1
	c.planned[0] = c.planned[last]
	c.planned[last] = task{}
	c.planned = c.planned[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && c.planned[child+1].before(&c.planned[child]) {
			child++
		}
		if !c.planned[child].before(&c.planned[i]) {
			return top
		}
		c.planned[i], c.planned[child] = c.planned[child], c.planned[i]
		i = child
	}
}
