package native

import (
	"errors"
	"fmt"
)

// Exit codes of the OCF resource agent API.
const (
	OK            = 0
	Generic       = 1
	Args          = 2
	Unimplemented = 3
	Perm          = 4
	Installed     = 5
	Configured    = 6
	NotRunning    = 7
)

// Words names an exit code as the classic wrappers print it (resources spec, section 3.10).
func Words(code int) string {
	switch code {
	case OK:
		return "Success"
	case Generic:
		return "Generic error"
	case Args:
		return "Illegal argument"
	case Unimplemented:
		return "Function unimplemented"
	case Perm:
		return "User had insufficient privilege"
	case Installed:
		return "Program is not installed"
	case Configured:
		return "Program is not configured"
	case NotRunning:
		return "Resource is stopped"
	case 8:
		return "Running as master"
	case 9:
		return "Failed as master"
	}
	return fmt.Sprintf("Unknown error: %d", code)
}

// A Failure is an error with its exit code.
type Failure struct {
	Code int
	Text string
}

func (f *Failure) Error() string { return f.Text }

// ExitCode lets other packages read the code without knowing this type.
func (f *Failure) ExitCode() int { return f.Code }

// Fail makes a Failure.
func Fail(code int, format string, args ...any) error {
	return &Failure{code, fmt.Sprintf(format, args...)}
}

// Stopped is what Status returns for a resource that does not run.
func Stopped(format string, args ...any) error { return Fail(NotRunning, format, args...) }

// CodeOf is the exit code of what an operation returned.
func CodeOf(err error) int {
	if err == nil {
		return OK
	}
	if f, ok := errors.AsType[interface {
		error
		ExitCode() int
	}](err); ok {
		return f.ExitCode()
	}
	return Generic
}
