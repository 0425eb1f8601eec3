package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"heartbeat/internal/alert/deliver"
)

// testLongest is how long a test of all channels may take: the longest time limit of a channel twice, one for the message before it.
const testLongest = 20 * time.Minute

// TestResult is how the test of one channel ended.
type TestResult = deliver.TestResult

// testRequest is the body of a test of the alerts.
type testRequest struct {
	Channel string `json:"channel,omitempty"` // name or kind; empty: all
}

// testReply is the answer.
type testReply struct {
	Results []TestResult `json:"results"`
}

func (s *Server) testAlerts(w http.ResponseWriter, r *http.Request) {
	var req testRequest
	if f := read(r, &req); f != nil {
		fail(w, f)
		return
	}
	var known []string
	if v := s.node.Status().Alerts; v != nil {
		for _, c := range v.Channels {
			known = append(known, c.Name)
		}
	}
	if len(known) == 0 {
		fail(w, &Fault{Code: http.StatusNotFound, Text: "this node has no alert line", Mend: "write one into ha.cf, such as: #!hb alert mail root@localhost, then heartbeat reload; docs/alerts.md"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), testLongest)
	defer cancel()
	results, err := s.node.TestAlerts(ctx, req.Channel)
	switch {
	case err != nil:
		fail(w, &Fault{Code: http.StatusServiceUnavailable, Text: "alerts test: " + err.Error(), Mend: "look at heartbeat alerts"})
	case len(results) == 0:
		fail(w, &Fault{Code: http.StatusNotFound, Text: fmt.Sprintf("there is no channel %.60q", req.Channel), Mend: "say one of: " + strings.Join(known, "; ")})
	default:
		reply(w, testReply{results})
	}
}

// TestAlerts has the node send a test message on one channel, by name or kind, or on all, and returns the results.
func (c *Client) TestAlerts(ctx context.Context, channel string) ([]TestResult, error) {
	var r testReply
	err := c.call(ctx, http.MethodPost, "/v1/alerts/test", testRequest{channel}, &r)
	return r.Results, err
}
