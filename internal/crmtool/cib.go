package crmtool

import (
	"errors"
	"io/fs"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
)

// Document opens the cluster's document for a command: the file of an option ("-" is standard input), else the one that CIB_file or
// CIB_shadow name. What is odd about the file is said at once; the code for an error is DocumentCode(err).
func (w *World) Document(file string) (*store.Document, error) {
	doc, err := store.Open(store.Where{File: file, Stdin: w.Stdin, Getenv: w.Getenv})
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
