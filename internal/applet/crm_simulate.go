package applet

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/scheduler/simulate"
)

// Exit codes of cluster tools (crm spec, section 14): what crm_simulate returns for a document that cannot be used, and the like.
const (
	crmExitError        = 1
	crmExitUsage        = 64
	crmExitNoInput      = 66
	crmExitNoWrite      = 73
	crmExitConfig       = 78
	crmExitDisconnected = 102
)

// A simulation is one run of crm_simulate as its options ask for it.
type simulation struct {
	xml                     string // file of the document, "-" is standard input
	live                    bool
	process, execute, quiet bool
	showScores, showUse     bool
	all                     bool
	clock                   string
	saveInput, saveOutput   string
	saveDot, saveGraph      string
	profile                 string
	repeat                  int
	verbose                 int
	inject                  simulate.Injections
	fail                    []string
}

// crmSimulateLong are the long names of crm_simulate's options; a colon marks those with a value.
func crmSimulateLong() map[string]string {
	return map[string]string{
		"run": "R", "simulate": "S", "in-place": "X", "show-scores": "s", "show-utilization": "U", "pending": "j", "quiet": "Q", "verbose": "V",
		"all-actions": "a", "live-check": "L", "xml-pipe": "p", "help": "?", "version": "$",
		"profile": "P:", "repeat": "N:", "node-up": "u:", "node-down": "d:", "node-fail": "f:", "op-inject": "i:", "op-fail": "F:",
		"set-datetime": "t:", "quorum": "q:", "watchdog": "w:", "ticket-grant": "g:", "ticket-revoke": "r:", "ticket-standby": "b:",
		"ticket-activate": "e:", "save-input": "I:", "save-output": "O:", "save-graph": "G:", "save-dotfile": "D:", "xml-file": "x:",
	}
}

const crmSimulateUsage = `usage: %s [-x FILE | -p] [-R | -S] [options]

Shows what a cluster resource manager would do with a cluster, without doing it.

where the cluster is described
  -x, --xml-file FILE      in a file; - is standard input
  -p, --xml-pipe           on standard input (also without any of these)
  -L, --live-check         in the running cluster (not in this version)
what is done
  -R, --run                decide, and list what would change
  -S, --simulate           the same, then pretend to do it and show the cluster afterwards
  -X, --in-place           the same, and write the outcome back to the file
what is shown
  -s, --show-scores        the scores behind the decisions
  -U, --show-utilization   the capacity of nodes as well
  -Q, --quiet              only what is asked for by other options
  -a, --all-actions        in the picture, also what is not executed
what is assumed
  -t, --set-datetime TIME  that it is this time (ISO 8601)
  -q, --quorum BOOL        with or without quorum
  -w, --watchdog BOOL      with or without a watchdog device
  -u, -d, -f NODE          --node-up, --node-down, --node-fail
  -i, --op-inject OP       that an operation had this result: RESOURCE_TASK_INTERVAL@NODE=RC
  -F, --op-fail OP         that an operation of the simulation fails; interval in ms
  -g, -r, -b, -e TICKET    --ticket-grant, --ticket-revoke, --ticket-standby, --ticket-activate
files
  -D, --save-dotfile FILE  the transition as a picture for graphviz
  -G, --save-graph FILE    the transition as XML
  -I, --save-input FILE    the cluster that decisions are made for
  -O, --save-output FILE   the cluster after the simulation
speed
  -P, --profile DIR        the time for each *.xml of a directory
  -N, --repeat COUNT       each so often
exit codes: 0 done, 1 failed, 64 wrong usage, 66 no such file, 73 cannot write, 78 the document cannot be used, 102 no running cluster
examples:
  %[1]s -x pe-input-7.xml -S
  %[1]s -x cib.xml -S -d node1
  %[1]s -x cib.xml -s -i web_monitor_10000@node2=7 -D next.dot
`

const ptestUsage = `usage: %s [-x FILE | -X | -p] [-s] [-a] [-d TIME] [-D FILE] [-G FILE] [-I FILE] [-V]

The older name of crm_simulate -R.

  -x FILE  the cluster's document; -X, -p: on standard input; -L: the running cluster (not in this version)
  -s       show scores          -a  in the picture, also what is not executed
  -d TIME  assume this time     -D, -G, -I FILE  save picture, graph, input
exit codes: as crm_simulate
`

const (
	crmSimulateTable = "RSXsUjQVaLp?h$P:N:u:d:f:i:F:t:q:w:g:r:b:e:I:O:G:D:x:"
	ptestTable       = "VXLpsaS?h$x:d:D:G:I:"
)

