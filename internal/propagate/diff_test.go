package propagate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDiffShowsWhatChangesWithLinesAround(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"a\n", "a\n", ""},
		{"", "a\n", "@@ -0,0 +1,1 @@\n+a\n"},
		{"a\n", "", "@@ -1,1 +0,0 @@\n-a\n"},
		{"a", "a\n", "@@ -1,1 +1,1 @@\n-a (no end of line)\n+a\n"},
		{"1\n2\n3\n4\n5\n", "1\n2\nx\n4\n5\n", "@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+x\n 4\n 5\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n", "@@ -1,2 +1,3 @@\n+0\n 1\n 2\n@@ -7,3 +8,2 @@\n 7\n 8\n-9\n"},
	} {
		if got := Diff(c.before, c.after); got != c.want {
			t.Errorf("%q → %q:\n%s\nwant:\n%s", c.before, c.after, got, c.want)
		}
	}
}

// apply carries a diff out, by its line numbers.
func apply(before, diff string) (string, error) {
	old := linesOf(before)
	var out []string
	at := 0
	for _, line := range linesOf(diff) {
		if strings.HasPrefix(line, "@@") {
			var a, n, c, m int
			if _, err := fmt.Sscanf(line, "@@ -%d,%d +%d,%d @@", &a, &n, &c, &m); err != nil {
				return "", err
			}
			if n > 0 {
				a--
			}
			out = append(out, old[at:a]...)
			at = a
			if want := c - min(m, 1); len(out) != want {
				return "", fmt.Errorf("%s: %d lines so far", line, len(out))
			}
			continue
		}
		if line[0] != '+' {
			if old[at] != line[1:] {
				return "", fmt.Errorf("line %d is %q, not %q", at+1, old[at], line[1:])
			}
			at++
		}
		if line[0] != '-' {
			out = append(out, line[1:])
		}
	}
	return strings.Join(append(out, old[at:]...), "\n"), nil
}

func TestDiffLeadsFromOneTextToTheOther(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		text := func() string {
			var b strings.Builder
			for range r.IntN(40) {
				fmt.Fprintf(&b, "%c\n", 'a'+r.IntN(6))
			}
			return b.String()
		}
		before, after := text(), text()
		got, err := apply(before, Diff(before, after))
		if err != nil || got != strings.TrimSuffix(after, "\n") {
			t.Fatalf("seed %d: %v\n%q\n%q\n%s", seed, err, got, after, Diff(before, after))
		}
	}
	large := strings.Repeat("x\ny\n", 3000)
	if d := Diff(large, strings.Repeat("z\nx\n", 3000)); !strings.HasPrefix(d, "@@ -1,") {
		t.Errorf("%.100s", d)
	}
}

func TestNoSecretIsShown(t *testing.T) {
	before := File{Name: AuthKeys, Data: []byte("auth 1\n1 sha1 old-secret\n# old-secret was here\n")}
	after := File{Name: AuthKeys, Data: []byte("auth 2\n1 sha1 old-secret\n2 sha1 new-secret\nbroken new-secret\n3 crc\n")}
	c := ChangeOf(before, after)
	if strings.Contains(c.Diff, "secret was") || strings.Contains(c.Diff, "-secret\n") || strings.Contains(c.Diff, "new-secret") || strings.Contains(c.Diff, "old-secret") {
		t.Errorf("a secret is shown:\n%s", c.Diff)
	}
	for _, want := range []string{"-auth 1", "+auth 2", " 1 sha1 (secret, id ", "+2 sha1 (secret, id ", "+3 crc"} {
		if !strings.Contains(c.Diff, want) {
			t.Errorf("%q is missing:\n%s", want, c.Diff)
		}
	}
	if c.State != Changed || c.Before == "" || c.Before == c.After {
		t.Errorf("%+v", c)
	}
	if c := ChangeOf(File{Name: HaCf, Absent: true}, File{Name: HaCf, Data: []byte("x\n")}); c.State != New || c.Before != "" {
		t.Errorf("%+v", c)
	}
	if c := ChangeOf(before, before); c.State != Same || c.Diff != "" {
		t.Errorf("%+v", c)
	}
}
