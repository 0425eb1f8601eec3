package program

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// trimEvery is how often the older output of a running program is given back, trimSlack how much may wait for it.
	trimEvery = 100 * time.Millisecond
	trimSlack = 1 << 20
)

// capture is a file in memory that takes a program's output. Unlike a pipe it can
// be read without waiting for its end, which never comes when a start leaves a
// daemon behind, and it does not kill that daemon when this process is gone.
type capture struct {
	file *os.File
	keep int64 // how much of the end counts, in bytes
}

func newCapture(name string, keep int) (*capture, error) {
	fd, err := unix.MemfdCreate("program-"+name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("making room for the %s of a program: %w", name, err)
	}
	return &capture{os.NewFile(uintptr(fd), "program-"+name), int64(keep)}, nil
}

// trim gives the memory of old output back.
func (c *capture) trim() {
	info, err := c.file.Stat()
	if err != nil || info.Size() < c.keep+trimSlack {
		return
	}
	// Without the hole the file is only larger than needed.
	_ = unix.Fallocate(int(c.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, info.Size()-c.keep)
}

// end returns the end of the output, without what is no text.
func (c *capture) end() string {
	info, err := c.file.Stat()
	if err != nil {
		return ""
	}
	from := max(info.Size()-c.keep, 0)
	buf := make([]byte, info.Size()-from)
	n, _ := c.file.ReadAt(buf, from) // what a writer took back meanwhile is missing
	return Clean(string(buf[:n]))
}

// close lets a daemon that still holds the file write no further into memory.
func (c *capture) close() {
	_, _ = unix.FcntlInt(c.file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_GROW) // where seals are unknown it may grow
	c.file.Close()
}

// inputFile is text to be read as a standard input; nil for none. It must not be a pipe either: a program that does not read it all
// would keep somebody waiting.
func inputFile(text string) (*os.File, error) {
	if text == "" {
		return nil, nil
	}
	fd, err := unix.MemfdCreate("program-stdin", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making room for the input of a program: %w", err)
	}
	f := os.NewFile(uintptr(fd), "program-stdin")
	_, err = f.WriteString(text)
	if _, sought := f.Seek(0, 0); err != nil || sought != nil {
		f.Close()
		return nil, errors.Join(err, sought)
	}
	return f, nil
}

// Clean makes output fit for logs and JSON: valid UTF-8, no control characters but newline and tab, no blank ends.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}

// Join puts texts under each other and keeps the end, Keep bytes.
func Join(texts ...string) string {
	s := strings.TrimSpace(strings.Join(texts, "\n"))
	if len(s) > Keep {
		s = strings.ToValidUTF8(s[len(s)-Keep:], "")
	}
	return s
}
