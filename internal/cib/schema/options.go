package schema

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/conf/spelling"
)

// A Scope is what an option is set for.
type Scope string

const (
	ClusterOption   Scope = "cluster"
	ResourceOption  Scope = "resource"
	OperationOption Scope = "operation"
	FenceOption     Scope = "fence device"
)

// An Option is a name that the cluster gives a meaning in a block of name-value pairs (crm spec, sections 2.6 and 2.7).
type Option struct {
	Name    string
	Scope   Scope
	Type    string // boolean, integer, score, time, percentage, text, list (see Values)
	Default string // since pacemaker-1.0
	Old     string // default of Heartbeat 2 where it is another one, empty: the same or none
	Values  string // of a list, with blanks between
	EN, ZH  string // what it does
	Strict  bool   // the scheduler refuses other values and takes the default
}

// Options are all options: of the cluster, of resources, of operations, of fence devices.
func Options() []Option {
	return slices.Concat(clusterOptions(), resourceOptions(), operationOptions(), fenceOptions())
}

// OptionNamed finds an option; underscores count as hyphens, as in Heartbeat 2.
func OptionNamed(name string, scope Scope) (Option, bool) {
	for _, o := range Options() {
		if o.Scope == scope && (o.Name == name || o.Name == strings.ReplaceAll(name, "_", "-")) {
			return o, true
		}
	}
	return Option{}, false
}

// Allows says whether a value is one of the option's.
func (o Option) Allows(value string) bool {
	switch o.Type {
	case "boolean":
		_, ok := cib.Bool(value)
		return ok
	case "integer":
		_, word := cib.Score(value, cib.Health{})
		return word
	case "score":
		_, ok := cib.Score(value, cib.Health{})
		return ok
	case "time":
		_, ok := cib.Interval(value)
		return ok
	case "list":
		return slices.Contains(strings.Fields(o.Values), strings.ToLower(value)) || slices.ContainsFunc(strings.Fields(o.Values), func(v string) bool { return strings.EqualFold(v, value) })
	}
	return true
}

// Allowed describes the values.
func (o Option) Allowed() string {
	switch o.Type {
	case "boolean":
		return "true or false"
	case "integer":
		return "an integer"
	case "score":
		return "an integer, INFINITY or -INFINITY"
	case "time":
		return "a time such as 30s, 5min or PT5M"
	case "percentage":
		return "a percentage such as 80%"
	case "list":
		return join(strings.Fields(o.Values), "or")
	}
	return "a text"
}

// NearestOption finds the option that a misspelt name means; empty without one.
func NearestOption(name string, scope Scope) string {
	best, least := "", 3
	for _, o := range Options() {
		if o.Scope != scope {
			continue
		}
		if d := spelling.Distance(name, o.Name); d < least {
			best, least = o.Name, d
		}
	}
	return best
}
