package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/isotime"
	"heartbeat/internal/verify"
	"heartbeat/internal/xmltree"
)

// shared is where the inputs of Pacemaker's scheduler tests and the recorded vectors are.
const shared = "../../../shared"

// verdictHere is what is said here where Pacemaker 2.1.5 says something else, and why.
func verdictHere(name, pacemaker string) (verdict, why string) {
	switch filepath.Base(name) {
	case "truncated.xml":
		return "unread", "Pacemaker goes on with what was there; half a document is none here"
	case "promoted-0.xml":
		return "ok", "a clone with several instances on a node is globally unique by itself, as since Pacemaker 3.0"
	case "pending-node-no-uname.xml":
		return "ok", "a node that has joined half way is waited for, as since Pacemaker 2.1.7"
	case "remote-fence-unclean-3.xml":
		return "warning", "the node is fenced here, as the recorded outcome of this case has it"
	case "cib-2.1.3-style.xml":
		return "warning", "the form of Heartbeat 2 is understood here"
	}
	return pacemaker, ""
}

// verdict is what crm_verify would say.
func verdict(doc []byte) (string, *verify.Report) {
	root, err := xmltree.Parse(doc, xmltree.Options{})
	if err != nil {
		return "unread", nil
	}
	r := verify.Document(root, isotime.UTC(1_800_000_000))
	switch {
	case r.Errors():
		return "error", r
	case r.Warnings():
		return "warning", r
	}
	return "ok", r
}

// TestVerdictsAreThoseOfPacemaker compares with what crm_verify of Pacemaker 2.1.5 said of all inputs of its scheduler's tests and of the
// recorded configurations; testdata/verdicts.tsv was recorded on Debian 12. Names that are younger than 2.1.5 (fencing-enabled, fencing-action,
// stop-removed-resources, ..., pacemaker-3.10) were written in their older form for that, or it would have judged something else.
func TestVerdictsAreThoseOfPacemaker(t *testing.T) {
	table, err := os.ReadFile("testdata/verdicts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		want, _ = verdictHere(name, want)
		doc, err := os.ReadFile(filepath.Join(shared, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, r := verdict(doc); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
			if r != nil {
				for _, l := range r.Lines {
					t.Logf("   (%s) %s", l.Tag, l.Text)
				}
			}
		}
	}
}
