package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/program"
)

// maxAnswer is how much of an answer is read, and shown when it is a refusal, in bytes.
const maxAnswer = 1 << 10

// webhook posts the message as JSON. No proxy of the environment is used: what reports trouble must not depend on more than it has to.
func (d *Sender) webhook(ctx context.Context, c alert.Channel, m alert.Message) alert.Result {
	body, err := json.Marshal(m)
	if err != nil {
		return failed(err.Error())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Target, bytes.NewReader(body))
	if err != nil {
		return failed(plain(err).Error())
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "heartbeat/"+d.Version)
	req.Header.Set("Idempotency-Key", m.ID)
	req.Header.Set("X-Heartbeat-Schema", strconv.Itoa(alert.Schema))
	if c.Secret != "" {
		if err := sign(req, c.Secret, body); err != nil {
			return failed(err.Error())
		}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		if config.RootCAs, err = authorities(c.CA); err != nil {
			return failed(err.Error())
		}
	}
	client := &http.Client{
		Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return fmt.Errorf("it redirects to another address (%s%s); write that one", r.URL.Host, r.URL.Path)
		},
	}
	resp, err := client.Do(req)
	if err != nil {
		return failed(fmt.Sprintf("webhook %s: %v", req.URL.Host, plain(err)))
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // for people only
	r := alert.Result{OK: resp.StatusCode/100 == 2, Code: resp.StatusCode, Text: "answered " + resp.Status, Output: program.Clean(string(said))}
	r.Permanent = resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusRequestTimeout && resp.StatusCode != http.StatusTooManyRequests
	if !r.OK {
		r.Text = fmt.Sprintf("webhook %s answered %s", req.URL.Host, resp.Status)
	}
	return r
}

// sign adds the time and HMAC-SHA256 of "time.body", in hexadecimal, with the secret of a file. The time lets a receiver refuse recordings.
func sign(req *http.Request, file string, body []byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the secret: %w", err)
	}
	secret := bytes.TrimSpace(data)
	if len(secret) == 0 {
		return fmt.Errorf("%s holds no secret; write one into it: openssl rand -hex 32 > %s", file, file)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(at + "."))
	mac.Write(body)
	req.Header.Set("X-Heartbeat-Timestamp", at)
	req.Header.Set("X-Heartbeat-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

func authorities(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// plain takes addresses out of an error that may hold a token, and says a deadline in words.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("no answer within the time limit")
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
