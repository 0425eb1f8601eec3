package api

import (
	"context"
	"fmt"
	"net/http"
	"os/user"
	"strconv"
	"unicode/utf8"

	"heartbeat/internal/node"
)

// VerbRequest is what an administrator says about a group or a node.
type VerbRequest = node.VerbRequest

// longestReason is the longest reason that may be given, in bytes; it rides on every heartbeat while the order stands.
const longestReason = 100

// verb serves move, drain, hold, resume and retry. Once accepted, a request goes on even if the client leaves.
func (s *Server) verb(verb string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req VerbRequest
		if f := read(r, &req); f != nil {
			fail(w, f)
			return
		}
		switch {
		case req.For < 0:
			fail(w, &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("%s: for_ns is %d", verb, req.For), Mend: "say a time above zero, or none"})
			return
		case len(req.Why) > longestReason || !utf8.ValidString(req.Why):
			fail(w, &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("%s: the reason has %d bytes", verb, len(req.Why)), Mend: fmt.Sprintf("say it in %d bytes", longestReason)})
			return
		}
		p, _ := r.Context().Value(peerKey{}).(Peer)
		req.By = userName(p.UID)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), longest)
		defer cancel()
		answer, err := s.node.Verb(ctx, verb, req)
		if err != nil {
			fail(w, &Fault{Code: http.StatusServiceUnavailable, Text: verb + ": " + err.Error(), Mend: "look at heartbeat status"})
			return
		}
		reply(w, answer)
	}
}

// userName is who asks, as people know him.
func userName(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}

// Verb asks for one of node.Verbs. It returns when that is done or refused.
func (c *Client) Verb(ctx context.Context, verb string, req VerbRequest) (Answer, error) {
	var a Answer
	err := c.call(ctx, http.MethodPost, "/v1/"+verb, req, &a)
	return a, err
}
