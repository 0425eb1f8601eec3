package scheduler_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/testenv"
)

// sum adds parts as readers are told to.
func sum(parts []scheduler.Part) (total int) {
	for _, p := range parts {
		if p.Start {
			total = p.Score
		} else {
			total = cib.AddScores(total, p.Score)
		}
	}
	return total
}

// explained runs a case with recording and checks that every line of the scores is the sum of its parts; nested ones too.
func explained(t *testing.T, path, name string) (lines int) {
	root, now := load(t, path, name)
	plain := scheduler.Schedule(root, now, scheduler.Options{ShowScores: true, Sanitized: true})
	r := scheduler.Schedule(root, now, scheduler.Options{ShowScores: true, Sanitized: true, Why: true})
	if a, b := strings.Join(scheduler.Texts(plain.Scores()), "\n"), strings.Join(scheduler.Texts(r.Scores()), "\n"); a != b {
		t.Errorf("%s: recording changes the scores: %s", name, firstDifference(b, a))
	}
	var told []string
	for _, l := range scheduler.Texts(r.Scores()) {
		if strings.Contains(l, " allocation score on ") || strings.Contains(l, " promotion score ") {
			told = append(told, l)
		}
	}
	explained := r.ScoreLines()
	if len(told) != len(explained) {
		t.Fatalf("%s: %d lines of scores, %d explained", name, len(told), len(explained))
	}
	for i, l := range explained {
		if !strings.HasSuffix(told[i], ": "+scheduler.ScoreText(l.Score)) || !strings.Contains(told[i], l.Resource) {
			t.Errorf("%s: line %q is explained as %s %s", name, told[i], l.Resource, scheduler.ScoreText(l.Score))
		}
		if got := sum(l.Parts); scheduler.ScoreText(got) != scheduler.ScoreText(l.Score) {
			t.Errorf("%s: %q: the parts add up to %s: %+v", name, told[i], scheduler.ScoreText(got), l.Parts)
		}
		for _, p := range l.Parts {
			if p.From == "" || p.Text == "" || p.Text == p.From {
				t.Errorf("%s: %q: a part says nothing: %+v", name, told[i], p)
			}
			if p.Parts != nil && p.Share != 0 && scheduler.ScoreText(sum(p.Parts)) != scheduler.ScoreText(p.Of) {
				t.Errorf("%s: %q: the parts of %s add up to %d, not %d", name, told[i], p.With, sum(p.Parts), p.Of)
			}
		}
	}
	return len(explained)
}

func TestScoresAreTheSumOfTheirParts(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/xml/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	recorded, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "scheduler", "cases", "xml", "*.xml"))
	testenv.Need(t, "the recorded cases of the scheduler", err == nil && (len(recorded) > 0 || os.Getenv("SCHEDULER_CASES") == ""), "put them beside the repository")
	lines := 0
	for _, path := range append(names, recorded...) {
		lines += explained(t, path, strings.TrimSuffix(filepath.Base(path), ".xml"))
	}
	if lines < 50 {
		t.Errorf("only %d lines of scores were looked at", lines)
	}
}
