package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"heartbeat/internal/node"
	"heartbeat/internal/propagate"
)

// PropagateRequest asks the node to give its configuration files to other nodes.
type PropagateRequest = node.PropagateRequest

// PropagateNews is one line of the answer.
type PropagateNews = node.PropagateNews

// propagate is for root only (and for the user the node runs as): it replaces files of other machines that only root may write. The answer
// is one JSON object a line, as things happen. A request that has begun to write goes on even if the client leaves.
func (s *Server) propagate(w http.ResponseWriter, r *http.Request) {
	p, _ := r.Context().Value(peerKey{}).(Peer)
	if p.UID != 0 && p.UID != s.gate.uid {
		fail(w, &Fault{Code: http.StatusForbidden, Text: "only root may change configuration files of other nodes", Mend: "run ha_propagate as root"})
		return
	}
	var req PropagateRequest
	if f := read(r, &req); f != nil {
		fail(w, f)
		return
	}
	if f := knownFiles(req.Files); f != nil {
		fail(w, f)
		return
	}
	req.By = p.String()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	s.node.Propagate(r.Context(), req, func(news PropagateNews) {
		if e.Encode(news) == nil {
			_ = out.Flush() // a client that left does not want it
		}
	})
}

func knownFiles(names []string) *Fault {
	for i, name := range names {
		if !propagate.Shareable(name) {
			return &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("propagate: %.40q is no file that is sent", name), Mend: "name some of " + strings.Join(propagate.Names(), ", ") + ", or of config_files"}
		}
		if slices.Contains(names[:i], name) {
			return &Fault{Code: http.StatusBadRequest, Text: fmt.Sprintf("propagate: %s is named twice", name), Mend: "name it once"}
		}
	}
	return nil
}

// Propagate asks the node to give its files to others and calls each for every line of the answer. Its error says that the
// answer did not come to its end.
func (c *Client) Propagate(ctx context.Context, req PropagateRequest, each func(PropagateNews)) error {
	body, err := json.Marshal(req)
	if err != nil {
		return err
	}
	resp, err := c.send(ctx, http.MethodPost, "/v1/propagate", body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var news PropagateNews
		if err := json.Unmarshal(lines.Bytes(), &news); err != nil {
			return fmt.Errorf("reading the answer of the node: %w", err)
		}
		each(news)
		if news.State == node.PropagateEnd {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.New("the node ended in the middle; what it has begun on other nodes is whole on each of them: look with ha_propagate --dry-run")
}
