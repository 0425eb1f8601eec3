package conf

import (
	"net/netip"
	"time"
)

// Severity says whether a problem keeps the node from starting.
type Severity uint8

const (
	Error Severity = iota
	Warning
)

// A Problem is one finding about a file, with the way out.
type Problem struct {
	File     string
	Line     int // 0: the file as a whole
	Severity Severity
	Msg      string // what is wrong; carries C Heartbeat's key phrase where C has one
	Fix      string // an imperative sentence, or empty
}

// Config is the whole configuration of a node, from its three classic files.
type Config struct {
	HaCf      HaCf
	AuthKeys  AuthKeys
	Resources HaResources // empty when the v1 resource manager is off
	Logd      Logd        // where the log goes; empty unless HaCf.UseLogd
}

// Failback is the auto_failback directive.
type Failback string

const (
	FailbackOn     Failback = "on"
	FailbackOff    Failback = "off"
	FailbackLegacy Failback = "legacy"
)

// HaCf is ha.cf with every default filled in (messaging spec, section 2).
type HaCf struct {
	File  string
	Nodes []string // normal nodes in file order, lower case, without repetition
	Media []Medium // in file order

	Keepalive, Deadtime, Warntime, Initdead, Deadping time.Duration
	MaxRexmitDelay                                    time.Duration
	Hopfudge                                          int
	UDPPort                                           int
	Baud                                              int

	AutoFailback Failback
	AutoJoin     string // none, other, any
	MsgFmt       string // classic (= hybrid on the wire), netstring
	CRM          string // off, on, respawn, …: off means v1 resource management

	LogFile, DebugFile, LogFacility string        // LogFacility: empty or "none": no syslog
	UseLogd                         bool          // the targets are those of logd.cf
	ConnLogdTime                    time.Duration // between two attempts to reach the logging daemon
	SyslogMsgFmt, LogBadPack        bool
	Debug                           int

	Watchdog    string
	UseApphbd   bool // register with the application heartbeat daemon
	RTPrio      int  // 0: lowest
	Realtime    bool
	HBGenMethod string // file, time
	UUIDFrom    string // file, nodename
	Cluster     string

	Compression            string
	CompressionThreshold   int // bytes
	TraditionalCompression bool

	Stonith    []Stonith
	APIAuth    []APIAuth
	Respawn    []Child
	Env        []string // NAME=value
	Settings   Settings
	Given      map[string]string // directive → value exactly as written, for the API and for HA_* variables
	Parameters []Parameter       // every readable parameter with its effective value (section 2.6), sorted
}

// A Parameter is what `cl_status hbparameter -p NAME` prints.
type Parameter struct{ Name, Value string }

// A Medium is one media line.
type Medium struct {
	Kind      string     // bcast, ucast, ucast6, mcast, mcast6, serial, ping, ping6, ping_group
	Interface string     // interface or device; empty for ping media
	Peer      string     // ucast: host as written; ping: the host
	Addr      netip.Addr // ucast, ucast6, ping: resolved peer; mcast: the group. ping6 may have a zone
	Name      string     // link name: interface, device, or ping node (group) name
	Targets   []string   // ping_group: hosts
	// TargetAddrs are the addresses of Targets, as far as they could be resolved.
	TargetAddrs []netip.Addr
	Port        int // UDP port, as set by udpport above this line
	Baud        int // serial, as set by baud above this line
	TTL         int // mcast; hops of mcast6
	Loop        bool
	Line        int
}

// Stonith is a stonith or stonith_host line.
type Stonith struct {
	Host   string // "" for a stonith line, "*" or a name for stonith_host
	Type   string
	Params string
	Line   int
}

// APIAuth is an apiauth line.
type APIAuth struct {
	Client     string
	UIDs, GIDs []string
	Line       int
}

// Child is a respawn or failfast line.
type Child struct {
	User, Command string
	FailFast      bool
	Line          int
}

