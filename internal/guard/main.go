package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// How the two processes are started. A user never types any of it.
const (
	program   = "heartbeat"
	verb      = "guard"
	wardFlag  = "--ward="     // the node that runs already
	readyFlag = "--ready-fd=" // who waits for the node; also an option of the node
	guarded   = "--guarded"   // option of the node: descriptors 3 and 4 are what joins it to its guard
	revived   = "--revived="  // option of the node: why it was started again
)

// Become replaces this process by a guard that starts the node with args, the arguments after the program's name.
// It returns only when that fails. A descriptor readyFD above 0 is handed on to the first node.
func Become(args []string, readyFD int) error {
	argv := []string{program, verb}
	if readyFD > 0 {
		argv = append(argv, readyFlag+strconv.Itoa(readyFD))
	}
	argv = append(append(argv, "--"), args...)
	return fmt.Errorf("becoming the guard of the node: %w", syscall.Exec(self(), argv, os.Environ()))
}

// order is what a guard was started for.
type order struct {
	ward    int // process that runs already; 0: none
	readyFD int
	args    []string // of the node
}

// Main is the guard's life if the arguments ask for one; mine is false if not.
func Main(args []string, stderr io.Writer) (code int, mine bool) {
	o, mine := parse(args)
	if !mine {
		return 0, false
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(20)
	keepFromChildren()
	g := newGuardian(o, stderr)
	if err := g.open(); err != nil {
		fmt.Fprintf(stderr, "heartbeat: %s\n", err)
		return 1, true
	}
	return g.run(), true
}

// parse reads the arguments of a guard; a call that a user may have meant otherwise is none.
func parse(args []string) (o order, mine bool) {
	end := slices.Index(args, "--")
	if len(args) < 3 || args[1] != verb || end < 2 || end == len(args)-1 {
		return o, false
	}
	for _, a := range args[2:end] {
		var err error
		switch {
		case strings.HasPrefix(a, wardFlag):
			o.ward, err = strconv.Atoi(strings.TrimPrefix(a, wardFlag))
		case strings.HasPrefix(a, readyFlag):
			o.readyFD, err = strconv.Atoi(strings.TrimPrefix(a, readyFlag))
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			return o, false
		}
	}
	o.args = args[end+1:]
	return o, true
}
