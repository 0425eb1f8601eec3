package applet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
)

// Exit codes of the verbs, and of the classic commands where C has no code of its own.
const (
	exitOK         = 0
	exitNotWell    = 1
	exitRefused    = 2
	exitTimedOut   = 3
	exitNotRunning = 4
	exitDenied     = 5
	exitConfig     = 6 // as C Heartbeat
	exitUsage      = 64
)

// Env is the world of a command. Tests give it another one.
type Env struct {
	Args           []string // with the name of the program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string
	// Open makes a node for `heartbeat run`; nil: the real one.
	Open func(Options) (Daemon, error)
}

// Daemon is a node that can be run and served.
type Daemon interface {
	api.Node
	// Run returns when the node has left the cluster.
	Run(ctx context.Context) error
	// Config is the configuration in force.
	Config() conf.Config
	// Close gives back what Open took, when Run is not called.
	Close()
	// Signal does what a signal means to the daemon (messaging spec, section 16.4).
	Signal(os.Signal) bool
}

// Places is where a node lives on this machine. Many nodes live on one machine when their places differ.
type Places struct {
	Etc, State, Run string
	Node            string // empty: nodeinfo or uname -n
}

// placesOf returns the places of the environment, or the defaults.
func placesOf(getenv func(string) string) Places {
	or := func(name, fallback string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return fallback
	}
	return Places{
		Etc:   or("HA_ETC", "/etc/ha.d"),
		State: or("HA_STATE", "/var/lib/heartbeat"),
		Run:   or("HA_RUN", "/run/heartbeat"),
		Node:  getenv("HA_NODE"),
	}
}

// strip takes --etc, --state, --run and --node out of the arguments, wherever they stand before "--",
// because the classic option parsers know only single letters.
func (p *Places) strip(args []string) (rest []string, err error) {
	return take(args, map[string]*string{"--etc": &p.Etc, "--state": &p.State, "--run": &p.Run, "--node": &p.Node})
}

// take takes options with values out of the arguments, up to "--".
func take(args []string, targets map[string]*string) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		target := targets[name]
		switch {
		case args[i] == "--":
			return append(rest, args[i:]...), nil
		case target == nil:
			rest = append(rest, args[i])
			continue
		case !inline && i+1 >= len(args):
			return nil, fmt.Errorf("option %s needs a value, as in %s=/some/where", name, name)
		case !inline:
			i++
			value = args[i]
		}
		*target = value
	}
	return rest, nil
}

// A call is one run of one command.
type call struct {
	Env
	Places
	ctx  context.Context
	prog string // the name people called it by, for usage texts
}

func (c *call) printf(format string, args ...any)   { fmt.Fprintf(c.Stdout, format, args...) }
func (c *call) complain(format string, args ...any) { fmt.Fprintf(c.Stderr, format, args...) }

func (c *call) client() *api.Client { return api.NewClient(c.Run) }

// soon is a context for questions that a node answers at once.
func (c *call) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.ctx, 5*time.Second) // as cl_status of C
}

// An exit is an error that carries the exit code of its command. An empty text prints nothing.
type exit struct {
	code int
	text string
}

func (e *exit) Error() string { return e.text }

// codeOf returns the exit code for what a client call returned.
func codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[*exit](err); ok {
		return e.code
	}
	if e, ok := err.(interface{ ExitCode() int }); ok {
		return e.ExitCode()
	}
	if _, ok := errors.AsType[*api.NotRunningError](err); ok {
		return exitNotRunning
	}
	if _, ok := errors.AsType[*api.DeniedError](err); ok {
		return exitDenied
	}
	if f, ok := errors.AsType[*api.Fault](err); ok && f.Code == 403 {
		return exitDenied
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return exitTimedOut
	}
	return exitNotWell
}

// hostname is uname -n.
func hostname() string {
	h, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return h
}
