package agent

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// keepOutput is how much of the end of an agent's output is kept, in bytes.
	keepOutput = 4096
	// trimEvery is how often the older output of a running agent is given back, trimSlack how much may wait for it.
	trimEvery = 100 * time.Millisecond
	trimSlack = 1 << 20
)

// capture is a file in memory that takes an agent's output. Unlike a pipe it can
// be read without waiting for its end, which never comes when a start leaves a
// daemon behind, and it does not kill that daemon when this process is gone.
type capture struct{ file *os.File }

func newCapture(name string) (*capture, error) {
	fd, err := unix.MemfdCreate("agent-"+name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("making room for the %s of an agent: %w", name, err)
	}
	return &capture{os.NewFile(uintptr(fd), "agent-"+name)}, nil
}

// trim gives the memory of old output back.
func (c *capture) trim() {
	info, err := c.file.Stat()
	if err != nil || info.Size() < trimSlack {
		return
	}
	// Without the hole the file is only larger than needed.
	_ = unix.Fallocate(int(c.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, info.Size()-keepOutput)
}

// end returns the end of the output, without what is no text.
func (c *capture) end() string {
	info, err := c.file.Stat()
	if err != nil {
		return ""
	}
	from := max(info.Size()-keepOutput, 0)
	buf := make([]byte, info.Size()-from)
	n, _ := c.file.ReadAt(buf, from) // what a writer took back meanwhile is missing
	return cleanText(string(buf[:n]))
}

// close lets a daemon that still holds the file write no further into memory.
func (c *capture) close() {
	_, _ = unix.FcntlInt(c.file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_GROW) // where seals are unknown it may grow
	c.file.Close()
}

// cleanText makes output fit for logs and JSON: valid UTF-8, no control characters but newline and tab, no blank ends.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}

// joinOutput puts two texts under each other and keeps the end.
func joinOutput(a, b string) string {
	s := strings.TrimSpace(a + "\n" + b)
	if len(s) > keepOutput {
		s = strings.ToValidUTF8(s[len(s)-keepOutput:], "")
	}
	return s
}
