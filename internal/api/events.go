package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"heartbeat/internal/node/timeline"
)

// page is how many records a stream takes at once.
const page = 256

// events serves records of the timeline, as an array or, with follow=1, as server-sent events whose id is the
// record's: a client that comes back says after=ID, or Last-Event-ID as browsers do.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, f := eventQuery(r)
	if f != nil {
		fail(w, f)
		return
	}
	if q.follow {
		s.stream(w, r, q)
		return
	}
	list := []Event{}
	for _, rec := range s.node.Events(q.after, q.max) {
		list = append(list, timeline.EntryOf(rec))
	}
	reply(w, list)
}

type eventsWanted struct {
	after  uint64
	max    int // 0: all
	follow bool
}

func eventQuery(r *http.Request) (eventsWanted, *Fault) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	bad := func(what string) (eventsWanted, *Fault) {
		return eventsWanted{}, &Fault{Code: http.StatusBadRequest, Text: "events: " + what, Mend: "ask for /v1/events?after=0&max=100 or &follow=1"}
	}
	if err != nil {
		return bad(err.Error())
	}
	var w eventsWanted
	if id := r.Header.Get("Last-Event-ID"); id != "" && !values.Has("after") {
		values.Set("after", id)
	}
	for name := range values {
		v := values.Get(name)
		var err error
		switch name {
		case "after":
			w.after, err = strconv.ParseUint(v, 10, 64)
		case "max":
			w.max, err = strconv.Atoi(v)
			if err == nil && w.max < 0 {
				err = strconv.ErrRange
			}
		case "follow":
			w.follow, err = strconv.ParseBool(v)
		default:
			return bad(fmt.Sprintf("there is no parameter %q", name))
		}
		if err != nil {
			return bad(fmt.Sprintf("%s=%q is not a value it can have", name, v))
		}
	}
	return w, nil
}

// stream sends every record after the given one, as it comes, until the client leaves or the node ends.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, q eventsWanted) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	sent := 0
	for {
		changed := s.node.EventsChanged()
		batch := s.node.Events(q.after, page)
		for _, rec := range batch {
			data, err := json.Marshal(timeline.EntryOf(rec))
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", rec.ID, data); err != nil {
				return
			}
			q.after = rec.ID
			if sent++; q.max > 0 && sent >= q.max {
				return
			}
		}
		if out.Flush() != nil {
			return
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-s.end.Done():
			return
		}
	}
}
