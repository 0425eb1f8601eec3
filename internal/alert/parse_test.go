package alert

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
)

// settings are alert lines of a file.
func settings(lines ...string) (out []conf.SettingLine) {
	for i, l := range lines {
		out = append(out, conf.SettingLine{File: "ha.cf", Line: i + 1, Name: "alert", Args: strings.Fields(l)})
	}
	return out
}

func TestLinesBecomeChannels(t *testing.T) {
	cfg, problems := Parse(settings(
		"mail root@localhost level error",
		"mail root",
		"mail ops@example.com via mail.example.com:587 from ha@example.com login /etc/ha.d/mail tls required name ops timeout 5",
		"mail ops@example.com via ::1", "mail ops@example.com via [2001:db8::1]:26", "mail ops@example.com via /usr/bin/msmtp",
		"webhook https://hooks.example.com:8443/T0/secret secret /etc/ha.d/hook ca /etc/ssl/ours.pem",
		"webhook http://[2001:db8::5]/x",
		"exec /etc/ha.d/alert.d/page also group.acquired,standby.*",
		"level info", "except packet.dropped heartbeat.late", "gather 0", "fold 60", "settle 30",
	))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []struct{ name, via, tls string }{
		{"mail root@localhost", "", "may"}, {"mail root", "", "may"}, {"ops", "mail.example.com:587", "required"},
		{"mail ops@example.com", "[::1]:25", "may"}, {"mail ops@example.com#2", "[2001:db8::1]:26", "may"}, {"mail ops@example.com#3", "/usr/bin/msmtp", "may"},
		{"webhook hooks.example.com:8443", "", "may"}, {"webhook [2001:db8::5]", "", "may"}, {"exec page", "", "may"},
	}
	if len(cfg.Channels) != len(want) {
		t.Fatalf("%d channels", len(cfg.Channels))
	}
	for i, w := range want {
		if c := cfg.Channels[i]; c.Name != w.name || c.Via != w.via || c.TLS != w.tls || c.Line != i+1 {
			t.Errorf("channel %d is %+v, not %+v", i, c, w)
		}
	}
	if f := cfg.Channels[0].Filter; f.Level != event.Error || len(f.Except) != 2 {
		t.Errorf("filter %+v", f)
	}
	if f := cfg.Channels[8].Filter; f.Level != event.Info || len(f.Also) != 2 {
		t.Errorf("filter %+v", f)
	}
	if cfg.Gather != 0 || cfg.Fold != time.Minute || cfg.Settle != 30*time.Second || cfg.Channels[2].Timeout != 5*time.Second {
		t.Errorf("times %+v", cfg)
	}
}

func TestMistakesAreToldWithLineAndMend(t *testing.T) {
	for line, want := range map[string]string{
		"mial root":                          "did you mean mail?",
		"mail":                               "write: alert mail root@localhost",
		"mail a@b@c":                         "no mail address",
		"mail -oQ/tmp@x":                     "no mail address",
		"mail root levle error":              "did you mean level?",
		"mail root level":                    "level\" has no value",
		"mail root level fatal":              "write info, warning or error",
		"mail root level error level info":   "said twice",
		"mail root secret /x":                "unknown option \"secret\"",
		"mail root via host:0":               "no mail server",
		"mail root via ::1:x":                "no mail server",
		"mail root tls maybe":                "write may, required or off",
		"mail root login pw":                 "not an absolute path",
		"webhook hooks.example.com/x":        "does not begin with http://",
		"webhook ftp://x/":                   "does not begin with http://",
		"webhook https://u:p@x/":             "may not hold a password",
		"webhook https://x:99999/":           "no usable port",
		"webhook https://x/ timeout 0":       "not between 1s and 10m0s",
		"exec page":                          "write the whole path, such as /etc/ha.d/alert.d/page",
		"exec /bin/page only node.daed":      "did you mean node.dead?",
		"exec /bin/page only [":              "no event is called",
		"level loud":                         "write info, warning or error",
		"level error info":                   "too many values",
		"levle error":                        "did you mean level?",
		"gather soon":                        "write seconds",
		"fold 0":                             "not between 1s and 24h0m0s",
		"only":                               "has no value",
		"":                                   "setting alert needs a value",
		"exec /bin/page name \"x":            "cannot be used",
		"except node.* lnik.dead":            "did you mean link.dead?",
		"mail root only node.dead,group.fai": "no event is called \"group.fai\"",
	} {
		cfg, problems := Parse(settings("exec /bin/right", line))
		if text := problems.Error(); !problems.HasErrors() || !strings.Contains(text, "ha.cf:2: ") || !strings.Contains(text, want) {
			t.Errorf("%q: %s, want %q", line, text, want)
		}
		if len(cfg.Channels) != 1 {
			t.Errorf("%q: %d channels; the right line must stay, and this one must not be one", line, len(cfg.Channels))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("mail root@localhost via [::1]:25 from a@b\nwebhook https://x/y secret /z\nexec /bin/true only node.*,[\nlevel info\nfold 3000")
	f.Add("mail a name b#2\nmail a name b#2\n\nonly ,,,\ngather 1ms x")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		cfg, problems := Parse(settings(lines...))
		names := map[string]bool{}
		for _, c := range cfg.Channels {
			if names[c.Name] || c.Timeout < time.Second || c.Line < 1 || c.Line > len(lines) || c.Target == "" {
				t.Errorf("channel %+v", c)
			}
			names[c.Name] = true
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(lines) || p.Fix == "" || p.Msg == "" || p.File != "ha.cf" {
				t.Errorf("problem %+v", p)
			}
		}
		again, _ := Parse(settings(lines...))
		if len(again.Channels) != len(cfg.Channels) {
			t.Error("the same lines mean something else the second time")
		}
	})
}
