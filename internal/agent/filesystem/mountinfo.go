package filesystem

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
)

// A mount is a line of /proc/self/mountinfo.
type mount struct {
	id      int
	device  string // major:minor
	root    string // the part of the file system that is seen
	dir     string
	options string
	kind    string
	source  string
}

// below says that the mount is at dir or under it.
func (m mount) below(dir string) bool { return m.dir == dir || strings.HasPrefix(m.dir, dir+"/") }

func readMounts() ([]mount, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mounts of this machine: %w", err)
	}
	return parseMounts(data), nil
}

// parseMounts reads mountinfo (proc(5)); lines it does not understand are left out.
func parseMounts(data []byte) []mount {
	var out []mount
	for line := range bytes.Lines(data) {
		f := strings.Fields(string(line))
		sep := -1
		for i := 6; i < len(f); i++ { // optional fields end with a single -
			if f[i] == "-" {
				sep = i
				break
			}
		}
		if sep < 0 || len(f) < sep+3 {
			continue
		}
		id, err := strconv.Atoi(f[0])
		if err != nil {
			continue
		}
		out = append(out, mount{id: id, device: f[2], root: unescape(f[3]), dir: unescape(f[4]), options: f[5], kind: f[sep+1], source: unescape(f[sep+2])})
	}
	return out
}

// unescape undoes the \040 of the kernel.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// topAt is the mount that is seen at dir; the last one covers the others.
func topAt(mounts []mount, dir string) (mount, bool) {
	for i := len(mounts) - 1; i >= 0; i-- {
		if mounts[i].dir == dir {
			return mounts[i], true
		}
	}
	return mount{}, false
}

// resolved is dir as the kernel names it: without symbolic links. Only the directories above it are
// looked at, and only its own last part is read as a link, so a dead server at dir itself is not asked.
func resolved(dir string, links func(string) (string, error)) string {
	parts := strings.Split(strings.TrimPrefix(path.Clean(dir), "/"), "/")
	at, left := "/", 40 // as many links as the kernel follows
	for len(parts) > 0 {
		next := path.Join(at, parts[0])
		parts = parts[1:]
		to, err := links(next)
		if err != nil || left == 0 {
			at = next
			continue
		}
		left--
		if !strings.HasPrefix(to, "/") {
			to = path.Join(at, to)
		}
		parts = append(strings.Split(strings.TrimPrefix(path.Clean(to), "/"), "/"), parts...)
		at = "/"
	}
	return at
}
