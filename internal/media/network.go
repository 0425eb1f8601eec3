package media

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
)

// Network is what a Set wants to know of the machine's network; a netif.Kernel is one.
type Network interface {
	Links() ([]netif.Link, error)
	Watch() (*netif.Watch, error)
}

// What the kernel says about an interface that cannot send, although writing to it may go well.
var (
	errNoCarrier = errors.New("the interface has no carrier")
	errDown      = errors.New("the interface is down")
)

// eyes look at the interfaces whenever something changed, in a goroutine of their own: a list of interfaces is too
// slow a thing for the pulse to ask for.
type eyes struct {
	seen atomic.Pointer[[]netif.Link] // what the pulse has not taken note of; nil: nothing new
	stop chan struct{}
	done chan struct{}
}

// lookAgain is the pause after the kernel could not list its interfaces.
const lookAgain = 100 * time.Millisecond

func (s *Set) watchNetwork(n Network) error {
	w, err := n.Watch()
	if err != nil {
		return fmt.Errorf("watching the interfaces: %w", err)
	}
	s.eyes = &eyes{stop: make(chan struct{}), done: make(chan struct{})}
	go s.eyes.look(n, w, s.Wake)
	return nil
}

func (e *eyes) look(n Network, w *netif.Watch, tell func()) {
	defer close(e.done)
	defer w.Close()
	for {
		var again <-chan time.Time
		if links, err := n.Links(); err == nil {
			e.seen.Store(&links)
			tell()
		} else {
			again = time.After(lookAgain)
		}
		select {
		case <-e.stop:
			return
		case <-again:
		case <-w.C():
			w.Take()
		}
	}
}

func (e *eyes) close() {
	close(e.stop)
	<-e.done
}

// networkChanged opens what may be openable now, opens again what has changed below its sockets, and reports the links whose interface
// cannot send any more. A link that can send again is reported by the first datagram that leaves.
func (s *Set) networkChanged(links []netif.Link) {
	told := map[string]bool{}
	var news []*line
	for _, l := range s.lines {
		name := interfaceOf(l.conf)
		if name == "" {
			continue
		}
		was := l.err
		s.renew(l)
		link, there := netif.LinkNamed(links, name)
		l.judge(link, there)
		if l.err != nil && was == nil && !told[l.conf.Name] {
			told[l.conf.Name] = true
			news = append(news, l)
		}
	}
	for _, l := range news { // now that all lines of a link are judged
		s.report(l)
	}
}

// renew opens a line that is closed or stands on an interface that is another one now.
func (s *Set) renew(l *line) {
	if l.medium != nil && !l.medium.stale() {
		return
	}
	s.close(l)
	l.pause = 0
	if s.open(l) == nil {
		l.count.Reopened++
	}
}

// judge takes the kernel's word on whether the interface of an open line can send.
func (l *line) judge(link netif.Link, there bool) {
	if l.medium == nil {
		return // the error of opening says why
	}
	l.cut = nil
	switch {
	case !there:
		l.cut = unix.ENODEV
	case !link.Up:
		l.cut = errDown
	case !link.Carrier:
		l.cut = errNoCarrier
	}
	if l.cut != nil {
		l.err = explain(l.conf, "", l.cut)
	}
}

// interfaceOf is the interface that a line stands on, or empty.
func interfaceOf(m conf.Medium) string {
	switch {
	case m.Kind == "serial":
		return ""
	case isPing(m.Kind):
		return m.Addr.Zone()
	}
	return m.Interface
}
