package crmtool

import (
	"io"

	"heartbeat/internal/xmltree"
)

// MostLooked is the size of the largest document of which commands say what a cluster would do with it, in bytes: a hundred nodes with the history of
// five thousand resources have 300 MB, which no node keeps yet.
const MostLooked = 512 << 20

// ReadDocument reads a cluster's document, from stdin if its path is -. A *xmltree.SyntaxError says that it is no document, a *store.TooLarge that it
// has more than usual bytes and that the environment does not allow them, see store.Limit. It is for commands that give one answer, see collectLate.
func ReadDocument(path string, stdin io.Reader, getenv func(string) string, usual int) (*xmltree.Node, error) {
	collectLate()
	text, err := (&World{Stdin: stdin, Getenv: getenv}).input(path, usual)
	if err != nil {
		return nil, err
	}
	return parseText(text, false)
}
