package crmtool

import (
	"runtime"
	"runtime/debug"
)

// Percents of what lives that the heap may grow by before it is collected, see debug.SetGCPercent.
const (
	percentFirst = 1600 // of the 4 MB that the runtime begins with
	percentLater = 300
	percentLarge = 60 // beside a document of 100 MB the machine's memory is worth more than a second
)

// muchLives is when percentLarge begins, in bytes.
const muchLives = 256 << 20

// collectLate is for commands that give one answer and are over: nothing is collected before the heap has 64 MB, which small clusters never
// have. After that it may be four times what lives, and less when that is much.
func collectLate() {
	debug.SetGCPercent(percentFirst)
	afterCollection(percentFirst)
}

// afterCollection sees to it that it is judged anew after each collection; until then the heap grows by percent of what lives.
func afterCollection(percent int) {
	witness := new([64]byte) // large enough not to share its memory with something that lives on
	runtime.AddCleanup(witness, func(percent int) {
		next := percentLater
		if live(percent) >= muchLives {
			next = percentLarge
		}
		debug.SetGCPercent(next)
		afterCollection(next)
	}, percent)
}

// live is about what the last collection left, in bytes, when the next one was to come after so many percent more.
func live(percent int) uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.NextGC * 100 / uint64(100+percent)
}
