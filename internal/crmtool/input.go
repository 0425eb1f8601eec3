package crmtool

import (
	"io"
	"os"
	"strings"
)

// input reads a file, or standard input for "-": all there is, or a little more than most bytes of a stream. The text is not copied again.
func (w *World) input(path string, most int) (string, error) {
	if path == "-" {
		return readText(w.Stdin, 0, most)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size := 0
	if info, err := f.Stat(); err == nil {
		size = int(min(info.Size(), int64(most)))
	}
	return readText(f, size, most)
}

func readText(r io.Reader, expected, most int) (string, error) {
	var b strings.Builder
	b.Grow(expected)
	// Memory that is touched costs more than the reading of a small file; and a large one is read in few pieces.
	_, err := io.CopyBuffer(&b, io.LimitReader(r, int64(most)+1), make([]byte, min(max(expected+1, minPiece), maxPiece)))
	return b.String(), err
}

// Sizes of the pieces in which a document is read, in bytes.
const minPiece, maxPiece = 4 << 10, 256 << 10
