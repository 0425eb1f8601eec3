package applet

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/testenv"
)

// The scripts of Debian's heartbeat package and ours say the same about wrong usage.
func TestUsageIsThatOfTheClassicScripts(t *testing.T) {
	s := newScript(t)
	for _, name := range []string{"hb_standby", "hb_takeover"} {
		classic := filepath.Join("/usr/share/heartbeat", name)
		_, err := os.Stat(classic)
		testenv.Need(t, classic, err == nil, "apt-get install heartbeat")
		for _, args := range [][]string{{"bogus"}, {"all", "local"}} {
			theirs, _ := exec.CommandContext(s.ctx, classic, args...).CombinedOutput()
			c, out, errs := s.command(append([]string{name}, args...))
			if err := c.Run(); err == nil || c.ProcessState.ExitCode() != 1 {
				t.Errorf("%s %v: %v", name, args, err)
			}
			if want := strings.ReplaceAll(string(theirs), classic, name); out.String()+errs.String() != want {
				t.Errorf("%s %v:\n%s%s\nwant:\n%s", name, args, out, errs, want)
			}
		}
	}
}

// Their usage line and exit code too, for those that change the list of nodes.
func TestUsageOfTheRosterScriptsIsTheClassicOne(t *testing.T) {
	s := newScript(t)
	for _, name := range []string{"hb_addnode", "hb_delnode", "hb_setweight", "hb_setsite"} {
		classic := filepath.Join("/usr/share/heartbeat", name)
		_, err := os.Stat(classic)
		testenv.Need(t, classic, err == nil, "apt-get install heartbeat")
		for _, args := range [][]string{nil, {"--help"}} {
			theirs, _ := exec.CommandContext(s.ctx, classic, args...).CombinedOutput()
			c, out, errs := s.command(append([]string{name}, args...))
			if err := c.Run(); err == nil || c.ProcessState.ExitCode() != 1 {
				t.Errorf("%s %v: %v", name, args, err)
			}
			if got := out.String() + errs.String(); !strings.HasPrefix(got, string(theirs)) || args == nil && got != string(theirs) {
				t.Errorf("%s %v:\n%s\nwant:\n%s", name, args, got, theirs)
			}
		}
	}
}

func TestGetoptReadsAsTheCFunction(t *testing.T) {
	for _, tt := range []struct {
		args, options, rest, err string
	}{
		{"-dv -f", "d v f", "", ""},
		{"-Cnone x", "C=none", "x", ""},
		{"-RC all", "R C=all", "", ""},
		{"node1 -d", "d", "node1", ""},
		{"-d -- -v", "d", "-v", ""},
		{"- -d", "d", "-", ""},
		{"-dZ", "d", "", "p: invalid option -- 'Z'"},
		{"-C", "", "", "p: option requires an argument -- 'C'"},
		{"-:", "", "", "p: invalid option -- ':'"},
	} {
		found, rest, err := getopt("p", daemonTable, strings.Fields(tt.args))
		var got []string
		for _, o := range found {
			word := string(o.letter)
			if o.value != "" {
				word += "=" + o.value
			}
			got = append(got, word)
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		if strings.Join(got, " ") != tt.options || strings.Join(rest, " ") != tt.rest || text != tt.err {
			t.Errorf("%q: got %q, %q, %q", tt.args, got, rest, text)
		}
	}
}

func FuzzGetopt(f *testing.F) {
	f.Add("-dv -Cnone -- x")
	f.Add("-C")
	f.Fuzz(func(t *testing.T, line string) {
		found, _, _ := getopt("p", daemonTable, strings.Fields(line))
		for _, o := range found {
			if !strings.ContainsRune(daemonTable, rune(o.letter)) || (o.letter == 'C') != (o.value != "") {
				t.Errorf("%q: %+v", line, o)
			}
		}
	})
}

func TestStatusCodeTellsScriptsHowItIs(t *testing.T) {
	up := node.GroupStatus{Owner: "node2", State: "stopped"}
	for name, tt := range map[string]struct {
		s    node.Status
		want int
	}{
		"well":           {node.Status{State: "running", Protected: true, Groups: []node.GroupStatus{up}}, exitOK},
		"alone":          {node.Status{State: "running", Groups: []node.GroupStatus{up}}, exitNotWell},
		"waiting":        {node.Status{State: "running", Waiting: "for node2", Groups: []node.GroupStatus{{State: "stopped"}}}, exitNotWell},
		"nowhere":        {node.Status{State: "running", Protected: true, Groups: []node.GroupStatus{up, {State: "stopped"}}}, exitRefused},
		"on its way":     {node.Status{Node: "node1", State: "running", Protected: true, Groups: []node.GroupStatus{{Owner: "node1", State: "starting"}}}, exitNotWell},
		"trying again":   {node.Status{Node: "node1", State: "running", Protected: true, Groups: []node.GroupStatus{{Owner: "node1", State: "starting", Failure: "x"}}}, exitRefused},
		"blocked":        {node.Status{Node: "node1", State: "running", Protected: true, Groups: []node.GroupStatus{{Owner: "node1", State: "blocked"}}}, exitRefused},
		"failed, but up": {node.Status{Node: "node1", State: "running", Protected: true, Groups: []node.GroupStatus{{Owner: "node2", State: "failed"}}}, exitNotWell},
		"attention":      {node.Status{State: "running", Protected: true, Attention: []string{"x"}}, exitNotWell},
	} {
		if got := statusCode(tt.s); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func TestSinceReadsDurationsAndTimes(t *testing.T) {
	now := time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"10m": "2026-11-21 12:50:00", "2d": "2026-11-19 13:00:00", "12:30": "2026-11-21 12:30:00",
		"2026-11-20": "2026-11-20 00:00:00", "2026-11-20 08:01": "2026-11-20 08:01:00", "": "0001-01-01 00:00:00",
	} {
		got, err := sinceWhen(in, now)
		if err != nil || got.Format("2006-01-02 15:04:05") != want {
			t.Errorf("since %q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"yesterday", "-5m", "25:00", "d"} {
		if _, err := sinceWhen(in, now); err == nil {
			t.Errorf("since %q was accepted", in)
		}
	}
}

func TestCausesThatGoInCirclesEnd(t *testing.T) {
	p := &eventPrinter{chains: map[string][]string{}}
	for range 3 {
		p.remember(api.Event{Event: "group.failed", Subject: "web", Cause: "group.acquire web"})
		p.remember(api.Event{Event: "group.acquire", Subject: "web", Cause: "group.failed web"})
	}
	if got := p.chain(api.Event{Event: "group.acquire", Subject: "web"}); got != "group.acquire web <- group.failed web" {
		t.Errorf("chain: %s", got)
	}
}
