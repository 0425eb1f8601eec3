package lab

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// EchoPort is the UDP port on which every machine tells its name.
const EchoPort = "7777"

// Target is what a client asks, again and again.
type Target struct {
	Proto   string        // http (a fresh connection each time) or udp (the machines' own responder)
	Addr    string        // host
	Every   time.Duration // between two questions; 0: 5 ms
	Timeout time.Duration // an answer later than this does not count; 0: 250 ms
}

func (t Target) withDefaults() Target {
	if t.Every <= 0 {
		t.Every = 5 * time.Millisecond
	}
	if t.Timeout <= 0 {
		t.Timeout = 250 * time.Millisecond
	}
	return t
}

// Answer is the outcome of one question.
type Answer struct {
	Asked time.Time `json:"q"`
	Heard time.Time `json:"a"`           // of the answer, or of giving up
	Node  string    `json:"n,omitempty"` // who answered; empty: nobody did
}

// probe is the client's side: it asks until its input is closed and writes one
// Answer a line.
func probe(target string) int {
	var t Target
	if err := json.Unmarshal([]byte(target), &t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	out := &answerWriter{enc: json.NewEncoder(os.Stdout), stop: cancel}
	ask := out.askHTTP
	if t.Proto == "udp" {
		ask = out.askUDP
	}
	var wg sync.WaitGroup
	tick := time.NewTicker(t.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		wg.Go(func() { ask(t) })
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	wg.Wait()
	return 0
}

// answerWriter writes answers of many goroutines, one at a time.
type answerWriter struct {
	mu   sync.Mutex
	enc  *json.Encoder
	stop func()
}

func (w *answerWriter) write(a Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.enc.Encode(a) != nil {
		w.stop()
	}
}

// askHTTP asks for a page on a connection of its own, as a new visitor does.
func (w *answerWriter) askHTTP(t Target) {
	a := Answer{Asked: time.Now()}
	defer func() { a.Heard = time.Now(); w.write(a) }()
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(t.Addr, "80"), t.Timeout)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(a.Asked.Add(t.Timeout))
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", t.Addr)
	r := bufio.NewReader(conn)
	status, err := r.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") {
		return
	}
	rest, err := io.ReadAll(r)
	if _, body, ok := strings.Cut(string(rest), "\r\n\r\n"); ok && err == nil {
		a.Node = strings.TrimSpace(body)
	}
}

// askUDP asks one datagram on a socket of its own, so that no answer is mistaken
// for another's.
func (w *answerWriter) askUDP(t Target) {
	a := Answer{Asked: time.Now()}
	defer func() { a.Heard = time.Now(); w.write(a) }()
	conn, err := net.Dial("udp", net.JoinHostPort(t.Addr, EchoPort))
	if err != nil {
		return
	}
	defer conn.Close()
	question := binary.BigEndian.AppendUint64(nil, uint64(a.Asked.UnixNano()))
	if _, err := conn.Write(question); err != nil {
		return
	}
	conn.SetDeadline(a.Asked.Add(t.Timeout))
	buf := make([]byte, 128)
	n, err := conn.Read(buf)
	if err == nil && n > len(question) {
		a.Node = string(buf[len(question):n])
	}
}
