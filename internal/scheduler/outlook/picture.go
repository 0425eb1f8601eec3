package outlook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/scheduler"
)

// most is how many boxes a picture has at most; beyond that it would be a carpet.
const most = 400

// A box is one or more steps in a picture.
type box struct {
	title, sub string
	tip        []string
	class      string
	lane       string
	rank       int
	after      map[int]bool // of other boxes
	column     int
	row        int // in its lane and column
	x, y, h    int
	ports      int // arrows that have come in so far
	ins        int
	small      bool
	gone       bool
}

// diagram turns steps into boxes: probes of a node become one, a recurring monitor joins the start that it follows, milestones that only pass
// something on disappear, and so do arrows that others imply.
func diagram(p *Plan) []*box {
	boxes := make([]*box, 0, len(p.Steps))
	at := map[int]int{} // of steps
	probes := map[string]int{}
	for _, s := range p.Steps {
		if key := fmt.Sprint(s.Node, s.Rank); s.Probe && len(s.After) == 0 {
			if i, ok := probes[key]; ok {
				at[s.ID] = i
				boxes[i].tip = append(boxes[i].tip, scheduler.StepText(s))
				boxes[i].sub = fmt.Sprintf("%d resources", len(boxes[i].tip))
				continue
			}
			probes[key] = len(boxes)
		}
		at[s.ID] = len(boxes)
		b := &box{title: title(s), sub: s.Reason, tip: []string{scheduler.StepText(s)}, class: class(s), lane: s.Node, rank: s.Rank, after: map[int]bool{}}
		if s.Kind == scheduler.StepPseudo {
			b.small = s.Node == "" || s.Task != "stop" && s.Task != "start"
		}
		if s.Kind == scheduler.StepFencing || s.Kind == scheduler.StepCluster || b.small {
			b.lane = ""
		}
		for _, a := range s.After {
			if k, ok := at[a]; ok && k != at[s.ID] {
				b.after[k] = true
			}
		}
		boxes = append(boxes, b)
	}
	reduce(boxes)
	for contract(boxes) {
		reduce(boxes)
	}
	joinMonitors(boxes, p.Steps, at)
	return boxes
}

func title(s scheduler.Step) string {
	switch {
	case s.Task == "stonith":
		return "fence " + s.Node
	case s.Task == "do_shutdown":
		return "shut " + s.Node + " down"
	case s.Probe:
		return "look for " + s.Resource
	case s.Task == "monitor":
		return "watch " + s.Resource
	case s.Resource == "":
		return s.Task
	}
	return strings.ReplaceAll(s.Task, "_", " ") + " " + s.Resource
}

func class(s scheduler.Step) string {
	switch {
	case s.Kind == scheduler.StepFencing:
		return "fence"
	case s.Kind == scheduler.StepPseudo:
		return "pseudo"
	case s.Task == "stop", s.Task == "do_shutdown":
		return "stop"
	case s.Task == "start":
		return "start"
	case s.Task == "promote", s.Task == "demote":
		return "role"
	case strings.HasPrefix(s.Task, "migrate"):
		return "move"
	}
	return "other"
}

// contract takes milestones out whose arrows can be drawn from step to step without becoming many, and says whether there were any.
func contract(boxes []*box) (any bool) {
	for i, b := range boxes {
		if !b.small || b.gone {
			continue
		}
		var followers []int
		for k, other := range boxes {
			if !other.gone && other.after[i] {
				followers = append(followers, k)
			}
		}
		if len(b.after)*len(followers) > max(len(b.after)+len(followers), 1) {
			continue
		}
		b.gone, any = true, true
		for _, k := range followers {
			delete(boxes[k].after, i)
			for a := range b.after {
				if a != k {
					boxes[k].after[a] = true
				}
			}
		}
	}
	return any
}

// reduce takes arrows away that others imply. Boxes come after those that they wait for.
func reduce(boxes []*box) {
	words := (len(boxes) + 63) / 64
	reach := make([][]uint64, len(boxes)) // everything before a box
	for i, b := range boxes {
		reach[i] = make([]uint64, words)
		if b.gone {
			continue
		}
		direct := keys(b.after)
		for _, a := range direct {
			for w := range reach[i] {
				reach[i][w] |= reach[a][w]
			}
		}
		for _, a := range direct {
			if reach[i][a/64]&(1<<(a%64)) != 0 {
				delete(b.after, a)
			}
			reach[i][a/64] |= 1 << (a % 64)
		}
	}
}

func keys(set map[int]bool) (out []int) {
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// joinMonitors draws a recurring monitor that nothing waits for inside the box that it follows.
func joinMonitors(boxes []*box, steps []scheduler.Step, at map[int]int) {
	waited := map[int]bool{}
	for _, b := range boxes {
		if !b.gone {
			for a := range b.after {
				waited[a] = true
			}
		}
	}
	for _, s := range steps {
		i := at[s.ID]
		b := boxes[i]
		if s.Task != "monitor" || s.Interval == 0 || waited[i] || b.gone || len(b.after) != 1 {
			continue
		}
		if to := boxes[keys(b.after)[0]]; to.lane == b.lane && !to.gone && !to.small {
			b.gone = true
			to.tip = append(to.tip, b.tip...)
			to.sub = strings.TrimSuffix(to.sub, ", watched") + ", watched"
		}
	}
}

// place gives each box a column, a row in its lane, and says how many lines of boxes each lane has.
func place(boxes []*box) (lanes []string, depth map[string]int, columns int) {
	depth = map[string]int{}
	var cluster bool
	for _, b := range boxes {
		if b.gone {
			continue
		}
		for a := range b.after {
			b.column = max(b.column, boxes[a].column+1)
		}
		b.ins = len(b.after)
		columns = max(columns, b.column+1)
		if b.lane == "" {
			cluster = true
		} else if !slices.Contains(lanes, b.lane) {
			lanes = append(lanes, b.lane)
		}
	}
	slices.Sort(lanes)
	if cluster {
		lanes = append([]string{""}, lanes...)
	}
	laneAt := map[string]int{}
	for i, l := range lanes {
		laneAt[l] = i
	}
	for c := range columns {
		var here []int
		for i, b := range boxes {
			if !b.gone && b.column == c {
				here = append(here, i)
			}
		}
		centre := func(i int) (sum float64) {
			for a := range boxes[i].after {
				sum += float64(laneAt[boxes[a].lane]*100+boxes[a].row) / float64(len(boxes[i].after))
			}
			return sum
		}
		slices.SortStableFunc(here, func(i, j int) int {
			return cmp.Or(cmp.Compare(laneAt[boxes[i].lane], laneAt[boxes[j].lane]), cmp.Compare(centre(i), centre(j)))
		})
		row := map[string]int{}
		for _, i := range here {
			b := boxes[i]
			b.row = row[b.lane]
			row[b.lane]++
			depth[b.lane] = max(depth[b.lane], row[b.lane])
		}
	}
	return lanes, depth, columns
}
