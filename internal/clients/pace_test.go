package clients

import (
	"testing"
	"time"
)

// paused counts the pauses that a program is made to take which sends the next message so long after the one before.
func paused(p *Pace, messages int, apart time.Duration, brought func(pause bool) int) (pauses int) {
	now := time.Unix(1000, 0)
	pause := false
	for range messages {
		now = now.Add(apart)
		pause = p.Took(now, brought(pause))
		if pause {
			pauses++
		}
	}
	return pauses
}

func TestProgramThatDoesNotWaitIsReadInBatches(t *testing.T) {
	gathers := func(pause bool) int {
		if pause {
			return 40
		}
		return 1
	}
	if n := paused(&Pace{}, 1000, 50*time.Microsecond, gathers); n < 900 {
		t.Errorf("%d pauses in 1000 readings", n)
	}
}

func TestProgramThatWaitsForAnswersIsHardlyHeldUp(t *testing.T) {
	oneByOne := func(bool) int { return 1 }
	if n := paused(&Pace{}, 100_000, 200*time.Microsecond, oneByOne); n > 110 {
		t.Errorf("%d pauses in 100000 questions", n)
	}
	if n := paused(&Pace{}, 100_000, 2*time.Millisecond, oneByOne); n != 0 {
		t.Errorf("%d pauses of a program that says little", n)
	}
}
