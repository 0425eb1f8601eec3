package crmtool

import (
	"io"

	"heartbeat/internal/xmltree"
)

// mostRead is the size of the largest document that is only looked at, in bytes: a hundred nodes with the history of five thousand resources
// have 300 MB. What changes documents takes less, mostDocument.
const mostRead = 512 << 20

// ReadDocument reads a cluster's document, from stdin if its path is -. A *xmltree.SyntaxError says that it is no document, or larger than any that is looked at.
func ReadDocument(path string, stdin io.Reader) (*xmltree.Node, error) {
	text, err := (&World{Stdin: stdin}).input(path, mostRead)
	if err != nil {
		return nil, err
	}
	return xmltree.ParseString(text, xmltree.Options{MaxBytes: mostRead})
}
