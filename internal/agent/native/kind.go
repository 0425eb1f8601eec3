package native

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"heartbeat/internal/netif"
)

// A Kind is one type of agent.
type Kind struct {
	Name   string // as in haresources: Filesystem
	Short  string // one line
	Long   string // for people who have to choose its parameters
	Usage  string // the positional arguments: DEVICE DIRECTORY [FSTYPE [OPTIONS]]
	Params []Param
	// Positional turns the arguments of haresources into parameters; nil: they fill Params in their order.
	Positional func(args []string) (Values, error)
	// LSBStatus says that its status ends with the codes of init scripts: 3 stopped, 4 not known.
	LSBStatus bool
	// Limits are the time limits proposed to other cluster managers.
	Limits Limits
	// New makes the agent of one resource, or says what is wrong with its parameters. It changes nothing.
	New func(v Values, p Place) (Agent, error)
}

// Limits are time limits of the operations; 0 means 20 s.
type Limits struct{ Start, Stop, Status time.Duration }

// The types of a parameter.
const (
	String  = "string"
	Integer = "integer"
	Boolean = "boolean"
)

// A Param is one parameter.
type Param struct {
	Name, Short, Long string
	Type              string // empty: string
	Default           string
	Required, Unique  bool
	Named             bool // has no positional argument
}

// Values are the parameters of one resource; what is not given, or empty, is missing.
type Values map[string]string

// Agent runs the operations of one resource. What they return in words is for people; nil is success.
type Agent interface {
	Start(ctx context.Context) (string, error)
	Stop(ctx context.Context) (string, error)
	// Status returns nil for a running resource and a Failure with NotRunning for a stopped one.
	Status(ctx context.Context) (string, error)
}

// Validator is an agent that can say whether the resource could be started on this machine.
type Validator interface {
	Validate(ctx context.Context) error
}

// Announcer is an agent that can tell the network again where its address lives.
type Announcer interface{ Announce() }

// Place is what an agent may know and use of the machine.
type Place struct {
	Instance string // name of the resource, unique on the machine
	Node     string // own node name
	Flags    string // directory of flag files; classic scripts have theirs in the same
	Etc      string // configuration directory
	Reason   func() string
	Kernel   netif.Kernel
	// Run runs a program and returns when it ended, or soon after ctx is done; the program is then killed.
	Run func(ctx context.Context, argv ...string) Reply
	// RunWith is Run with text on the standard input.
	RunWith func(ctx context.Context, stdin string, argv ...string) Reply
	// Self begins the argv that runs one of the chores of this program in a process of its own: a
	// system call that hangs must not hang the node.
	Self []string
	// Burst announces an address from now on for a few seconds, without waiting for it.
	Burst func(Burst)
}

// A Burst is a series of announcements of one address.
type Burst struct {
	Link  string
	IP    netip.Addr
	While string // file without which it ends early; empty: it ends when the address is no longer on the link
}

// Reply is how a program ended.
type Reply struct {
	Code   int    // exit code; -1: it was killed or could not be run
	Stdout string // the last 4 KiB
	Output string // the same with its error output
	Err    error  // it could not be run at all
	Late   bool   // it was killed because time was up
}

// OK says that the program succeeded.
func (r Reply) OK() bool { return r.Err == nil && r.Code == 0 }

// Problem is what to tell people about a program that failed.
func (r Reply) Problem(argv ...string) string {
	name := strings.Join(argv, " ")
	switch {
	case r.Err != nil:
		return fmt.Sprintf("%s: %v", name, r.Err)
	case r.Late:
		return fmt.Sprintf("%s did not end in time and was killed: %s", name, r.Output)
	case r.Output == "":
		return fmt.Sprintf("%s ended with exit code %d and said nothing", name, r.Code)
	}
	return fmt.Sprintf("%s ended with exit code %d: %s", name, r.Code, r.Output)
}

// FromArgs reads positional arguments.
func (k *Kind) FromArgs(args []string) (Values, error) {
	if k.Positional != nil {
		v, err := k.Positional(args)
		if err != nil {
			return nil, err
		}
		return v, k.required(v)
	}
	v := Values{}
	var places []string
	for _, p := range k.Params {
		if !p.Named {
			places = append(places, p.Name)
		}
	}
	if len(args) > len(places) {
		return nil, Fail(Generic, "usage: %s %s: %d arguments are too many", k.Name, k.Usage, len(args))
	}
	for i, a := range args {
		v[places[i]] = a
	}
	return v, k.required(v)
}

func (k *Kind) required(v Values) error {
	for _, p := range k.Params {
		if p.Required && v[p.Name] == "" {
			return Fail(Configured, "%s needs %s: %s", k.Name, p.Name, strings.TrimSpace(k.Name+" "+k.Usage))
		}
	}
	return nil
}

// FromGetenv reads the OCF_RESKEY_ variables of an OCF agent.
func (k *Kind) FromGetenv(getenv func(string) string) (Values, error) {
	v := Values{}
	for _, p := range k.Params {
		if value := getenv("OCF_RESKEY_" + p.Name); value != "" {
			v[p.Name] = value
		}
	}
	return v, k.required(v)
}

// Get returns a parameter or its default.
func (k *Kind) Get(v Values, name string) string {
	if s := v[name]; s != "" {
		return s
	}
	for _, p := range k.Params {
		if p.Name == name {
			return p.Default
		}
	}
	return ""
}

// Truth reads a boolean parameter the way OCF agents do.
func Truth(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "1", "yes", "true", "on", "y":
		return true, nil
	case "", "0", "no", "false", "off", "n":
		return false, nil
	}
	return false, Fail(Configured, "%q is neither true nor false", s)
}
