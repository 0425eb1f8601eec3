package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// A Pairing says who wrote the two daemons, the node where the fault happens first.
type Pairing string

const (
	GG Pairing = "GG" // two Go nodes
	GC Pairing = "GC" // Go where the fault happens, C Heartbeat beside it
	CG Pairing = "CG" // C where the fault happens, Go beside it
)

// Pairings are all there are, in the order of the reports.
func Pairings() []Pairing { return []Pairing{GG, GC, CG} }

// A Beginning is the state that a scenario wants before its first step.
type Beginning string

const (
	Stopped Beginning = "stopped" // configured, no daemon runs
	Home    Beginning = "home"    // both daemons run, each with its own group
	Lone    Beginning = "lone"    // r1 alone runs, with both groups; the daemon of r2 is stopped
)

// A File is a file that a scenario lays out before its daemons start.
type File struct {
	Node string // empty: both nodes
	Path string // below /etc/ha.d, or absolute
	Text string
	Line int
}

// An Override is a line of ha.cf or haresources of this scenario.
type Override struct {
	Node string // empty: both nodes
	Text string
	Line int
}

// A Scenario is one file of the catalogue.
type Scenario struct {
	File     string // where it was read
	ID       string // S03
	Title    string
	Must     string   // what has to happen, in plain words
	CDid     string   // what C Heartbeat did, as measured
	Needs    []string // what the driver must be able to do, beyond what its statements say
	Fault    string   // node where the fault happens: decides which node is C in GC and CG
	Pairings []Pairing
	Begin    Beginning
	Timers   Timers // zero fields: those of the run

	Set       []Override // lines of ha.cf, in place of the usual line with the same first word
	Resources []Override // lines of haresources, in place of all usual ones
	Files     []File
	AllowLog  []string // texts of errors in the logs that this scenario causes itself
	Split     bool     // both nodes may own one group for a time: links are cut on purpose
	Steps     []Step
}

// Plain says that the usual configuration is wanted, so that the scenario can follow another without a restart.
func (s *Scenario) Plain() bool {
	return s.Begin == Home && len(s.Set) == 0 && len(s.Resources) == 0 && len(s.Files) == 0 && s.Timers == Timers{}
}

// AllNeeds are the needs of the scenario and of its statements, each once, sorted.
func (s *Scenario) AllNeeds() []string {
	out := slices.Clone(s.Needs)
	for _, step := range s.Steps {
		for _, st := range step.Statements {
			if st.Form.Need != "" {
				out = append(out, st.Form.Need)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// In says whether the scenario is played in a pairing.
func (s *Scenario) In(p Pairing) bool { return slices.Contains(s.Pairings, p) }

// A Step is a fault and what has to come of it. Its clock starts with its first action.
type Step struct {
	Title      string
	Line       int
	Statements []Statement
}

// A Statement is one line of a step.
type Statement struct {
	Form    *Form
	Args    []string // the words that stand for the capital words of the form, in their order; without the formula
	Formula *Formula // nil: none was written
	Only    []Pairing
	Beside  bool // it begins together with the next one
	Line    int
	Text    string // as written
}

// In says whether the statement holds in a pairing.
func (s Statement) In(p Pairing) bool { return len(s.Only) == 0 || slices.Contains(s.Only, p) }

// A Problem is something wrong with a file.
type Problem struct {
	File string
	Line int // from 1
	Text string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Problems are all that is wrong, in the order of the file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
