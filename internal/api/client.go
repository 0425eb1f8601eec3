package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/node"
)

// NotRunningError says that no node answers at the socket.
type NotRunningError struct{ Socket string }

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("heartbeat is not running on this machine (no answer at %s); start it with: systemctl start heartbeat, or heartbeat run", e.Socket)
}

// DeniedError says that a node is there, and that this user may not speak to it.
type DeniedError struct{ Socket string }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("permission denied at %s; run it as root or as a member of the group %s", e.Socket, Group)
}

// A Client speaks to the node of one run directory. It is safe for concurrent use.
type Client struct {
	socket string
	http   *http.Client
}

// NewClient returns a client for the node of that run directory; it does not connect yet.
func NewClient(runDir string) *Client {
	c := &Client{socket: filepath.Join(runDir, SocketName)}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
		DisableKeepAlives: true,
	}}
	return c
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", c.socket)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ENOTDIR):
		return nil, &NotRunningError{c.socket}
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return nil, &DeniedError{c.socket}
	}
	return nil, err
}

// PID returns the process of the node, from the kernel.
func (c *Client) PID(ctx context.Context) (int, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	p, err := peerOf(conn)
	return p.PID, err
}

// Status asks for the node's status.
func (c *Client) Status(ctx context.Context) (node.Status, error) {
	var s node.Status
	err := c.call(ctx, http.MethodGet, "/v1/status", nil, &s)
	return s, err
}

// Events asks for up to max records with an ID above after; max 0: all that are kept.
func (c *Client) Events(ctx context.Context, after uint64, max int) ([]Event, error) {
	var list []Event
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/v1/events?after=%d&max=%d", after, max), nil, &list)
	return list, err
}

// Standby asks this node to give resources up. It returns when that is done or refused.
func (c *Client) Standby(ctx context.Context, set string) (Answer, error) {
	return c.handOver(ctx, "/v1/standby", set)
}

// Takeover asks the other nodes for resources. It returns when that is done or refused.
func (c *Client) Takeover(ctx context.Context, set string) (Answer, error) {
	return c.handOver(ctx, "/v1/takeover", set)
}

func (c *Client) handOver(ctx context.Context, path, set string) (Answer, error) {
	var a Answer
	err := c.call(ctx, http.MethodPost, path, setRequest{set}, &a)
	return a, err
}

// Reload makes the node read its configuration again and returns the problems found. With a Renewal, what is new comes into force by a
// restart in place: Status shows another start then. Keys that a live node does not have are refused.
func (c *Client) Reload(ctx context.Context, restart bool) (Reloaded, error) {
	return c.reload(ctx, reloadRequest{NoRestart: !restart})
}

// ReloadAnyKeys is Reload that refuses no keys.
func (c *Client) ReloadAnyKeys(ctx context.Context, restart bool) (Reloaded, error) {
	return c.reload(ctx, reloadRequest{NoRestart: !restart, AnyKeys: true})
}

func (c *Client) reload(ctx context.Context, q reloadRequest) (r Reloaded, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/reload", q, &r)
	return r, err
}

// Stop makes the node hand everything over and leave; it returns as soon as that has begun.
func (c *Client) Stop(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/stop", struct{}{}, &Answer{})
}

// Follow calls each for every record after the given one, as they come, until ctx is done, the node ends (io.EOF)
// or each returns an error.
func (c *Client) Follow(ctx context.Context, after uint64, each func(Event) error) error {
	return stream(ctx, c, fmt.Sprintf("/v1/events?follow=1&after=%d", after), each)
}

// Clients lists the programs that are signed on.
func (c *Client) Clients(ctx context.Context) ([]session.Client, error) {
	var list []session.Client
	err := c.call(ctx, http.MethodGet, "/v1/clients", nil, &list)
	return list, err
}

// SignedOn asks whether a program is signed on at a node of the cluster under a name. It waits for that node's answer, until ctx is done.
func (c *Client) SignedOn(ctx context.Context, node, client string) (bool, error) {
	var s ClientState
	err := c.call(ctx, http.MethodGet, "/v1/clients/"+url.PathEscape(client)+"?node="+url.QueryEscape(node), nil, &s)
	return s.Online, err
}

// Subscribe signs on under a name and calls each for everything that this client is told: first the status of every node. It ends
// when ctx is done, when each returns an error, and with io.EOF when the node ends or the client reads too slowly.
func (c *Client) Subscribe(ctx context.Context, as string, each func(News) error) error {
	return stream(ctx, c, "/v1/messages?as="+url.QueryEscape(as), each)
}

// SendMessage sends a message in the name of a client that is signed on (see Subscribe). Messages of one caller arrive in order.
func (c *Client) SendMessage(ctx context.Context, m Outgoing) error {
	return c.call(ctx, http.MethodPost, "/v1/messages", m, &Answer{})
}

// maxLine is the longest line of a stream, in bytes: a large message in base64.
const maxLine = maxMessageBody + 1<<20

// stream reads server-sent events of one type.
func stream[T any](ctx context.Context, c *Client, path string, each func(T) error) error {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: end") {
			return io.EOF
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var e T
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("reading the event stream: %w", err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return io.EOF
}

// call sends a request and decodes the answer.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	resp, err := c.send(ctx, method, path, data)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	return nil
}

// send returns a good answer, or the server's own error as a *Fault.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://heartbeat"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unwrapped(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var f faultReply
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&f); err != nil || f.Error == nil {
		return nil, fmt.Errorf("%s: the node answered %s", path, resp.Status)
	}
	f.Error.Code = resp.StatusCode
	return nil, f.Error
}

// unwrapped takes net/http's wrapping off, which speaks of a host that does not exist.
func unwrapped(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*NotRunningError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*DeniedError](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return fmt.Errorf("the node did not answer in time: %w", ctx.Err())
	}
	return fmt.Errorf("speaking to the node: %w", err)
}