func crmSimulate(c *call, args []string) int {
	s := simulation{xml: "-", repeat: 1}
	return c.simulate(&s, s.parse(c.prog, args), crmSimulateUsage)
}

func ptest(c *call, args []string) int {
	s := simulation{xml: "-", repeat: 1, process: true}
	return c.simulate(&s, s.parseOld(c.prog, args), ptestUsage)
}

func (c *call) simulate(s *simulation, err error, usage string) int {
	switch {
	case errors.Is(err, errUsage):
		c.printf(usage, c.prog)
		return exitOK
	case errors.Is(err, errVersion):
		c.printf("%s (heartbeat %s)\n", c.prog, c.Version)
		return exitOK
	case err != nil:
		c.complain("%s: %s\ntry: %s --help\n", c.prog, err, c.prog)
		return crmExitUsage
	}
	debug.SetGCPercent(200) // one answer, then it is over
	return (&simulator{call: c, s: s}).run()
}

var errVersion = errors.New("the version is wanted")

// shorten turns the long options of crm_simulate into letters.
func shorten(args []string, long map[string]string) (out []string, err error) {
	for i, arg := range args {
		name, value, inline := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		switch letter := long[name]; {
		case arg == "--":
			return append(out, args[i:]...), nil
		case !strings.HasPrefix(arg, "--"):
			out = append(out, arg)
		case letter == "":
			return nil, fmt.Errorf("there is no option --%s", name)
		case inline && len(letter) == 1:
			return nil, fmt.Errorf("option --%s takes no value", name)
		case inline:
			out = append(out, "-"+letter[:1]+value)
		default:
			out = append(out, "-"+letter[:1])
		}
	}
	return out, nil
}

func (s *simulation) parse(prog string, args []string) error {
	args, err := shorten(args, crmSimulateLong())
	if err != nil {
		return err
	}
	found, rest, err := getopt(prog, crmSimulateTable, args)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), prog+": "))
	}
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	for _, o := range found {
		if err := s.option(o); err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) option(o option) error {
	in := &s.inject
	lists := map[byte]*[]string{
		'u': &in.NodesUp, 'd': &in.NodesDown, 'f': &in.NodesFailed, 'i': &in.Operations, 'F': &s.fail,
		'g': &in.TicketsGranted, 'r': &in.TicketsRevoked, 'b': &in.TicketsStandby, 'e': &in.TicketsActive,
	}
	values := map[byte]*string{
		'P': &s.profile, 't': &s.clock, 'q': &in.Quorum, 'w': &in.Watchdog, 'I': &s.saveInput, 'O': &s.saveOutput,
		'G': &s.saveGraph, 'D': &s.saveDot, 'x': &s.xml,
	}
	if slices.Contains([]byte("SXFDGsU"), o.letter) {
		s.process = true
	}
	if list := lists[o.letter]; list != nil {
		*list = append(*list, o.value)
	} else if value := values[o.letter]; value != nil {
		*value = o.value
	}
	switch o.letter {
	case '?', 'h':
		return errUsage
	case '$':
		return errVersion
	case 'R':
		s.process = true
	case 'S', 'F', 'X':
		s.execute = true
		if o.letter == 'X' {
			s.saveOutput = "."
		}
	case 's':
		s.showScores = true
	case 'U':
		s.showUse = true
	case 'Q':
		s.quiet = true
	case 'V':
		s.verbose++
	case 'a':
		s.all = true
	case 'L':
		s.live = true
	case 'p':
		s.xml = "-"
	case 'N':
		n, err := strconv.Atoi(o.value)
		if err != nil || n < 1 {
			return fmt.Errorf("option -N needs a number from 1, not %q", o.value)
		}
		s.repeat = n
	}
	return nil
}

// parseOld reads the options of ptest.
func (s *simulation) parseOld(prog string, args []string) error {
	args, err := shorten(args, map[string]string{
		"live-check": "L", "xml-stream": "X", "xml-pipe": "p", "xml-file": "x:", "save-graph": "G:", "save-dotfile": "D:", "save-input": "I:",
		"show-scores": "s", "simulate": "S", "all-actions": "a", "verbose": "V", "help": "?", "version": "$", "date": "d:",
	})
	if err != nil {
		return err
	}
	found, rest, err := getopt(prog, ptestTable, args)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), prog+": "))
	}
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	for _, o := range found {
		switch o.letter {
		case 'X':
			s.xml = "-"
			continue
		case 'd':
			o.letter = 't'
		}
		if err := s.option(o); err != nil {
			return err
		}
	}
	return nil
}
