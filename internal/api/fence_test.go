package api

import (
	"context"
	"strings"
	"testing"
)

func (f *fake) Confirm(_ context.Context, node, by string) (Answer, error) {
	return Answer{Refused: node == "n1", Text: node + " by " + by}, nil
}

func (f *fake) Fence(_ context.Context, op, node string) (Answer, error) {
	return Answer{Text: op + " " + node}, nil
}

func TestTheWordOfAHumanNamesWhoSaidIt(t *testing.T) {
	_, c, _ := serve(t)
	a, err := c.Confirm(t.Context(), "N2", "root")
	if err != nil || a.Refused || !strings.HasPrefix(a.Text, "n2 by root (uid ") {
		t.Errorf("%+v %v", a, err)
	}
	if a, err := c.Confirm(t.Context(), "n1", ""); err != nil || !a.Refused || !strings.Contains(a.Text, "somebody") {
		t.Errorf("%+v %v", a, err)
	}
	if a, err := c.Fence(t.Context(), "test", "N2"); err != nil || a.Text != "test n2" {
		t.Errorf("%+v %v", a, err)
	}
}
