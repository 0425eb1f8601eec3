package store

import (
	"fmt"
	"strconv"
)

// MostBytes is the size of the largest document of a cluster: nodes keep none that is larger, commands change none, and none is called good.
const MostBytes = 64 << 20

// LimitVar names the environment variable with the size of the largest document that commands read, in MB from 1 to 2048.
const LimitVar = "HA_CIB_LIMIT"

const mostLimit = 2048 // MB

// Limit is the size of the largest document that a command reads, in bytes: what is usual for it, unless the environment says otherwise.
func Limit(usual int, getenv func(string) string) (int, error) {
	if getenv == nil {
		return usual, nil
	}
	text := getenv(LimitVar)
	if text == "" {
		return usual, nil
	}
	mb, err := strconv.Atoi(text)
	if err != nil || mb < 1 || mb > mostLimit {
		return 0, fmt.Errorf("%s=%s: write how many MB a document may have, from 1 to %d, or unset it", LimitVar, text, mostLimit)
	}
	return mb << 20, nil
}

// TooLarge is the error for a document above the limit.
type TooLarge struct {
	Size int64 // in bytes; 0: not known, for only so much was read
	Most int   // that would have been read
}

func (e *TooLarge) Error() string { return e.Text() + "; " + e.Mend() }

// Text says what is wrong, without the way out.
func (e *TooLarge) Text() string {
	size := "more"
	if e.Size > 0 {
		size = fmt.Sprintf("%d MB", inMB(e.Size))
	}
	return fmt.Sprintf("the document is too large: %d MB are read, and it has %s", inMB(int64(e.Most)), size)
}

// Mend is the way out.
func (e *TooLarge) Mend() string {
	size := e.Size
	if size == 0 {
		size = 4 * int64(e.Most)
	}
	return fmt.Sprintf("name the right file, or allow it with %s=%d (MB), for which this machine should have %d GB of free memory", LimitVar, inMB(size), 1+inMB(size)*memoryEach>>10)
}

// memoryEach is how many bytes a command may need for each byte of a document; measured with half a million resources.
const memoryEach = 30

func inMB(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
