package node

import (
	"fmt"
	"log/slog"
	"strings"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
)

// Options are what a node is told on its command line.
type Options struct {
	Etc   string // configuration directory; default /etc/ha.d
	State string // default /var/lib/heartbeat
	Run   string // default /run/heartbeat; the pid file is Run + ".pid"
	Name  string // node name; default: nodeinfo, then uname -n

	Log     *slog.Logger // also told everything that goes to the log of ha.cf; nil: nobody
	Version string

	MessagesOnly bool       // -M: take part in the cluster, manage no resources
	NoRealtime   bool       // -l: ordinary scheduling whatever ha.cf says
	Dirs         agent.Dirs // where scripts are; the zero value: the usual places below Etc and /

	Reboot   string   // program that resets this machine, called with the reason; empty: /sbin/reboot -nf
	Guardian Guardian // nil: none
	Revived  string   // why the guard started this node again; empty: it did not
	// Renewable: whoever called Run starts the process again when Renews says so. Then a reload puts everything into force.
	Renewable bool

	// devicesKnown: a life before asked the fencing devices for their parameters, and they are not asked again before this one speaks.
	devicesKnown bool

	groups groupRunner         // tests
	reboot func(reason string) // tests
}

func (o Options) withDefaults() Options {
	def := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	if o.Guardian == nil {
		o.Guardian = unguarded{}
	}
	def(&o.Etc, "/etc/ha.d")
	def(&o.State, "/var/lib/heartbeat")
	def(&o.Run, "/run/heartbeat")
	def(&o.Version, "unknown")
	usual := agent.UsualDirs(o.Etc)
	def(&o.Dirs.ResourceD, usual.ResourceD)
	def(&o.Dirs.InitD, usual.InitD)
	def(&o.Dirs.OCFRoot, usual.OCFRoot)
	if o.Dirs.SystemD == nil {
		o.Dirs.SystemD = usual.SystemD
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// A ConfigError says that the configuration keeps the node from starting. Nothing was changed.
type ConfigError struct{ Problems conf.Problems }

func (e *ConfigError) Error() string {
	n := len(e.Problems.Only(conf.Error))
	word := "problems"
	if n == 1 {
		word = "problem"
	}
	return fmt.Sprintf("Heartbeat not started: configuration error. %d %s:\n%s", n, word, strings.TrimRight(e.Problems.Error(), "\n"))
}
