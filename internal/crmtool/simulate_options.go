package crmtool

import (
	"os"

	"heartbeat/internal/scheduler/simulate"
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
	inPlace                 bool
	profile                 string
	repeat                  int
	verbose                 int
	asXML                   bool
	inject                  simulate.Injections
	fail                    []string
}

const simulateUsage = `usage: %[1]s [-x FILE | -p] [-R | -S] [options]

Shows what a cluster resource manager would do with a cluster, without doing it.

where the cluster is described
  -x, --xml-file FILE      in a file; - is standard input
  -p, --xml-pipe           on standard input (also without any of these)
  -L, --live-check         in the file that CIB_file in the environment names (a running cluster cannot be asked in this version)
what is done
  -R, --run                decide, and list what would change
  -S, --simulate           the same, then pretend to do it and show the cluster afterwards
  -X, --in-place           the same, and write the outcome back to the file
what is shown
  -s, --show-scores        the scores behind the decisions
  -U, --show-utilization   the capacity of nodes as well
  -Q, --quiet              only what is asked for by other options
  -a, --all-actions        in the picture, also what is not executed
      --output-as FORM     text or xml
      --output-to FILE     the report in a file
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

const ptestUsage = `usage: %[1]s [-x FILE | -X | -p] [-s] [-a] [-d TIME] [-D FILE] [-G FILE] [-I FILE] [-V]

The older name of crm_simulate -R.

  -x FILE  the cluster's document; -X, -p: on standard input; -L: the file of CIB_file
  -s       show scores          -a  in the picture, also what is not executed
  -d TIME  assume this time     -D, -G, -I FILE  save picture, graph, input
exit codes: as crm_simulate
`

func simulateCommand(w *World) Code {
	s := &simulation{}
	o := w.Options(simulateUsage, "text", "xml")
	s.inputOptions(o)
	s.reportOptions(o)
	s.assumptionOptions(o)
	pipe := o.BoolP("xml-pipe", "p", false, "")
	o.BoolVarP(&s.process, "run", "R", false, "")
	o.BoolVarP(&s.execute, "simulate", "S", false, "")
	o.BoolVarP(&s.inPlace, "in-place", "X", false, "")
	o.StringVarP(&s.profile, "profile", "P", "", "")
	o.IntVarP(&s.repeat, "repeat", "N", 1, "")
	o.BoolP("pending", "j", false, "") // is always shown
	if code, run := o.Parse(); !run {
		return code
	}
	if *pipe {
		s.xml = "-"
	}
	s.execute = s.execute || s.inPlace || len(s.fail) > 0
	s.process = s.process || s.execute || s.saveDot != "" || s.saveGraph != "" || s.showScores || s.showUse
	return w.simulate(s, o)
}

func ptest(w *World) Code {
	s := &simulation{repeat: 1, process: true}
	o := w.Options(ptestUsage)
	s.inputOptions(o)
	stream := o.BoolP("xml-stream", "X", false, "")
	pipe := o.BoolP("xml-pipe", "p", false, "")
	o.BoolVarP(&s.execute, "simulate", "S", false, "")
	o.BoolVarP(&s.showScores, "show-scores", "s", false, "")
	o.BoolVarP(&s.all, "all-actions", "a", false, "")
	o.StringVarP(&s.clock, "date", "d", "", "")
	if code, run := o.Parse(); !run {
		return code
	}
	if *stream || *pipe {
		s.xml = "-"
	}
	return w.simulate(s, o)
}

// inputOptions are those that say where documents are, and where pictures go.
func (s *simulation) inputOptions(o *Options) {
	o.StringVarP(&s.xml, "xml-file", "x", "-", "")
	o.BoolVarP(&s.live, "live-check", "L", false, "")
	o.StringVarP(&s.saveInput, "save-input", "I", "", "")
	o.StringVarP(&s.saveGraph, "save-graph", "G", "", "")
	o.StringVarP(&s.saveDot, "save-dotfile", "D", "", "")
}

func (s *simulation) reportOptions(o *Options) {
	o.StringVarP(&s.saveOutput, "save-output", "O", "", "")
	o.BoolVarP(&s.showScores, "show-scores", "s", false, "")
	o.BoolVarP(&s.showUse, "show-utilization", "U", false, "")
	o.BoolVarP(&s.quiet, "quiet", "Q", false, "")
	o.BoolVarP(&s.all, "all-actions", "a", false, "")
}

// assumptionOptions are those that say what is to be assumed.
func (s *simulation) assumptionOptions(o *Options) {
	in := &s.inject
	o.Each(&in.NodesUp, "node-up", "u")
	o.Each(&in.NodesDown, "node-down", "d")
	o.Each(&in.NodesFailed, "node-fail", "f")
	o.Each(&in.Operations, "op-inject", "i")
	o.Each(&s.fail, "op-fail", "F")
	o.Each(&in.TicketsGranted, "ticket-grant", "g")
	o.Each(&in.TicketsRevoked, "ticket-revoke", "r")
	o.Each(&in.TicketsStandby, "ticket-standby", "b")
	o.Each(&in.TicketsActive, "ticket-activate", "e")
	o.StringVarP(&s.clock, "set-datetime", "t", "", "")
	o.StringVarP(&in.Quorum, "quorum", "q", "", "")
	o.StringVarP(&in.Watchdog, "watchdog", "w", "", "")
}

func (w *World) simulate(s *simulation, o *Options) Code {
	if code, ok := o.NoArguments(); !ok {
		return code
	}
	if s.repeat < 1 {
		return o.Wrong("--repeat needs a number from 1, not %d", s.repeat)
	}
	s.verbose, s.asXML = o.Verbose, o.As == "xml"
	collectLate()
	if o.To == "" || o.To == "-" {
		return (&simulator{World: w, s: s}).run()
	}
	f, err := os.Create(o.To)
	if err != nil {
		w.complain("%s: %s\n", w.Prog, err)
		return CannotCreate
	}
	there := *w
	there.Stdout = f
	code := (&simulator{World: &there, s: s}).run()
	if err := f.Close(); err != nil {
		w.complain("%s: %s\n", w.Prog, err)
		return CannotCreate
	}
	return code
}
