package applet

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/alert"
	"heartbeat/internal/api"
)

func alertsCommand(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "alerts", Short: "who is told what: the channels of the alert lines, and what is open",
		Long: `Shows the mails, webhooks and programs that the alert lines of ha.cf name: what was delivered, what failed and why, what waits;
and the incidents whose all-clear has not been told yet. docs/alerts.md explains the lines, the messages and what a program is given.

Exit codes: 0 all channels work, 1 one does not, 4 not running, 5 no permission.`,
		Example: `  heartbeat alerts
  heartbeat alerts --json | jq .channels
  heartbeat alerts test`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.alerts(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the state as JSON")
	cmd.AddCommand(alertsTestCommand(c))
	return cmd
}

func (c *call) alerts(asJSON bool) error {
	ctx, cancel := c.soon()
	defer cancel()
	st, err := c.client().Status(ctx)
	if err != nil {
		return err
	}
	v := st.Alerts
	if v == nil {
		v = &alert.View{Channels: []alert.ChannelView{}, Incidents: []alert.IncidentView{}}
	}
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return err
		}
	} else {
		c.printAlerts(v, st.Now)
	}
	for _, ch := range v.Channels {
		if ch.State == "failing" {
			return &exit{code: exitNotWell}
		}
	}
	return nil
}

func (c *call) printAlerts(v *alert.View, now time.Time) {
	if len(v.Channels) == 0 {
		c.printf("nobody is told anything: there is no alert line. Write one into ha.cf, such as\n\n  #!hb alert mail root@localhost\n\nthen heartbeat reload, and heartbeat alerts test\n")
		return
	}
	for _, ch := range v.Channels {
		c.printf("%s: %s\n", ch.Name, channelState(ch, now))
		c.printf("  delivered %d, failed attempts %d, waiting %d, lost %d   (%s:%d)\n", ch.Delivered, ch.Failed, ch.Waiting, ch.Lost, ch.File, ch.Line)
		if ch.Last != nil && ch.Last.Output != "" {
			c.printf("  output: %s\n", strings.ReplaceAll(ch.Last.Output, "\n", "\n          "))
		}
	}
	c.printf("\n")
	if len(v.Incidents) == 0 {
		c.printf("open: nothing\n")
	}
	for _, i := range v.Incidents {
		who := "told by " + i.Teller
		if i.Teller == "" {
			who = "not told yet"
		}
		times := ""
		if i.Count > 1 {
			times = fmt.Sprintf(", %d times", i.Count)
		}
		c.printf("open: %s since %s%s, %s\n", strings.TrimSpace(i.Event+" "+i.Subject), i.Since.Local().Format("2006-01-02 15:04:05"), times, who)
	}
}

func channelState(ch alert.ChannelView, now time.Time) string {
	ago := func(t *time.Time) string { return alert.Short(now.Sub(*t).Round(time.Second)) + " ago" }
	switch ch.State {
	case "ok":
		return fmt.Sprintf("ok, last %s in %s", ago(ch.LastTry), alert.Short(ch.Last.Took))
	case "failing":
		s := fmt.Sprintf("FAILING, %s: %s", ago(ch.LastTry), ch.Last.Text)
		if ch.LastOK != nil {
			s += "; worked " + ago(ch.LastOK)
		}
		if ch.NextTry != nil && !ch.Busy {
			s += "; next attempt in " + alert.Short(max(0, ch.NextTry.Sub(now)).Round(time.Second))
		}
		return s
	}
	return "nothing was sent yet"
}

func alertsTestCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use: "test [CHANNEL]", Short: "send a test message, and say how each channel fared",
		Long: `Sends a test message on every channel, or on the one named: its name as heartbeat alerts shows it, or mail, webhook or exec. It goes before
what waits, and is not tried again.

Exit codes: 0 all delivered, 1 one failed, 4 not running, 5 no permission.`,
		Example: `  heartbeat alerts test
  heartbeat alerts test mail
  heartbeat alerts test "exec page"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return c.testAlerts(strings.Join(args, "")) },
	}
}

func (c *call) testAlerts(channel string) error {
	results, err := c.client().TestAlerts(c.ctx, channel)
	if fault, ok := errors.AsType[*api.Fault](err); ok {
		return &exit{exitNotWell, fault.Error()}
	}
	if err != nil {
		return err
	}
	bad := false
	for _, r := range results {
		word := "ok"
		if !r.Result.OK {
			word, bad = "FAILED", true
		}
		c.printf("%s: %s in %s: %s\n", r.Channel, word, alert.Short(r.Result.Took), r.Result.Text)
		if r.Result.Output != "" {
			c.printf("  output: %s\n", strings.ReplaceAll(r.Result.Output, "\n", "\n          "))
		}
	}
	if bad {
		return &exit{code: exitNotWell}
	}
	return nil
}
