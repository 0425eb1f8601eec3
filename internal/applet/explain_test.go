package applet

import (
	"slices"
	"strings"
	"testing"
)

func TestExplainAnswersForTheDocumentToo(t *testing.T) {
	for name, want := range map[string][]string{
		"primitive":           {"element of the cluster's document", "stands in: ", "attributes: class", "holds: instance_attributes"},
		"rsc_location.score":  {"attribute of the cluster's document", "INFINITY"},
		"no-quorum-policy":    {"cluster option", "default: stop", "freeze"},
		"migration-threshold": {"resource option", "default: INFINITY", "rsc_defaults"},
		"interval":            {"operation option", "also an attribute: op.interval"},
		"pcmk_host_map":       {"fence device option"},
		"node":                {"directive of ha.cf", "element of the cluster's document"},
		"globally-unique":     {"default: false (Heartbeat 2: true)"},
		"bundle":              {"only in: pacemaker-2.8 and later"},
	} {
		got := explain(name, false)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("explain %s says\n%swithout %q", name, got, w)
			}
		}
	}
	if got := explain("op.on-fail", true); !strings.Contains(got, "失败后的处理") || !strings.Contains(got, "及以后") {
		t.Errorf("in Chinese: %s", got)
	}
	if explain("rsc_location.scor", false) != "" || !strings.Contains(nearest("rsc_location.scor", explainable()), "rsc_location.score") {
		t.Error("a slip is not mended")
	}
}

func TestCompletionKnowsEverythingThatIsExplained(t *testing.T) {
	names := explainable()
	for _, n := range []string{"deadtime", "node.dead", "primitive", "primitive.class", "no-quorum-policy", "on-fail"} {
		if !slices.Contains(names, n) {
			t.Errorf("%s is not offered", n)
		}
	}
	for _, n := range names {
		if explain(n, false) == "" {
			t.Errorf("%s is offered and not explained", n)
		}
	}
}
