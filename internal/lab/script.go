package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/pause"
	"heartbeat/internal/vnet"
)

// A scene is one step of the demo.
type scene struct {
	title, why string
	do         func(context.Context) error
}

// What the demo promises, beyond the configured deadtime and the time that the
// services themselves need to start and stop.
const (
	detectionGrace = 250 * time.Millisecond // announcing the address; scheduling of two machines and a client on one busy host
	handoverGrace  = 250 * time.Millisecond // messages of a planned move
	healGrace      = 250 * time.Millisecond // a partition ends, beyond one keepalive and the stop of the services
	coldLimit      = 5 * time.Second
)

func (d *demo) script() []scene {
	ms := d.timing.Deadtime.Milliseconds()
	return []scene{
		{"Cold start", "heartbeat starts on both machines. They find each other; node1 is the home of the service.", d.coldStart},
		{"Pull the plug of node1", fmt.Sprintf("node1 loses power with all that runs on it. node2 hears nothing for deadtime (%d ms), then takes over.", ms), d.pullPlug},
		{"node1 comes back", "node1 boots and starts heartbeat. With auto_failback on, the service goes home by a planned move.", d.comeBack},
		{"Stop heartbeat on node1", "A planned stop: node1 hands the service over before it leaves. Nobody has to wait for deadtime.", d.gracefulStop},
		{"Start heartbeat on node1", "node1 joins again, and the service goes home.", d.gracefulStart},
		{"Freeze node1", "Every process of node1 stops, as on a hanging machine; its kernel still has the address and answers ping. node2 takes over.", d.freeze},
		{"Thaw node1", "node1 wakes up and does not know that it slept: for a moment both machines have the address. Exactly one may keep it.", d.thaw},
		{"Cut one heartbeat link", "The second link of node1 loses every frame. There is another link, so nothing needs to be done.", d.cutOne},
		{"Cut every link of node1", "node1 is alone. Neither machine can know whether the other lives; the client only sees node2 now.", d.cutAll},
		{"Heal the links", "Both machines meet again and find that both serve. Exactly one may go on.", d.heal},
	}
}

func (d *demo) coldStart(ctx context.Context) error {
	began := time.Now()
	if err := d.lab.StartDaemons(); err != nil {
		return err
	}
	for _, node := range d.lab.Nodes {
		if err := d.daemonUp(ctx, node); err != nil {
			return err
		}
	}
	if err := d.await(ctx, "node1", began); err != nil {
		return err
	}
	first := d.firstAnswer(began)
	took := first.Heard.Sub(began)
	d.explain(ctx, "node1")
	d.note(Result{Step: "cold start", Expected: fmt.Sprintf("node1 within %s", inMS(coldLimit)),
		Measured: fmt.Sprintf("%s after %s", first.Node, inMS(took)), Millis: millisOf(took), OK: first.Node == "node1" && took <= coldLimit+d.slack})
	return d.settled(ctx)
}

func (d *demo) pullPlug(ctx context.Context) error {
	d.skip(ctx)
	fault := time.Now()
	if err := d.lab.PowerOff("node1"); err != nil {
		return err
	}
	if err := d.takenOver(ctx, "power cut", fault, "node2"); err != nil {
		return err
	}
	return d.settled(ctx, "node2")
}

func (d *demo) comeBack(ctx context.Context) error {
	if err := d.lab.PowerOn("node1"); err != nil {
		return err
	}
	return d.joinAndGoHome(ctx, "failback")
}

func (d *demo) gracefulStop(ctx context.Context) error {
	d.skip(ctx)
	fault := time.Now()
	stop, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	if err := d.lab.StopDaemon(stop, "node1"); err != nil {
		return err
	}
	if err := d.await(ctx, "node2", fault); err != nil {
		return err
	}
	gap := d.client.LongestGap(fault)
	d.explain(ctx, "node2")
	d.notePlanned(ctx, "planned stop", gap, "node1", "node2")
	return d.settled(ctx, "node2")
}

func (d *demo) gracefulStart(ctx context.Context) error { return d.joinAndGoHome(ctx, "planned start") }

// joinAndGoHome starts heartbeat on node1, whose service comes home to it.
func (d *demo) joinAndGoHome(ctx context.Context, name string) error {
	d.skip(ctx)
	d.forget("node1")
	fault := time.Now()
	if err := d.lab.StartDaemon("node1"); err != nil {
		return err
	}
	if err := d.daemonUp(ctx, "node1"); err != nil {
		return err
	}
	if err := d.await(ctx, "node1", fault); err != nil {
		return err
	}
	gap := d.client.LongestGap(fault)
	d.explain(ctx, "node1")
	d.notePlanned(ctx, name, gap, "node2", "node1")
	return d.settled(ctx)
}

