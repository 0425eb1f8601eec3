package applet

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/arbiter/witness"
)

// witnessCommand is the third machine of take_over arbiter witness.
func witnessCommand(c *call) *cobra.Command {
	var listen, keys string
	cmd := &cobra.Command{
		Use:   "witness",
		Short: "decide which of two nodes goes on when they lose sight of each other",
		Long: `Answers the nodes of many clusters on a third machine, in the foreground. Nodes ask it when they lose sight of each other, and it
gives a lease to one of the two; the other one stops. Nothing is kept on disk. A witness that is restarted grants nothing for two
minutes that it might have granted before, unless both nodes have reported to it meanwhile.

The nodes name it in ha.cf:  #!hb take_over arbiter witness HOST

KEYS is a copy of authkeys, or a directory with one for each cluster, under the name of the cluster. TERM and INT end it,
HUP reads the keys again, and what is granted stays granted.`,
		Example: "  heartbeat witness --keys /etc/ha.d/authkeys\n  heartbeat witness --listen :694 --keys /etc/heartbeat-witness\n  heartbeat witness status",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.witness(listen, keys) },
	}
	cmd.Flags().StringVar(&listen, "listen", ":694", "UDP `address` to answer at")
	cmd.Flags().StringVar(&keys, "keys", "", "authkeys `file`, or a directory with one for each cluster (default authkeys in the configuration directory)")
	cmd.AddCommand(witnessStatusCommand(c))
	return cmd
}

// witnessSocket is where a running witness tells its status.
func (c *call) witnessSocket() string { return filepath.Join(c.Run, "witness.sock") }

func (c *call) witness(listen, path string) error {
	if path == "" {
		path = filepath.Join(c.Etc, "authkeys")
	}
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	keys, problems := witness.LoadKeys(path)
	c.printProblems(c.Stderr, api.ProblemsOf(problems))
	if problems.HasErrors() {
		return &exit{code: exitConfig}
	}
	server, err := witness.Listen(listen, keys)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	stopStatus := c.serveWitnessStatus(server)
	defer stopStatus()
	c.printf("witness: answering %d cluster(s) at %s (UDP)\n", server.Report().Clusters, server.Address())
	for {
		select {
		case sig := <-told:
			if sig != syscall.SIGHUP {
				cancel()
				continue
			}
			fresh, problems := witness.LoadKeys(path)
			c.printProblems(c.Stderr, api.ProblemsOf(problems))
			if problems.HasErrors() {
				c.complain("witness: the keys stay as they were\n")
				continue
			}
			server.SetKeys(fresh)
			c.printf("witness: %d cluster(s)\n", server.Report().Clusters)
		case err := <-done:
			return err
		}
	}
}

// serveWitnessStatus answers whoever connects to the socket with one report. Without the socket the witness works all the same.
func (c *call) serveWitnessStatus(server *witness.Server) (stop func()) {
	path := c.witnessSocket()
	if err := os.MkdirAll(c.Run, 0o755); err != nil {
		c.complain("witness: heartbeat witness status will not work: %s\n", err)
		return func() {}
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		c.complain("witness: heartbeat witness status shows another witness of this machine: %s is taken\n", path)
		return func() {}
	}
	_ = os.Remove(path) // of a witness that was killed
	l, err := net.Listen("unix", path)
	if err != nil {
		c.complain("witness: heartbeat witness status will not work: %s\n", err)
		return func() {}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			_ = json.NewEncoder(conn).Encode(witnessStatusOf(server.Report()))
			conn.Close()
		}
	}()
	return func() { _ = l.Close() }
}

// witnessStatus is the JSON form of a report.
type witnessStatus struct {
	Clusters int               `json:"clusters"`
	Cautious float64           `json:"cautious_s"` // for so long it grants only to nodes whose partner has reported; 0: no more
	Pairs    []witnessPair     `json:"pairs"`
	Counts   map[string]uint64 `json:"counters"`
}

type witnessPair struct {
	Cluster string        `json:"cluster"`
	Holder  string        `json:"holder"` // of the lease; empty: nobody
	Left    float64       `json:"left_s"`
	Nodes   []witnessNode `json:"nodes"`
}

type witnessNode struct {
	Name string  `json:"name"`
	Seen float64 `json:"seen_s"` // ago; -1: never
	Asks uint64  `json:"asks"`   // for the lease
}

func witnessStatusOf(r witness.Report) witnessStatus {
	st := witnessStatus{Clusters: r.Clusters, Pairs: []witnessPair{}, Counts: map[string]uint64{
		"requests": r.Counts.Requests, "granted": r.Counts.Granted, "denied": r.Counts.Denied, "noise": r.Counts.Noise,
		"other_version": r.Counts.Version, "unknown_key": r.Counts.Unknown, "forged": r.Counts.Forged, "throttled": r.Counts.Throttled,
	}}
	if !r.Cautious.IsZero() {
		st.Cautious = r.Cautious.Sub(r.Now).Seconds()
	}
	for _, p := range r.Pairs {
		v := witnessPair{Cluster: p.Cluster, Holder: p.Holder}
		if p.Holder != "" {
			v.Left = p.Until.Sub(r.Now).Seconds()
		}
		for _, n := range p.Nodes {
			seen := -1.0
			if !n.Seen.IsZero() {
				seen = r.Now.Sub(n.Seen).Seconds()
			}
			v.Nodes = append(v.Nodes, witnessNode{n.Name, seen, n.Asks})
		}
		st.Pairs = append(st.Pairs, v)
	}
	return st
}

func witnessStatusCommand(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "show whom the witness of this machine knows, and who holds a lease",
		Example: "  heartbeat witness status --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.showWitness(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (c *call) showWitness(asJSON bool) error {
	conn, err := net.Dial("unix", c.witnessSocket())
	if err != nil {
		c.complain("no witness runs here (%s)\n", c.witnessSocket())
		return &exit{code: exitNotRunning}
	}
	defer conn.Close()
	var st witnessStatus
	if err := json.NewDecoder(conn).Decode(&st); err != nil {
		return fmt.Errorf("reading the status of the witness: %w", err)
	}
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(st)
	}
	c.printf("witness of %d cluster(s), %d requests, %d granted, %d denied\n", st.Clusters, st.Counts["requests"], st.Counts["granted"], st.Counts["denied"])
	if st.Cautious > 0 {
		c.printf("started lately: for %.0f s more it grants only to a node whose partner has reported\n", st.Cautious)
	}
	for _, p := range st.Pairs {
		lease := "nobody holds the lease"
		if p.Holder != "" {
			lease = fmt.Sprintf("%s holds the lease, for %.0f s", p.Holder, p.Left)
		}
		c.printf("  %s:", p.Cluster)
		for _, n := range p.Nodes {
			if n.Seen < 0 {
				c.printf(" %s never seen,", n.Name)
				continue
			}
			c.printf(" %s seen %.1f s ago,", n.Name, n.Seen)
		}
		c.printf(" %s\n", lease)
	}
	return nil
}
