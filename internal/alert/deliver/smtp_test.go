package deliver

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/alert"
)

// post is a mail server that keeps what it is given.
type post struct {
	address string
	tls     *tls.Config // nil: no STARTTLS
	refuse  string      // answer to RCPT instead of 250
	mails   chan letterIn
}

type letterIn struct {
	from, to, auth string
	encrypted      bool
	text           string
}

func newPost(t *testing.T, at string, setup func(*post)) *post {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Skipf("no address %s here: %v", at, err)
	}
	t.Cleanup(func() { l.Close() })
	p := &post{address: l.Addr().String(), mails: make(chan letterIn, 100)}
	if setup != nil {
		setup(p)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *post) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 post ready")
	var l letterIn
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch word := strings.ToUpper(strings.Fields(line + " x")[0]); word {
		case "EHLO":
			if p.tls != nil && !l.encrypted {
				say("250-post\r\n250 STARTTLS")
			} else {
				say("250-post\r\n250 AUTH PLAIN")
			}
		case "STARTTLS":
			say("220 go on")
			secure := tls.Server(conn, p.tls)
			if secure.Handshake() != nil {
				return
			}
			conn, in, l.encrypted = secure, bufio.NewReader(secure), true
		case "AUTH":
			l.auth = line
			say("235 welcome")
		case "MAIL":
			l.from = line
			say("250 ok")
		case "RCPT":
			if l.to = line; p.refuse != "" {
				say(p.refuse)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b bytes.Buffer
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			l.text = b.String()
			p.mails <- l
			say("250 accepted")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("500 what?")
		}
	}
}

// certificate makes one for localhost, in a pool file and as a server has it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func channel(t *testing.T, line string) alert.Channel {
	t.Helper()
	return channels(t, line).Channels[0]
}

var sample = alert.Message{Schema: 1, ID: "n1-1-1", Incident: "c:node.dead:n2", State: alert.Alarm, Level: "warning", Cluster: "c", Node: "n1", Event: "node.dead",
	Subject: "n2", At: time.Date(2026, 11, 21, 13, 4, 11, 0, time.UTC), Since: time.Date(2026, 11, 21, 13, 4, 6, 0, time.UTC), Count: 1,
	Title: "A node is dead", Text: "13:04:06.000 n1: n2 ist tot: 30 s Stille – überall\n.\n13:04:07.000 n1: web runs", Meaning: "m", Action: "find out why"}

func TestMailReachesAServer(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		p := newPost(t, at, nil)
		d := &Sender{Host: "n1", Version: "test"}
		r := d.Send(t.Context(), channel(t, "mail root@localhost via "+p.address), sample)
		if !r.OK || r.Code != 250 || r.Took <= 0 {
			t.Fatalf("%s: %+v", at, r)
		}
		in := <-p.mails
		if in.encrypted || !strings.Contains(in.from, "<heartbeat@n1>") || !strings.Contains(in.to, "<root@localhost>") {
			t.Errorf("envelope %+v", in)
		}
		m, err := mail.ReadMessage(strings.NewReader(in.text))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "[c] ALARM: n2: A node is dead" {
			t.Errorf("subject %q %v", subject, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || !strings.Contains(string(text), "Stille – überall\r\n.\r\n13:04:07.000 n1: web runs") || !strings.Contains(string(text), "to do:    find out why") {
			t.Errorf("text %q %v", text, err)
		}
		if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") != "<n1-1-1@n1>" || m.Header.Get("X-Heartbeat-Incident") != "c:node.dead:n2" {
			t.Errorf("headers %v", m.Header)
		}
	}
}

func TestMailIsEncryptedWhenTheServerOffersIt(t *testing.T) {
	config, _ := certificate(t)
	p := newPost(t, "127.0.0.1:0", func(p *post) { p.tls = config })
	pass := filepath.Join(t.TempDir(), "login")
	os.WriteFile(pass, []byte("user:secret\n"), 0o600)
	d := &Sender{Host: "n1"}
	if r := d.Send(t.Context(), channel(t, "mail root@localhost via "+p.address+" login "+pass), sample); !r.OK {
		t.Fatalf("%+v", r)
	}
	if in := <-p.mails; !in.encrypted || !strings.HasPrefix(in.auth, "AUTH PLAIN AHVzZXIAc2VjcmV0") {
		t.Errorf("envelope %+v", in)
	}
	r := d.Send(t.Context(), channel(t, "mail root@localhost tls required via "+p.address), sample)
	if r.OK || !strings.Contains(r.Text, "STARTTLS") || !strings.Contains(r.Text, "certificate") {
		t.Errorf("a certificate of nobody is accepted although the line says required: %+v", r)
	}
	plainly := newPost(t, "127.0.0.1:0", nil)
	if r := d.Send(t.Context(), channel(t, "mail root@localhost tls required via "+plainly.address), sample); r.OK || !strings.Contains(r.Text, "offers no STARTTLS") {
		t.Errorf("mail goes in the clear although the line says required: %+v", r)
	}
}

func TestMailServerThatRefusesOrIsSilentIsAnError(t *testing.T) {
	d := &Sender{Host: "n1"}
	p := newPost(t, "127.0.0.1:0", func(p *post) { p.refuse = "550 no such user" })
	if r := d.Send(t.Context(), channel(t, "mail nobody@x via "+p.address), sample); r.OK || !r.Permanent || r.Code != 550 || !strings.Contains(r.Text, "no such user") {
		t.Errorf("refused: %+v", r)
	}
	p = newPost(t, "127.0.0.1:0", func(p *post) { p.refuse = "451 later" })
	if r := d.Send(t.Context(), channel(t, "mail nobody@x via "+p.address), sample); r.OK || r.Permanent || r.Code != 451 {
		t.Errorf("put off: %+v", r)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if r := d.Send(t.Context(), channel(t, "mail x@x timeout 1 via "+silent.Addr().String()), sample); r.OK || r.Permanent || !strings.Contains(r.Text, "no answer within the time limit") {
		t.Errorf("silent: %+v", r)
	}
	silent.Close()
	if r := d.Send(t.Context(), channel(t, "mail x@x via "+silent.Addr().String()), sample); r.OK || r.Permanent || !strings.Contains(r.Text, "refused") {
		t.Errorf("closed: %+v", r)
	}
}

// notes is a place for what several goroutines saw.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) add(s string) { n.mu.Lock(); n.list = append(n.list, s); n.mu.Unlock() }
