package crmtool

import (
	"fmt"
	"os"
	"strings"
	"time"

	"heartbeat/internal/cib"
)

const monUsage = `usage: %[1]s [-1] [options]

Shows the state of a cluster: nodes, resources, and what failed.

where from
  -x, --xml-file FILE       from a file (also one that CIB_file in the environment names); - is standard input
  -1, --one-shot            once; without it again and again while the output is a terminal
  -i, --interval TIME       how often (5s)
form
      --output-as FORM      console (the usual one), text, html, xml
      --output-to FILE      in a file
  -s, --simple-status       in one line, for monitoring: exit code 0 fine, 1 a node is offline, 2 no cluster or no coordinator
  -X, --as-xml; -h, --as-html FILE; -N, --disable-ncurses; -w, --web-cgi   older names of forms
      --html-title TEXT, --html-stylesheet URL
what is shown
  -r, --inactive            also resources that do not run
  -n, --group-by-node       resources below their nodes
  -b, --brief               how many of a type
  -R, --show-detail         ids of nodes, each instance of a clone
  -f, --failcounts          how often resources failed          -o, --operations      what was done
  -A, --show-node-attributes                                    -t, --timing-details  and when
  -L, --neg-locations [PREFIX]  where resources may not run     -c, --tickets         tickets
  -m, --fence-history [0-3]     fencing (of a running cluster)  -D, --hide-headers    no summary
      --node NODE, --resource RESOURCE   only that one, or what has that tag
  -I, --include LIST; -U, --exclude LIST   sections by name; "--include list" names them
watching
  -d, --daemonize           in the background: keeps the file of --output-to up to date, or only tells a program
  -p, --pid-file FILE       its pid file (/tmp/ClusterMon.pid)
  -E, --external-agent PROGRAM   run it for each operation that ends, with CRM_notify_node, _rsc, _task, _rc, _target_rc, _status, _desc
  -e, --external-recipient TEXT  for the program, as CRM_notify_recipient
  -W, --watch-fencing       also for fencing (of a running cluster)
  On a terminal ? lists the keys that switch what is shown.
exit codes: 0 done, 64 wrong usage, 66 no such file, 78 the document cannot be used, 102 no running cluster
examples:
  CIB_file=cib.xml %[1]s -1rfA
  %[1]s -x pe-input-7.xml --output-as xml
`

func monCommand(w *World) Code {
	m := &monitor{World: w, interval: 5 * time.Second}
	m.show.Pending = true
	args := w.Args
	parsed := *w
	parsed.Args = m.oldFile(joinOptional(args))
	o := parsed.Options(monUsage, "console", "text", "html", "xml")
	o.w = &parsed
	m.o = o
	m.formOptions(o)
	m.showOptions(o)
	m.daemonOptions(o)
	o.BoolVarP(&m.once, "one-shot", "1", false, "")
	o.StringVarP(&m.file, "xml-file", "x", m.file, "")
	o.FuncP("interval", "i", "", func(text string) error {
		ms, ok := cib.Interval(text)
		if !ok {
			return fmt.Errorf("%q is no time", text)
		}
		m.interval = time.Duration(ms) * time.Millisecond
		return nil
	})
	if code, run := o.Parse(); !run {
		return code
	}
	if code, ok := o.NoArguments(); !ok {
		return code
	}
	m.chooseForm()
	if wrong := m.unusable(); wrong != "" {
		return o.Wrong("%s", wrong)
	}
	return m.run()
}

// oldFile reads -X FILE of Heartbeat 2.1, where FILE is a document that exists.
func (m *monitor) oldFile(args []string) []string {
	for i := 0; i+1 < len(args); i++ {
		name := args[i+1]
		if args[i] != "-X" || !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".bz2") {
			continue
		}
		if _, err := os.Stat(name); err == nil {
			m.file, m.once = name, true
			return append(append([]string{}, args[:i]...), args[i+2:]...)
		}
	}
	return args
}

// formOptions are those that choose the form; the last one wins.
func (m *monitor) formOptions(o *Options) {
	form := func(name, short, form string, once bool) {
		o.BoolFuncP(name, short, "", func(string) error {
			m.form, m.once = form, m.once || once
			return nil
		})
	}
	form("simple-status", "s", "line", true)
	form("as-xml", "X", "legacy", true)
	form("disable-ncurses", "N", "text", false)
	form("web-cgi", "w", "cgi", true)
	o.FuncP("as-html", "h", "", func(file string) error {
		m.form = "html"
		return o.Set("output-to", file)
	})
	o.BoolFuncP("html-cgi", "", "", func(string) error { m.form = "cgi"; return nil })
	o.StringVar(&m.title, "html-title", "Cluster Status", "")
	o.StringVar(&m.stylesheet, "html-stylesheet", "", "")
}

// showOptions are those that choose what is shown.
func (m *monitor) showOptions(o *Options) {
	words := func(exclude bool) func(string) error {
		return func(list string) error { m.changes = append(m.changes, change{list, exclude}); return nil }
	}
	section := func(name, short, list string, exclude bool) {
		o.BoolFuncP(name, short, "", func(string) error { return words(exclude)(list) })
	}
	o.FuncP("include", "I", "", words(false))
	o.FuncP("exclude", "U", "", words(true))
	section("failcounts", "f", "failcounts", false)
	section("operations", "o", "failcounts,operations", false)
	section("tickets", "c", "tickets", false)
	section("show-node-attributes", "A", "attributes", false)
	section("hide-headers", "D", "summary", true)
	section("quiet", "Q", "times", true)
	o.BoolFuncP("timing-details", "t", "", func(string) error { m.show.Timing = true; return words(false)("operations") })
	o.FuncP("neg-locations", "L", "", func(prefix string) error { return words(false)(strings.TrimSuffix("bans:"+prefix, ":")) })
	o.Lookup("neg-locations").NoOptDefVal = ":"
	o.FuncP("fence-history", "m", "", func(level string) error {
		if len(level) != 1 || level < "0" || level > "3" {
			return fmt.Errorf("the fence history is 0, 1, 2 or 3")
		}
		return nil // a file holds none
	})
	o.Lookup("fence-history").NoOptDefVal = "2"
	o.BoolVarP(&m.show.ByNode, "group-by-node", "n", false, "")
	o.BoolVarP(&m.show.Inactive, "inactive", "r", false, "")
	o.BoolVarP(&m.show.Brief, "brief", "b", false, "")
	o.BoolVarP(&m.show.Detail, "show-detail", "R", false, "")
	o.BoolP("pending", "j", false, "") // is always shown
	o.StringVar(&m.show.OnlyNode, "node", "", "")
	o.StringVar(&m.show.OnlyResource, "resource", "", "")
}

// chooseForm settles the form: an older option wins over --output-as; a program called *.cgi is one; Heartbeat's own layout comes with its dialect.
func (m *monitor) chooseForm() {
	switch {
	case m.form != "":
	case strings.HasSuffix(m.Prog, ".cgi"):
		m.form = "cgi"
	case m.Getenv("HA_CLI_DIALECT") == "2.1" && (m.o.As == "console" || m.o.As == "text"):
		m.form = "classic"
	case m.o.As != "console":
		m.form = m.o.As
	default:
		m.form = "text"
	}
	if (m.form == "xml" || m.form == "legacy") && !m.daemon || m.form == "cgi" {
		m.once = true
	}
}
