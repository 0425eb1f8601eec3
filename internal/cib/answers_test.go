package cib

import "testing"

func TestAnswersOfAgentsHaveAWordAndAPhrase(t *testing.T) {
	for rc, want := range map[int][2]string{
		0: {"ok", "OK"}, 1: {"error", "Error occurred"}, 7: {"not running", "Not running"}, 9: {"promoted (failed)", "Failed in promoted role"},
		10: {"unknown", "Unknown exit status 10"}, -1: {"unknown", "Unknown exit status -1"},
		190: {"OCF_DEGRADED", "Unknown exit status 190"}, 191: {"promoted (degraded)", "Unknown exit status 191"},
	} {
		if got := [2]string{AnswerWord(rc), AnswerPhrase(rc)}; got != want {
			t.Errorf("%d: %q, want %q", rc, got, want)
		}
	}
}
