package filesystem

import (
	"strings"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
)

// options are mount options: those of the kernel's call, those of the file system, and ours.
type options struct {
	flags    uintptr
	data     []string
	words    []string // as written, for the mount program
	bind     bool
	loop     bool
	lazy     bool
	readOnly bool
}

func parseOptions(text string) (options, error) {
	var o options
	if strings.ContainsAny(text, "\x00\n") {
		return o, native.Fail(native.Configured, "the mount options have more than one line")
	}
	set, clear := flagWords()
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		name, _, _ := strings.Cut(word, "=")
		switch {
		case word == "":
			continue
		case word == lazyOption:
			o.lazy = true
			continue
		case strings.HasPrefix(word, "x-"), strings.HasPrefix(word, "X-"), name == "comment":
			continue
		case word == "bind":
			o.bind, o.flags = true, o.flags|unix.MS_BIND
		case word == "rbind":
			o.bind, o.flags = true, o.flags|unix.MS_BIND|unix.MS_REC
		case name == "loop":
			o.loop = true
		case set[word] != 0:
			o.flags |= set[word]
		case clear[word] != 0:
			o.flags &^= clear[word]
		case ignored(word):
		default:
			o.data = append(o.data, word)
		}
		o.words = append(o.words, word)
	}
	o.readOnly = o.flags&unix.MS_RDONLY != 0
	return o, nil
}

// flagWords are the options that the kernel takes as bits.
func flagWords() (set, clear map[string]uintptr) {
	return map[string]uintptr{
			"ro": unix.MS_RDONLY, "nosuid": unix.MS_NOSUID, "nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC,
			"sync": unix.MS_SYNCHRONOUS, "dirsync": unix.MS_DIRSYNC, "noatime": unix.MS_NOATIME, "nodiratime": unix.MS_NODIRATIME,
			"relatime": unix.MS_RELATIME, "strictatime": unix.MS_STRICTATIME, "lazytime": unix.MS_LAZYTIME, "mand": unix.MS_MANDLOCK,
			"silent": unix.MS_SILENT, "nosymfollow": unix.MS_NOSYMFOLLOW,
		}, map[string]uintptr{
			"rw": unix.MS_RDONLY, "suid": unix.MS_NOSUID, "dev": unix.MS_NODEV, "exec": unix.MS_NOEXEC, "async": unix.MS_SYNCHRONOUS,
			"atime": unix.MS_NOATIME, "diratime": unix.MS_NODIRATIME, "norelatime": unix.MS_RELATIME, "nostrictatime": unix.MS_STRICTATIME,
			"nolazytime": unix.MS_LAZYTIME, "nomand": unix.MS_MANDLOCK, "loud": unix.MS_SILENT,
		}
}

// ignored are words for the mount program and for the boot, which mean nothing here.
func ignored(word string) bool {
	switch word {
	case "defaults", "auto", "noauto", "user", "nouser", "users", "owner", "group", "_netdev", "nofail", "symfollow":
		return true
	}
	return false
}
