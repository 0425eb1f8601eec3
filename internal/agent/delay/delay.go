// Package delay is the resource that only takes time: it keeps the members after
// it from starting too early. Its status does not wait (defect D32 of C).
package delay

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/pause"
)

// longest is the longest delay that is taken for one; more is a typing error.
const longest = 24 * time.Hour

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "Delay", Usage: "[START [STOP]]", Short: "waits when it is started or stopped",
		Long: "Waits START seconds when it is started and STOP seconds when it is stopped. It orders members of a group in time. A stop that the cluster interrupts ends at once.",
		Params: []native.Param{
			{Name: "startdelay", Short: "seconds to wait at a start", Default: "10"},
			{Name: "stopdelay", Short: "seconds to wait at a stop; default: as startdelay"},
			{Name: "mondelay", Short: "accepted for old configurations; a status never waits", Named: true},
		},
		Limits: native.Limits{Start: time.Minute, Stop: time.Minute},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		start, err := length(k.Get(v, "startdelay"))
		if err != nil {
			return nil, err
		}
		stop := start
		if s := v["stopdelay"]; s != "" {
			if stop, err = length(s); err != nil {
				return nil, err
			}
		}
		return &agent{start, stop, p.Flag("Delay_" + k.Get(v, "startdelay") + "_" + p.Instance)}, nil
	}
	return k
}

// length reads seconds, with a fraction if need be.
func length(s string) (time.Duration, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0 && n <= longest.Seconds()) {
		return 0, native.Fail(native.Configured, "%q is not a number of seconds from 0 to %.0f", s, longest.Seconds())
	}
	return time.Duration(n * float64(time.Second)), nil
}

type agent struct {
	start, stop time.Duration
	flag        native.Flag
}

func (a *agent) Start(ctx context.Context) (string, error) {
	if a.flag.Up() {
		return "waited already", nil
	}
	if err := wait(ctx, a.start); err != nil {
		return "", err
	}
	return fmt.Sprintf("waited %v", a.start), a.flag.Raise()
}

func (a *agent) Stop(ctx context.Context) (string, error) {
	if !a.flag.Up() {
		return "not running", nil
	}
	if err := wait(ctx, a.stop); err != nil {
		return "", err
	}
	return fmt.Sprintf("waited %v", a.stop), a.flag.Lower()
}

func (a *agent) Status(context.Context) (string, error) {
	if a.flag.Up() {
		return "running", nil
	}
	return "", native.Stopped("Delay is not running")
}

func wait(ctx context.Context, d time.Duration) error {
	if err := pause.For(ctx, d); err != nil {
		return fmt.Errorf("the delay of %v was interrupted: %w", d, err)
	}
	return nil
}
