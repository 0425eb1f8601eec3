package vnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// freezePatience bounds how long a loaded host may take to stop every thread.
const freezePatience = 10 * time.Second

// hold stops or continues every process of the machine but this one. A stop is
// complete when it returns: a thread acts on the signal only when the host's
// scheduler lets it, and until then it would go on talking to its cluster.
func (k *keeper) hold(freeze bool) error {
	k.mu.Lock() // nothing is started meanwhile
	defer k.mu.Unlock()
	if !freeze {
		k.stopped = false
		return signalAll(syscall.SIGCONT)
	}
	k.stopped = true
	for deadline := time.Now().Add(freezePatience); ; time.Sleep(time.Millisecond) {
		if err := signalAll(syscall.SIGSTOP); err != nil { // again: a process may have forked
			return err
		}
		moving := awake()
		if moving == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d threads do not stop", moving)
		}
	}
}

func signalAll(sig syscall.Signal) error {
	if err := syscall.Kill(-1, sig); err != nil && !errors.Is(err, syscall.ESRCH) { // ESRCH: this process is alone
		return err
	}
	return nil
}

// awake counts the threads of the machine, ours left out, that are neither stopped nor dead.
func awake() int {
	stats, err := filepath.Glob("/proc/[0-9]*/task/[0-9]*/stat")
	if err != nil {
		return 0
	}
	own := "/proc/" + strconv.Itoa(os.Getpid()) + "/"
	n := 0
	for _, path := range stats {
		if strings.HasPrefix(path, own) {
			continue
		}
		data, err := os.ReadFile(path)
		_, rest, ok := strings.Cut(string(data), ") ")
		if err != nil || !ok || rest == "" {
			continue // gone meanwhile
		}
		if !strings.ContainsRune("TtZX", rune(rest[0])) {
			n++
		}
	}
	return n
}
