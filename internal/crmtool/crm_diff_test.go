package crmtool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// Pairs of documents, compared by ours and by Debian's crm_diff in every way: the same patch, to the byte, and each applies the other's.
func TestCrmDiffBesideDebian(t *testing.T) {
	base := string(healthy(t))
	for name, to := range map[string]string{
		"attribute":           strings.Replace(base, `interval="10s"`, `interval="13s"`, -1),
		"attribute gone":      strings.Replace(base, ` timeout="20s"`, ``, 1),
		"attribute new":       strings.Replace(base, `<op name="monitor"`, `<op start-delay="1s" name="monitor"`, 1),
		"attributes in order": strings.Replace(base, `class="ocf" provider="heartbeat" type="Dummy"`, `type="Dummy" class="ocf" provider="heartbeat"`, 1),
		"element new":         strings.Replace(base, `<resources>`, `<resources><primitive id="q" class="ocf" provider="heartbeat" type="Dummy"/>`, 1),
		"element gone":        cut(base, `<rsc_location id="l-ping"`, `</rsc_location>`),
		"element moved":       moved(base, `<rsc_order`, `/>`, `<constraints>`),
		"resource moved":      moved(base, `<group id="g1">`, `</group>`, `<resources>`),
		"two moved":           moved(moved(base, `<group id="g1">`, `</group>`, `<resources>`), `<master id="ms-st">`, `</master>`, `<resources>`),
		"moved, made, gone":   strings.Replace(cut(moved(base, `<group id="g1">`, `</group>`, `<resources>`), `<operations>`, `</operations>`), `<resources>`, `<resources><primitive id="q" class="ocf" provider="heartbeat" type="Dummy"/>`, 1),
		"version":             strings.Replace(base, `num_updates="14"`, `num_updates="15"`, 1),
		"quotes":              strings.Replace(base, `<op name="monitor"`, `<op description="it's &lt;good&gt; &amp; &quot;so&quot;" name="monitor"`, 1),
		"nothing":             base,
	} {
		from, next := copyOf(t, []byte(base)), copyOf(t, []byte(to))
		for _, args := range [][]string{{}, {"-c"}, {"-u"}} {
			args = append(args, "-o", from, "-n", next)
			code, out, complaints := try(t, crmDiff, nil, "", args...)
			wantCode, want, _ := theirs(t, "crm_diff", from, "", args...)
			if code != wantCode || out != want {
				t.Errorf("%s %v: code %d, want %d, complaints %q\n%s\nwant\n%s", name, args[:1], code, wantCode, complaints, out, want)
			}
			if out == "" {
				continue
			}
			patch := filepath.Join(t.TempDir(), "patch")
			if err := os.WriteFile(patch, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
			code, ours, complaints := try(t, crmDiff, nil, "", "-o", from, "-p", patch)
			_, debian, _ := theirs(t, "crm_diff", from, "", "-o", from, "-p", patch)
			if a, b := parsed(t, ours), parsed(t, debian); code != OK || !edit.Same(a, b) {
				t.Errorf("%s %v: applied: code %d, complaints %q\n%s\nDebian's\n%s", name, args[:1], code, complaints, ours, debian)
			}
		}
	}
}

func parsed(t *testing.T, text string) *xmltree.Node {
	t.Helper()
	n, err := xmltree.Parse([]byte(text), xmltree.Options{})
	if err != nil {
		t.Errorf("%v in %q", err, text)
		return xmltree.New("unreadable")
	}
	return n
}

// cut takes out the first piece from one text to the end of another.
func cut(text, from, to string) string {
	begin := strings.Index(text, from)
	end := begin + strings.Index(text[begin:], to) + len(to)
	return text[:begin] + text[end:]
}

// moved puts such a piece behind a mark.
func moved(text, from, to, behind string) string {
	begin := strings.Index(text, from)
	end := begin + strings.Index(text[begin:], to) + len(to)
	piece := text[begin:end]
	return strings.Replace(text[:begin]+text[end:], behind, behind+piece, 1)
}