func (d *demo) cutOne(ctx context.Context) error {
	d.skip(ctx)
	fault := time.Now()
	if err := d.lab.Cut("node1", LinkSecond, vnet.Mute); err != nil {
		return err
	}
	// Long enough that a wrong verdict would have shown.
	_ = pause.For(ctx, 2*d.timing.Deadtime)
	if err := d.await(ctx, "node1", time.Now()); err != nil {
		return err
	}
	gap := d.client.LongestGap(fault).Length(time.Now())
	moves, lost := d.client.Switches(fault), d.client.Unanswered(fault)
	d.explain(ctx, "node1")
	d.note(Result{Step: "one link cut", Expected: "no move, no answer lost",
		Measured: fmt.Sprintf("%d moves, %d lost, gap %s", moves, lost, inMS(gap)), Millis: millisOf(gap), OK: moves == 0 && lost == 0})
	if err := d.lab.Heal("node1", LinkSecond); err != nil {
		return err
	}
	return d.settled(ctx)
}

func (d *demo) cutAll(ctx context.Context) error {
	d.skip(ctx)
	fault := time.Now()
	if err := d.lab.Cut("node1", vnet.AllLinks, vnet.Mute); err != nil {
		return err
	}
	return d.takenOver(ctx, "every link cut", fault, "node1", "node2")
}

func (d *demo) freeze(ctx context.Context) error {
	d.skip(ctx)
	fault := time.Now()
	if err := d.lab.Freeze("node1"); err != nil {
		return err
	}
	return d.takenOver(ctx, "freeze", fault, "node2")
}

// takenOver judges a fault of node1 that node2 has to notice by itself.
func (d *demo) takenOver(ctx context.Context, step string, fault time.Time, tell ...string) error {
	if err := d.await(ctx, "node2", fault); err != nil {
		return err
	}
	gap := d.client.LongestGap(fault)
	start := d.serviceTime(ctx, "node2")
	for _, node := range tell {
		d.explain(ctx, node)
	}
	d.noteGap(step, gap, "node2", d.timing.Deadtime+detectionGrace+start,
		fmt.Sprintf("deadtime %s + %s grace + start of the services %s", inMS(d.timing.Deadtime), inMS(detectionGrace), inMS(start)))
	return nil
}

func (d *demo) heal(ctx context.Context) error {
	d.skip(ctx)
	healed := time.Now()
	if err := d.lab.Heal("node1", vnet.AllLinks); err != nil {
		return err
	}
	return d.oneLeft(ctx, "heal", healed)
}

func (d *demo) thaw(ctx context.Context) error {
	d.skip(ctx)
	thawed := time.Now()
	if err := d.lab.Thaw("node1"); err != nil {
		return err
	}
	return d.oneLeft(ctx, "thaw", thawed)
}

// oneLeft judges the end of a time in which both machines had the address: one
// owner soon, the same from then on, and no other answers the client.
func (d *demo) oneLeft(ctx context.Context, step string, since time.Time) error {
	wait, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	if _, err := d.lab.waitSoleOwner(wait, ServiceAddr); err != nil {
		return err
	}
	// One owner now may still be the wrong one: a planned move home may follow.
	if err := d.settled(ctx); err != nil {
		return err
	}
	owner, err := d.lab.waitSoleOwner(wait, ServiceAddr)
	if err != nil {
		return err
	}
	took := time.Since(since)
	calm := time.Now()
	_ = pause.For(ctx, 2*d.timing.Deadtime) // it must stay so
	owners, err := d.lab.Owners(ServiceAddr)
	if err != nil {
		return err
	}
	if err := d.await(ctx, owner, calm); err != nil {
		return err
	}
	for _, node := range d.lab.Nodes {
		d.explain(ctx, node)
	}
	// A move home after the conflict stops and starts the services once more.
	services := 2 * (d.serviceTime(ctx, "node1") + d.serviceTime(ctx, "node2"))
	limit := d.timing.Keepalive + healGrace + services + d.slack
	d.note(Result{Step: step + ": one owner", Expected: fmt.Sprintf("one owner ≤ %s", inMS(limit)),
		Why:      fmt.Sprintf("and it stays the only one; keepalive %s + %s grace + stop and start of the services %s", inMS(d.timing.Keepalive), inMS(healGrace), inMS(services)),
		Measured: fmt.Sprintf("%s after %s%s", owner, inMS(took), later(owner, owners)), Millis: millisOf(took),
		OK: took <= limit && slices.Equal(owners, []string{owner})})
	seen := d.client.Answerers(calm)
	gap := d.client.LongestGap(since).Length(time.Now())
	d.note(Result{Step: step + ": the client", Expected: fmt.Sprintf("one server, gap ≤ %s", inMS(limit)),
		Measured: fmt.Sprintf("%s, gap %s", strings.Join(seen, " and "), inMS(gap)), Millis: millisOf(gap),
		OK: slices.Equal(seen, owners) && gap <= limit})
	return nil
}

// later tells who has the address in the end, if that is not owner alone.
func later(owner string, owners []string) string {
	switch {
	case slices.Equal(owners, []string{owner}):
		return ""
	case len(owners) == 0:
		return ", then nobody"
	}
	return ", then " + strings.Join(owners, " and ")
}