// Settings are those that C Heartbeat does not know: "#!hb name value" comment lines of ha.cf
// and haresources, or ha.cf.d/*.conf (resources spec, section 12.1).
type Settings struct {
	TakeOver                                 string // unsafe, fenced, arbiter, manual
	TakeoverDelay                            time.Duration
	FenceDelay                               time.Duration // of the node that loses the tie; negative: from the status checks
	FenceTimeout                             time.Duration // 60 s
	FenceBrake                               int           // fencings of one node within an hour; 0: no limit
	FenceAction                              string        // reset, off
	StartTimeout, StopTimeout, StatusTimeout time.Duration // 60 s, 60 s, 15 s
	StartRetries, StopRetries                int           // 1, 3
	StartFailure                             string        // move, block
	StopFailure                              string        // fence-self, block
	Serial                                   bool
	NativeIP                                 bool          // default on
	NativeAgents                             bool          // default on
	IPConflictCheck                          string        // off, warn, refuse
	ARPRefresh                               time.Duration // 60 s; 0: off
	StrictHaresources                        bool
	MonitorInterval                          time.Duration
	Connectivity                             string          // on, carrier, off
	Consensus                                string          // on, off, auto; empty: auto; see HaCf.RunsConsensus
	Dampen                                   time.Duration   // 5 s
	Weights                                  []Weight        // of ping targets
	ConfigSync                               bool            // keep the files the same on all nodes
	ConfigFiles                              []string        // further files of the configuration directory that all nodes share
	Metrics                                  netip.AddrPort  // where metrics are served; invalid: only at the admin socket
	AcceptFiles                              bool            // from ha_propagate on another node
	Encryption                               string          // off, on, required
	Alerts                                   []SettingLine   // as written; package alert judges them
	Arbiter                                  Arbiter         // of take_over arbiter
	StopBudget                               time.Duration   // 0: by the resources, see StopBudgetOf
	GroupFailback                            []GroupFailback // exceptions from auto_failback
	ScriptTimeouts                           []ScriptTimeout // exceptions from the three timeouts
	GroupMonitors                            []GroupMonitor  // exceptions from MonitorInterval
}

// Values of Settings.Connectivity: what makes a group go to the better connected node.
const (
	ConnectivityOn      = "on"      // carrier, and the ping nodes that answer
	ConnectivityCarrier = "carrier" // the carrier of the interfaces of its addresses
	ConnectivityOff     = "off"
)

// Weight is what a reachable ping target counts.
type Weight struct {
	Target string
	Value  int
}

// GroupFailback is auto_failback for one group; Delay is how long its home must have been stable.
type GroupFailback struct {
	Key   string
	On    bool
	Delay time.Duration
}

// ScriptTimeout is a time limit for one script; Op is start, stop or status.
type ScriptTimeout struct {
	Op, Script string
	Limit      time.Duration
}

// GroupMonitor is a monitor interval for one group.
type GroupMonitor struct {
	Key      string
	Interval time.Duration
}

// AuthKeys is authkeys (messaging spec, section 3).
type AuthKeys struct {
	File string
	Sign int
	Keys []Key
}

// Key is one key line.
type Key struct {
	Slot   int
	Method string // crc, md5, sha1, sha256
	Secret string
	Line   int
}

// HaResources is haresources (resources spec, section 2).
type HaResources struct {
	File   string
	Groups []Group
	Digest string // of the normalised groups; equal on nodes that mean the same
	// SettingLines are the "#!hb" lines found here; Parse puts them into HaCf.Settings.
	SettingLines []SettingLine
}

// Group is one logical line.
type Group struct {
	Node      string
	Resources []Resource
	Line      int
}

// Key is the group's name everywhere: its first resource word, verbatim.
func (g Group) Key() string {
	if len(g.Resources) == 0 {
		return ""
	}
	return g.Resources[0].Word
}

// Resource is one word of a group.
type Resource struct {
	Word   string // verbatim
	Script string // IPaddr for a bare address
	Args   []string
	Line   int
}
