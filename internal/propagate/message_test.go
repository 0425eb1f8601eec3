package propagate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/conf"
)

func TestOrdersAndReportsSurviveTheirForm(t *testing.T) {
	o := Order{Version: version, Verb: Prepare, By: "uid 0, pid 7", Files: Set{{Name: HaCf, Data: []byte("node n1 n2\n")}, {Name: AuthKeys, Data: []byte{0, 255}}}}
	text, err := o.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeOrder(text); err != nil || !cmp.Equal(got, o) {
		t.Errorf("%v: %s", err, cmp.Diff(o, got))
	}
	r := Report{Version: version, Result: Refused, Text: "no", Mend: "yes", Files: []Change{{Name: HaCf, State: Changed, Before: "a", After: "b", Diff: "-x\n+y\n"}},
		Problems: []Problem{{File: "ha.cf", Line: 3, Severity: "error", Text: "bad", Fix: "mend"}}, InForce: []string{"authkeys"}, Restart: []string{"the media"}}
	if text, err = r.Encode(); err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeReport(text); err != nil || !cmp.Equal(got, r) {
		t.Errorf("%v: %s", err, cmp.Diff(r, got))
	}
}

func TestOrdersThatNoHonestNodeGivesAreRefused(t *testing.T) {
	big := strings.Repeat("A", MaxFile/3*4+8)
	for _, bad := range []string{
		``, `{`, `null`, `{"v":1}`, `{"v":2,"verb":"commit"}`, `{"v":1,"verb":"delete"}`, `{"v":1,"verb":"prepare"}`,
		`{"v":1,"verb":"prepare","files":[]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"../../etc/passwd","data":"eA=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"/etc/ha.d/ha.cf","data":"eA=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf\u0000","data":"eA=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"nodeinfo","data":"eA=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":".ha.cf","data":"eA=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf","data":"eA=="}],"base":"x","lineage":{"digest":"x","ids":[]}}`,
		`{"v":1,"verb":"commit","lineage":{"digest":"0123456789abcdef01234567","ids":["0123456789abcdef01234567"]}}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf","absent":true}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf","data":"eA=="},{"name":"ha.cf","data":"eQ=="}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf","data":"` + big + `"}]}`,
		`{"v":1,"verb":"prepare","files":[{"name":"ha.cf","data":"eA==","mode":511}]}`,
		`{"v":1,"verb":"commit","files":[{"name":"ha.cf","data":"eA=="}]}`,
		`{"v":1,"verb":"commit"} {"v":1,"verb":"commit"}`,
	} {
		if o, err := DecodeOrder([]byte(bad)); err == nil {
			t.Errorf("%.100s became %+v", bad, o)
		}
	}
}

func TestTextsOfOthersAreFitForATerminal(t *testing.T) {
	text, err := Report{Result: Refused, Text: "a\x1b[31mred\u009b1m\x07b\n\tc", Files: []Change{{Diff: "\x1b]0;title\x07"}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := DecodeReport(text)
	if err != nil || r.Text != "a[31mred1mb\n\tc" || r.Files[0].Diff != "]0;title" {
		t.Errorf("%v: %q %q", err, r.Text, r.Files[0].Diff)
	}
}

// What is decoded is small enough, names only our files, and says the same when it is decoded again.
func FuzzDecodeOrder(f *testing.F) {
	for _, o := range []Order{{Verb: Commit}, {Verb: Undo, Any: true, By: "uid 0"}, {Verb: Compare}, {Verb: Compare, Files: Set{{Name: "ldirectord.cf", Data: []byte("x")}}},
		{Verb: Prepare, Files: Set{{Name: HaCf, Data: []byte("x")}}, Base: lineageOf("a").Head(), Lineage: new(lineageOf("a", "x"))}, {Verb: Prepare, Files: Set{{Name: HaCf, Data: []byte("x")}, {Name: Resources, Data: []byte{}}}}} {
		text, err := o.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := DecodeOrder(data)
		if err != nil {
			return
		}
		if len(o.Files) > len(Names())+conf.MaxSharedFiles || o.Verb != Compare && (o.Verb == Prepare) != (len(o.Files) > 0) {
			t.Errorf("%+v", o)
		}
		for _, file := range o.Files {
			if strings.ContainsAny(file.Name, "/ ") || strings.HasPrefix(file.Name, ".") || len(file.Data) > MaxFile || file.Absent {
				t.Errorf("%+v", file)
			}
		}
		text, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := DecodeOrder(text); err != nil || again.Verb != o.Verb || len(again.Files) != len(o.Files) {
			t.Errorf("%v: %+v became %+v", err, o, again)
		}
	})
}

func FuzzDecodeReport(f *testing.F) {
	text, err := Report{Result: Prepared, Files: []Change{{Name: HaCf, State: Same}}, Problems: []Problem{{Line: 1}}, Restart: []string{"x"}}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeReport(data)
		if err != nil {
			return
		}
		text, err := r.Encode()
		if err == nil && bytes.ContainsAny(text, "\x1b\x07") {
			t.Errorf("%q", text)
		}
	})
}
