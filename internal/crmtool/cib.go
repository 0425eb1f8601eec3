package crmtool

import (
	"bytes"
	"errors"
	"io/fs"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/schema"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

// Document opens the cluster's document for a command: the file of an option ("-" is standard input), else the one that CIB_file or
// CIB_shadow name. What is odd about the file is said at once; the code for an error is DocumentCode(err).
func (w *World) Document(file string) (*store.Document, error) {
	doc, err := store.Open(store.Where{File: file, Stdin: w.Stdin, Getenv: w.Getenv, Check: checkSchema})
	if err != nil {
		return nil, err
	}
	for _, warning := range doc.Warnings {
		w.complain("%s: %s\n", w.Prog, warning)
	}
	return doc, nil
}

// DocumentCode is the exit code for a document that could not be opened or saved, or for an operation on it that failed.
func DocumentCode(err error) Code {
	var e *edit.Error
	switch {
	case err == nil:
		return OK
	case errors.Is(err, store.ErrNotRunning):
		return Disconnected
	case errors.Is(err, fs.ErrNotExist):
		return NoSuchObject
	case errors.Is(err, fs.ErrPermission):
		return InsufficientPrivileges
	case errors.As(err, &e):
		return reasonCode(e.Reason)
	}
	return Error
}

func reasonCode(r edit.Reason) Code {
	switch r {
	case edit.Invalid:
		return Software
	case edit.Missing:
		return NoSuchObject
	case edit.Exists:
		return Exists
	case edit.Stale:
		return Old
	case edit.Schema:
		return Config
	case edit.Denied:
		return InsufficientPrivileges
	case edit.TooNew:
		return Protocol
	case edit.Unmatched, edit.Ahead:
	}
	return Error
}

// spokenPacemaker is the version of Pacemaker whose options and answers the commands have: programs ask for it before they choose theirs.
const spokenPacemaker = "2.1.5"

// printXML prints a document or a part of it as the classic commands do, which write ' as an entity.
func (w *World) printXML(n *xmltree.Node) {
	text := store.Text(n)
	if bytes.IndexByte(text, '\'') >= 0 && !bytes.Contains(text, []byte("<!--")) { // in a comment it would stay an entity
		text = bytes.ReplaceAll(text, []byte{'\''}, []byte("&apos;"))
	}
	_, _ = w.Stdout.Write(text)
}

// checkSchema refuses documents that their schema does not allow.
func checkSchema(root *xmltree.Node) error { return schema.Check(root).Error() }
