package cts

import (
	"maps"
	"testing"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
)

// A cluster goes on from one scenario to the next only when the same daemons are wanted on the same machines: the pairings name the machine
// of the fault, which is not always r1.
func TestPairingsNameTheMachineOfTheFault(t *testing.T) {
	onR1, onR2 := &scenario.Scenario{Fault: drive.R1}, &scenario.Scenario{Fault: drive.R2}
	if m := makers(onR2, scenario.GC); m[drive.R1] != byC || m[drive.R2] != byGo {
		t.Errorf("fault on r2, C beside it: %v", m)
	}
	if maps.Equal(makers(onR1, scenario.GC), makers(onR2, scenario.GC)) {
		t.Error("a cluster with C on r2 goes on as one with C on r1")
	}
	if !maps.Equal(makers(onR1, scenario.GC), makers(onR2, scenario.CG)) || !maps.Equal(makers(onR1, scenario.GG), makers(onR2, scenario.GG)) {
		t.Error("equal clusters are not known as such")
	}
}
