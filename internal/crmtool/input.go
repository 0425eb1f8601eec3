package crmtool

import (
	"io"
	"os"
	"strings"

	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

// input reads a file, or standard input for "-": all there is, and a *store.TooLarge is the error when that is more than usual bytes, or than the
// environment allows. The text is not copied again.
func (w *World) input(path string, usual int) (string, error) {
	most, err := store.Limit(usual, w.Getenv)
	if err != nil {
		return "", err
	}
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
		if info.Mode().IsRegular() && info.Size() > int64(most) {
			return "", &store.TooLarge{Size: info.Size(), Most: most}
		}
		size = int(min(info.Size(), int64(most)))
	}
	return readText(f, size, most)
}

func readText(r io.Reader, expected, most int) (string, error) {
	var b strings.Builder
	b.Grow(expected)
	// Memory that is touched costs more than the reading of a small file; and a large one is read in few pieces.
	_, err := io.CopyBuffer(&b, io.LimitReader(r, int64(most)+1), make([]byte, min(max(expected+1, minPiece), maxPiece)))
	if err == nil && b.Len() > most {
		err = &store.TooLarge{Most: most}
	}
	return b.String(), err
}

// Sizes of the pieces in which a document is read, in bytes.
const minPiece, maxPiece = 4 << 10, 256 << 10

// parseText reads a document whose size was judged when it came in.
func parseText(doc string, keepComments bool) (*xmltree.Node, error) {
	return xmltree.ParseString(doc, xmltree.Options{KeepComments: keepComments, MaxBytes: len(doc)})
}
