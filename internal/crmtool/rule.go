package crmtool

import (
	"strconv"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

const ruleUsage = `usage: %[1]s -c -r RULE [-r RULE ...] [-d DATE] [-X XML]

Tells whether rules with dates in a cluster's configuration are in effect.

  -c, --check         check rules
  -r, --rule RULE     the id of a rule in the constraints; may be given several times
  -d, --date DATE     at this time (ISO 8601), else now
  -X, --xml-text XML  in this document, - is standard input; else in the file that CIB_file names
      --output-as FORM  text or xml
exit codes: 0 in effect, 3 not a rule that can be judged, 64 wrong usage, 65 cannot be read, 102 no running cluster,
            105 no such rule, 110 expired, 111 not yet in effect, 112 cannot be determined
example: %[1]s -c -r weekend -d 2026-12-24 -X "$(cat cib.xml)"
`

func crmRule(w *World) Code {
	o := w.Options(ruleUsage, "text", "xml")
	check := o.BoolP("check", "c", false, "")
	rules := o.StringArrayP("rule", "r", nil, "")
	date := o.StringP("date", "d", "", "")
	text := o.StringP("xml-text", "X", "", "")
	if code, run := o.Parse(); !run {
		return code
	}
	r := ruleCheck{World: w, xml: o.As == "xml"}
	switch {
	case !*check:
		return r.end(Usage, "No mode operation given")
	case len(*rules) == 0:
		return r.end(Usage, "--check requires use of --rule=")
	}
	now := here(time.Now().Unix())
	if *date != "" {
		var err error
		if now, err = parseTime(*date, now); err != nil {
			return r.end(Data, "Invalid date specified: '"+*date+"'")
		}
	}
	root, code, problem := r.document(*text)
	if root == nil {
		return r.end(code, problem)
	}
	for _, id := range *rules {
		if c := r.judge(root, id, now); c != OK {
			code = c
		}
	}
	return r.end(code)
}

// A ruleCheck is one run of crm_rule.
type ruleCheck struct {
	*World
	xml      bool
	found    []*xmltree.Node
	problems []string
}

func (r *ruleCheck) document(text string) (root *xmltree.Node, code Code, problem string) {
	var doc string
	var err error
	switch file := r.Getenv("CIB_file"); {
	case text == "-":
		problem = "Couldn't parse input from STDIN"
		doc, err = r.input("-", store.MostBytes)
	case text != "":
		problem, doc = "Couldn't parse input string: "+text, text
	case file == "":
		return nil, Disconnected, "CIB query failed: Transport endpoint is not connected"
	default:
		problem = "Couldn't read " + file
		doc, err = r.input(file, store.MostBytes)
	}
	if err == nil {
		root, err = parseText(doc, false)
	}
	if err != nil {
		return nil, Data, problem + ": " + err.Error()
	}
	return root, OK, ""
}

// judge says how one rule stands.
func (r *ruleCheck) judge(root *xmltree.Node, id string, now isotime.Time) Code {
	code, text := effectOf(root, id, now)
	r.found = append(r.found, xmltree.New("rule-check", "rule-id", id, "rc", strconv.Itoa(int(code))))
	switch {
	case code == OK || code == Expired || code == NotYet:
		if !r.xml {
			r.printf("Rule %s %s\n", id, text)
		}
	default:
		text = "Could not determine whether rule " + id + " is in effect: " + text
		r.problems = append(r.problems, text)
		if !r.xml {
			r.complain("%s\n", text)
		}
	}
	return code
}

// effectOf finds a rule in the constraints. It must have one date_expression, and that a simple one: of others nobody could say when they end.
func effectOf(root *xmltree.Node, id string, now isotime.Time) (Code, string) {
	var rules []*xmltree.Node
	if constraints := root.Find("configuration", "constraints"); constraints != nil {
		for n := range constraints.All() {
			if n.Name == "rule" && n.Get("id") == id {
				rules = append(rules, n)
			}
		}
	}
	switch len(rules) {
	case 0:
		return NoSuchObject, "Rule not found"
	case 1:
	default:
		return Multiple, "Found more than one rule with matching ID"
	}
	var dates []*xmltree.Node
	for n := range rules[0].All() {
		if n.Name == "date_expression" {
			dates = append(dates, n)
		}
	}
	switch len(dates) {
	case 0:
		return Unimplemented, "Rule does not have a date expression"
	case 1:
	default:
		return Unimplemented, "Rule has more than one date expression"
	}
	if dates[0].Get("operation") == "date_spec" {
		spec := dates[0].First("date_spec")
		if spec == nil || spec.Get("years") == "" || spec.Get("moon") != "" {
			return Unimplemented, "Rule must either not use date_spec, or use date_spec with years= but not moon="
		}
	}
	switch cib.EffectOf(dates[0], now) {
	case cib.InEffect:
		return OK, "is still in effect"
	case cib.Satisfied:
		return OK, "satisfies conditions"
	case cib.NotYet:
		return NotYet, "has not yet taken effect"
	case cib.Expired:
		return Expired, "is expired"
	}
	return Indeterminate, "Error parsing rule"
}

func (r *ruleCheck) end(code Code, problems ...string) Code {
	if r.xml {
		return r.PrintResult(code, r.found, append(r.problems, problems...)...)
	}
	for _, p := range problems {
		r.complain("%s: %s\n", r.Prog, p)
	}
	return code
}
