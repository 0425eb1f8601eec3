package filesystem

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A user is a process that keeps a file system busy.
type user struct {
	pid  int
	name string
	by   string // cwd, root, exe, fd N, mmap
}

func (u user) String() string { return fmt.Sprintf("%s (pid %d, %s)", u.name, u.pid, u.by) }

// findUsers looks through all processes. Nothing here touches the file system: links of /proc are
// text of the kernel. Open files are matched by the number of the mount; working directories, roots,
// programs and mapped files, which have none, by path, and only in processes that see the same mounts.
func findUsers(proc string, mounts []mount, self int) ([]user, error) {
	ours, err := os.Readlink(filepath.Join(proc, "self", "ns", "mnt"))
	if err != nil {
		return nil, fmt.Errorf("looking for the users of a file system: %w", err)
	}
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil, fmt.Errorf("looking for the users of a file system: %w", err)
	}
	var out []user
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == self || pid == 1 {
			continue
		}
		dir := filepath.Join(proc, e.Name())
		by := usesDescriptor(dir, mounts)
		if by == "" {
			if ns, err := os.Readlink(filepath.Join(dir, "ns", "mnt")); err == nil && ns == ours {
				by = usesPath(dir, mounts)
			}
		}
		if by != "" {
			out = append(out, user{pid, commandOf(dir), by})
		}
	}
	return out, nil
}

func commandOf(dir string) string {
	data, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(data))
}

func usesDescriptor(dir string, mounts []mount) string {
	infos, _ := os.ReadDir(filepath.Join(dir, "fdinfo")) // a process that ended meanwhile has none
	for _, i := range infos {
		data, err := os.ReadFile(filepath.Join(dir, "fdinfo", i.Name()))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			value, ok := strings.CutPrefix(line, "mnt_id:")
			if !ok {
				continue
			}
			id, err := strconv.Atoi(strings.TrimSpace(value))
			if err == nil && slices.ContainsFunc(mounts, func(m mount) bool { return m.id == id }) {
				return "fd " + i.Name()
			}
			break
		}
	}
	return ""
}

func usesPath(dir string, mounts []mount) string {
	under := func(path string) bool {
		path = strings.TrimSuffix(path, " (deleted)")
		return slices.ContainsFunc(mounts, func(m mount) bool { return path == m.dir || strings.HasPrefix(path, m.dir+"/") })
	}
	for _, link := range []string{"cwd", "root", "exe"} {
		if to, err := os.Readlink(filepath.Join(dir, link)); err == nil && under(to) {
			return link
		}
	}
	f, err := os.Open(filepath.Join(dir, "maps"))
	if err != nil {
		return ""
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if i := strings.IndexByte(in.Text(), '/'); i >= 0 && under(in.Text()[i:]) {
			return "mmap"
		}
	}
	return ""
}
