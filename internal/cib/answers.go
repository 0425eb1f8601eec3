package cib

import "strconv"

// answers are what tools call the exit codes of an agent, by code: word in reports of a running cluster, phrase where a failed
// resource is described.
var answers = [...]struct{ word, phrase string }{
	0: {"ok", "OK"},
	1: {"error", "Error occurred"},
	2: {"invalid parameter", "Invalid parameter"},
	3: {"unimplemented feature", "Unimplemented"},
	4: {"insufficient privileges", "Insufficient privileges"},
	5: {"not installed", "Not installed"},
	6: {"not configured", "Not configured"},
	7: {"not running", "Not running"},
	8: {"promoted", "Promoted"},
	9: {"promoted (failed)", "Failed in promoted role"},
}

// AnswerWord is what reports call the exit code of an agent.
func AnswerWord(rc int) string {
	switch {
	case rc >= 0 && rc < len(answers):
		return answers[rc].word
	case rc == 190:
		return "OCF_DEGRADED"
	case rc == 191:
		return "promoted (degraded)"
	}
	return "unknown"
}

// AnswerPhrase is what descriptions of failed resources call the exit code of an agent. They have no words for the degraded codes.
func AnswerPhrase(rc int) string {
	if rc >= 0 && rc < len(answers) {
		return answers[rc].phrase
	}
	return "Unknown exit status " + strconv.Itoa(rc)
}
