package edit

import (
	"fmt"
)

// A Reason is why an operation failed, in the classes that commands tell apart by their exit code.
type Reason int

const (
	Invalid   Reason = iota + 1 // the request makes no sense
	Missing                     // no such object
	Exists                      // the object is there already
	Stale                       // the update is older than the document
	Unmatched                   // a patch does not fit the document
	Ahead                       // a patch begins at a newer document
	Schema                      // the result would not be a valid document
	Denied                      // an access rule is against it
	TooNew                      // the document belongs to a newer cluster
)

// String is the phrase that classic commands print, and that scripts look for.
func (r Reason) String() string {
	switch r {
	case Invalid:
		return "Invalid argument"
	case Missing:
		return "No such device or address"
	case Exists:
		return "File exists"
	case Stale:
		return "Update was older than existing configuration"
	case Unmatched:
		return "Application of update diff failed"
	case Ahead:
		return "Application of update diff failed, requesting full refresh"
	case Schema:
		return "Update does not conform to the configured schema"
	case Denied:
		return "Permission denied"
	case TooNew:
		return "Protocol not supported"
	}
	return fmt.Sprintf("reason %d", int(r))
}

// An Error is a failed operation.
type Error struct {
	Reason Reason
	Detail string // what exactly, and what to do
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Reason.String()
	}
	return e.Reason.String() + ": " + e.Detail
}

func fail(r Reason, format string, args ...any) error {
	return &Error{r, fmt.Sprintf(format, args...)}
}
