package interop

import (
	"sync"
	"testing"
)

// atOnce bounds how many clusters run together: they mostly wait, but their
// scripts need the processor.
const atOnce = 2

// A job is a test with a cluster of its own.
type job struct {
	name string
	run  func(t *testing.T)
}

// together runs jobs as subtests, atOnce at a time. t.Parallel would bound them by
// the number of processors, which is no measure for tests that wait.
func together(t *testing.T, jobs ...job) {
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, j := range jobs {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			t.Run(j.name, j.run)
		})
	}
	all.Wait()
}
