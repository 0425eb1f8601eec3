package respawn

import (
	"slices"
	"testing"
	"time"
)

func TestPausesGrowUntilAProgramLives(t *testing.T) {
	var b Backoff
	var got []time.Duration
	for range 11 {
		got = append(got, b.Next(time.Millisecond))
	}
	want := []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if !slices.Equal(got, want) {
		t.Errorf("pauses %v", got)
	}
	if d := b.Next(time.Minute); d != 100*time.Millisecond {
		t.Errorf("after a minute of life it waits %v", d)
	}
}
