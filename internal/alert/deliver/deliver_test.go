package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/program"
	"heartbeat/internal/testenv"
)

func channels(t *testing.T, lines ...string) alert.Config {
	t.Helper()
	var list []conf.SettingLine
	for i, l := range lines {
		list = append(list, conf.SettingLine{File: "ha.cf", Line: i + 1, Name: "alert", Args: strings.Fields(l)})
	}
	cfg, problems := alert.Parse(list)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	cfg.Self, cfg.Cluster = "n1", "c"
	return cfg
}

func script(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestMailGoesThroughASendmailProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "mail")
	program := script(t, `{ echo "$@"; cat; } >`+out)
	d := &Sender{Host: "n1"}
	if r := d.Send(t.Context(), channel(t, "mail root from ha@example.com via "+program), sample); !r.OK {
		t.Fatalf("%+v", r)
	}
	got, _ := os.ReadFile(out)
	if !strings.HasPrefix(string(got), "-i -f ha@example.com -- root\nFrom: ha@example.com\r\nTo: root\r\nSubject: ") {
		t.Errorf("the program was given %q", got)
	}
}

func TestWebhookIsGivenSignedJSON(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(secret, []byte("hush\n"), 0o600)
	type request struct {
		head http.Header
		body []byte
	}
	got := make(chan request, 10)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header, body}
		w.WriteHeader(http.StatusAccepted)
	})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // must not be used
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	d := &Sender{Host: "n1", Version: "9"}
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("%s: %v", at, err)
			continue
		}
		s := httptest.NewUnstartedServer(handler)
		s.Listener.Close()
		s.Listener = l
		s.Start()
		defer s.Close()
		if r := d.Send(t.Context(), channel(t, "webhook "+s.URL+"/hook secret "+secret), sample); !r.OK || r.Code != 202 {
			t.Fatalf("%s: %+v", at, r)
		}
		req := <-got
		var m alert.Message
		if err := json.Unmarshal(req.body, &m); err != nil || m.ID != sample.ID || m.Text != sample.Text || !m.Since.Equal(sample.Since) || m.Schema != alert.Schema {
			t.Errorf("body %s: %v", req.body, err)
		}
		mac := hmac.New(sha256.New, []byte("hush"))
		mac.Write([]byte(req.head.Get("X-Heartbeat-Timestamp") + "." + string(req.body)))
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); req.head.Get("X-Heartbeat-Signature") != want {
			t.Errorf("signature %q, want %q", req.head.Get("X-Heartbeat-Signature"), want)
		}
		if req.head.Get("User-Agent") != "heartbeat/9" || req.head.Get("Idempotency-Key") != sample.ID || req.head.Get("X-Heartbeat-Schema") != "1" {
			t.Errorf("headers %v", req.head)
		}
	}
}

func TestWebhookAnswersAreUnderstood(t *testing.T) {
	config, ca := certificate(t)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	secure.TLS = config
	secure.StartTLS()
	defer secure.Close()
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/hang":
			<-hang
		case "/gone":
			http.Error(w, "no such hook", http.StatusNotFound)
		case "/slow":
			http.Error(w, "slower", http.StatusTooManyRequests)
		default:
			http.Error(w, "oops", http.StatusBadGateway)
		}
	}))
	defer s.Close()
	defer close(hang)
	d := &Sender{Host: "n1"}
	for line, want := range map[string]struct {
		ok, permanent bool
		code          int
		text          string
	}{
		s.URL + "/gone":           {false, true, 404, "answered 404 Not Found"},
		s.URL + "/slow":           {false, false, 429, "answered 429"},
		s.URL + "/broken":         {false, false, 502, "answered 502"},
		s.URL + "/moved":          {false, false, 0, "write that one"},
		s.URL + "/hang timeout 1": {false, false, 0, "no answer within the time limit"},
		secure.URL + "/":          {false, false, 0, "certificate"},
		secure.URL + "/ ca " + ca: {true, false, 200, "answered 200"},
		"http://127.0.0.1:1/x":    {false, false, 0, "refused"},
	} {
		r := d.Send(t.Context(), channel(t, "webhook "+line), sample)
		if r.OK != want.ok || r.Permanent != want.permanent || r.Code != want.code || !strings.Contains(r.Text, want.text) {
			t.Errorf("%s: %+v, want %+v", line, r, want)
		}
	}
}

