package scheduler

// Work is a measure of what a run did, the same on every machine: actions, relations between them, and how often an action was looked at again
// while the relations took effect. Tests bound it.
func (r *Result) Work() int {
	relations := 0
	for _, a := range r.c.actions {
		relations += len(a.before)
	}
	return len(r.c.actions) + relations + r.c.updates
}
