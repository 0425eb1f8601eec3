package cts

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/lab"
)

// runFlags are what the command line says.
type runFlags struct {
	driver, timers, dir       string
	launcher                  string
	only, pairings            []string
	rounds                    int
	seed                      uint64
	keepGoing, inOrder, fresh bool
	json, verbose             bool
	html, junit               string
	slack, cGrant             time.Duration
	ssh                       drive.SSHOptions
}

func runCommand(all func() ([]*scenario.Scenario, error), version func() string) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run", Short: "play the scenarios", Args: cobra.NoArgs,
		Long: `Plays the scenarios in a random order that --seed repeats, and prints what was measured. The exit code is 0 only if
every scenario passed that can be played here, and nothing was left behind.

Drivers:
  lab    machines made of namespaces on this machine, as an ordinary user or as root; nothing of this machine is touched
  ssh    machines that you name; they are broken on purpose, so --yes-break-these-machines must be said. The configuration
         of heartbeat on them is put aside first and put back in the end, whatever happens
  vmlab  machines with a kernel of their own, of the program that --launcher names; tools/launchers has one for emulated
         machines. It may recommend timers and slack

Pairings: GG two Go nodes, GC and CG with C Heartbeat on the node where the fault does not, or does, happen.

Every bound is a formula of the scenario (heartbeat cts show ID). On a machine that does other things give it --slack.`,
		Example: `  heartbeat cts run --only S03,S16 --rounds 5
  heartbeat cts run --rounds 20 --seed 7 --keep-going --html report.html --junit report.xml
  heartbeat cts run --pairing GG,GC,CG --timers 200ms/1s/3s
  heartbeat cts run --driver ssh --nodes root@alpha,root@beta --client root@gamma --address g1=192.0.2.101/24 --address g2=192.0.2.102/24 --yes-break-these-machines`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := all()
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Uint64N(1e9)
			}
			return f.run(cmd, list, version())
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.driver, "driver", "lab", "who has the machines: lab, ssh, vmlab")
	fl.StringSliceVar(&f.only, "only", nil, "these scenarios only, such as S03,S16 or S1*")
	fl.StringSliceVar(&f.pairings, "pairing", []string{"GG"}, "GG, GC, CG, or several")
	fl.IntVar(&f.rounds, "rounds", 1, "how often everything is played")
	fl.Uint64Var(&f.seed, "seed", 0, "repeats the order of a run (default: random, and printed)")
	fl.BoolVar(&f.keepGoing, "keep-going", false, "do not stop at the first failure")
	fl.BoolVar(&f.inOrder, "in-order", false, "in the order of the catalogue")
	fl.BoolVar(&f.fresh, "fresh", false, "a new cluster for every scenario; otherwise it keeps running between scenarios where they allow it")
	fl.StringVar(&f.timers, "timers", "", "`K/D/I`: keepalive, deadtime, initdead (default 200ms/1s/3s)")
	fl.DurationVar(&f.slack, "slack", 0, "added to every bound, for a machine that does other things")
	fl.DurationVar(&f.cGrant, "c-grant", defaultCGrant, "C in formulas: what a node of C Heartbeat is granted; its shell scripts need more on a busy machine")
	fl.BoolVar(&f.json, "json", false, "print everything as JSON")
	fl.StringVar(&f.html, "html", "", "write a page with timelines to this `FILE`")
	fl.StringVar(&f.junit, "junit", "", "write JUnit XML to this `FILE`")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "tell every scenario step by step")
	fl.StringVar(&f.dir, "dir", "", "directory of the lab (default: a temporary one)")
	fl.StringVar(&f.launcher, "launcher", "", "vmlab: shell `TEXT` that starts the program which has the machines")
	fl.StringSliceVar(&f.ssh.Nodes, "nodes", nil, "ssh: `user@host` of r1 and r2, and of r3 if there is one")
	fl.StringVar(&f.ssh.Client, "client", "", "ssh: `user@host` of the client")
	fl.StringToStringVar(&f.ssh.Addresses, "address", nil, "ssh: free service addresses, `g1=IP/LEN`,g2=IP/LEN")
	fl.StringSliceVar(&f.ssh.Cards, "cards", nil, "ssh: `NAMES` of the cards with heartbeat links, the clients' first (default: the one in the network of g1)")
	fl.StringSliceVar(&f.ssh.Command, "reach", nil, "ssh: the `WORDS` that reach a machine, before host and shell text (default: ssh that asks nothing)")
	fl.StringVar(&f.ssh.Binary, "program", "heartbeat", "ssh: the program on the machines")
	fl.StringVar(&f.ssh.PowerOff, "power-off", "", "ssh: shell `TEXT` on this machine that switches {host} off")
	fl.StringVar(&f.ssh.PowerOn, "power-on", "", "ssh: shell `TEXT` on this machine that switches {host} on")
	fl.BoolVar(&f.ssh.BreakThem, "yes-break-these-machines", false, "ssh: the machines named may be broken")
	return c
}

