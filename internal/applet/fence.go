package applet

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"heartbeat/internal/api"
)

// fenceWait is how long fence waits for the devices.
const fenceWait = 3 * time.Minute

func confirmCommand(c *call) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "confirm NODE", Short: "say that a silent node is down, so that its resources may be started here",
		Long: `Releases a take-over that waits for proof that NODE is down: for fencing, for a human (take_over manual), for the
arbiter, or for takeover_delay. It ends a fencing that is under way, meatware too.

Say it only when you have made sure: look at the machine, or switch it off. A node that runs on unseen writes to the
same disks and answers at the same addresses as this one. A node that is heard is refused.

On a terminal it asks back; elsewhere it needs --yes.
Exit codes: 0 done, 2 refused (the reason is printed), 4 heartbeat does not run.`,
		Example: "  heartbeat confirm node2         # after pulling its plug\n  heartbeat confirm node2 --yes   # from a script that has made sure",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !yes {
				question := fmt.Sprintf("Is %s down for sure, switched off or without power? Its resources start here. Type yes: ", args[0])
				if err := c.sure(question, "say --yes when nobody can answer"); err != nil {
					return err
				}
			}
			ctx, cancel := c.soon()
			defer cancel()
			a, err := c.client().Confirm(ctx, args[0], userName())
			return c.tellAnswer(a, err, asJSON)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask back")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	return cmd
}

func fenceCommand(c *call) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "fence test|list|off|reset [NODE]", Short: "the fencing devices: do they answer, which are there, switch a node off",
		Long: `Works with the devices of the stonith and stonith_host lines of ha.cf that are for this node.

  list         the devices in the order in which they are tried, and when each was verified
  test         ask every device whether it is there; nothing is switched
  test NODE    and whether it can switch NODE; nothing is switched
  off NODE     switch NODE off now, and leave it off
  reset NODE   switch NODE off and on again now
  release NODE let NODE be fenced again, which was fenced too often within an hour (fence_brake)

The devices are asked every hour without being told to; a failure is an event and stands in heartbeat status. off and reset ask
back on a terminal and need --yes elsewhere.
Exit codes: 0 all is well, 2 a device failed or the wish was refused, 4 heartbeat does not run.`,
		Example:   "  heartbeat fence list\n  heartbeat fence test node2\n  heartbeat fence off node2",
		ValidArgs: []string{"test", "list", "off", "reset", "release"},
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return fmt.Errorf("say what to do: list, test, test NODE, off NODE, reset NODE or release NODE")
			case args[0] == "list" && len(args) > 1, len(args) > 2:
				return fmt.Errorf("fence %s takes fewer words", args[0])
			case (args[0] == "off" || args[0] == "reset" || args[0] == "release") && len(args) != 2:
				return fmt.Errorf("name the node: heartbeat fence %s NODE", args[0])
			case args[0] != "list" && args[0] != "test" && args[0] != "off" && args[0] != "reset" && args[0] != "release":
				return fmt.Errorf("fence knows list, test, off, reset and release, and not %q", args[0])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			op, name := args[0], ""
			if len(args) == 2 {
				name = args[1]
			}
			if op == "list" {
				return c.listDevices(asJSON)
			}
			if op != "test" && op != "release" && !yes {
				if err := c.sure(fmt.Sprintf("Fence %s now (%s)? Everything that runs there ends at once. Type yes: ", name, op), "say --yes when nobody can answer"); err != nil {
					return err
				}
			}
			ctx, cancel := context.WithTimeout(c.ctx, fenceWait)
			defer cancel()
			a, err := c.client().Fence(ctx, op, name)
			return c.tellAnswer(a, err, asJSON)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask back")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	return cmd
}

// sure asks back; without a terminal to ask at it is an error.
func (c *call) sure(question, otherwise string) error {
	in, ok := c.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return &wrongUsage{fmt.Errorf("there is no terminal to ask at; %s", otherwise)}
	}
	c.printf("%s", question)
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return &exit{exitRefused, "nothing was done"}
	}
	return nil
}

// userName is who sits here, as far as the system knows.
func userName() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// tellAnswer prints an answer. Its error carries the exit code.
func (c *call) tellAnswer(a api.Answer, err error, asJSON bool) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(a)
		if a.Refused {
			return &exit{code: exitRefused}
		}
		return nil
	case a.Refused:
		return &exit{exitRefused, a.Text}
	}
	c.printf("%s\n", a.Text)
	return nil
}

// listDevices prints the ladder.
func (c *call) listDevices(asJSON bool) error {
	ctx, cancel := c.soon()
	defer cancel()
	s, err := c.client().Status(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		return e.Encode(s.Fencing)
	}
	if s.Fencing == nil || len(s.Fencing.Devices) == 0 {
		return &exit{exitRefused, "no stonith or stonith_host line of ha.cf is for this node: there is no fencing device"}
	}
	p, failed := c.palette(), false
	for i, d := range s.Fencing.Devices {
		word := p.good("verified " + short(s.Now.Sub(d.Checked)) + " ago")
		switch {
		case d.Checked.IsZero():
			word = p.warn("not verified yet")
		case !d.OK:
			word, failed = p.bad("does not answer since "+d.Since.Format(time.DateTime)+": "+d.Output), true
		}
		c.printf("%d  %s  %s\n", i+1, d.Name, word)
	}
	if failed {
		return &exit{code: exitRefused}
	}
	return nil
}
