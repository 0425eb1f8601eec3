package api

import (
	"context"
	"net/http"
	"time"
)

// RosterVerbs are the requests that change the list of nodes: hb_addnode, hb_delnode, hb_setweight, hb_setsite.
func RosterVerbs() []string { return []string{"addnode", "delnode", "setweight", "setsite"} }

// rosterPatience bounds a request that a healthy node answers within a millisecond.
const rosterPatience = 5 * time.Second

func (s *Server) roster(verb string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req nodesRequest
		if f := read(r, &req); f != nil {
			fail(w, f)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), rosterPatience)
		defer cancel()
		answer, err := s.node.Roster(ctx, verb, req.Nodes, req.Value)
		if err != nil {
			fail(w, &Fault{Code: http.StatusServiceUnavailable, Text: verb + ": " + err.Error(), Mend: "look at heartbeat status"})
			return
		}
		reply(w, answer)
	}
}

// Roster asks for a change of the list of nodes; verb is one of RosterVerbs.
func (c *Client) Roster(ctx context.Context, verb string, nodes []string, value string) (Answer, error) {
	var a Answer
	err := c.call(ctx, http.MethodPost, "/v1/"+verb, nodesRequest{nodes, value}, &a)
	return a, err
}
