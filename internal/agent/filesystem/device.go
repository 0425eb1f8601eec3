package filesystem

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heartbeat/internal/agent/native"
)

// A superblock is what the begin of a device says about its file system.
type superblock struct{ kind, label, uuid string }

// readSuperblock recognises the usual file systems of Linux; false for anything else.
func readSuperblock(path string) (superblock, bool) {
	f, err := os.Open(path)
	if err != nil {
		return superblock{}, false
	}
	defer f.Close()
	buf := make([]byte, 0x10000+0x1000)
	n, _ := f.ReadAt(buf, 0) // a short device has a short begin
	return parseSuperblock(buf[:n])
}

func parseSuperblock(b []byte) (superblock, bool) {
	at := func(off, n int) []byte {
		if off+n > len(b) {
			return make([]byte, n)
		}
		return b[off : off+n]
	}
	label := func(b []byte) string { s, _, _ := bytes.Cut(b, []byte{0}); return string(s) }
	switch {
	case binary.LittleEndian.Uint16(at(0x438, 2)) == 0xef53:
		s := superblock{"ext2", label(at(0x478, 16)), uuid(at(0x468, 16))}
		const journal, extents = 0x4, 0x40
		if binary.LittleEndian.Uint32(at(0x45c, 4))&journal != 0 {
			s.kind = "ext3"
		}
		if binary.LittleEndian.Uint32(at(0x460, 4))&extents != 0 {
			s.kind = "ext4"
		}
		return s, true
	case string(at(0, 4)) == "XFSB":
		return superblock{"xfs", label(at(108, 12)), uuid(at(32, 16))}, true
	case string(at(0x10040, 8)) == "_BHRfS_M":
		return superblock{"btrfs", label(at(0x1012b, 256)), uuid(at(0x10020, 16))}, true
	case string(at(0, 4)) == "hsqs":
		return superblock{kind: "squashfs"}, true
	case binary.LittleEndian.Uint32(at(1024, 4)) == 0xe0f5e1e2:
		return superblock{"erofs", label(at(1024+64, 16)), uuid(at(1024+48, 16))}, true
	}
	return superblock{}, false
}

func uuid(b []byte) string {
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// findDevice resolves -Llabel and -Uuuid; other words are themselves.
func findDevice(word string) (string, error) {
	what, value := "", ""
	switch {
	case strings.HasPrefix(word, "-L"), strings.HasPrefix(word, "LABEL="):
		what, value = "label", strings.TrimPrefix(strings.TrimPrefix(word, "-L"), "LABEL=")
	case strings.HasPrefix(word, "-U"), strings.HasPrefix(word, "UUID="):
		what, value = "uuid", strings.TrimPrefix(strings.TrimPrefix(word, "-U"), "UUID=")
	default:
		return word, nil
	}
	if value == "" {
		return "", native.Fail(native.Configured, "%s names no %s; write -L%s without a blank", word, what, "data")
	}
	if path, err := filepath.EvalSymlinks("/dev/disk/by-" + what + "/" + udevName(value)); err == nil {
		return path, nil
	}
	found, err := scanDevices(what, value)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", native.Fail(native.Installed, "no device of this machine has the %s %s", what, value)
	case len(found) > 1:
		return "", native.Fail(native.Generic, "several devices have the %s %s: %s; name the device", what, value, strings.Join(found, ", "))
	}
	return found[0], nil
}

// udevName is a value as udev writes it into file names.
func udevName(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '/' || c == ' ' || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// scanDevices looks at every block device where udev made no links.
func scanDevices(what, value string) ([]string, error) {
	names, err := os.ReadDir("/sys/class/block")
	if err != nil {
		return nil, fmt.Errorf("looking for the %s %s: %w", what, value, err)
	}
	var out []string
	for _, n := range names {
		path := "/dev/" + strings.ReplaceAll(n.Name(), "!", "/")
		s, ok := readSuperblock(path)
		if ok && (what == "label" && s.label == value || what == "uuid" && strings.EqualFold(s.uuid, value)) {
			out = append(out, path)
		}
	}
	return out, nil
}

// knownTypes are the types that the running kernel can mount, from /proc/filesystems; withDevice leaves out those without one.
func knownTypes(withDevice bool) []string {
	data, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) == 1 {
			out = append(out, f[0])
		} else if len(f) == 2 && !withDevice {
			out = append(out, f[1])
		}
	}
	return out
}

func kernelKnows(kind string) bool { return slices.Contains(knownTypes(false), kind) }

func isBlock(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeDevice != 0 && info.Mode()&os.ModeCharDevice == 0
}

// flushBuffers lets the kernel forget what it cached of the device: another node may have written it.
func flushBuffers(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), unix.BLKFLSBUF, 0) }); err != nil {
		return err
	}
	if errors.Is(failed, unix.EACCES) || errors.Is(failed, unix.ENOTTY) {
		return nil // read-only or without buffers
	}
	return failed
}
