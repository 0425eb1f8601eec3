package crmtool

import (
	"strings"
	"time"

	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// A monitor is one run of crm_mon as its options ask for it.
type monitor struct {
	*World
	o                 *Options
	form              string // text, html, xml, legacy (XML in the shape of old), line, cgi, classic (layout of Heartbeat 2.1)
	file              string
	once              bool
	interval          time.Duration
	show              mon.Options
	changes           []change // of the sections, in the order in which they were given
	title, stylesheet string

	daemon, fencingEvents     bool
	pidFile, agent, recipient string
}

// A change adds sections or takes some away.
type change struct {
	words   string
	exclude bool
}

// report is the state as text of the wanted form, and the exit code.
func (m *monitor) report(v *scheduler.View) (string, Code) {
	m.show.Now = m.now()
	switch m.form {
	case "line":
		line := mon.Line
		if m.Getenv("HA_CLI_DIALECT") == "2.1" {
			line = mon.ClassicLine
		}
		text, verdict := line(v)
		return text + "\n", Code(verdict)
	case "xml":
		return string(m.Result(OK, mon.XML(v, m.show)).Append(nil, "  ")), OK
	case "legacy":
		root := xmltree.New("crm_mon", "version", modelVersion).Add(mon.XML(v, m.show)...)
		return string(root.Append(nil, "  ")), OK
	case "html", "cgi":
		page := mon.Page{Title: m.title, Stylesheet: m.stylesheet}
		if m.o.To != "" && m.o.To != "-" {
			page.Refresh = max(int(m.interval/time.Second), 1)
		}
		text := mon.HTML(v, m.show, page)
		if m.form == "cgi" {
			text = "Content-Type: text/html\n\n" + text
		}
		return text, OK
	case "classic":
		return mon.Classic(v, m.show), OK
	}
	return mon.Text(v, m.show), OK
}

// modelVersion is the release of Pacemaker whose reports these are; readers go by it.
const modelVersion = "2.1.5"

// state is that of the cluster. Where constraints are shown, what follows from them is shown too.
func (m *monitor) state() (*scheduler.View, error) {
	doc, err := m.Document(m.file)
	if err != nil {
		return nil, err
	}
	r, err := judged(doc.Root())
	switch {
	case err != nil:
		return nil, err
	case m.show.Sections&(mon.Bans|mon.Tickets) != 0:
		return r.ConstrainedView(), nil
	}
	return r.View(), nil
}

// sections puts together what is shown.
func (m *monitor) sections() error {
	c := mon.Choice{All: mon.AllText, Default: mon.DefaultText}
	switch m.form {
	case "xml", "legacy":
		c.All, c.Default = mon.All, mon.All
	case "html", "cgi":
		c.All = mon.All
	}
	c.Sections = c.Default
	for _, ch := range m.changes {
		apply := c.Include
		if ch.exclude {
			apply = c.Exclude
		}
		if err := apply(ch.words); err != nil {
			return err
		}
	}
	m.show.Sections, m.show.BanPrefix = c.Sections, c.BanPrefix
	return nil
}

// run shows the state once, or again and again.
func (m *monitor) run() Code {
	if err := m.sections(); err != nil {
		m.complain("%s: %s\n", m.Prog, err)
		return Usage
	}
	if m.watches() {
		return m.stay()
	}
	v, err := m.state()
	if err != nil {
		return m.fail(DocumentCode(err), err)
	}
	text, code := m.report(v)
	if err := m.write(text); err != nil {
		m.complain("%s: %s\n", m.Prog, err)
		return CannotCreate
	}
	return code
}

// stay shows the state again and again, as a daemon when that is wanted.
func (m *monitor) stay() Code {
	if m.fencingEvents {
		m.complain("%s: a file tells nothing of fencing: only operations of resources are watched\n", m.Prog)
	}
	switch {
	case !m.daemon:
		return m.watch()
	case m.Getenv(monInBackground) == "":
		if _, err := m.state(); err != nil { // better said now than by a daemon that nobody looks at
			return m.fail(DocumentCode(err), err)
		}
		return m.launch()
	}
	release, err := m.hold()
	if err != nil {
		m.complain("%s: %s\n", m.Prog, err)
		return Error
	}
	defer release()
	return m.watch()
}

// fail says why there is no state to show, in the form that the reader expects.
func (m *monitor) fail(code Code, err error) Code {
	text := err.Error()
	if code == Disconnected {
		text = "Connection to cluster failed: " + text
	}
	switch m.form {
	case "xml":
		return m.PrintResult(code, nil, m.Prog+": "+text)
	case "line":
		m.printf("CLUSTER CRIT: %s\n", text)
		return Code(mon.Critical)
	}
	m.complain("%s: %s\n", m.Prog, text)
	return code
}

// joinOptional joins options whose value may be missing with the value behind them, as -m 2, so that they cannot be taken for arguments.
func joinOptional(args []string) (out []string) {
	optional := map[string]bool{"-m": true, "-L": true, "--fence-history": true, "--neg-locations": true}
	for i := 0; i < len(args); i++ {
		if optional[args[i]] && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			joined := args[i] + args[i+1]
			if strings.HasPrefix(args[i], "--") {
				joined = args[i] + "=" + args[i+1]
			}
			out = append(out, joined)
			i++
			continue
		}
		out = append(out, args[i])
	}
	return out
}
