package node

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/fencing/device"
)

// A fenceLine is a stonith or stonith_host line that is for this node.
type fenceLine struct {
	device.Line
	name string // as people know it
	at   int    // line of ha.cf
}

// fenceLines are the fencing devices of a node, in the order in which they are tried.
func fenceLines(h conf.HaCf, self string) []fenceLine {
	var out []fenceLine
	for _, s := range h.Stonith {
		if s.Host != "" && s.Host != "*" && s.Host != self {
			continue
		}
		out = append(out, fenceLine{
			Line: device.Line{Type: s.Type, Params: s.Params, File: s.Host == ""},
			name: fmt.Sprintf("%s (%s:%d)", s.Type, filepath.Base(h.File), s.Line), at: s.Line,
		})
	}
	return out
}

// fenceCheckTime bounds what the programs of the devices may take to tell their parameters.
const fenceCheckTime = 20 * time.Second

// judgeFencing checks the fencing lines of this node as a start would; on asks the programs on this machine.
func judgeFencing(h conf.HaCf, self string, on bool) (out conf.Problems) {
	lines := fenceLines(h, self)
	if h.Settings.TakeOver == "fenced" && len(lines) == 0 {
		fix := "write: stonith_host * TYPE PARAMETERS, for example stonith_host * external/ipmi node2 10.0.0.12 admin secret lan"
		out = append(out, conf.Problem{File: h.File, Severity: conf.Warning, Fix: fix,
			Msg: fmt.Sprintf("take_over is fenced, and no fencing device is for node %s: nothing of a silent node is started here before a human says heartbeat confirm", self)})
	}
	if !on {
		return out
	}
	ctx, cancel := context.WithTimeout(context.Background(), fenceCheckTime)
	defer cancel()
	for _, l := range lines {
		if err := device.Check(ctx, l.Line); err != nil {
			out = append(out, conf.Problem{File: h.File, Line: l.at, Severity: conf.Error,
				Msg: fmt.Sprintf("fencing device %s: %v", l.Type, err), Fix: fenceFix(l)})
		}
	}
	return out
}

func fenceFix(l fenceLine) string {
	switch {
	case l.File:
		return fmt.Sprintf("try it: %s -t %s -F %s -S", device.Tool, l.Type, l.Params)
	case device.IsAgent(l.Type):
		return fmt.Sprintf("write: stonith_host * %s name=value ...; %s -o metadata tells the names", l.Type, l.Type)
	}
	return fmt.Sprintf("write: stonith_host * %s VALUES; %s -t %s -n tells which", l.Type, device.Tool, l.Type)
}
