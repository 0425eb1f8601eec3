package crmtool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

// A simulator carries out a simulation.
type simulator struct {
	*World
	s    *simulation
	root *xmltree.Node
	wall isotime.Time
	// The report as XML: what it found, and what went wrong. Text is not written then.
	elements []*xmltree.Node
	wrong    []string
	// now is what decisions are made for; clock the line that says so, if it is not the wall clock.
	now   isotime.Time
	clock string
}

func (m *simulator) run() Code {
	code := m.report()
	if m.s.asXML {
		m.PrintResult(code, m.elements, m.wrong...)
	}
	return code
}

// fail says what went wrong.
func (m *simulator) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if m.s.asXML {
		m.wrong = append(m.wrong, text)
	}
	m.complain("%s: %s\n", m.Prog, text)
}

func (m *simulator) report() Code {
	m.wall = isotime.UTC(time.Now().Unix())
	if m.s.live {
		m.s.xml = m.Getenv("CIB_file")
		if m.s.xml == "" {
			m.fail("there is no running cluster resource manager to ask: this version keeps no cluster information base; name a file with -x or in CIB_file, or pipe one in with -p")
			return Disconnected
		}
	}
	if m.s.profile != "" {
		return m.profile()
	}
	doc, err := m.input(m.s.xml, MostLooked)
	if err != nil {
		m.fail("%s: %s", m.s.xml, strings.TrimPrefix(err.Error(), "open "+m.s.xml+": "))
		return inputCode(err)
	}
	if err := m.load(doc); err != nil {
		m.fail("%s: %s", m.s.xml, err)
		return Config
	}
	if err := m.setClock(); err != nil {
		m.fail("%s", err)
		return Usage
	}
	code, err := m.simulate()
	if err != nil {
		m.fail("%s", err)
	}
	return code
}

// inputCode is the exit code for a document that could not be read: there is none, or one that is too large to be it.
func inputCode(err error) Code {
	if _, large := errors.AsType[*store.TooLarge](err); large {
		return Config
	}
	return NoInput
}

// load reads the document and makes it one of the newest schema.
func (m *simulator) load(doc string) error {
	root, err := xmltree.ParseString(doc, scheduler.Reading(len(doc)))
	if err != nil {
		return err
	}
	root, warnings, err := cib.Upgrade(root)
	for _, w := range warnings {
		m.complain("%s: %s: %s\n", m.Prog, m.s.xml, w)
	}
	if err != nil {
		return err
	}
	m.root = root
	return nil
}

func (m *simulator) setClock() error {
	m.now, m.clock = m.wall, ""
	if m.s.clock != "" {
		t, err := isotime.Parse(m.s.clock, m.wall)
		if err != nil {
			return fmt.Errorf("-t %s: %w", m.s.clock, err)
		}
		m.now, m.clock = t, "Setting effective cluster time: "+m.s.clock
		return nil
	}
	if n, ok := cib.Integer(m.root.Get("execution-date")); ok {
		m.now = isotime.UTC(n)
		m.clock = "Using the original execution date of: " + m.now.String()
	}
	return nil
}

func (m *simulator) options() scheduler.Options {
	return scheduler.Options{ShowScores: m.s.showScores, ShowUtilization: m.s.showUse, Elements: m.s.asXML, Sanitized: true}
}

// say prints lines of the report, and nothing when it is to be quiet.
func (m *simulator) say(lines ...string) {
	if !m.s.quiet {
		m.print(lines)
	}
}

func (m *simulator) print(lines []string) {
	if m.s.asXML {
		return
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	_, _ = m.Stdout.Write(b.Bytes())
}

// items prints a section of the report.
func (m *simulator) items(title string, lines []scheduler.Line) {
	out := []string{title}
	for _, l := range lines {
		out = append(out, "  * "+l.Text)
	}
	m.say(out...)
}

// section adds a section of the report as XML.
func (m *simulator) section(x *xmltree.Node, lines []scheduler.Line) {
	if m.s.asXML {
		m.elements = append(m.elements, x.Add(scheduler.Elements(lines)...))
	}
}

// status describes nodes and resources.
func (m *simulator) status(title, name string, r *scheduler.Result, pending bool) {
	if m.s.quiet {
		return
	}
	m.say(title)
	if !m.s.asXML {
		m.say(r.StatusText(pending)...)
		return
	}
	x := xmltree.New(name)
	m.elements = append(m.elements, x.Add(mon.XML(r.View(), mon.Options{Sections: mon.Nodes | mon.Resources, Now: time.Unix(m.now.Unix, 0).UTC(), Inactive: true, Pending: pending})...))
}

func (m *simulator) sayClock() {
	if m.clock != "" {
		m.say(m.clock)
	}
}

// judge reads the state of the cluster and says what came up on the way.
func (m *simulator) judge() *scheduler.Result {
	r := scheduler.Status(m.root, m.now, m.options())
	m.say(r.Hints()...)
	return r
}

func (m *simulator) simulate() (code Code, err error) {
	s := m.s
	if s.saveInput != "" {
		if err := m.save(s.saveInput, m.root); err != nil {
			return CannotCreate, err
		}
	}
	m.sayClock()
	r := m.judge()
	if !s.quiet {
		m.say(r.Headline()...)
		m.status("Current cluster status:", "cluster_status", r, true)
	}
	if s.inject.Any() {
		if r, err = m.assume(r); err != nil {
			return Usage, err
		}
	}
	if !s.process {
		return m.finish(OK)
	}
	known := len(r.Hints())
	r.Decide()
	// Parts of the document that count for nothing make decisions that nobody expects.
	for _, n := range r.Notes() {
		m.complain("%s: %s: %s\n", m.Prog, m.s.xml, n)
	}
	m.scores(r, known)
	if !s.quiet {
		m.say("")
		summary := r.Summary()
		m.items("Transition Summary:", summary)
		m.section(xmltree.New("actions"), summary)
	}
	if err := m.pictures(r); err != nil {
		return CannotCreate, err
	}
	if s.execute {
		return m.execute(r)
	}
	return m.finish(OK)
}

// assume changes the document as if things had happened.
func (m *simulator) assume(r *scheduler.Result) (*scheduler.Result, error) {
	root := simulate.Copy(m.root)
	lines, problems := m.s.inject.Apply(root, r, m.wall.Unix)
	m.say("")
	m.items("Performing Requested Modifications:", lines)
	modified := xmltree.New("modifications")
	for _, a := range [][2]string{{"quorum", m.s.inject.Quorum}, {"watchdog", m.s.inject.Watchdog}} {
		if a[1] != "" {
			modified.Set(a[0], a[1])
		}
	}
	m.section(modified, lines)
	if len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "; "))
	}
	m.root = root
	if m.s.process {
		m.sayClock()
	}
	return m.judge(), nil
}

