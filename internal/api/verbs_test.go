package api

import (
	"errors"
	"strings"
	"testing"

	"heartbeat/internal/node"
)

func TestVerbsAreCarriedOutInTheNameOfWhoAsks(t *testing.T) {
	f, c, _ := serve(t)
	for _, verb := range node.Verbs() {
		a, err := c.Verb(t.Context(), verb, VerbRequest{Group: "web", Node: "node2", By: "somebody else"})
		if err != nil || a.Text != verb || a.Refused != (verb == "hold") {
			t.Errorf("%s: %+v, %v", verb, a, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, told := range f.told {
		if !strings.Contains(told, " web node2 by ") || strings.HasSuffix(told, "by ") || strings.Contains(told, "somebody else") {
			t.Errorf("%q", told)
		}
	}
}

func TestAnEndlessReasonIsRefused(t *testing.T) {
	_, c, _ := serve(t)
	for _, req := range []VerbRequest{{Why: strings.Repeat("x", 101)}, {For: -1}} {
		_, err := c.Verb(t.Context(), "drain", req)
		if f, ok := errors.AsType[*Fault](err); !ok || f.Code != 400 {
			t.Errorf("%+v: %v", req, err)
		}
	}
}

func TestAPlanIsAskedForAndAnswered(t *testing.T) {
	_, c, _ := serve(t)
	p, err := c.Plan(t.Context(), PlanRequest{Steps: []PlanStep{{Verb: "down", VerbRequest: VerbRequest{Node: "node2"}}}})
	if err != nil || len(p.Lines) != 1 || p.Lines[0].Node != "node2" {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = c.Plan(t.Context(), PlanRequest{})
	if f, ok := errors.AsType[*Fault](err); !ok || f.Code != 409 {
		t.Errorf("%v", err)
	}
}
