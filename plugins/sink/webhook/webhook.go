// Package webhook tells events by POST to an HTTPS address, in batches of JSON that are signed. It follows no redirect, uses no proxy and
// reaches no address that is not allowed (package wire).
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/format"
	"github.com/plumbline/plumbline/plugins/sink/wire"
)

// Name of the outlet.
const Name = "webhook"

// Settings besides those of packages wire (but for address, tls and confirm) and format.
const (
	settingURL = "url"
	// settingSecretFile holds the secret that signs, one line.
	settingSecretFile = "secret_file"
	// settingTokenFile holds a bearer token for the receiver, one line; none if it is not set.
	settingTokenFile = "token_file"
	// settingBatch is how many events go into one request; 100.
	settingBatch = "batch"
)

// Headers of a request. Signature is "v1=" and the hexadecimal HMAC-SHA256 of the timestamp, a full stop and the body.
const (
	Signature = "Plumbline-Signature"
	Timestamp = "Plumbline-Timestamp"
)

const (
	defaultBatch = 100
	maxBatch     = 1000
	maxSecret    = 4 << 10
	minSecret    = 16
)

// Outlet is a receiver of webhooks.
type Outlet struct {
	to     wire.Destination
	format event.Format
	url    string
	secret []byte
	token  string
	batch  int
	now    func() time.Time
	client *http.Client
}

// New gives one that is not configured yet.
func New() event.Outlet { return &Outlet{now: time.Now} }

// Configure checks the settings and reads the secrets.
func (o *Outlet) Configure(_ context.Context, settings map[string]string) error {
	*o = Outlet{now: o.now, batch: defaultBatch}
	var choice format.Choice
	for name, text := range settings {
		var err error
		switch name {
		case wire.Address, wire.TLS, wire.Confirm:
			err = fmt.Errorf("setting %q: there is no such setting", name)
		case settingURL:
			o.url = text
		case settingSecretFile:
			o.secret, err = secret(text)
			if err == nil && len(o.secret) < minSecret {
				err = fmt.Errorf("it holds less than %d characters", minSecret)
			}
		case settingTokenFile:
			var token []byte
			token, err = secret(text)
			o.token = string(token)
		case settingBatch:
			if o.batch, err = strconv.Atoi(text); err != nil || o.batch < 1 || o.batch > maxBatch {
				err = fmt.Errorf("want a number from 1 to %d", maxBatch)
			}
		default:
			known, wrong := o.to.Set(name, text)
			if err = wrong; !known && !choice.Set(name, text) {
				err = errors.New("there is no such setting")
			}
		}
		if err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	u, err := url.Parse(o.url)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return fmt.Errorf("setting %q: want https://HOST/PATH without a user and a query: secrets come as files", settingURL)
	}
	if o.secret == nil {
		return fmt.Errorf("setting %q: without it the receiver cannot tell whose events they are", settingSecretFile)
	}
	trust, err := o.to.Elsewhere(u.Hostname())
	if err != nil {
		return err
	}
	if o.format, err = choice.Make("event"); err != nil {
		return err
	}
	if o.format.Media() != "application/json" {
		return fmt.Errorf("setting %q: a webhook takes event or ocsf", format.Format)
	}
	o.client = &http.Client{
		Timeout:       wire.Timeout,
		Transport:     &http.Transport{DialContext: o.to.Dial, TLSClientConfig: trust, TLSHandshakeTimeout: wire.Timeout, MaxIdleConns: 1, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// secret reads the only line of a file.
func secret(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, err
	}
	text = bytes.TrimRight(text, "\r\n")
	if len(text) == 0 || len(text) > maxSecret || bytes.ContainsAny(text, "\r\n") {
		return nil, errors.New("it does not hold one line")
	}
	return text, nil
}

// refusal is an answer that will be the same however often the same is sent.
func refusal(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// Send posts one batch. Where the receiver refuses what is in it, less and less is sent until the one is found that it refuses.
func (o *Outlet) Send(ctx context.Context, events []*event.Event) (int, error) {
	if o.client == nil {
		return 0, errors.New("the webhook outlet is not configured")
	}
	if len(events) == 0 {
		return 0, nil
	}
	for n := min(len(events), o.batch); ; n /= 2 {
		status, err := o.post(ctx, events[:n])
		switch {
		case err != nil:
			return 0, err
		case status >= 200 && status < 300:
			return n, nil
		case !refusal(status):
			return 0, fmt.Errorf("%s answers %d %s%s", o.url, status, http.StatusText(status), advice(status))
		case n == 1:
			return 0, &sink.Refusal{Reason: fmt.Sprintf("%s answers %d %s", o.url, status, http.StatusText(status))}
		}
	}
}

// advice is what to do about an answer.
func advice(status int) string {
	switch {
	case status >= 300 && status < 400:
		return "; redirects are not followed: set the url to where it leads, if that is right"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "; compare secret_file and token_file with what the receiver expects"
	}
	return ""
}

func (o *Outlet) post(ctx context.Context, events []*event.Event) (status int, err error) {
	body := []byte(`{"events":[`)
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		if body, err = o.format.Append(body, e); err != nil {
			return 0, err
		}
	}
	body = append(body, "]}\n"...)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	at := strconv.FormatInt(o.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "plumbline")
	r.Header.Set(Timestamp, at)
	r.Header.Set(Signature, "v1="+Sign(o.secret, at, body))
	if o.token != "" {
		r.Header.Set("Authorization", "Bearer "+o.token)
	}
	answer, err := o.client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("post: %w", err)
	}
	defer answer.Body.Close()
	// What it says is not shown: it may hold anything, even what was sent. It is read so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	return answer.StatusCode, nil
}

// Sign gives the signature of a body, as a receiver computes it to compare.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Close ends what is open.
func (o *Outlet) Close() error {
	if o.client != nil {
		o.client.CloseIdleConnections()
	}
	return nil
}
