package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/node"
	"heartbeat/internal/wire"
)

// web is the HTTP interface of our daemon, as a program in any language would use it: one connection that listens, one that sends.
type web struct {
	http *http.Client
	as   string
	self string
	c    chan []node.Delivery

	one sync.Mutex
	in  *io.PipeWriter
	buf bytes.Buffer
}

// browse signs on; it tries until the daemon is there.
func browse(ctx context.Context, socket, as, self string) (*web, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	w := &web{http: &http.Client{Transport: &http.Transport{DialContext: dial, WriteBufferSize: 128 << 10}}, as: as, self: self, c: make(chan []node.Delivery, 1024)}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://heartbeat/v1/messages?as="+as, nil)
		if err != nil {
			return nil, err
		}
		resp, err := w.http.Do(req)
		if err == nil && resp.StatusCode == http.StatusOK {
			go w.read(resp.Body)
			return w, nil
		}
		if err == nil {
			text, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			err = fmt.Errorf("%s: %s", resp.Status, text)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("subscribing at %s: %w", socket, err)
		}
	}
}

func (w *web) read(body io.ReadCloser) {
	defer close(w.c)
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 256<<10), 64<<20)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var n api.News
		if err := json.Unmarshal(data, &n); err != nil {
			fmt.Println("# the daemon says nonsense:", err)
			return
		}
		if n.Kind != api.NewsMessage {
			continue
		}
		m := wire.New("t", n.Type, "to_id", w.as, "text", n.Fields["text"])
		w.c <- []node.Delivery{{From: n.From, Message: m, Own: n.From == w.self}}
	}
	fmt.Println("# the daemon ended the subscription:", lines.Err())
}

// post opens the request whose body all messages go into.
func (w *web) post() {
	body, in := io.Pipe()
	w.in = in
	go func() {
		resp, err := w.http.Post("http://heartbeat/v1/messages", "application/json", body)
		if err == nil {
			text, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			err = fmt.Errorf("the daemon ended the request: %s %s", resp.Status, strings.TrimSpace(string(text)))
		}
		body.CloseWithError(err)
	}()
}

// Send writes one message.
func (w *web) Send(_ context.Context, m *wire.Message) error {
	w.one.Lock()
	defer w.one.Unlock()
	if w.in == nil {
		w.post()
	}
	w.buf.Reset()
	out := api.Outgoing{As: w.as, Type: m.Kind(), Fields: map[string]string{"text": m.Get("text")}}
	if err := json.NewEncoder(&w.buf).Encode(out); err != nil {
		return err
	}
	_, err := w.in.Write(w.buf.Bytes())
	return err
}

func (w *web) heard() <-chan []node.Delivery { return w.c }
