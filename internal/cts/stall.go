package cts

import (
	"sync"
	"time"
)

// A stallWatch measures how long this machine runs nothing of the suite: a timer that should fire every 5 ms, and how late it was.
// The nodes themselves are real-time; the scripts, the client and the machines' responders are not.
type stallWatch struct {
	mu   sync.Mutex
	most time.Duration
	done chan struct{}
	once sync.Once
}

func watchStalls() *stallWatch {
	w := &stallWatch{done: make(chan struct{})}
	go func() {
		const every = 5 * time.Millisecond
		tick := time.NewTicker(every)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-tick.C:
			case <-w.done:
				return
			}
			now := time.Now()
			w.mu.Lock()
			w.most = max(w.most, now.Sub(last)-every)
			w.mu.Unlock()
			last = now
		}
	}()
	return w
}

func (w *stallWatch) reset() {
	w.mu.Lock()
	w.most = 0
	w.mu.Unlock()
}

func (w *stallWatch) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}

func (w *stallWatch) stop() { w.once.Do(func() { close(w.done) }) }
