package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/agent"
	"heartbeat/internal/pause"
)

// Machines drives whatever machines a launcher has: emulated ones, others with a kernel of their own. Everything inside a machine goes through
// an agent on it.
type Machines struct {
	l       *launcher
	offer   offer
	cards   map[string][]Card
	service map[string]netip.Prefix
	clocks  map[string]*clock

	mu    sync.Mutex
	lives map[string]*machine // those that are on
	asked map[string]time.Time
}

// A machine is one life of a machine, from its power-on to its end.
type machine struct {
	*agent.Client
	stopEcho func()
}

// NewMachines starts a launcher, a shell text, and asks what it has. It starts no machine yet; Reset does.
func NewMachines(ctx context.Context, text string) (*Machines, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("say which program has the machines: --launcher PROGRAM (heartbeat help cts run, docs/cts.md)")
	}
	l, err := startLauncher(text)
	if err != nil {
		return nil, err
	}
	d, err := meet(ctx, l)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ending)
		defer cancel()
		return nil, errors.Join(err, l.close(ctx))
	}
	return d, nil
}

// meet asks a launcher what it has.
func meet(ctx context.Context, l *launcher) (*Machines, error) {
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h, err := l.do(ctx, order{Op: "hello", Program: program})
	if err != nil {
		return nil, err
	}
	d := &Machines{l: l, offer: h.offer, cards: map[string][]Card{}, service: map[string]netip.Prefix{}, clocks: map[string]*clock{},
		lives: map[string]*machine{}, asked: map[string]time.Time{}}
	return d, d.understand()
}

// understand reads the offer; all that is wrong with it comes at once.
func (d *Machines) understand() error {
	var problems []error
	if d.offer.Protocol != protocolVersion {
		problems = append(problems, fmt.Errorf("it speaks protocol %d, this program %d", d.offer.Protocol, protocolVersion))
	}
	if d.offer.Program == "" {
		problems = append(problems, errors.New("it does not say where heartbeat is on the machines (program)"))
	}
	for _, role := range []string{R1, R2, R3, Client} {
		m, ok := d.offer.Machines[role]
		if !ok {
			if role != R3 {
				problems = append(problems, fmt.Errorf("it has no machine %s", role))
			}
			continue
		}
		d.clocks[role] = &clock{}
		for _, c := range m.Cards {
			addr, err := netip.ParseAddr(c.Address)
			if err != nil || c.Name == "" {
				problems = append(problems, fmt.Errorf("card %q of %s: a name and an address are wanted: %w", c.Name, role, err))
				continue
			}
			d.cards[role] = append(d.cards[role], Card{c.Name, addr})
		}
		if len(d.cards[role]) == 0 || m.Host == "" {
			problems = append(problems, fmt.Errorf("%s needs a host name and a card", role))
		}
	}
	for _, g := range []string{"g1", "g2"} {
		p, err := netip.ParsePrefix(d.offer.Service[g])
		if err != nil {
			problems = append(problems, fmt.Errorf("service address of %s: %w", g, err))
		}
		d.service[g] = p
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("the launcher's hello: %w", err)
	}
	return nil
}

// Advice is what the launcher recommends for its machines: timers as K/D/I and what to add to every bound; empty or zero: nothing.
func (d *Machines) Advice() (timers string, slack time.Duration) {
	slack, err := time.ParseDuration(d.offer.Slack)
	if err != nil {
		slack = 0
	}
	return d.offer.Timers, slack
}

func (d *Machines) Name() string {
	if d.offer.Name == "" {
		return "vmlab"
	}
	return d.offer.Name
}

func (d *Machines) Binary() string                    { return d.offer.Program }
func (d *Machines) Host(role string) string           { return d.offer.Machines[role].Host }
func (d *Machines) Service(group string) netip.Prefix { return d.service[group] }
func (d *Machines) ClientAddr() netip.Addr            { return d.cards[Client][0].Addr }
func (d *Machines) Lateness() time.Duration {
	return time.Duration(d.offer.Late) * time.Millisecond
}
func (d *Machines) Disk() string { return d.offer.Disk }

