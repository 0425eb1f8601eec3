package crmtool

// A Code is the exit code of a command (crm spec, section 14.1).
type Code int

// The exit codes that all commands share. Up to 9 they are those of OCF agents, from 64 to 78 those of sysexits.h.
const (
	OK                     Code = 0
	Error                  Code = 1
	InvalidParameter       Code = 2
	Unimplemented          Code = 3
	InsufficientPrivileges Code = 4
	NotInstalled           Code = 5
	NotConfigured          Code = 6
	NotRunning             Code = 7
	Promoted               Code = 8
	FailedPromoted         Code = 9
	Usage                  Code = 64
	Data                   Code = 65
	NoInput                Code = 66
	NoUser                 Code = 67
	NoHost                 Code = 68
	Unavailable            Code = 69
	Software               Code = 70
	OS                     Code = 71
	OSFile                 Code = 72
	CannotCreate           Code = 73
	InputOutput            Code = 74
	TemporaryFailure       Code = 75
	Protocol               Code = 76
	NoPermission           Code = 77
	Config                 Code = 78
	Fatal                  Code = 100
	Panic                  Code = 101
	Disconnected           Code = 102
	Old                    Code = 103
	Digest                 Code = 104
	NoSuchObject           Code = 105
	NoQuorum               Code = 106
	Unsafe                 Code = 107
	Exists                 Code = 108
	Multiple               Code = 109
	Expired                Code = 110
	NotYet                 Code = 111
	Indeterminate          Code = 112
	Unsatisfied            Code = 113
	Timeout                Code = 124
	Degraded               Code = 190
	DegradedPromoted       Code = 191
	None                   Code = 193
)

// Codes are all exit codes, lowest first.
func Codes() []Code {
	return []Code{
		OK, Error, InvalidParameter, Unimplemented, InsufficientPrivileges, NotInstalled, NotConfigured, NotRunning, Promoted, FailedPromoted, Usage, Data, NoInput, NoUser, NoHost, Unavailable, Software, OS, OSFile, CannotCreate, InputOutput, TemporaryFailure, Protocol, NoPermission, Config, Fatal, Panic, Disconnected, Old, Digest, NoSuchObject, NoQuorum, Unsafe, Exists, Multiple, Expired, NotYet, Indeterminate, Unsatisfied, Timeout, Degraded, DegradedPromoted, None,
	}
}

// String is the text of a code as crm_error prints it.
func (c Code) String() string {
	switch c {
	case OK:
		return "OK"
	case Error:
		return "Error occurred"
	case InvalidParameter:
		return "Invalid parameter"
	case Unimplemented:
		return "Unimplemented"
	case InsufficientPrivileges, NoPermission:
		return "Insufficient privileges"
	case NotInstalled:
		return "Not installed"
	case NotConfigured:
		return "Not configured"
	case NotRunning:
		return "Not running"
	case Promoted:
		return "Promoted"
	case FailedPromoted:
		return "Failed in promoted role"
	case Usage:
		return "Incorrect usage"
	case Data:
		return "Invalid data given"
	case NoInput:
		return "Input file not available"
	case NoUser:
		return "User does not exist"
	case NoHost:
		return "Host does not exist"
	case Unavailable:
		return "Necessary service unavailable"
	case Software:
		return "Internal software bug"
	case OS:
		return "Operating system error occurred"
	case OSFile:
		return "System file not available"
	case CannotCreate:
		return "Cannot create output file"
	case InputOutput:
		return "I/O error occurred"
	case TemporaryFailure:
		return "Temporary failure, try again"
	case Protocol:
		return "Protocol violated"
	case Config:
		return "Invalid configuration"
	case Fatal:
		return "Fatal error occurred, will not respawn"
	case Panic:
		return "System panic required"
	case Disconnected:
		return "Not connected"
	case Old:
		return "Update was older than existing configuration"
	case Digest:
		return "Digest mismatch"
	case NoSuchObject:
		return "No such object"
	case NoQuorum:
		return "Quorum required"
	case Unsafe:
		return "Operation not safe"
	case Exists:
		return "Requested item already exists"
	case Multiple:
		return "Multiple items match request"
	case Expired:
		return "Requested item has expired"
	case NotYet:
		return "Requested item is not yet in effect"
	case Indeterminate:
		return "Could not determine status"
	case Unsatisfied:
		return "Not applicable under current conditions"
	case Timeout:
		return "Timeout occurred"
	case Degraded:
		return "Service is active but might fail soon"
	case DegradedPromoted:
		return "Service is promoted but might fail soon"
	case None:
		return "No exit status available"
	default:
		return "Unknown exit status"
	}
}
