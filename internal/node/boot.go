package node

import (
	"os"
	"strings"
)

// bootID tells one start of the machine from the next: what a life of the node left in the run directory counts for one of them.
func bootID() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id)), err
}