func TestProgramIsGivenTheMessageAndJudgedByItsExitCode(t *testing.T) {
	d := &Sender{Host: "n1"}
	run := func(text, more string) alert.Result {
		return d.Send(t.Context(), channel(t, "exec "+script(t, text)+more), sample)
	}
	r := run(`echo "$1 $HB_ALERT_STATE $HB_ALERT_LEVEL $HB_ALERT_EVENT $HB_ALERT_SUBJECT $HB_ALERT_NODE $HB_ALERT_CLUSTER $HB_ALERT_INCIDENT $HB_ALERT_COUNT $HB_ALERT_SINCE $(pwd)"; cat`, "")
	if !r.OK || !strings.HasPrefix(r.Output, "alarm alarm warning node.dead n2 n1 c c:node.dead:n2 1 2026-11-21T13:04:06Z /\n[c] ALARM: n2: A node is dead\n\n13:04:06.000") {
		t.Errorf("%+v", r)
	}
	if r := run("echo no modem >&2; exit 3", ""); r.OK || !r.Permanent || r.Code != 3 || r.Output != "no modem" || !strings.Contains(r.Text, "exit status 3") {
		t.Errorf("failed: %+v", r)
	}
	if r := run("exit 75", ""); r.OK || r.Permanent || !strings.Contains(r.Text, "asks to be run again later") {
		t.Errorf("put off: %+v", r)
	}
	if r := run("echo before; trap '' TERM; sleep 1000 & wait; sleep 1000", " timeout 1"); r.OK || !strings.Contains(r.Text, "ran into its time limit") || r.Output != "before" {
		t.Errorf("hung: %+v", r)
	}
	if r := run("sleep 1000 & echo $!", ""); !r.OK {
		t.Errorf("left a child behind: %+v", r)
	} else {
		kill(t, r.Output)
	}
	if r := run("yes | head -c 100000", ""); !r.OK || len(r.Output) > program.Keep {
		t.Errorf("talks much: %d bytes, %v", len(r.Output), r.OK)
	}
	if r := d.Send(t.Context(), channel(t, "exec /nowhere/page"), sample); r.OK || !strings.Contains(r.Text, "/nowhere/page does not exist") {
		t.Errorf("missing: %+v", r)
	}
}

func kill(t *testing.T, pid string) {
	t.Helper()
	d := &Sender{}
	if r := d.run(context.Background(), program.Call{Argv: []string{"/bin/kill", pid}}); !r.OK {
		t.Errorf("ending the child: %+v", r)
	}
}

func TestCheckNamesWhatIsMissingOnThisMachine(t *testing.T) {
	dir := t.TempDir()
	open, empty, dull := filepath.Join(dir, "open"), filepath.Join(dir, "empty"), filepath.Join(dir, "dull")
	os.WriteFile(open, []byte("x"), 0o644)
	os.WriteFile(empty, nil, 0o600)
	os.WriteFile(dull, []byte("#!/bin/sh\n"), 0o644)
	got := Check(channels(t, "exec /nowhere/page", "exec "+dull, "webhook http://x/ secret "+open, "webhook http://x/ secret "+empty, "webhook http://x/ ca "+open,
		"mail root via /nowhere/sendmail login /nowhere/login", "exec /bin/true")).Error()
	for _, want := range []string{"ha.cf:1: warning: alert exec: /nowhere/page does not exist", "ha.cf:2: warning: alert exec: dull is not executable; run chmod +x", "ha.cf:3: warning: alert webhook: " + open + " can be read by others",
		"chmod 600 " + open, "ha.cf:4: warning: alert webhook: " + empty + " is empty", "ha.cf:5: warning: alert webhook: " + open + " holds no certificate",
		"ha.cf:6: warning: alert mail: /nowhere/sendmail does not exist", "ha.cf:6: warning: alert mail: stat /nowhere/login"} {
		if !strings.Contains(got, want) {
			t.Errorf("check does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, ":7:") {
		t.Errorf("check complains of a good line:\n%s", got)
	}
}

// bureau is a running service.
type bureau struct {
	*Service
	events notes
	stop   context.CancelFunc
	ended  chan struct{}
	file   string
}

func open(t *testing.T, file string, lines ...string) *bureau {
	t.Helper()
	b := &bureau{ended: make(chan struct{}), file: file}
	cfg := channels(t, append(lines, "gather 0", "settle 0")...)
	b.Service = New(Config{Alerts: cfg, File: file, Sender: Sender{Host: "n1"}, Log: slog.New(slog.DiscardHandler), Peers: func() []string { return []string{"n1"} },
		Running: func() []string { return nil }, Record: func(e event.Event) { b.events.add(e.Kind.Name + " " + e.Subject); b.happens(e) }})
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	go func() { b.Run(ctx); close(b.ended) }()
	t.Cleanup(b.close)
	return b
}

func (b *bureau) close() { b.stop(); <-b.ended }

func (b *bureau) happens(e event.Event) {
	b.Offer(event.Record{ID: 1, At: time.Now(), Node: "n1", Event: e})
}

func TestProgramsRunOneAfterTheOtherInOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	b := open(t, "", "exec "+script(t, `echo "begin $HB_ALERT_SUBJECT" >>`+out+`; sleep 0.02; echo "end $HB_ALERT_SUBJECT" >>`+out))
	var want strings.Builder
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		b.happens(event.Event{Kind: event.NodeRestarted, Subject: n, Text: "x"})
		want.WriteString("begin " + n + "\nend " + n + "\n")
	}
	testenv.Until(t, "six runs in order", func() bool { got, _ := os.ReadFile(out); return string(got) == want.String() })
	v := b.View(t.Context())
	if c := v.Channels[0]; c.Last == nil || c.Last.Took <= 0 || !c.Last.OK {
		t.Errorf("%+v", c)
	}
}

