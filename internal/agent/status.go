package agent

import (
	"regexp"
	"strings"
)

// statusVerdict says whether a classic script's status means running (resources
// spec, section 3.4). What it printed on stdout decides; when that is silent, the
// LSB exit code does. OK counts as a word only, so BROKEN is not running.
func statusVerdict(stdout string, code int) bool {
	switch {
	case notRunning(stdout):
		return false
	case strings.Contains(stdout, "running"), strings.Contains(stdout, "Running"), okWord(stdout):
		return true
	case saysStopped(stdout):
		return false
	}
	return code == 0
}

func notRunning(s string) bool {
	return regexp.MustCompile(`[nN][oO][tT] +[rR]unning`).MatchString(s)
}

func okWord(s string) bool { return regexp.MustCompile(`\bOK\b`).MatchString(s) }

// saysStopped recognises the usual words of a stopped resource, whose exit code may be 0 in old scripts.
func saysStopped(s string) bool {
	return regexp.MustCompile(`(?i)\b(stopped|inactive|unused)\b`).MatchString(s)
}

// variableName is the NAME of NAME=value; false for what is no variable, or a language variable.
func variableName(v string) (string, bool) {
	name, _, ok := strings.Cut(v, "=")
	if !ok || name == "" || name == "LANG" || name == "LANGUAGE" || strings.HasPrefix(name, "LC_") {
		return "", false
	}
	return name, true
}
