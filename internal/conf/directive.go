package conf

import "slices"

// Directive is what there is to know about one word of ha.cf.
type Directive struct {
	Name    string
	Type    string // time, bool, int, word, path, or the form of the whole line
	Default string // as C Heartbeat stores it; empty: none
	Example string // a whole line
	Doc     string
	DocZH   string // the same in Chinese
	// WholeLine directives take the rest of the line as one unit; the others take one
	// value, and a line with several values counts as several lines.
	WholeLine bool
	// Many directives may stand any number of times; of the others the last one counts.
	Many   bool
	Hidden bool // no parameter of the API: node, env, crm, media and the like
	apply  func(r *reader, value string, line int)
}

// Directives is the whole vocabulary of ha.cf, grouped as in the reference.
func Directives() []Directive {
	return slices.Concat(clusterDirectives(), mediaDirectives(), timerDirectives(),
		loggingDirectives(), clientDirectives(), systemDirectives())
}

func directiveNames(ds []Directive) []string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = d.Name
	}
	return out
}

// notBuilt are media of C Heartbeat whose plug-ins no package has built.
var notBuilt = [...]string{"tipc", "rds", "hbaping", "openais"}
