package lab

import (
	"os"
	"path/filepath"

	"heartbeat/internal/vnet"
)

// Inside runs the parts of a lab that are this program started again: its
// machines, its responder, its client, its web server. main calls it first with
// os.Args; mine says that such a part was meant, whose exit code is code.
func Inside(argv []string) (code int, mine bool) {
	if len(argv) == 0 {
		return 0, false
	}
	if filepath.Base(argv[0]) == webAgent {
		return webAgentMain(argv[1:]), true
	}
	args := argv[1:]
	if code, mine := vnet.Inside(args); mine {
		return code, true
	}
	if len(args) < 3 || args[0] != "lab" || args[1] != "inside" {
		return 0, false
	}
	switch {
	case args[2] == "echo":
		return echo(), true
	case args[2] == "web":
		return webServe(), true
	case args[2] == "signal" && len(args) == 5:
		return signalMain(args[3:]), true
	case args[2] == "kill" && len(args) == 4:
		return killMain(args[3]), true
	case args[2] == "end" && len(args) == 4:
		return endMain(args[3]), true
	case args[2] == "probe" && len(args) == 4:
		return probe(args[3]), true
	}
	os.Stderr.WriteString("heartbeat lab inside: this is used by the lab itself; see heartbeat lab --help\n")
	return 2, true
}