func (d *Machines) Cards(role string) []Card {
	if role == Client {
		return nil
	}
	return d.cards[role]
}

func (d *Machines) Lacks(need string) string {
	if slices.Contains(d.offer.Can, need) {
		return ""
	}
	if why := d.offer.Lacks[need]; why != "" {
		return why
	}
	return "its launcher does not offer it"
}

// Here is the time of this machine when a machine's clock showed something.
func (d *Machines) Here(role string, there time.Time) time.Time {
	if c := d.clocks[role]; c != nil {
		return c.here(there)
	}
	return there
}

// roles are all machines there are.
func (d *Machines) roles() []string {
	list := []string{Client, R1, R2}
	if d.cards[R3] != nil {
		list = append(list, R3)
	}
	return list
}

// life is a machine that is on.
func (d *Machines) life(role string) (*machine, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.lives[role]
	if m == nil {
		return nil, ErrOff
	}
	select {
	case <-m.Done():
		delete(d.lives, role)
		return nil, ErrOff
	default:
		return m, nil
	}
}

// reached says ErrOff for a machine that went off meanwhile.
func reached(err error) error {
	if errors.Is(err, agent.ErrGone) {
		return ErrOff
	}
	return err
}

func (d *Machines) On(_ context.Context, role string) bool {
	_, err := d.life(role)
	return err == nil
}

func (d *Machines) Run(ctx context.Context, role string, argv ...string) (string, int, error) {
	m, err := d.life(role)
	if err != nil {
		return "", -1, err
	}
	out, code, err := m.Run(ctx, argv...)
	if err != nil {
		code = -1
	}
	return out, code, reached(err)
}

func (d *Machines) Spawn(ctx context.Context, role, shell string) error {
	m, err := d.life(role)
	if err != nil {
		return err
	}
	return reached(m.Spawn(ctx, "sh", "-c", shell))
}

func (d *Machines) Write(ctx context.Context, role string, f File) error {
	m, err := d.life(role)
	if err != nil {
		return err
	}
	if f.Mode == 0 {
		f.Mode = 0o644
	}
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	if err := m.Write(ctx, f.Path, f.Text, f.Mode); err != nil {
		return fmt.Errorf("writing %s on %s: %w", f.Path, role, reached(err))
	}
	return nil
}

func (d *Machines) Read(ctx context.Context, role, file string) ([]byte, error) {
	m, err := d.life(role)
	if err != nil {
		return nil, err
	}
	d.pace(ctx, role+" "+file)
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	data, err := m.Read(ctx, file)
	return data, reached(err)
}

func (d *Machines) Status(ctx context.Context, role string) ([]byte, error) {
	m, err := d.life(role)
	if err != nil {
		return nil, err
	}
	d.pace(ctx, role+" status")
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	data, err := m.Status(ctx)
	return data, reached(err)
}

func (d *Machines) Events(ctx context.Context, role string, after uint64) ([]Event, error) {
	m, err := d.life(role)
	if err != nil {
		return nil, err
	}
	d.pace(ctx, role+" events")
	ctx, cancel := context.WithTimeout(ctx, longReach)
	defer cancel()
	data, err := m.Events(ctx, after)
	if err != nil {
		return nil, reached(err)
	}
	var list []Event
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("timeline of %s: %w", role, err)
	}
	for i := range list {
		list[i].At = d.Here(role, list[i].At)
	}
	return list, nil
}

// pace keeps the same question from coming too often: an emulated machine would do nothing but answer.
func (d *Machines) pace(ctx context.Context, question string) {
	every := time.Duration(d.offer.PaceMS) * time.Millisecond
	d.mu.Lock()
	at := time.Now()
	if next := d.asked[question].Add(every); next.After(at) {
		at = next
	}
	d.asked[question] = at
	d.mu.Unlock()
	_ = pause.For(ctx, time.Until(at)) // what is asked then says that ctx has ended
}
