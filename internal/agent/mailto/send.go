package mailto

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

// tell sends one mail and returns in words how that went.
func (a *agent) tell(ctx context.Context, what string) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	subject := fmt.Sprintf("%s %s %s %s %s", a.subject, what, a.now().Format(time.UnixDate), preposition(what), a.place.Node)
	text := a.message(subject)
	to := strings.Join(a.to, ", ")
	if program := a.sendmail(); program != "" {
		argv := append([]string{program, "-oi", "--"}, a.to...)
		r := a.place.RunWith(ctx, text, argv...)
		if r.OK() {
			return "mailed " + to
		}
		return "the mail to " + to + " was not sent, the group goes on without it: " + r.Problem(program)
	}
	if err := a.deliver(ctx, text); err != nil {
		return fmt.Sprintf("the mail to %s was not sent, the group goes on without it: there is no sendmail program, and the mail server %s: %v", to, a.server, err)
	}
	return "mailed " + to + " by " + a.server
}

func preposition(what string) string {
	if strings.HasPrefix(what, "Migrating") {
		return "from"
	}
	return "on"
}

// message is the mail with its headers; lines end as mail programs on this system want them.
func (a *agent) message(subject string) string {
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\n", name, value) }
	head("From", a.sender())
	head("To", strings.Join(a.to, ", "))
	head("Subject", mime.QEncoding.Encode("utf-8", subject))
	head("Date", a.now().Format(time.RFC1123Z))
	head("Auto-Submitted", "auto-generated") // no answers of absent people
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	b.WriteString("\n" + subject + "\n")
	if a.place.Reason != nil {
		if r := a.place.Reason(); r != "" {
			b.WriteString("Reason: " + r + "\n")
		}
	}
	return b.String()
}

func (a *agent) sender() string {
	if a.from != "" {
		return a.from
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return "root@" + host
}

// deliver hands the mail to a mail server.
func (a *agent) deliver(ctx context.Context, text string) error {
	host, _, err := net.SplitHostPort(a.server)
	if err != nil {
		return native.Fail(native.Configured, "%q is not host:port", a.server)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", a.server)
	if err != nil {
		return err
	}
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close()
		return err
	}
	defer c.Close()
	if err := c.Mail(a.sender()); err != nil {
		return err
	}
	for _, to := range a.to {
		if err := c.Rcpt(to); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// findSendmail is the program that every mail server of a distribution brings.
func findSendmail() string {
	for _, path := range []string{"/usr/sbin/sendmail", "/usr/lib/sendmail"} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	path, err := exec.LookPath("sendmail")
	if err != nil {
		return ""
	}
	return path
}
