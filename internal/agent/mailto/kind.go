package mailto

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

// patience is how long a mail may keep a group waiting.
const patience = 10 * time.Second

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "MailTo", Usage: "ADDRESS[,ADDRESS...] [SUBJECT]", Short: "mails when its group comes and when it goes",
		Long: "Sends a mail when the group is started here and when it is stopped here, by the sendmail program or, without one, to a mail server. What goes wrong with the mail does not fail the group.",
		Params: []native.Param{
			{Name: "email", Short: "mail addresses, separated by commas", Required: true},
			{Name: "subject", Short: "begin of the subject", Default: "Resource Group"},
			{Name: "smtp", Short: "mail server, host:port, where there is no sendmail program", Default: "localhost:25", Named: true},
			{Name: "from", Short: "sender of the mail; default: root at this machine", Named: true},
		},
		Limits: native.Limits{Start: 30 * time.Second, Stop: 30 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		a := &agent{subject: k.Get(v, "subject"), server: k.Get(v, "smtp"), from: v["from"], place: p, now: time.Now,
			sendmail: findSendmail, flag: p.Flag("MailTo_" + p.Instance)}
		for to := range strings.SplitSeq(v["email"], ",") {
			if to = strings.TrimSpace(to); to == "" {
				continue
			}
			// A local name (root) is fine for a mail program; a line break or a blank would be a header of its own.
			if strings.ContainsAny(to, " \t\r\n<>\"") || strings.HasPrefix(to, "-") {
				return nil, native.Fail(native.Configured, "%q is not a mail address", to)
			}
			if strings.Contains(to, "@") {
				if _, err := mail.ParseAddress(to); err != nil {
					return nil, native.Fail(native.Configured, "%q is not a mail address: %v", to, err)
				}
			}
			a.to = append(a.to, to)
		}
		if len(a.to) == 0 {
			return nil, native.Fail(native.Configured, "at least one mail address has to be given")
		}
		if strings.ContainsAny(a.subject, "\r\n") {
			return nil, native.Fail(native.Configured, "the subject has more than one line")
		}
		return a, nil
	}
	return k
}

type agent struct {
	to                    []string
	subject, server, from string
	place                 native.Place
	flag                  native.Flag
	now                   func() time.Time
	sendmail              func() string // path of the program; empty: none
}

func (a *agent) Start(ctx context.Context) (string, error) {
	if a.flag.Up() {
		return "mailed already", nil
	}
	said := a.tell(ctx, "Takeover in progress at")
	return said, a.flag.Raise()
}

func (a *agent) Stop(ctx context.Context) (string, error) {
	if !a.flag.Up() {
		return "stopped", nil
	}
	said := a.tell(ctx, "Migrating resource away at")
	return said, a.flag.Lower()
}

func (a *agent) Status(context.Context) (string, error) {
	if a.flag.Up() {
		return "running", nil
	}
	return "", native.Stopped("stopped")
}
