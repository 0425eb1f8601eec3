package mailto

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/agent/native"
)

func place(t *testing.T) native.Place {
	return native.Place{Instance: "m", Node: "node1", Flags: t.TempDir(), Reason: func() string { return "peer-dead" }}
}

func made(t *testing.T, v native.Values, p native.Place) *agent {
	t.Helper()
	k := Kind()
	got, err := k.New(v, p)
	if err != nil {
		t.Fatal(err)
	}
	return got.(*agent)
}

func TestMailIsHandedToTheSendmailProgram(t *testing.T) {
	p := place(t)
	var sent, argv string
	p.RunWith = func(_ context.Context, stdin string, args ...string) native.Reply {
		sent, argv = stdin, strings.Join(args, " ")
		return native.Reply{}
	}
	a := made(t, native.Values{"email": "root,ops@example.org", "subject": "Datenbank ü"}, p)
	a.sendmail = func() string { return "/usr/sbin/sendmail" }
	if _, err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if argv != "/usr/sbin/sendmail -oi -- root ops@example.org" {
		t.Errorf("called %s", argv)
	}
	for _, want := range []string{"To: root, ops@example.org\n", "Subject: =?utf-8?q?Datenbank_=C3=BC", "Takeover in progress at", " on node1\n", "Reason: peer-dead"} {
		if !strings.Contains(sent, want) {
			t.Errorf("the mail has no %q:\n%s", want, sent)
		}
	}
	if _, err := a.Status(t.Context()); err != nil {
		t.Errorf("after a start: %v", err)
	}
	sent = ""
	if _, err := a.Start(t.Context()); err != nil || sent != "" {
		t.Errorf("a second start mailed again: %v %q", err, sent)
	}
	if _, err := a.Stop(t.Context()); err != nil || !strings.Contains(sent, "Migrating resource away at") {
		t.Errorf("stop: %v, sent %q", err, sent)
	}
	if _, err := a.Status(t.Context()); native.CodeOf(err) != native.NotRunning {
		t.Errorf("after a stop: %v", err)
	}
}

// smtpServer takes one mail and returns it.
func smtpServer(t *testing.T) (addr string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	mail := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		say := func(s string) { _, _ = conn.Write([]byte(s + "\r\n")) }
		say("220 here")
		in, text, data := bufio.NewScanner(conn), "", false
		for in.Scan() {
			line := in.Text()
			switch {
			case data && line == ".":
				data = false
				mail <- text
				say("250 taken")
			case data:
				text += line + "\n"
			case strings.HasPrefix(line, "DATA"):
				data = true
				say("354 go on")
			case strings.HasPrefix(line, "QUIT"):
				say("221 bye")
				return
			default:
				text += line + "\n"
				say("250 ok")
			}
		}
	}()
	return l.Addr().String(), mail
}

func TestWithoutAProgramMailGoesToTheServer(t *testing.T) {
	addr, got := smtpServer(t)
	a := made(t, native.Values{"email": "ops@example.org", "smtp": addr, "from": "ha@example.org"}, place(t))
	a.sendmail = func() string { return "" }
	said, err := a.Start(t.Context())
	if err != nil || !strings.Contains(said, "by "+addr) {
		t.Fatalf("%q, %v", said, err)
	}
	select {
	case mail := <-got:
		for _, want := range []string{"MAIL FROM:<ha@example.org>", "RCPT TO:<ops@example.org>", "Subject: Resource Group Takeover in progress"} {
			if !strings.Contains(mail, want) {
				t.Errorf("no %q in\n%s", want, mail)
			}
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no mail arrived")
	}
}

func TestAMailThatCannotBeSentDoesNotFailTheGroup(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // nobody listens there now
	a := made(t, native.Values{"email": "ops@example.org", "smtp": addr}, place(t))
	a.sendmail = func() string { return "" }
	said, err := a.Start(t.Context())
	if err != nil || !strings.Contains(said, "goes on without it") {
		t.Errorf("start: %q, %v", said, err)
	}
	if _, err := a.Status(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAddressesThatWouldBecomeHeadersOrOptionsAreRefused(t *testing.T) {
	k := Kind()
	for _, bad := range []string{"", ",", "a b", "-t", "a@b\nBcc: c@d", "@"} {
		if _, err := k.New(native.Values{"email": bad}, place(t)); native.CodeOf(err) != native.Configured {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