func TestWhatWaitsIsToldAfterARestart(t *testing.T) {
	dir := t.TempDir()
	out, mended, file := filepath.Join(dir, "out"), filepath.Join(dir, "mended"), filepath.Join(dir, "alerts.json")
	line := "exec " + script(t, "[ -e "+mended+" ] || exit 75\necho $HB_ALERT_STATE $HB_ALERT_SUBJECT >>"+out)
	b := open(t, file, line)
	b.happens(event.Event{Kind: event.NodeDead, Subject: "n2", Text: "x"})
	testenv.Until(t, "a failed attempt", func() bool { return b.View(t.Context()).Channels[0].Failed > 0 })
	b.close()
	os.WriteFile(mended, nil, 0o644)
	b = open(t, file, line)
	b.happens(event.Event{Kind: event.NodeUp, Subject: "n2", Text: "x"})
	testenv.Until(t, "alarm and all-clear", func() bool { got, _ := os.ReadFile(out); return string(got) == "alarm n2\nclear n2\n" })
	os.WriteFile(file, []byte(`{"schema":1,"incidents":[{"inci`), 0o600)
	b.close()
	os.WriteFile(file, []byte(`{"schema":1,"incidents":[{"inci`), 0o600)
	b = open(t, file, line) // a torn file is no reason to be silent
	b.happens(event.Event{Kind: event.NodeDead, Subject: "n3", Text: "x"})
	testenv.Until(t, "an alarm of the third life", func() bool { got, _ := os.ReadFile(out); return strings.HasSuffix(string(got), "alarm n3\n") })
}

func TestTestTellsHowEachChannelFared(t *testing.T) {
	p := newPost(t, "127.0.0.1:0", nil)
	b := open(t, "", "mail root via "+p.address, "exec "+script(t, "echo broken; exit 9"), "webhook http://127.0.0.1:1/")
	got, err := b.Test(t.Context(), "")
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	by := map[string]alert.Result{}
	for _, r := range got {
		by[r.Channel] = r.Result
	}
	if r := by["mail root"]; !r.OK || !strings.Contains((<-p.mails).text, "Nothing is wrong.") {
		t.Errorf("mail: %+v", r)
	}
	if r := by["exec program"]; r.OK || r.Code != 9 || r.Output != "broken" {
		t.Errorf("exec: %+v", r)
	}
	if r := by["webhook 127.0.0.1:1"]; r.OK || r.Text == "" {
		t.Errorf("webhook: %+v", r)
	}
	if got, err := b.Test(t.Context(), "exec"); err != nil || len(got) != 1 || got[0].Channel != "exec program" {
		t.Errorf("one channel by its kind: %+v %v", got, err)
	}
	if got, err := b.Test(t.Context(), "nobody"); err != nil || len(got) != 0 {
		t.Errorf("no channel: %+v %v", got, err)
	}
	b.Configure(channels(t))
	testenv.Until(t, "the channels are gone", func() bool { return len(b.View(t.Context()).Channels) == 0 })
}

// TestOfferNeverWaits holds although nobody takes anything, and what found no room is told.
func TestOfferNeverWaits(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	cfg := channels(t, "exec "+script(t, "cat >>"+out), "gather 0")
	s := New(Config{Alerts: cfg, Sender: Sender{Host: "n1"}, Log: slog.New(slog.DiscardHandler), Record: func(event.Event) {}, Peers: func() []string { return nil }, Running: func() []string { return nil }})
	for range room + 70 {
		s.Offer(event.Record{At: time.Now(), Node: "n1", Event: event.Event{Kind: event.PacketDropped, Subject: "x", Text: "y"}})
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	testenv.Until(t, "the loss is told", func() bool {
		got, _ := os.ReadFile(out)
		return strings.Contains(string(got), "70 messages to exec program were lost")
	})
}
