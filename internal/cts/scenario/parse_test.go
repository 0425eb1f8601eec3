package scenario

import (
	"strings"
	"testing"
	"time"
)

const good = `# a comment
id S99
title A node is switched off
must The other one takes over.
must And nothing else moves.
fault r2
pairings GG GC
timers D=2s
set auto_failback off
set @r1 ping 10.77.1.254
resources r1 10.77.1.101/24/eth0
file r1 resource.d/Thing <<END
#!/bin/sh
exit 0
END
begin home
step the plug is pulled
power-off r1
& freeze r2
@GG expect owner g1 = r2 within D + 30ms + T
expect event r2 node.dead "" within 2K
write r1 /etc/x "a \"quoted\" text" # and a comment
`

func TestScenarioIsReadAsWritten(t *testing.T) {
	s, problems := Parse("x.cts", []byte(good))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if s.ID != "S99" || s.Fault != "r2" || s.Must != "The other one takes over. And nothing else moves." || s.Timers.D != 2*time.Second {
		t.Errorf("read %+v", s)
	}
	if len(s.Files) != 1 || s.Files[0].Text != "#!/bin/sh\nexit 0\n" || s.Files[0].Node != "r1" {
		t.Errorf("files %+v", s.Files)
	}
	if len(s.Set) != 2 || s.Set[0].Node != "" || s.Set[1].Node != "r1" || s.Set[1].Text != "ping 10.77.1.254" {
		t.Errorf("set %+v", s.Set)
	}
	st := s.Steps[0].Statements
	if len(st) != 5 || !st[1].Beside || st[2].In(GC) || !st[2].In(GG) || st[4].Args[2] != `a "quoted" text` {
		t.Fatalf("statements %+v", st)
	}
	v := Values{Timers: Timers{K: 200 * time.Millisecond, D: time.Second}, T: 10 * time.Millisecond}
	if got := st[2].Formula.Value(v); got != 1040*time.Millisecond {
		t.Errorf("D + 30ms + T is %v", got)
	}
	if got := st[3].Args; len(got) != 3 || got[2] != "" {
		t.Errorf("arguments of the event: %q", got)
	}
	if s.Plain() || strings.Join(s.AllNeeds(), " ") != "freeze power" {
		t.Errorf("plain %v, needs %v", s.Plain(), s.AllNeeds())
	}
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	text := `id s1
titel x
pairings GG XX
needs teleport
begin somewhere
power-off r1
step one
power-of r1
expect outage g1 <= D + 30
expect owner g3 = r1
cut r1 eth0 loss=100
expect rscstatus r1 = al
expect exit = many
& expect took <= T
write r1 relative x
start r1 now
expect event r2 node.dead r1
file r1 x <<END
no end
`
	_, problems := Parse("bad.cts", []byte(text))
	want := map[int]string{
		1: "capital letter", 2: `there is no statement "titel"`, 3: "XX", 4: "teleport", 5: "begin takes one word", 6: "below a step",
		8: "did you mean power-off", 9: "30", 10: "g3", 11: "loss=1 to loss=99", 12: "al", 13: "many", 14: "only actions", 15: "absolute", 16: "too much", 17: "{r1}", 18: "has no end",
	}
	for line, text := range want {
		found := false
		for _, p := range problems {
			found = found || p.Line == line && strings.Contains(p.Text, text) && p.File == "bad.cts"
		}
		if !found {
			t.Errorf("nothing like %q was said of line %d", text, line)
		}
	}
	if t.Failed() {
		t.Log(problems.Error())
	}
}

func TestScenarioThatCannotFailIsRefused(t *testing.T) {
	_, problems := Parse("x.cts", []byte("id S1\ntitle x\nmust y\nstep z\nstop r1\n"))
	if len(problems) != 1 || !strings.Contains(problems[0].Text, "cannot fail") {
		t.Errorf("problems: %v", problems)
	}
}

func TestFormulas(t *testing.T) {
	v := Values{Timers: Timers{K: 200 * time.Millisecond, D: time.Second, W: 500 * time.Millisecond, I: 3 * time.Second}, T: 20 * time.Millisecond, C: time.Second}
	for text, want := range map[string]time.Duration{
		"2K + 0.5s + T": 920 * time.Millisecond, "D": time.Second, "I+0.1s": 3100 * time.Millisecond, "D - 2s": 0, "0.5D+C": 1500 * time.Millisecond, "1m": time.Minute,
	} {
		f, err := ParseFormula(text)
		if err != nil || f.Value(v) != want {
			t.Errorf("%s: %v, %v; want %v", text, f, err, want)
		}
	}
	for _, text := range []string{"", "D+", "+D", "5", "ms", "X", "1.2.3s", "D++K", "D*2", strings.Repeat("K+", 20) + "K", "99999999999s"} {
		if f, err := ParseFormula(text); err == nil {
			t.Errorf("%q was taken as %v", text, f.terms)
		}
	}
}

func TestEveryFormCanBeWritten(t *testing.T) {
	example := map[string]string{
		"NODE": "r1", "MACHINE": "client", "LINK": "eth1", "CUT": "mute", "GROUP": "g1", "NODES": "r1+r2", "OPERATION": "start", "BEHAVIOUR": "fails",
		"RSC": "all|foreign", "STATUS": "dead", "RUNNING": "gone", "LINKSTATUS": "up", "PRESENT": "absent", "YES": "no", "INSTANCE": "A", "TEXT": `"a b"`,
		"PATH": "/run/x", "NUMBER": "2", "EVENT": "node.dead", "WORD": "10.0.0.1", "FORMULA": "D + T", "WORDS": "hb_standby all",
	}
	for _, f := range Forms() {
		var line []string
		for _, w := range strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(f.Pattern)) {
			if e, ok := example[w]; ok {
				w = e
			}
			line = append(line, w)
		}
		s, problems := Parse("x.cts", []byte("id S1\ntitle x\nmust y\nstep z\n"+strings.Join(line, " ")+"\nexpect exit = 0\n"))
		if len(problems) > 0 {
			t.Errorf("%s: %v", f.Pattern, problems)
			continue
		}
		if got := s.Steps[0].Statements[0].Form.Pattern; got != f.Pattern {
			t.Errorf("%s was taken for %s", f.Pattern, got)
		}
		if f.Need != "" && Needs()[f.Need] == "" {
			t.Errorf("%s needs %s, which nobody explains", f.Pattern, f.Need)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("file r1 x <<\nset\nresources @r9\n@GG\n& &\nexpect"))
	f.Add([]byte("step \"\nrun r1 \"a\"b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems := Parse("f.cts", data)
		for _, p := range problems {
			if p.Line < 1 || p.Text == "" {
				t.Errorf("problem %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		for _, step := range s.Steps {
			for _, st := range step.Statements {
				if st.Form == nil || strings.HasSuffix(st.Form.Pattern, " FORMULA") && st.Formula == nil {
					t.Errorf("statement %+v", st)
				}
				if st.Formula != nil && st.Formula.Value(Values{T: 1}) < 0 {
					t.Errorf("formula %v is negative", st.Formula)
				}
			}
		}
		s.AllNeeds()
		s.Plain()
	})
}
