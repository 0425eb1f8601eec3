package drive

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/cts/agent"
)

// A rig is a launcher whose machines are this one: every exec of the agent is the real agent, and power only ends it.
type rig struct {
	t     *testing.T
	out   io.Writer
	offer string // answer to hello

	mu     sync.Mutex
	orders []order // all that came, but input
	refuse string  // an order that fails
	agents map[string]*rigAgent
	wg     sync.WaitGroup
}

type rigAgent struct {
	id    uint64
	input *io.PipeWriter
}

const rigOffer = `"protocol":1,"name":"rig","program":"/bin/heartbeat","can":["power","freeze","links","clock"],"lacks":{"third":"two are enough"},
"timers":"1s/5s/9s","slack":"2s","service":{"g1":"192.0.2.101/24","g2":"192.0.2.102/24"},"machines":{"r1":{"host":"one","cards":[{"name":"eth0","address":"192.0.2.1"},{"name":"eth1","address":"198.51.100.1"}]},
"r2":{"host":"two","cards":[{"name":"eth0","address":"192.0.2.2"}]},"client":{"host":"c","cards":[{"name":"eth0","address":"192.0.2.9"}]}}`

// newRig returns a rig and the suite's end of it.
func newRig(t *testing.T, offer string) (*rig, *launcher) {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	g := &rig{t: t, out: outW, offer: offer, agents: map[string]*rigAgent{}}
	g.wg.Go(func() {
		defer outW.Close()
		lines := bufio.NewScanner(inR)
		for lines.Scan() {
			var o order
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				t.Errorf("the suite says %q", lines.Text())
			}
			if !g.obey(o) {
				return
			}
		}
	})
	l := newLauncher(outR, inW)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), longReach)
		defer cancel()
		_ = l.close(ctx) // a test may have closed it
		g.wg.Wait()
	})
	return g, l
}

func (g *rig) say(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fmt.Fprintln(g.out, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
}

func (g *rig) obey(o order) (goOn bool) {
	if o.Op == "input" {
		for _, a := range g.agents {
			if a.id == o.ID {
				io.WriteString(a.input, o.Data)
			}
		}
		return true
	}
	g.mu.Lock()
	g.orders = append(g.orders, o)
	refused := o.Op == g.refuse
	g.mu.Unlock()
	switch {
	case refused:
		g.say(`{"id":%d,"error":"the fuse is blown"}`, o.ID)
		return true
	case o.Op == "hello":
		g.say(`{"id":%d,"ok":true,%s}`, o.ID, g.offer)
		return true
	case o.Op == "exec":
		g.exec(o)
	case o.Op == "power-off" && g.agents[o.Machine] != nil:
		a := g.agents[o.Machine]
		delete(g.agents, o.Machine)
		a.input.Close()
		g.say(`{"id":%d,"end":"power"}`, a.id)
	}
	g.say(`{"id":%d,"ok":true}`, o.ID)
	if o.Op == "stop" {
		for _, a := range g.agents {
			a.input.Close()
		}
	}
	return o.Op != "stop"
}

func (g *rig) exec(o order) {
	r, w := io.Pipe()
	outR, outW := io.Pipe()
	g.agents[o.Machine] = &rigAgent{o.ID, w}
	g.wg.Go(func() { _ = agent.Serve(context.Background(), r, outW); outW.Close() })
	g.wg.Go(func() {
		lines := bufio.NewScanner(outR)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			data, _ := json.Marshal(lines.Text() + "\n")
			g.say(`{"id":%d,"data":%s}`, o.ID, data)
		}
	})
}

// machinesOf makes a driver whose program is a stand-in that can be the responder.
func machinesOf(t *testing.T) (*rig, *Machines) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "heartbeat")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec cat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	g, l := newRig(t, strings.Replace(rigOffer, "/bin/heartbeat", program, 1))
	d, err := meet(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return g, d
}

