package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heartbeat/internal/fsutil"
	"heartbeat/internal/membership"
)

// Names of the lists of nodes: those of the cluster, and those that were deleted from it. One line for a
// node: name, uuid, weight and site, separated by tabs. C's daemon reads ours and we read C's.
const (
	HostCache    = "hostcache"
	DelHostCache = "delhostcache"
)

// shortestLine is a name of one byte, a tab and a uuid, as C counts it with the newline.
const shortestLine = 38

// defaultWeight belongs to lines of the old form, which end after the uuid.
const defaultWeight = 100

// ReadNodes reads a list of nodes. A missing file is an empty list. A line that makes no sense is left
// out and told; C removes the whole file then, and forgets the good lines with the bad one.
func ReadNodes(dir, file string) (list []membership.Member, notices []Notice) {
	path := filepath.Join(dir, file)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []Notice{{path, "the list of nodes cannot be read; the nodes in it are unknown until they are heard", err}}
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line == "" && len(data) == 0 {
			break // an empty file is an empty list
		}
		m, err := parseNode(line)
		if err != nil {
			notices = append(notices, Notice{path, fmt.Sprintf("Malformed name/uuid line %d is left out: %.80q", i+1, line), err})
			continue
		}
		list = append(list, m)
	}
	return list, notices
}

// parseNode reads one line.
func parseNode(line string) (m membership.Member, err error) {
	f := strings.SplitN(line, "\t", 4)
	if len(line) < shortestLine || len(f) < 2 || f[0] == "" {
		return m, errors.New("it is not name, tab, uuid")
	}
	m = membership.Member{Name: strings.ToLower(f[0]), Weight: defaultWeight}
	if m.UUID, err = parseUUID(f[1]); err != nil {
		return m, err
	}
	if len(f) > 2 && f[2] != "" {
		if m.Weight, err = strconv.Atoi(f[2]); err != nil || m.Weight < 0 {
			return m, fmt.Errorf("weight %.20q is not a number", f[2])
		}
	}
	if len(f) > 3 {
		m.Site = f[3]
	}
	return m, nil
}

// WriteNodes replaces a list of nodes as a whole, so that a full disk or a power cut costs no line of the old one.
func WriteNodes(dir, file string, list []membership.Member) error {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%s\t%s\t%d\t%s\n", m.Name, FormatUUID(m.UUID), m.Weight, m.Site)
	}
	return fsutil.Replace(filepath.Join(dir, file), []byte(b.String()), 0o644)
}

// FormatUUID writes a uuid in its 36 characters; an unknown one is all zero, as in C.
func FormatUUID(id [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// parseUUID reads what FormatUUID writes, in either case.
func parseUUID(s string) (id [16]byte, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, fmt.Errorf("%.40q is no uuid", s)
	}
	digits := strings.ReplaceAll(s, "-", "")
	if len(digits) != 32 {
		return id, fmt.Errorf("%.40q is no uuid", s)
	}
	for i := range id {
		b, err := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		if err != nil {
			return id, fmt.Errorf("%.40q is no uuid", s)
		}
		id[i] = byte(b)
	}
	return id, nil
}
