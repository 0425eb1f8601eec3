package lab

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// palette colours words on a terminal; the zero value leaves them plain.
type palette struct{ colour bool }

func (p palette) paint(code, s string) string {
	if !p.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) good(s string) string  { return p.paint("32", s) }
func (p palette) bad(s string) string   { return p.paint("31;1", s) }
func (p palette) loud(s string) string  { return p.paint("1", s) }
func (p palette) quiet(s string) string { return p.paint("2", s) }
func (p palette) blue(s string) string  { return p.paint("36", s) }

// A screen shows the demo: a story that scrolls and, on a terminal, a picture
// below it that is drawn anew all the time.
type screen struct {
	palette
	pictures bool // draw live pictures: a terminal that can move its cursor

	mu    sync.Mutex
	w     io.Writer
	drawn int // lines of the picture on the terminal now
}

// say adds a paragraph to the story.
func (s *screen) say(format string, args ...any) { s.add("  " + fmt.Sprintf(format, args...)) }

// title begins a step.
func (s *screen) title(text string) { s.add("\n" + s.loud("▶ "+text)) }

// quote tells what a node wrote in its timeline.
func (s *screen) quote(node, text string) { s.add("    " + s.blue(node+":") + " " + s.quiet(text)) }

// verdict tells what came of an expectation.
func (s *screen) verdict(r Result) {
	mark := s.good("✔")
	if !r.OK {
		mark = s.bad("✘")
	}
	promise := "promised: " + r.Expected
	if r.Why != "" {
		promise += " (" + r.Why + ")"
	}
	s.add(fmt.Sprintf("  %s %s: %s\n      %s", mark, r.Step, s.loud(r.Measured), s.quiet(promise)))
}

// add writes lines of the story above the picture.
func (s *screen) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.w, s.erased()+text+"\n")
}

// erased is what takes the picture away; the caller holds mu and writes it
// together with what follows, or the terminal would flicker.
func (s *screen) erased() string {
	if s.drawn == 0 {
		return ""
	}
	up := fmt.Sprintf("\x1b[%dA\r\x1b[J", s.drawn)
	s.drawn = 0
	return up
}

// draw replaces the picture.
func (s *screen) draw(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.w, s.erased()+strings.Join(lines, "\n")+"\n")
	s.drawn = len(lines)
}

// redrawEvery is short enough to look alive and long enough to cost nothing.
const redrawEvery = 150 * time.Millisecond

// live draws the picture until the returned function is called.
func (s *screen) live(ctx context.Context, d *demo) (stop func()) {
	if !s.pictures {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(redrawEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.draw(picture(s.palette, d.lab.glance(ctx), d.client.Since(time.Now().Add(-3*time.Second)), time.Now()))
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
		s.mu.Lock()
		defer s.mu.Unlock()
		io.WriteString(s.w, s.erased())
	}
}
