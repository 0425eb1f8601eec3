package clients

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Config is what a Service works with. The functions are called one at a time and must not wait
// for anything slow, unless they say so.
type Config struct {
	Session   session.Config
	Socket    string // path of the socket; it is made by Listen
	FIFO      string // path of the FIFO; it is made by Run
	Netstring bool   // clients are written to as msgfmt netstring wants

	Feed      <-chan []session.Event       // news of the cluster
	OpenLine  func() Line                  // for the messages of one client
	Send      func(*wire.Message)          // gives a message of this node itself to the cluster
	Resources func(context.Context) string // what this node holds; may take its time
	Standby   func(set string)
	Takeover  func(set string)
	Roster    func(verb string, nodes []string, value string)
	Watch     func(on bool)
	Record    func(event.Event)
	Log       *slog.Logger
}

// A Line carries messages of one client to the cluster in their order. Send waits while too much is on its way.
type Line interface {
	Send(context.Context, *wire.Message) error
}

// A Service serves all clients of one node.
type Service struct {
	cfg  Config
	core *session.Core

	quit chan struct{} // ends Run
	done chan struct{} // closed when Run has ended
	last atomic.Uint64 // connection numbers
	door door

	lost  atomic.Bool    // news were lost
	words sync.WaitGroup // last words of clients that could not be served
	end   context.Context
	stop  context.CancelFunc

	// Whoever brings news steps the core himself, one at a time: handing every message to another goroutine and waiting
	// for its answer would cost several times what the message costs.
	one   sync.Mutex
	ended bool
	sinks map[session.ID]sink
	dirty []session.ID // those with something to flush
}

// A sink is the way to one client.
type sink interface {
	// deliver takes a message for the client; false when its queue is full or it is gone. It never blocks.
	deliver(m *wire.Message, frame func() ([]byte, error)) bool
	flush() bool // after the last of several deliveries; false as deliver
	limit(n int) // of the queue
	close()      // after what was delivered has been written
	speaks() Line
}

// input is something that the core, or the service, is to be told.
type input struct {
	events []session.Event
	open   sink                 // of a Connected event
	say    chan []*wire.Message // gets what the client is to send to the cluster; nil: the node sends it itself
	look   func(*Service)       // instead of an event
}

// New prepares a service; Run makes it work.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg, core: session.New(cfg.Session),
		quit: make(chan struct{}), done: make(chan struct{}), sinks: map[session.ID]sink{}}
	s.end, s.stop = context.WithCancel(context.Background())
	return s
}

// Run hands on the news of the cluster. It ends when Close is called.
func (s *Service) Run() {
	defer close(s.done)
	var scripts sync.WaitGroup
	fifo := s.openFIFO()
	if fifo != nil {
		scripts.Go(func() { s.readFIFO(fifo) })
	}
	for {
		select {
		case news := <-s.cfg.Feed:
			s.put(input{events: news})
			if s.lost.CompareAndSwap(true, false) {
				s.put(input{look: (*Service).disconnectAll})
			}
			continue
		case <-s.quit:
		}
		s.put(input{look: (*Service).leave})
		s.stop()
		if fifo != nil {
			fifo.Close()
			scripts.Wait()
		}
		return
	}
}

// Lost says that news for the clients could not be handed over. It may be called from anywhere.
func (s *Service) Lost() { s.lost.Store(true) }

// Close says goodbye to all clients and ends the loop. The peers hear of it as long as Send works.
func (s *Service) Close() {
	s.door.close()
	close(s.quit)
	<-s.done
	s.words.Wait()
}

// put takes an input, after those that others bring, and writes to the clients what came of it; false when the service has ended.
func (s *Service) put(in input) bool {
	s.one.Lock()
	defer s.one.Unlock()
	if s.ended {
		return false
	}
	s.step(in)
	s.flush()
	return true
}

// tell takes what a client did, and says what it is thereby to send to the cluster, if anything. It waits while the
// client's line is full. False when the service has ended.
func (s *Service) tell(line Line, events ...session.Event) bool {
	say := make(chan []*wire.Message, 1)
	if !s.put(input{events: events, say: say}) {
		return false
	}
	s.say(line, <-say)
	return true
}

// say sends messages of a client in their order.
func (s *Service) say(line Line, list []*wire.Message) {
	for _, m := range list {
		if err := line.Send(s.end, m); err != nil && s.end.Err() == nil {
			s.cfg.Log.Warn("a client's message of type " + m.Kind() + " was not sent: " + err.Error())
		}
	}
}

func (s *Service) step(in input) {
	if in.look != nil {
		in.look(s)
		return
	}
	var list []*wire.Message
	for _, ev := range in.events {
		if ev, ok := ev.(session.Connected); ok {
			s.sinks[ev.ID] = in.open
		}
		for _, e := range s.core.Step(ev) {
			if send, ok := e.(session.Send); ok && in.say != nil {
				list = append(list, send.Message)
				continue
			}
			s.apply(e)
		}
	}
	if in.say != nil {
		in.say <- list
	}
}

func (s *Service) apply(e session.Effect) {
	switch e := e.(type) {
	case session.Deliver:
		s.deliver(e)
	case session.Signal:
		wake(e)
	case session.Drop:
		if to := s.sinks[e.ID]; to != nil {
			delete(s.sinks, e.ID)
			to.close()
		}
	case session.LimitQueue:
		if to := s.sinks[e.ID]; to != nil {
			to.limit(e.Length)
		}
	case session.Send:
		s.cfg.Send(e.Message)
	case session.AskResources:
		go s.askResources(e.ID)
	case session.Standby:
		s.cfg.Standby(e.Set)
	case session.Takeover:
		s.cfg.Takeover(e.Set)
	case session.ChangeRoster:
		s.cfg.Roster(e.Verb, e.Nodes, e.Value)
	case session.Watch:
		s.cfg.Watch(e.On)
	case session.Record:
		s.cfg.Record(e.Event)
	}
}

func (s *Service) askResources(id session.ID) {
	s.put(input{events: []session.Event{session.ResourcesTold{ID: id, Word: s.cfg.Resources(s.end)}}})
}
