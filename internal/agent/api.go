package agent

import (
	"context"
	"time"
)

// Op is an operation on a resource.
type Op string

const (
	Start  Op = "start"
	Stop   Op = "stop"
	Status Op = "status"
)

// Env is what an operation may know about the cluster; script classes pass it as
// environment variables (resources spec, section 3.3).
type Env struct {
	Node   string // own node name: HA_CURHOST
	Etc    string // configuration directory: HA_DIR
	State  string
	Run    string
	Reason string   // HEARTBEAT_REASON: cold-start, peer-dead, standby, failback, shutdown
	Vars   []string // further NAME=value pairs, ha.cf directives among them
}

// Result is how an operation ended. A failure of the resource is a Result, not an error.
type Result struct {
	Op       Op
	OK       bool   // start, stop: succeeded; status: running
	Code     int    // exit code, or the OCF code of a native agent
	Output   string // what the agent printed, stdout and stderr together, at most 4 KiB, the end is kept
	TimedOut bool
	Duration time.Duration
}

// Agent runs the operations of one resource. Start and Stop are idempotent. An
// Agent is used by one goroutine at a time.
type Agent interface {
	// Class names how the resource is run: native, resource.d, lsb, ocf, systemd.
	Class() string
	// Path is the script or unit that runs, or "built in".
	Path() string
	// Run executes op and returns when it ended, or soon after ctx is done: a script is then killed with its process group.
	Run(ctx context.Context, op Op, env Env) Result
}

// Announcer is an agent that can tell the network again where its address lives.
type Announcer interface {
	Announce()
}

// Placed is an agent whose resource lives on a network interface.
type Placed interface {
	// Interface is the interface on which the resource would be started now.
	Interface() (string, error)
}

// Dirs is where scripts are looked up.
type Dirs struct {
	ResourceD string   // /etc/ha.d/resource.d
	InitD     string   // /etc/init.d
	OCFRoot   string   // /usr/lib/ocf
	SystemD   []string // unit directories, for a bare name
}

// UsualDirs are the directories of a machine whose configuration is in etc.
func UsualDirs(etc string) Dirs {
	return Dirs{
		ResourceD: etc + "/resource.d", InitD: "/etc/init.d", OCFRoot: "/usr/lib/ocf",
		SystemD: []string{"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"},
	}
}
