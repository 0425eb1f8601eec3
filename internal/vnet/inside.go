package vnet

import (
	"fmt"
	"os"
)

// Inside runs the parts of a lab that are this program started again. main calls
// it first; mine says that args (os.Args[1:]) meant such a part, whose exit code
// is code.
func Inside(args []string) (code int, mine bool) {
	if len(args) < 3 || args[0] != "lab" || args[1] != "inside" {
		return 0, false
	}
	role, rest := args[2], args[3:]
	switch {
	case role == "switchboard" && len(rest) == 2 && firstOfItsKind():
		return runSwitchboard(rest[0], rest[1] == "tied"), true
	case role == "nothing":
		return 0, true
	case role == "machine" && len(rest) == 0 && firstOfItsKind():
		return runMachine(), true
	case role == "switchboard" || role == "machine":
		fmt.Fprintln(os.Stderr, "lab inside: this part is started by the lab itself")
		return 2, true
	}
	return 0, false
}

// firstOfItsKind guards a host from a part started by hand: both parts mount
// things and are PID 1 of a namespace of their own.
func firstOfItsKind() bool { return os.Getpid() == 1 }
