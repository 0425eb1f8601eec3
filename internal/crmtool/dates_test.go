package crmtool

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDatesAreShownAsRecorded replays what iso8601 of Pacemaker 2.1.5 printed.
func TestDatesAreShownAsRecorded(t *testing.T) {
	for _, c := range []struct {
		args string
		code Code
		want string
	}{
		{"-d 2007-10-31T12:00:00Z -D P1M", OK, "Date: 2007-10-31 12:00:00Z\nDuration:  1 month \nDuration ends at: 2007-11-30 12:00:00Z\n"},
		{"-p 2007-10-31T12:00Z/P1D", OK, "Period: 2007-10-31 12:00:00Z to 2007-11-01 12:00:00Z\n"},
		{"-p P1M/2024-02-01", OK, "Period: 2024-01-01 00:00:00Z to 2024-02-01 00:00:00Z\n"},
		{"-d 2024-W05-3", OK, "Date: 2024-01-31 00:00:00Z\n"},
		{"-d 2024-W05-3 -W", OK, "Date: 2024-W05-3 00:00:00Z\n"},
		{"-d 2024-02-10 -O", OK, "Date: 2024-041 00:00:00Z\n"},
		{"-d 2024-02-10 -s", OK, "Date: 63843120000\n"},
		{"-d 2024-02-10 -S", OK, "Date: 1707523200\n"},
		{"-d epoch -S", OK, "Date: 0\n"},
		{"-D PT5M", OK, "Duration: 300 seconds (5 minutes)\n"},
		{"-D P1Y2M3DT4H5M6S", OK, "Duration:    1 year  2 months  3 days 14706 seconds (4 hours 5 minutes 6 seconds)\n"},
		{"-D PT90000S", OK, "Duration: 90000 seconds (25 hours)\n"},
		{"-D P1W", OK, "Duration:  7 days \n"},
		{"-D PT0S", OK, "Duration: 0 seconds\n"},
		{"-p 2024-01-01/2024-02-01 -s", OK, "Period: 63839664000 to 63842342400\n"},
		{"-d 2024-02-10 -E 2024-02-11", Error, "Date: 2024-02-10 00:00:00Z\n"},
		{"-d bad", InvalidParameter, "iso8601: Invalid date/time specified: bad\n"},
		{"-D bad", InvalidParameter, "iso8601: Invalid duration specified: bad\n"},
		{"-p bad", InvalidParameter, "iso8601: Invalid interval specified: bad\n"},
		{"-d 2024-02-30", InvalidParameter, "iso8601: Invalid date/time specified: 2024-02-30\n"},
	} {
		code, out, err := runTool(t, "iso8601", "", nil, strings.Fields(c.args)...)
		if code != c.code || out+err != c.want {
			t.Errorf("iso8601 %s: %d %q, want %d %q", c.args, code, out+err, c.code, c.want)
		}
		// Where Pacemaker's own is installed, it must say the same.
		if tool, none := exec.LookPath("/usr/sbin/iso8601"); none == nil && c.code != InvalidParameter {
			if theirs, _ := exec.Command(tool, strings.Fields(c.args)...).Output(); string(theirs) != out {
				t.Errorf("iso8601 %s: %q, Pacemaker's says %q", c.args, out, theirs)
			}
		}
	}
}

func TestRulesAreJudgedByTheirDate(t *testing.T) {
	doc := `<cib><configuration><constraints><rsc_location id="l" rsc="p">
<rule id="range" score="1"><date_expression id="a" operation="in_range" start="2024-01-01" end="2024-12-31"/></rule>
<rule id="spec" score="1"><date_expression id="b" operation="date_spec"><date_spec id="c" years="2024" months="6-8"/></date_expression></rule>
<rule id="noyear" score="1"><date_expression id="e" operation="date_spec"><date_spec id="f" hours="9"/></date_expression></rule>
<rule id="nodate" score="1"><expression id="g" attribute="x" operation="defined"/></rule>
<rule id="long" score="1"><date_expression id="h" operation="in_range" start="2024-01-01"><duration id="i" months="2"/></date_expression></rule>
</rsc_location></constraints></configuration></cib>`
	for _, c := range []struct {
		rule, date string
		code       Code
		want       string
	}{
		{"range", "2024-05-01", OK, "Rule range is still in effect\n"},
		{"range", "2023-05-01", NotYet, "Rule range has not yet taken effect\n"},
		{"range", "2025-05-01", Expired, "Rule range is expired\n"},
		{"spec", "2024-07-01", OK, "Rule spec satisfies conditions\n"},
		{"spec", "2024-05-01", NotYet, "Rule spec has not yet taken effect\n"},
		{"spec", "2025-07-01", Expired, "Rule spec is expired\n"},
		{"long", "2024-02-20", OK, "Rule long is still in effect\n"},
		{"long", "2024-03-20", Expired, "Rule long is expired\n"},
		{"noyear", "2024-05-01", Unimplemented, "Could not determine whether rule noyear is in effect: Rule must either not use date_spec, or use date_spec with years= but not moon=\n"},
		{"nodate", "2024-05-01", Unimplemented, "Could not determine whether rule nodate is in effect: Rule does not have a date expression\n"},
		{"none", "2024-05-01", NoSuchObject, "Could not determine whether rule none is in effect: Rule not found\n"},
		{"range", "someday", Data, "crm_rule: Invalid date specified: 'someday'\n"},
	} {
		code, out, err := runTool(t, "crm_rule", doc, nil, "-c", "-r", c.rule, "-d", c.date, "-X", "-")
		if code != c.code || out+err != c.want {
			t.Errorf("%s at %s: %d %q, want %d %q", c.rule, c.date, code, out+err, c.code, c.want)
		}
	}
	if code, _, err := runTool(t, "crm_rule", doc, nil, "-c"); code != Usage || !strings.Contains(err, "--check requires use of --rule=") {
		t.Errorf("without a rule: %d %q", code, err)
	}
}
