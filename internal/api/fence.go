package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
)

// confirm serves the word of a human that a node is down. Who it is the kernel knows; the name that the client gives is shown with it.
func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	s.fenceAnswer(w, r, "confirm", func(ctx context.Context, req fenceRequest) (Answer, error) {
		p, _ := r.Context().Value(peerKey{}).(Peer)
		return s.node.Confirm(ctx, strings.ToLower(req.Node), cmp.Or(req.By, "somebody")+" ("+p.String()+")")
	})
}

// fence serves orders to the fencing devices.
func (s *Server) fence(w http.ResponseWriter, r *http.Request) {
	s.fenceAnswer(w, r, "fence", func(ctx context.Context, req fenceRequest) (Answer, error) {
		return s.node.Fence(ctx, req.Op, strings.ToLower(req.Node))
	})
}

func (s *Server) fenceAnswer(w http.ResponseWriter, r *http.Request, verb string, do func(context.Context, fenceRequest) (Answer, error)) {
	var req fenceRequest
	if f := read(r, &req); f != nil {
		fail(w, f)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), longest)
	defer cancel()
	answer, err := do(ctx, req)
	if err != nil {
		fail(w, &Fault{Code: http.StatusServiceUnavailable, Text: verb + ": " + err.Error(), Mend: "look at heartbeat status"})
		return
	}
	reply(w, answer)
}

// Confirm says that a node is down.
func (c *Client) Confirm(ctx context.Context, node, by string) (Answer, error) {
	var a Answer
	err := c.call(ctx, http.MethodPost, "/v1/confirm", fenceRequest{Node: node, By: by}, &a)
	return a, err
}

// Fence asks the fencing devices: op is test, off or reset. An answer that is refused is a failure.
func (c *Client) Fence(ctx context.Context, op, node string) (Answer, error) {
	var a Answer
	err := c.call(ctx, http.MethodPost, "/v1/fence", fenceRequest{Op: op, Node: node}, &a)
	return a, err
}
