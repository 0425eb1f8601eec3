package cts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A call is one line pair of TestRsc's log.
type call struct {
	Node     string
	Instance string
	Op       string
	Begin    time.Time
	End      time.Time // zero: it has not ended, or was killed
	Code     int
}

// parseCalls reads TestRsc's log. Lines that are torn (the machine lost its power) are left out.
func parseCalls(node string, log []byte) []call {
	var out []call
	for line := range strings.Lines(string(log)) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		nanos, err := strconv.ParseInt(f[0], 10, 64)
		number, err2 := strconv.Atoi(f[4])
		if err != nil || err2 != nil {
			continue
		}
		at := time.Unix(0, nanos)
		if f[3] == "begin" {
			out = append(out, call{Node: node, Instance: f[1], Op: f[2], Begin: at})
			continue
		}
		for i := len(out) - 1; i >= 0; i-- {
			if c := &out[i]; c.Instance == f[1] && c.Op == f[2] && c.End.IsZero() {
				c.End, c.Code = at, number
				break
			}
		}
	}
	return out
}

// life is a time in which a machine could run scripts: an end is a power-off or a kill by which it forgot what it held.
type life struct {
	node string
	end  time.Time
}

// clash finds starts of an instance on one node while the other one held it: after a start there, and before a stop that
// returned 0, or a status that says stopped, or the end of the machine (resources spec, 11.1 and I1).
func clash(calls []call, ends []life, from time.Time) []string {
	var out []string
	for _, s := range calls {
		if s.Op != "start" || s.Begin.Before(from) {
			continue
		}
		if held, since := holder(calls, ends, s); held {
			out = append(out, fmt.Sprintf("%s started %s while the other node held it, since %s", s.Node, s.Instance, since.Format("15:04:05.000")))
		}
	}
	return out
}

// holder says whether another node held the instance of a start when that began.
func holder(calls []call, ends []life, s call) (bool, time.Time) {
	var since time.Time // begin of the last start there; zero: not held
	node := ""
	events := slices.Clone(calls)
	slices.SortStableFunc(events, func(a, b call) int { return a.Begin.Compare(b.Begin) })
	for _, c := range events {
		if c.Instance != s.Instance || c.Node == s.Node || !c.Begin.Before(s.Begin) {
			continue
		}
		switch c.Op {
		case "start":
			if c.End.IsZero() || c.Code == 0 || c.End.After(s.Begin) {
				since, node = c.Begin, c.Node
			}
		case "stop":
			if !c.End.IsZero() && c.Code == 0 && !c.End.After(s.Begin) {
				since = time.Time{}
			}
		case "status": // a stop that failed and did its work
			if c.Code == 3 && !c.End.IsZero() && !c.End.After(s.Begin) {
				since = time.Time{}
			}
		}
	}
	if since.IsZero() {
		return false, since
	}
	for _, l := range ends {
		if l.node == node && l.end.After(since) && !l.end.After(s.Begin) {
			return false, since
		}
	}
	return true, since
}

// count counts the calls of an operation; any counts all but status.
func count(calls []call, node, instance, op string, from time.Time) int {
	n := 0
	for _, c := range calls {
		if c.Node == node && c.Instance == instance && !c.Begin.Before(from) && (c.Op == op || op == "any" && c.Op != "status") {
			n++
		}
	}
	return n
}

// scriptTime is what the scripts of one instance took since a time, together.
func scriptTime(calls []call, instance string, from time.Time) (sum time.Duration) {
	for _, c := range calls {
		if c.Instance == instance && !c.Begin.Before(from) && !c.End.IsZero() {
			sum += c.End.Sub(c.Begin)
		}
	}
	return sum
}
