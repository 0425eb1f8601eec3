package conf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func someAccounts() Accounts {
	return Accounts{
		User: func(name string) (int, int, bool) {
			id, ok := map[string]int{"root": 0, "alanr": 500, "_apache2-x": 33}[name]
			return id, id, ok
		},
		Group: func(name string) (int, bool) {
			id, ok := map[string]int{"root": 0, "users": 500, "wheel": 10, "_apache2-x": 33}[name]
			return id, ok
		},
	}
}

func TestBothFormsOfARecovery(t *testing.T) {
	rs, ps := ParseRecovery("r.conf", []byte(`# sample
alanr:users /home/alanr/bin/alanrs-service
{
 APPHB_HUP 	= "restart it"   # now
 APPHB_NOHB = i
 APPHB_HBAGAIN
}
_apache2-x:_apache2-x /x/web { APPHB_HBWARN="i" APPHB_HBUNREG = "Application {Unregistered}" }
recover db on nohb,hup run /usr/sbin/mend "now # please" as root
recover log on APPHB_HBAGAIN , hbwarn run /usr/sbin/mend as root
`), someAccounts())
	want := []Recovery{
		{App: "alanrs-service", User: "alanr", UID: 500, GID: 500, Script: "/home/alanr/bin/alanrs-service", Args: map[int]string{1: "restart it", 2: "i", 3: ""}, Line: 2},
		{App: "web", User: "_apache2-x", UID: 33, GID: 33, Script: "/x/web", Args: map[int]string{4: "i", 5: "Application {Unregistered}"}, Line: 8},
		{App: "db", User: "root", Script: "/usr/sbin/mend", Args: map[int]string{1: "now # please", 2: "now # please"}, Line: 9},
		{App: "log", User: "root", Script: "/usr/sbin/mend", Args: map[int]string{3: "", 4: ""}, Line: 10},
	}
	if d := cmp.Diff(want, rs); d != "" || len(ps) > 0 {
		t.Errorf("%v\n%s", ps, d)
	}
}

func TestEveryMistakeOfARecoveryFileIsToldAtOnce(t *testing.T) {
	rs, ps := ParseRecovery("r.conf", []byte(`nobodyelse:root /x/a { APPHB_HUP }
root:staff /x/b { APPHB_HUP }
root:wheel /x/c { APPHB_HUP }
root:root x/d { APPHB_HUP }
root:root /x/e { APPHB_HUPP = "x" }
root /x/f { APPHB_HUP }
root:root /x/g { APPHB_HUP = "open
}
recover db on nohb run /x/h
recover db on nohb run x as root
root:root /x/i { APPHB_HUP }
root:root /y/i { APPHB_HUP }
root:root /x/j {
`), someAccounts())
	for _, want := range []string{
		"r.conf:1: Cannot find user id for user:[nobodyelse]", "r.conf:2: Cannot find group id for group:[staff]", "r.conf:3: User [root] is not in group [wheel]",
		`r.conf:4: script "x/d" is no absolute path`, `r.conf:5: unknown event "APPHB_HUPP": did you mean APPHB_HUP?`,
		`r.conf:6: error parsing config file: a recovery does not begin with "root"`, `r.conf:7: a string without an end: "open`,
		"r.conf:7: APPHB_HUP has no argument behind its =",
		"r.conf:9: error parsing config file: a recover line without its words", `r.conf:10: script "x" is no absolute path`,
		"r.conf:12: warning: i again: it replaces the one in line 11", "r.conf:13: the recovery of j has no end",
	} {
		if !strings.Contains(ps.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if len(ps) != 12 || len(rs) != 1 || rs[0].Script != "/y/i" {
		t.Errorf("%d problems, %+v:\n%v", len(ps), rs, ps)
	}
	if _, ps := ParseRecovery("r.conf", nil, someAccounts()); !ps.HasErrors() {
		t.Error("a recovery manager without work started")
	}
}

func FuzzParseRecovery(f *testing.F) {
	f.Add([]byte("root:root /x/e { APPHB_HUP = \"x\" APPHB_NOHB }\nrecover db on nohb,hup run /usr/sbin/mend \"now\" as root\n"))
	f.Add([]byte("recover\nrecover : {"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rs, ps := ParseRecovery("r.conf", data, someAccounts())
		withinFile(t, data, ps)
		for _, r := range rs {
			if !strings.HasPrefix(r.Script, "/") {
				t.Errorf("%+v", r)
			}
			for e := range r.Args {
				if e < 1 || e > 5 {
					t.Errorf("event %d", e)
				}
			}
		}
	})
}
