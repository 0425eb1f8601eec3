package applet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"heartbeat/internal/arbiter/witness"
	"heartbeat/internal/conf"
)

// witnessPatience is how long check waits for the witnesses, all together.
const witnessPatience = time.Second

// witnessAnswer is what became of a question to a witness.
type witnessAnswer struct {
	Address string        `json:"address"`
	Answers bool          `json:"answers"` // and so it has the key of this cluster
	Delay   time.Duration `json:"delay_ns,omitempty"`
	Trouble string        `json:"trouble,omitempty"`
}

// askWitnesses asks those of take_over arbiter whether they are there. Nothing changes by that.
func (c *call) askWitnesses(f finding) []witnessAnswer {
	a := f.Config.HaCf.Settings.Arbiter
	if a.Kind != conf.ArbiterWitness || f.Config.HaCf.Settings.TakeOver != "arbiter" {
		return nil
	}
	peer := ""
	for _, name := range f.Config.HaCf.Nodes {
		if name != f.Self {
			peer = name
		}
	}
	key, err := witness.SigningKey(f.Config.AuthKeys)
	if err != nil || peer == "" {
		return nil // the files say what is wrong with them
	}
	ctx, cancel := context.WithTimeout(c.ctx, witnessPatience)
	defer cancel()
	out := make([]witnessAnswer, len(a.References))
	var wg sync.WaitGroup
	for i, at := range a.References {
		wg.Go(func() {
			w := witnessAnswer{Address: at}
			delay, err := witness.Probe(ctx, at, f.Self, peer, key)
			if w.Answers, w.Delay = err == nil, delay; err != nil {
				w.Trouble = err.Error()
			}
			out[i] = w
		})
	}
	wg.Wait()
	return out
}

// silentWitnesses are warnings: a node starts all the same, and this machine may just have no network.
func silentWitnesses(f finding, list []witnessAnswer) (out []conf.Problem) {
	a := f.Config.HaCf.Settings.Arbiter
	for _, w := range list {
		if !w.Answers {
			out = append(out, conf.Problem{File: a.File, Line: a.Line, Severity: conf.Warning,
				Msg: fmt.Sprintf("witness %s does not answer this machine: %s. After a cut this node would stop", w.Address, w.Trouble),
				Fix: "there: heartbeat witness status; it needs a copy of authkeys of this cluster, and its UDP port open"})
		}
	}
	return out
}
