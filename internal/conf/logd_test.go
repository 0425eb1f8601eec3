package conf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLogdCfGivesTheTargets(t *testing.T) {
	l, ps := ParseLogd("logd.cf", []byte("# comment\ndebugfile /var/log/ha-debug # more\nLogFile\t/var/log/ha-log\nlogfacility local7\nentity logger\n"+
		"syslogprefix linux-ha\nsyslogmsgfmt no\nsendqlen 512\nrecvqlen 0\nlogmode 0640\n"))
	want := Logd{File: "logd.cf", LogFile: "/var/log/ha-log", DebugFile: "/var/log/ha-debug", Facility: "local7", Entity: "logger",
		SyslogPrefix: "linux-ha", LogMode: 0o640, SendQueue: 512}
	if d := cmp.Diff(want, l); d != "" || len(ps) > 0 {
		t.Errorf("%v\n%s", ps, d)
	}
	l, ps = ParseLogd("logd.cf", nil)
	if d := cmp.Diff(defaultLogd("logd.cf"), l); d != "" || len(ps) > 0 {
		t.Errorf("without a file: %v\n%s", ps, d)
	}
}

func TestEveryMistakeOfLogdCfIsToldAtOnce(t *testing.T) {
	_, ps := ParseLogd("logd.cf", []byte("logfiel /x\nlogfacility nowhere\nuseapphbd no\nlogmode rw\nlogmode 640\nsendqlen -1\nsyslogmsgfmt perhaps\nlogfile\n"+
		"debugfile /a b\nentity "+strings.Repeat("e", 64)+"\nlogmode 0440\n"))
	for _, want := range []string{
		"logd.cf:1: Illegal directive [logfiel] in logd.cf: did you mean logfile?",
		"logd.cf:2: Log facility(nowhere) not valid: write daemon, or none",
		"logd.cf:3: Illegal directive [useapphbd] in logd.cf: the logging daemon does not register with apphbd: remove the line",
		"logd.cf:4: Invalid log mode [rw]: write: logmode 0640",
		"logd.cf:5: warning: Log mode [640] assumed to be octal: write: logmode 0640",
		"logd.cf:6: sendqlen [-1] is no number of lines from 0 to 65536: write: sendqlen 256",
		"logd.cf:7: syslogmsgfmt: Invalid directive value perhaps: write yes or no",
		"logd.cf:8: directive logfile needs a value: write a value behind it, or remove the line",
		"logd.cf:9: warning: debugfile has 2 values and only the first one counts: write one value",
		"is longer than 63 bytes and is cut",
		"logd.cf:11: Invalid log mode [0440]: the daemon itself could not write its files",
	} {
		if !strings.Contains(ps.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if len(ps) != 11 {
		t.Errorf("%d problems:\n%v", len(ps), ps)
	}
}

// The table of the messaging spec, section 2.3.
func TestUseLogdDecidesWhichTargetsAreInForce(t *testing.T) {
	const (
		none     = "No log entry found in ha.cf -- use logd"
		off      = "No log entry found in ha.cf and use_logd is set to off"
		both     = "logd is enabled but logfile/debugfile/logfacility is still configured in ha.cf"
		disabled = "Logging daemon is disabled --enabling logging daemon is recommended"
		all      = "logfile /a\ndebugfile /b\nlogfacility local0\n"
	)
	tests := []struct {
		text     string
		says     string // empty: nothing about logging
		on, fail bool
		logFile  string
	}{
		{"", none, true, false, ""},
		{"logfacility none\n", none, true, false, ""},
		{"use_logd yes\n", "", true, false, ""},
		{"use_logd no\n", off, false, true, ""},
		{"logfacility none\nuse_logd off\n", off, false, true, ""},
		{all, "", false, false, "/a"},
		{all + "use_logd no\n", disabled, false, false, "/a"},
		{all + "use_logd yes\n", both, true, false, "/a"},
		{"logfacility daemon\nuse_logd no\n", disabled, false, false, "/dev/null"},
		{"logfacility daemon\nuse_logd yes\n", "logd is enabled but logfacility is still", true, false, ""},
	}
	for _, tt := range tests {
		h, ps := ParseHaCf("ha.cf", []byte("node n1 n2\nbcast eth0 eth1\nkeepalive 1\nauto_failback off\n"+tt.text), Env{NodeName: "n1"})
		said := ""
		for _, p := range ps {
			if strings.Contains(p.Msg, "log") {
				said += p.Msg + "\n"
			}
		}
		if !strings.Contains(said, tt.says) || tt.says == "" && said != "" || strings.Count(said, "\n") > 1 {
			t.Errorf("%q says:\n%s want: %s", tt.text, said, tt.says)
		}
		if h.UseLogd != tt.on || ps.HasErrors() != tt.fail || h.LogFile != tt.logFile {
			t.Errorf("%q: use_logd %v, errors %v, logfile %q", tt.text, h.UseLogd, ps.HasErrors(), h.LogFile)
		}
		if h.UseLogd != (strings.EqualFold(h.Given["use_logd"], "yes")) {
			t.Errorf("%q: programs are told use_logd %q", tt.text, h.Given["use_logd"])
		}
	}
}

func TestABadLogdCfDoesNotKeepANodeFromStarting(t *testing.T) {
	in := Input{
		HaCf: File{"ha.cf", []byte("use_logd yes\nnode n1 n2\nbcast eth0 eth1\n")}, AuthKeys: File{"authkeys", []byte("auth 1\n1 sha1 0123456789\n")}, AuthMode: 0o600,
		Resources: File{"haresources", []byte("n1 10.0.0.1/24\n")}, Env: Env{NodeName: "n1"},
		Logd: File{"logd.cf", []byte("logfile /var/log/ha-log\nbanana split\n")},
	}
	c, ps := Parse(in)
	if ps.HasErrors() || !strings.Contains(ps.Error(), "logd.cf:2: warning: Illegal directive [banana] in logd.cf") || c.Logd.LogFile != "/var/log/ha-log" {
		t.Errorf("%+v\n%v", c.Logd, ps)
	}
	in.HaCf.Data = append(in.HaCf.Data[len("use_logd yes\n"):], "logfacility local0\n"...)
	if c, ps := Parse(in); strings.Contains(ps.Error(), "logd.cf") || c.Logd != (Logd{}) {
		t.Errorf("logd.cf was read without use_logd: %v", ps)
	}
}

func FuzzParseLogd(f *testing.F) {
	f.Add([]byte("debugfile /var/log/ha-debug\nlogfile /x\r\nlogfacility local0\nentity e\nsyslogprefix p\nsyslogmsgfmt 1\nsendqlen 1\nrecvqlen 2\nlogmode 0600\n"))
	f.Add([]byte("#\n\nlogmode ,,\nbanana"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, ps := ParseLogd("logd.cf", data)
		withinFile(t, data, ps)
		if len(l.Entity) > maxEntity || len(l.SyslogPrefix) > maxEntity || l.LogMode&^0o777 != 0 || l.SendQueue < 0 || l.RecvQueue < 0 || l.Facility == "" {
			t.Errorf("%+v", l)
		}
	})
}
