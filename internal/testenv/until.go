package testenv

import (
	"testing"
	"time"
)

// Until looks every 10 ms until something is so. After a minute, which only a test that hangs needs, the test fails.
func Until(t testing.TB, what string, so func() bool) {
	t.Helper()
	give := time.NewTimer(time.Minute)
	defer give.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-give.C:
			t.Fatalf("it did not come: %s", what)
		}
	}
}
