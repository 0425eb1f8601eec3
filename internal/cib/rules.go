package cib

import (
	"strconv"
	"strings"

	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// Rules is what rules are judged by. Fields that do not apply stay empty: a resource's meta attributes, for example, know no node.
type Rules struct {
	Refs   *Refs
	Health Health
	Now    isotime.Time

	Node       map[string]string // the attributes of a node, nil where none is meant
	Parameters Pairs             // of the resource in question
	Meta       Pairs             // the same

	Class, Provider, Type string // of the resource in question
	Operation             string
	Interval              uint32 // of the operation, in milliseconds

	Submatches []string // of the pattern that chose the resource, the whole match first; nil without a pattern

	Changes *Changes // where the time is noted at which a result will change; may be nil
}

// Changes remembers the earliest time at which something will be different only because time passes.
type Changes struct {
	At int64 // seconds since 1970; 0: never
}

// Note remembers a time.
func (c *Changes) Note(at int64) {
	if c != nil && at > 0 && (c.At == 0 || at < c.At) {
		c.At = at
	}
}

// Passes judges a rule. One without conditions passes; one without id or with an unknown boolean-op does not.
func (in *Rules) Passes(rule *xmltree.Node) bool {
	rule = in.Refs.Resolve(rule)
	if rule == nil || rule.Get("id") == "" {
		return false
	}
	any := false
	switch op, ok := rule.Lookup("boolean-op"); {
	case !ok, strings.EqualFold(op, "and"):
	case strings.EqualFold(op, "or"):
		any = true
	default:
		return false
	}
	empty := true
	for c := range rule.Elements("") {
		empty = false
		if in.condition(c) == any {
			return any
		}
	}
	return empty || !any
}

func (in *Rules) condition(c *xmltree.Node) bool {
	if c.Name != "rule" && c.Get("id") == "" {
		return false
	}
	switch c.Name {
	case "rule":
		return in.Passes(c)
	case "expression":
		return in.expression(c)
	case "date_expression":
		return in.date(c)
	case "rsc_expression":
		return same(c, "class", in.Class) && same(c, "provider", in.Provider) && same(c, "type", in.Type)
	case "op_expression":
		name, ok := c.Lookup("name")
		interval, good := Interval(c.Get("interval"))
		_, given := c.Lookup("interval")
		return ok && good && name == in.Operation && (!given || interval == in.Interval)
	}
	return false
}

// same says whether an attribute is not given or has that value.
func same(c *xmltree.Node, name, value string) bool {
	v, ok := c.Lookup(name)
	return !ok || v == value
}

// expression compares an attribute of the node.
func (in *Rules) expression(c *xmltree.Node) bool {
	attribute, ok := c.Lookup("attribute")
	if !ok {
		return false
	}
	attribute = Expand(attribute, in.Submatches)
	op := strings.ToLower(c.Get("operation"))
	value, given := c.Lookup("value")
	actual, have := in.Node[attribute]
	switch op {
	case "defined":
		return !given && have
	case "not_defined":
		return !given && !have
	case "eq", "ne", "lt", "lte", "gt", "gte":
	default:
		return false
	}
	if !given {
		return false
	}
	reference, known := value, true
	switch source, ok := c.Lookup("value-source"); {
	case !ok, strings.EqualFold(source, "literal"):
	case strings.EqualFold(source, "param"):
		reference, known = in.Parameters.Lookup(value)
	case strings.EqualFold(source, "meta"):
		reference, known = in.Meta.Lookup(value)
	default:
		return false
	}
	kind, ok := kindOf(c, op, actual, reference)
	if !ok {
		return false
	}
	cmp := 0
	switch {
	case have && known:
		cmp = compare(actual, reference, kind)
	case have:
		cmp = 1
	case known:
		cmp = -1
	}
	switch op {
	case "eq":
		return cmp == 0
	case "ne":
		return cmp != 0
	}
	if !have || !known {
		return false
	}
	switch op {
	case "lt":
		return cmp < 0
	case "lte":
		return cmp <= 0
	case "gt":
		return cmp > 0
	}
	return cmp >= 0
}

// kindOf is as what two texts are compared: string, integer, number or version.
func kindOf(c *xmltree.Node, op, a, b string) (string, bool) {
	kind, given := c.Lookup("type")
	switch kind = strings.ToLower(kind); {
	case given:
		return kind, kind == "string" || kind == "integer" || kind == "number" || kind == "version"
	case op == "eq" || op == "ne":
		return "string", true
	case strings.Contains(a, ".") || strings.Contains(b, "."):
		return "number", true
	}
	return "integer", true
}

func compare(a, b, kind string) int {
	switch kind {
	case "integer":
		x, ok := Integer(a)
		y, fine := Integer(b)
		if ok && fine {
			return order(x, y)
		}
	case "number":
		x, err := strconv.ParseFloat(strings.TrimSpace(a), 64)
		y, bad := strconv.ParseFloat(strings.TrimSpace(b), 64)
		if err == nil && bad == nil {
			return order(x, y)
		}
	case "version":
		return CompareVersions(a, b)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func order[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Expand replaces %0 to %9 by what a pattern matched.
func Expand(text string, submatches []string) string {
	if len(submatches) == 0 || !strings.Contains(text, "%") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || i+1 == len(text) || text[i+1] < '0' || text[i+1] > '9' {
			b.WriteByte(text[i])
			continue
		}
		i++
		if n := int(text[i] - '0'); n < len(submatches) {
			b.WriteString(submatches[n])
		}
	}
	return b.String()
}