func TestLaunchersOfferIsUnderstood(t *testing.T) {
	_, d := machinesOf(t)
	if d.Host(R2) != "two" || len(d.Cards(R1)) != 2 || d.Cards(Client) != nil || d.Cards(R3) != nil {
		t.Errorf("host %q, cards of r1 %v, of the client %v, of r3 %v", d.Host(R2), d.Cards(R1), d.Cards(Client), d.Cards(R3))
	}
	if d.ClientAddr() != netip.MustParseAddr("192.0.2.9") || d.Service("g2") != netip.MustParsePrefix("192.0.2.102/24") {
		t.Errorf("client %v, g2 %v", d.ClientAddr(), d.Service("g2"))
	}
	if d.Lacks("power") != "" || d.Lacks("third") != "two are enough" || d.Lacks("drbd") == "" {
		t.Errorf("lacks power %q, third %q, drbd %q", d.Lacks("power"), d.Lacks("third"), d.Lacks("drbd"))
	}
	if timers, slack := d.Advice(); timers != "1s/5s/9s" || slack != 2*time.Second {
		t.Errorf("advice %q, %v", timers, slack)
	}
}

func TestLaunchersWrongOfferNamesEveryProblem(t *testing.T) {
	_, l := newRig(t, `"protocol":2,"machines":{"r1":{"host":"one","cards":[{"name":"eth0","address":"x"}]}},"service":{"g1":"192.0.2.101"}`)
	_, err := meet(t.Context(), l)
	for _, want := range []string{"protocol 2", "program", "card \"eth0\" of r1", "no machine r2", "no machine client", "address of g1", "address of g2"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %q", err, want)
		}
	}
}

