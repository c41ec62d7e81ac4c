package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// A Connector opens a connection, as net.Dialer does.
type Connector func(ctx context.Context, network, address string) (net.Conn, error)

// Dial reaches a target: the connection, through its jump hosts; the handshake, with its key checked; one attempt to log in. The
// context ends it at any moment. The error is a *DialError.
func Dial(ctx context.Context, c Config) (*Conn, error) {
	connect := c.Connect
	if connect == nil {
		connect = new(net.Dialer).DialContext
	}
	var outer *Conn
	for _, hop := range append(c.Jump[:len(c.Jump):len(c.Jump)], c) {
		conn, err := hop.dial(ctx, connect)
		if err != nil {
			if outer != nil {
				outer.Close()
			}
			return nil, err
		}
		conn.outer, outer = outer, conn
		connect = conn.client.DialContext
	}
	return outer, nil
}

func (c Config) dial(ctx context.Context, connect Connector) (*Conn, error) {
	failed := &DialError{Target: c.Target, Address: c.Address}
	if c.Credential == nil {
		failed.Err = fmt.Errorf("%w: there is none", ErrCredential)
		return nil, failed
	}
	if c.HostKeys == nil {
		failed.Err = fmt.Errorf("%w: nothing to check it by", ErrUnknownKey)
		return nil, failed
	}
	limits := c.Limits.filled()
	signer, done, err := key(ctx, c.Credential)
	defer done()
	if err != nil {
		failed.Err = err
		return nil, failed
	}

	start := time.Now()
	inTime, cancel := context.WithTimeout(ctx, limits.Connect)
	raw, err := connect(inTime, "tcp", c.Address)
	cancel()
	if err != nil {
		failed.Err = because(ctx, fmt.Errorf("%w: %w", ErrUnreachable, err))
		return nil, failed
	}
	trip := time.Since(start)
	l := &link{Conn: raw}
	l.until(time.Now().Add(limits.Handshake))
	stop := context.AfterFunc(ctx, func() { l.Conn.Close() })
	defer stop()

	try := &login{credential: c.Credential, signer: signer}
	shown := &shownKey{check: func(key ssh.PublicKey) error { return c.HostKeys.Check(c.Target, c.Address, key) }}
	config := &ssh.ClientConfig{
		User:           c.Credential.User,
		AuthCallback:   try.attempt,
		BannerCallback: try.hear,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			return shown.judge(key)
		},
	}
	pinned := c.HostKeys.Algorithms(c.Target, c.Address)
	c.Algorithms.configure(config, pinned)
	conn, channels, requests, err := ssh.NewClientConn(l, c.Address, config)
	var refusedKey error
	failed.Fingerprint, refusedKey = shown.verdict()
	if err != nil {
		l.Close()
		failed.Attempted = try.sent
		failed.Err = because(ctx, classify(err, refusedKey, len(pinned) > 0, try, l))
		return nil, failed
	}
	if !stop() { // the context ended meanwhile, and closed the connection
		conn.Close()
		l.Close()
		failed.Err = because(ctx, ErrUnreachable)
		return nil, failed
	}
	until := start.Add(limits.Session)
	l.until(until.Add(partingTime + time.Second)) // time left for the logout
	out := &Conn{
		client: ssh.NewClient(conn, channels, requests), link: l, credential: c.Credential, limits: limits, trip: trip, until: until,
		negotiated: negotiated(conn), banner: try.banner.String(),
	}
	out.negotiated.Fingerprint = failed.Fingerprint
	out.negotiated.Method = try.method
	if try.method == "" {
		out.negotiated.Method = "none"
	}
	return out, nil
}

// A shownKey is the key that a target shows, at first and again whenever keys are exchanged anew.
type shownKey struct {
	check func(ssh.PublicKey) error

	mu          sync.Mutex
	fingerprint string
	err         error
}

func (k *shownKey) judge(key ssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch fingerprint := ssh.FingerprintSHA256(key); {
	case k.fingerprint == "":
		k.fingerprint, k.err = fingerprint, k.check(key)
	case k.fingerprint != fingerprint:
		k.err = fmt.Errorf("%w: within the connection", ErrChangedKey)
	}
	return k.err
}

func (k *shownKey) verdict() (fingerprint string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fingerprint, k.err
}

// classify says what a failed handshake means.
func classify(err, refusedKey error, pinned bool, try *login, l *link) error {
	var none *ssh.AlgorithmNegotiationError
	var network net.Error
	slow := errors.As(err, &network) && network.Timeout()
	switch {
	case refusedKey != nil:
		return refusedKey
	case errors.As(err, &none) && pinned && none.What == "host key":
		return fmt.Errorf("%w: it shows no key of the pinned kind: %w", ErrChangedKey, err)
	case errors.As(err, &none):
		return fmt.Errorf("%w: %w", ErrAlgorithms, err)
	case try.why != nil || try.method != "":
		if refused := try.refusal(err); refused != nil {
			return refused
		}
		return fmt.Errorf("%w during the login: %w", ErrUnreachable, err)
	case l.read.Load() == 0:
		return fmt.Errorf("%w: it accepted the connection and said nothing: %w", ErrUnreachable, err)
	case !l.spoke() && !slow, strings.Contains(err.Error(), "version string"):
		return fmt.Errorf("%w: %w", ErrNotSSH, err)
	case slow:
		return fmt.Errorf("%w in the handshake: %w: %w", ErrUnreachable, ErrTimeout, err)
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("%w: %w", ErrNoMethod, err)
	}
	return fmt.Errorf("%w in the handshake: %w", ErrUnreachable, err)
}

// because lets the context's end be the cause where there was one.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, context.Cause(ctx))
	}
	return err
}
