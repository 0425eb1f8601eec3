package interop

import (
	"flag"
	"testing"
)

// atOnce is how many clusters run together, whatever the number of processors: they mostly wait for C's timers. More of them
// let programs wait for the processor that a deadtime of one second judges.
const atOnce = "3"

// waitForTimers makes atOnce the bound of t.Parallel, unless go test -parallel gives another one. Go's own bound is the number
// of processors, which is no measure for tests that wait.
func waitForTimers() error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", atOnce)
}

// A job is a test with a cluster of its own.
type job struct {
	name string
	run  func(t *testing.T)
}

// together runs jobs as subtests beside each other and beside those of other tests. Its caller is parallel itself.
func together(t *testing.T, jobs ...job) {
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			j.run(t)
		})
	}
}
