package applet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
)

// patience is how long a command waits for the answer to a request before it says that
// the hand-over is under way; a refusal comes at once.
const patience = 2 * time.Second

// defaultWait is how long --wait waits.
const defaultWait = 2 * time.Minute

// A handOver is hb_standby or hb_takeover, or their friendly forms.
type handOver struct {
	*call
	takeover bool
	set      string
	group    string // only this one
	peer     string // to which, or from which; empty: the other one, or the cluster chooses
	dryRun   bool
	wait     time.Duration // 0: return as soon as the node has accepted
	json     bool
}

// errUsage asks for the usage text.
var errUsage = errors.New("usage")

func hbStandby(c *call, args []string) int  { return classicHandOver(c, args, false) }
func hbTakeover(c *call, args []string) int { return classicHandOver(c, args, true) }

func classicHandOver(c *call, args []string, takeover bool) int {
	h := handOver{call: c, takeover: takeover, set: "all"}
	if isTerminal(c.Stdout) {
		h.wait = defaultWait
	}
	if name := placesOf(c.Getenv).Node; c.Node != name { // --node was taken for the name of this node
		h.peer, c.Node = c.Node, name
	}
	if err := h.parse(args); err != nil {
		if !errors.Is(err, errUsage) {
			c.printf("%s\n", err)
		}
		c.printf("usage:\n%s [all|foreign|local|failback]\n", c.prog)
		if slices.Contains(args, "--help") {
			c.printf("%s", handOverHelp)
		}
		return 1
	}
	err := h.run()
	if err != nil && err.Error() != "" {
		c.complain("%s: %s\n", c.prog, err)
	}
	return codeOf(err)
}

const handOverHelp = `
options:
  --wait[=SEC]  return when the hand-over has ended (default on a terminal, 120 s); --wait=0: at once
  --group KEY   only this group: the first resource of its line in haresources
  --node NODE   to that node, or from it; among more than two nodes
  --dry-run     show what would happen
  --json        print the answer as JSON
exit codes: 0 done, 1 usage, 2 refused, 3 timed out, 4 heartbeat does not run
examples:
  hb_standby            give everything to the other node
  hb_standby local      give up what is at home here
  hb_takeover foreign   take what is at home on the other node
friendlier: heartbeat standby, heartbeat takeover
`

// parse reads C's one word and our options.
func (h *handOver) parse(args []string) error {
	var words []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		value, isWait := strings.CutPrefix(a, "--wait=")
		switch {
		case a == "--wait":
			h.wait = defaultWait
		case isWait:
			sec, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return fmt.Errorf("%s: --wait=%s is no number of seconds", h.prog, value)
			}
			h.wait = time.Duration(sec) * time.Second
		case a == "--json":
			h.json = true
		case a == "--dry-run":
			h.dryRun = true
		case strings.HasPrefix(a, "--group="):
			h.group = strings.TrimPrefix(a, "--group=")
		case a == "--group" && i+1 < len(args):
			i++
			h.group = args[i]
		case strings.HasPrefix(a, "-"):
			return errUsage
		default:
			words = append(words, a)
		}
	}
	switch {
	case len(words) > 1:
		return fmt.Errorf("%s: too many arguments", h.prog)
	case len(words) == 1 && !slices.Contains(api.Sets(), words[0]):
		// The full stop is the classic tool's.
		return errors.New(h.prog + ": wrong resources(" + words[0] + ").")
	case len(words) == 1:
		h.set = words[0]
	}
	return nil
}

// run asks the node and reports. Its error carries the exit code.
func (h *handOver) run() error {
	if h.dryRun {
		return h.call.showPlan(planRequest{Steps: []planStep{h.planned()}}, "", h.json)
	}
	ask := h.client().Standby
	switch {
	case h.group != "" || h.peer != "":
		ask = h.move
	case h.takeover:
		ask = h.client().Takeover
	}
	limit := max(h.wait, patience)
	ctx, cancel := context.WithTimeout(h.ctx, limit)
	defer cancel()
	type result struct {
		answer api.Answer
		err    error
	}
	came := make(chan result, 1)
	go func() {
		a, err := ask(ctx, h.set)
		came <- result{a, err}
	}()
	slow := time.NewTimer(patience / 2)
	defer slow.Stop()
	said := false
	for {
		select {
		case <-slow.C: // not refused, then: it is under way
			h.announce()
			said = true
		case r := <-came:
			return h.finish(r.answer, r.err, said)
		}
	}
}

// move is a hand-over that names the group or the other node.
func (h *handOver) move(ctx context.Context, set string) (api.Answer, error) {
	return h.client().Verb(ctx, "move", h.request(set))
}

func (h *handOver) request(set string) api.VerbRequest {
	req := api.VerbRequest{Group: h.group, Set: set, From: node.ThisNode, Node: h.peer}
	if h.takeover {
		req.From, req.Node = h.peer, node.ThisNode
	}
	return req
}

// planned is the step for a dry run.
func (h *handOver) planned() planStep { return planStep{Verb: "move", VerbRequest: h.request(h.set)} }

func (h *handOver) finish(answer api.Answer, err error, said bool) error {
	switch {
	case err != nil && codeOf(err) == exitTimedOut && h.wait == 0:
		return nil // accepted and under way, which is all that was asked for
	case err != nil && codeOf(err) == exitTimedOut:
		return &exit{exitTimedOut, fmt.Sprintf("the hand-over did not end within %v; it goes on: see heartbeat status", h.wait)}
	case err != nil:
		return err
	case h.json:
		return h.tellAnswer(answer, nil, true)
	case answer.Refused:
		return &exit{exitRefused, answer.Text}
	}
	if !said {
		h.announce()
	}
	if h.wait > 0 && answer.Text != "" {
		h.printf("%s\n", answer.Text)
	}
	return nil
}

// announce prints what C prints: a line for standby, nothing for takeover.
func (h *handOver) announce() {
	if !h.takeover && !h.json {
		h.printf("%s Going standby [%s].\n", time.Now().Format("2006/01/02_15:04:05"), h.set)
	}
}

// isTerminal says whether people read along.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