func TestMachineIsUsedThroughItsAgent(t *testing.T) {
	_, d := machinesOf(t)
	ctx := t.Context()
	if _, _, err := d.Run(ctx, R1, "true"); !errors.Is(err, ErrOff) {
		t.Errorf("a machine that is off answers %v", err)
	}
	if err := d.Power(ctx, R1, true); err != nil {
		t.Fatal(err)
	}
	out, code, err := d.Run(ctx, R1, "sh", "-c", "echo out; echo err >&2; exit 3")
	if err != nil || code != 3 || !strings.Contains(out, "out\n") || !strings.Contains(out, "err\n") {
		t.Errorf("run: %q, %d, %v", out, code, err)
	}
	if _, code, err := d.Run(ctx, R1, "sh", "-c", "kill -KILL $$"); err != nil || code != 137 {
		t.Errorf("a killed program: %d, %v", code, err)
	}
	file := filepath.Join(t.TempDir(), "sub", "f")
	if err := d.Write(ctx, R1, File{Path: file, Text: "a \x00 b\n", Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", st, err)
	}
	if data, err := d.Read(ctx, R1, file); err != nil || string(data) != "a \x00 b\n" {
		t.Errorf("read %q, %v", data, err)
	}
	if data, err := d.Read(ctx, R1, file+".none"); err != nil || len(data) != 0 {
		t.Errorf("a missing file is %q, %v", data, err)
	}
	if err := d.Power(ctx, R1, false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(ctx, R1, file); !errors.Is(err, ErrOff) || d.On(ctx, R1) {
		t.Errorf("after its power is off it answers %v", err)
	}
}

func TestRunEndsWithItsContextAndKillsTheProgram(t *testing.T) {
	_, d := machinesOf(t)
	if err := d.Power(t.Context(), R1, true); err != nil {
		t.Fatal(err)
	}
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, _, err := d.Run(ctx, R1, "sh", "-c", "echo $$ >"+pid+"; exec sleep 600")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("run ends with %v", err)
	}
	text, _ := os.ReadFile(pid)
	if len(text) == 0 {
		t.Skip("the program had no time to begin")
	}
	ctx, cancel = context.WithTimeout(t.Context(), longReach)
	defer cancel()
	out, _, err := d.Run(ctx, R1, "sh", "-c", "while kill -0 "+strings.TrimSpace(string(text))+" 2>/dev/null; do sleep 0.05; done; echo gone")
	if err != nil || out != "gone\n" {
		t.Errorf("the program lives on: %q, %v", out, err)
	}
}

func TestAddressesOfAMachineAreToldUntilItsEnd(t *testing.T) {
	_, d := machinesOf(t)
	if err := d.Power(t.Context(), R2, true); err != nil {
		t.Fatal(err)
	}
	changes, err := d.Watch(t.Context(), R2)
	if err != nil {
		t.Fatal(err)
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	for c := range changes {
		if c.Addr == loopback && c.Added {
			break
		}
	}
	if err := d.Power(t.Context(), R2, false); err != nil {
		t.Fatal(err)
	}
	for range changes { // it ends, or the test does not
	}
}

func TestLaunchersRefusalIsToldWithMachineAndReason(t *testing.T) {
	g, d := machinesOf(t)
	g.mu.Lock()
	g.refuse = "start"
	g.mu.Unlock()
	err := d.Power(t.Context(), R1, true)
	if err == nil || !strings.Contains(err.Error(), "start r1") || !strings.Contains(err.Error(), "the fuse is blown") {
		t.Errorf("the refusal is told as %v", err)
	}
}

func TestAllLinksAreCutOneByOne(t *testing.T) {
	g, d := machinesOf(t)
	if err := d.Cut(t.Context(), R1, -1, "mute"); err != nil {
		t.Fatal(err)
	}
	if err := d.Cut(t.Context(), R1, 1, ""); err != nil {
		t.Fatal(err)
	}
	var got []string
	g.mu.Lock()
	for _, o := range g.orders[1:] {
		got = append(got, fmt.Sprintf("%s %s %d %s", o.Op, o.Machine, *o.Link, o.How))
	}
	g.mu.Unlock()
	if want := "cut r1 0 mute,cut r1 1 mute,heal r1 1 "; strings.Join(got, ",") != want {
		t.Errorf("orders %q, want %q", got, want)
	}
}

func TestLauncherThatDiesEndsEveryWait(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	l := newLauncher(outR, inW)
	go func() {
		_, _ = inR.Read(make([]byte, 100))
		outW.Close()
		inR.Close()
	}()
	if _, err := l.do(t.Context(), order{Op: "hello"}); !errors.Is(err, errLauncherGone) {
		t.Errorf("the wait ends with %v", err)
	}
	if _, err := l.do(t.Context(), order{Op: "start"}); !errors.Is(err, errLauncherGone) {
		t.Errorf("an order to a dead launcher ends with %v", err)
	}
}

func TestClockOfAMachineIsReadInItsOwnTime(t *testing.T) {
	begin := time.Now().Add(-time.Minute)
	at := func(s float64) time.Time { return begin.Add(time.Duration(s * float64(time.Second))) }
	var c clock
	c.heard(at(0), at(0.01), at(0.005).Add(700*time.Millisecond)) // 0.7 s ahead
	c.heard(at(10), at(10.2), at(10.1).Add(700*time.Millisecond))
	c.heard(at(20), at(20.01), at(20.005).Add(time.Hour))     // set an hour ahead
	c.heard(at(30), at(30.01), at(30.005).Add(-23*time.Hour)) // and a day back
	c.heard(at(40), at(40.01), at(40.005).Add(-23*time.Hour)) // a late answer tells less
	c.heard(at(41), at(44), at(43).Add(-23*time.Hour))        // and changes nothing
	c.heard(at(55), at(55.01), at(45.005).Add(-23*time.Hour)) // it was frozen for 10 s
	for _, one := range []struct {
		when  float64
		ahead time.Duration
	}{{5, 700 * time.Millisecond}, {25, time.Hour}, {35, -23 * time.Hour}, {43, -23 * time.Hour}, {58, -23*time.Hour - 10*time.Second}} {
		got := c.here(at(one.when).Add(one.ahead)).Sub(begin).Seconds()
		if got < one.when-0.05 || got > one.when+0.05 {
			t.Errorf("what the machine dates %v ahead of %v s happened at %.3f s", one.ahead, one.when, got)
		}
	}
}
