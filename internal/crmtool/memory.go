package crmtool

import (
	"runtime"
	"runtime/debug"
)

// Percents of what lives that the heap may grow by before it is collected, see debug.SetGCPercent.
const (
	percentFirst = 1600 // of the 4 MB that the runtime begins with
	percentLater = 300
)

// collectLate is for commands that give one answer and are over: nothing is collected before the heap has 64 MB, which small clusters never
// have. After the first collection, which the cleanup tells of, it may be four times what lives.
func collectLate() {
	debug.SetGCPercent(percentFirst)
	witness := new([64]byte) // large enough not to share its memory with something that lives on
	runtime.AddCleanup(witness, func(percent int) { debug.SetGCPercent(percent) }, percentLater)
}
