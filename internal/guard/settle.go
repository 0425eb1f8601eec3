package guard

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// letGoOfTerminal is for a node in the background.
func letGoOfTerminal() {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(null)
	for std := range 3 {
		_ = unix.Dup3(null, std, 0)
	}
}

// endedPID reads the process from what waitid tells: the first word of the union that follows three integers.
func endedPID(info *unix.Siginfo) int {
	word := unsafe.Sizeof(uintptr(0))
	union := (3*4 + word - 1) / word * word
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(info), union)))
}

// forgetProgram gives back the pages of the program that its start has touched. They are the file's and come back from the
// page cache, which the node's process keeps warm, when they are needed: at the next accident.
func forgetProgram() {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range untouched(string(maps)) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m[0], m[1]-m[0], unix.MADV_DONTNEED)
	}
}

// untouched finds the mappings of files that cannot be written now and have no page that was written before (proc_pid_smaps(5)): such a
// page would be lost.
func untouched(smaps string) (out [][2]uintptr) {
	var from, to uintptr
	fits := false
	for line := range strings.Lines(smaps) {
		f := strings.Fields(line)
		if len(f) >= 5 && strings.Contains(f[0], "-") {
			_, err := fmt.Sscanf(f[0], "%x-%x", &from, &to)
			fits = err == nil && len(f) >= 6 && strings.HasPrefix(f[5], "/") && f[1][0] == 'r' && f[1][1] == '-'
		}
		if fits && len(f) == 3 && f[0] == "Anonymous:" && f[1] == "0" {
			out = append(out, [2]uintptr{from, to})
		}
	}
	return out
}
