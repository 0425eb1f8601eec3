package agent

import "time"

// What a request may ask for.
const (
	opRun    = "run"    // a program, to its end: its output and exit code
	opSpawn  = "spawn"  // a program, in a session of its own; nobody waits for it
	opStream = "stream" // a program that goes on telling, line by line, until it is cancelled
	opWatch  = "watch"  // the addresses of the machine: those there are first, then every change
	opRead   = "read"   // a file; one that is missing is empty
	opWrite  = "write"  // a file, replaced as a whole
	opStatus = "status" // of the node, as heartbeat status --json
	opEvents = "events" // of its timeline, above an id
	opCancel = "cancel" // what an earlier request began
)

// A Request is a line to the machine. Every request but cancel is answered; stream and watch until they end.
type Request struct {
	ID    uint64   `json:"id"` // above zero; cancel: of the request that is to end
	Op    string   `json:"op"`
	Argv  []string `json:"argv,omitempty"`
	Path  string   `json:"path,omitempty"`
	Data  []byte   `json:"data,omitempty"`
	Mode  uint32   `json:"mode,omitempty"` // permission bits
	After uint64   `json:"after,omitempty"`
}

// An Answer is a line from the machine.
type Answer struct {
	ID   uint64 `json:"id"`
	Now  int64  `json:"now"` // ns since 1970 by the machine's clock, when it was written
	Data []byte `json:"data,omitempty"`
	Line string `json:"line,omitempty"` // of a stream; of a watch +ADDRESS or -ADDRESS
	Code int    `json:"code,omitempty"` // exit code of a program
	Err  string `json:"err,omitempty"`
	More bool   `json:"more,omitempty"` // others follow
}

// Time is when the answer was written, by the machine's clock.
func (a Answer) Time() time.Time { return time.Unix(0, a.Now) }

// limits of one answer and of one file, in bytes: far above what a scenario writes.
const (
	mostOutput = 8 << 20
	mostLine   = 32 << 20
)
