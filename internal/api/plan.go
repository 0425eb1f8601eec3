package api

import (
	"context"
	"net/http"

	"heartbeat/internal/node"
	"heartbeat/internal/propagate"
)

// PlanRequest asks what would happen; PlanReply is the answer.
type (
	PlanRequest = node.PlanRequest
	PlanStep    = node.PlanStep
	PlanReply   = node.PlanReply
)

// plan is a question, although it comes as POST: it carries a file.
func (s *Server) plan(w http.ResponseWriter, r *http.Request) {
	var req PlanRequest
	if f := readUpTo(r, 2*propagate.MaxFile, &req); f != nil {
		fail(w, f)
		return
	}
	p, err := s.node.Plan(r.Context(), req)
	if err != nil {
		fail(w, &Fault{Code: http.StatusConflict, Text: "plan: " + err.Error()})
		return
	}
	reply(w, p)
}

// Plan asks what would happen. Nothing does.
func (c *Client) Plan(ctx context.Context, req PlanRequest) (PlanReply, error) {
	var p PlanReply
	err := c.call(ctx, http.MethodPost, "/v1/plan", req, &p)
	return p, err
}
