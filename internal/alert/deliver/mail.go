package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"strings"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/program"
)

// sendmails are the usual places of the program that takes mail on a Unix machine.
func sendmails() []string { return []string{"/usr/sbin/sendmail", "/usr/lib/sendmail"} }

// localSMTP is where mail goes when there is neither a word about it nor a sendmail program.
const localSMTP = "localhost:25"

// mail delivers by the program or the server that the line names.
func (d *Sender) mail(ctx context.Context, c alert.Channel, m alert.Message) alert.Result {
	via := c.Via
	if via == "" || via == "sendmail" {
		found := ""
		for _, p := range sendmails() {
			if executable(p) == nil {
				found = p
				break
			}
		}
		switch {
		case found != "":
			via = found
		case via == "sendmail":
			return failed("there is no sendmail program on this machine; install one, or name a mail server: via mail.example.com")
		default:
			via = localSMTP
		}
	}
	from := c.From
	if from == "" {
		from = "heartbeat@" + d.Host
	}
	text := letter(c, m, from, d.Host)
	if strings.HasPrefix(via, "/") {
		return d.run(ctx, program.Call{Argv: []string{via, "-i", "-f", from, "--", c.Target}, Env: baseEnv(), Stdin: string(text)})
	}
	return d.smtp(ctx, c, via, from, text)
}

// letter is the message as it travels. The mails about one incident refer to each other, so that mail programs show them together.
func letter(c alert.Channel, m alert.Message, from, host string) []byte {
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	head("From", from)
	head("To", c.Target)
	head("Subject", mime.QEncoding.Encode("utf-8", m.Headline()))
	head("Date", m.At.Format(time.RFC1123Z))
	head("Message-ID", "<"+m.ID+"@"+host+">")
	head("References", fmt.Sprintf("<%x.%d@heartbeat>", m.Incident, m.Since.UnixNano()))
	head("Auto-Submitted", "auto-generated")
	head("X-Heartbeat-Incident", mime.QEncoding.Encode("utf-8", m.Incident))
	head("X-Heartbeat-State", m.State)
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(strings.ReplaceAll(m.Body(), "\n", "\r\n"))) // into memory
	_ = q.Close()
	return b.Bytes()
}

// smtp speaks to a mail server. With tls may a certificate is not looked at, as between mail servers: without it the mail would
// travel in the clear. With required it must be good.
func (d *Sender) smtp(ctx context.Context, c alert.Channel, via, from string, text []byte) alert.Result {
	host, _, _ := net.SplitHostPort(via)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", via)
	if err != nil {
		return failed(fmt.Sprintf("no connection to mail server %s: %v", via, plain(err)))
	}
	defer conn.Close()
	if limit, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(limit) // a socket takes it
	}
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) { // the time limit is the connection's own
			conn.Close()
		}
	})()
	s, err := smtp.NewClient(conn, host)
	if err == nil {
		err = s.Hello(d.Host)
	}
	if err == nil {
		err = d.secure(s, c, host)
	}
	if err == nil {
		err = s.Mail(from)
	}
	if err == nil {
		err = s.Rcpt(c.Target)
	}
	if err == nil {
		err = body(s, text)
	}
	if err != nil {
		return smtpFailed(via, err)
	}
	_ = s.Quit() // the mail is accepted
	return alert.Result{OK: true, Text: "accepted by " + via, Code: 250}
}

func body(s *smtp.Client, text []byte) error {
	w, err := s.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

// secure encrypts the connection and signs on, as far as line and server want it.
func (d *Sender) secure(s *smtp.Client, c alert.Channel, host string) error {
	offered, _ := s.Extension("STARTTLS")
	if c.TLS == "required" && !offered {
		return errors.New("it offers no STARTTLS, and the line says tls required")
	}
	if offered && c.TLS != "off" {
		if err := s.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.TLS != "required"}); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if c.Login == "" {
		return nil
	}
	data, err := os.ReadFile(c.Login)
	if err != nil {
		return fmt.Errorf("reading the password: %w", err)
	}
	user, password, ok := strings.Cut(strings.TrimSpace(string(data)), ":")
	if !ok {
		return fmt.Errorf("%s does not hold USER:PASSWORD", c.Login)
	}
	return s.Auth(smtp.PlainAuth("", user, password, host))
}

func smtpFailed(via string, err error) alert.Result {
	r := failed(fmt.Sprintf("mail server %s: %v", via, plain(err)))
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		r.Code, r.Permanent = said.Code, said.Code >= 500
	}
	return r
}