// scores prints the scores, and remarks that came up while they were made.
func (m *simulator) scores(r *scheduler.Result, known int) {
	title, name := "", ""
	switch {
	case m.s.showScores && m.s.showUse:
		title, name = "Assignment Scores and Utilization Information:", "allocations_utilizations"
	case m.s.showScores:
		title, name = "Assignment Scores:", "allocations"
	case m.s.showUse:
		title, name = "Utilization Information:", "utilizations"
	default:
		return
	}
	m.section(xmltree.New(name), r.Scores())
	if m.s.quiet {
		m.print(append(scheduler.Texts(r.Scores()), ""))
		return
	}
	m.say(r.Hints()[known:]...)
	m.say("")
	m.items(title, r.Scores())
}

// pictures writes the transition into files.
func (m *simulator) pictures(r *scheduler.Result) error {
	if m.s.saveGraph != "" {
		if err := m.writeGraph(r, m.s.saveGraph); err != nil {
			return err
		}
	}
	if m.s.saveDot == "" {
		return nil
	}
	var b bytes.Buffer
	if err := r.WriteDOT(&b, m.s.all, m.s.verbose > 0); err != nil {
		return err
	}
	return m.write(m.s.saveDot, b.Bytes())
}

func (m *simulator) writeGraph(r *scheduler.Result, path string) error {
	if path == "-" {
		return r.WriteGraph(m.Stdout)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(r.WriteGraph(f), f.Close())
}

func (m *simulator) save(path string, tree *xmltree.Node) error {
	return m.write(path, tree.Append(nil, "  "))
}

func (m *simulator) write(path string, data []byte) error {
	if path == "-" {
		_, err := m.Stdout.Write(data)
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// execute pretends to do what was decided, and shows the cluster afterwards.
func (m *simulator) execute(r *scheduler.Result) (Code, error) {
	run := simulate.Run{Root: simulate.Copy(m.root), Known: r, Now: m.wall.Unix, Fail: m.s.fail, Elements: m.s.asXML}
	complete := run.Execute(r.Graph())
	m.say("")
	m.items("Executing Cluster Transition:", run.Lines)
	m.section(xmltree.New("transition"), run.Lines)
	for _, p := range run.Problems {
		m.fail("%s", p)
	}
	m.root = run.Root
	code := OK
	if !complete {
		m.say("Transition failed: terminated")
		m.complain("An invalid transition was produced\n")
		m.wrong = append(m.wrong, "Transition failed: terminated", "An invalid transition was produced")
		code = Error
	}
	if !m.s.quiet {
		m.sayClock()
		after := m.judge()
		m.say("")
		m.status("Revised Cluster Status:", "revised_cluster_status", after, false)
	}
	return m.finish(code)
}

// finish writes the outcome.
func (m *simulator) finish(code Code) (Code, error) {
	switch {
	case m.s.saveOutput != "":
		return m.outcome(code, m.save(m.s.saveOutput, m.root))
	case !m.s.inPlace:
		return code, nil
	case m.s.xml == "-":
		return Usage, errors.New("-X writes the outcome back to the file of -x; there is none")
	}
	return m.outcome(code, fsutil.Replace(m.s.xml, m.root.Append([]byte(xmltree.Declaration), "  "), 0o600))
}

func (m *simulator) outcome(code Code, err error) (Code, error) {
	if err != nil {
		return CannotCreate, err
	}
	return code, nil
}

// profile measures decisions for every document of a directory.
func (m *simulator) profile() Code {
	files, err := filepath.Glob(filepath.Join(m.s.profile, "*.xml"))
	if err != nil || len(files) == 0 {
		m.complain("%s: there are no *.xml files in %s\n", m.Prog, m.s.profile)
		return NoInput
	}
	slices.Sort(files)
	code := OK
	for _, f := range files {
		m.s.xml = f
		doc, err := m.input(m.s.xml, MostLooked)
		if err == nil {
			err = m.load(doc)
		}
		if err == nil {
			err = m.setClock()
		}
		if err != nil {
			m.complain("%s: %s: %s\n", m.Prog, f, err)
			code = Config
			continue
		}
		begin := time.Now()
		for range m.s.repeat {
			scheduler.Schedule(m.root, m.now, m.options())
		}
		m.printf("* Testing %-40s %.4f secs\n", filepath.Base(f), time.Since(begin).Seconds())
	}
	return code
}
