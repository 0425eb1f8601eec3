// Package filesystem mounts and unmounts file systems with the kernel's own calls
// and reads /proc/self/mountinfo; status never touches the file system itself, so
// it cannot hang on one.
//
// What may hang is done in a process of its own with a limit (chore.go): mounting
// and unmounting block devices and network file systems. Network file systems are
// mounted by the mount program, because the kernel's call alone cannot.
//
// A busy file system is freed by ending its users: TERM three times, KILL three
// times, one second apart (resources spec, section 8.1). Users are found by mount
// number, not by path, so nobody in another container is taken for one. A server
// that does not answer leaves a mount that is "stuck" (scenario S39): it is told,
// and detached only where that was asked for.
package filesystem