func (f *runFlags) run(cmd *cobra.Command, list []*scenario.Scenario, version string) error {
	list, err := pick(list, f.only)
	if err != nil {
		return err
	}
	o := Options{Scenarios: list, Rounds: f.rounds, Seed: f.seed, KeepGoing: f.keepGoing, InOrder: f.inOrder, Fresh: f.fresh, Slack: f.slack, CGrant: f.cGrant}
	if o.Timers, err = parseTimers(f.timers); err != nil {
		return err
	}
	for _, p := range f.pairings {
		if !slices.Contains(scenario.Pairings(), scenario.Pairing(p)) {
			return fmt.Errorf("pairing %q: GG, GC or CG", p)
		}
		o.Pairings = append(o.Pairings, scenario.Pairing(p))
	}
	d, done, err := f.newDriver(cmd)
	if err != nil {
		return err
	}
	defer done()
	if err := f.advised(cmd, d, &o); err != nil {
		return errors.Join(err, d.Close())
	}
	out := cmd.ErrOrStderr()
	if !f.json {
		fmt.Fprintf(out, "%d scenarios, %d rounds, driver %s, seed %d\n", len(list), max(1, f.rounds), d.Name(), f.seed)
	}
	p := &progress{w: out, live: isTerminal(out) && !f.json, verbose: f.verbose, rounds: o.Rounds}
	rep, err := Run(cmd.Context(), d, o, p)
	p.done()
	if rep == nil {
		return err
	}
	rep.Version = version
	if werr := f.write(cmd.OutOrStdout(), rep); werr != nil {
		return errors.Join(err, werr)
	}
	switch {
	case err != nil:
		return err
	case rep.Stopped:
		return lab.Exit(130)
	case !rep.OK():
		return lab.Exit(1)
	}
	return nil
}

// write writes the reports that are wanted.
func (f *runFlags) write(out io.Writer, rep *Report) error {
	for _, to := range []struct {
		file string
		do   func(io.Writer) error
	}{{f.html, rep.WriteHTML}, {f.junit, rep.WriteJUnit}} {
		if to.file == "" {
			continue
		}
		var b strings.Builder
		if err := to.do(&b); err != nil {
			return err
		}
		if err := os.WriteFile(to.file, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	if f.json {
		return rep.WriteJSON(out)
	}
	return rep.WriteText(out)
}

// newDriver makes the driver; done removes what it needed.
func (f *runFlags) newDriver(cmd *cobra.Command) (d drive.Driver, done func(), err error) {
	done = func() {}
	switch f.driver {
	case "lab":
		dir := f.dir
		if dir == "" {
			base, err := os.MkdirTemp("", "heartbeat-cts-")
			if err != nil {
				return nil, nil, err
			}
			dir, done = filepath.Join(base, "lab"), func() { os.RemoveAll(base) }
		}
		d, err = drive.NewLab(dir, "", silent{})
	case "ssh":
		d, err = drive.NewSSH(cmd.Context(), f.ssh)
	case "vmlab":
		d, err = drive.NewMachines(cmd.Context(), f.launcher)
	default:
		return nil, nil, fmt.Errorf("there is no driver %q: lab, ssh, vmlab", f.driver)
	}
	if err != nil { // a driver that failed may be a typed nil
		done()
		return nil, nil, err
	}
	return d, done, nil
}

// advised takes the timers and the slack that a driver recommends for its machines, where the command line says nothing.
func (f *runFlags) advised(cmd *cobra.Command, d drive.Driver, o *Options) (err error) {
	m, ok := d.(interface {
		Advice() (timers string, slack time.Duration)
	})
	if !ok {
		return nil
	}
	timers, slack := m.Advice()
	if !cmd.Flags().Changed("slack") {
		o.Slack = slack
	}
	if !cmd.Flags().Changed("timers") {
		o.Timers, err = parseTimers(timers)
	}
	return err
}

// parseTimers reads K/D/I; what is missing stays as usual.
func parseTimers(text string) (t scenario.Timers, err error) {
	if text == "" {
		return t, nil
	}
	parts := strings.Split(text, "/")
	places := []*time.Duration{&t.K, &t.D, &t.I}
	if len(parts) > len(places) {
		return t, fmt.Errorf("timers %q: write keepalive/deadtime/initdead, such as 200ms/1s/3s", text)
	}
	for i, p := range parts {
		if *places[i], err = time.ParseDuration(p); err != nil || *places[i] <= 0 {
			return t, fmt.Errorf("timers %q: write keepalive/deadtime/initdead, such as 200ms/1s/3s", text)
		}
	}
	t.W = t.D / 2
	return t, nil
}

// silent is no log of the machines.
type silent struct{}

func (silent) Logf(string, ...any) {}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}
