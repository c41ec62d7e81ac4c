// Package wire reaches receivers of events over TCP or TLS: where to, by which trust, to which addresses and to which never. The outlets
// beside it say what is sent.
//
// A receiver of syslog or of lines never answers. So that nothing is lost when it dies, a batch is confirmed by its end: after each the
// connection is half closed, and it counts once the receiver, having read to the end, closes its side (setting confirm). The package
// keeps no queue and tries nothing again.
package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// Settings that it knows. Those of an outlet's own come on top.
const (
	// Address is HOST:PORT.
	Address = "address"
	// TLS is on (the default) or off.
	TLS = "tls"
	// CAFile holds the certificates that are trusted, PEM; the system's if it is not set.
	CAFile = "ca_file"
	// CertFile and KeyFile are the client's, PEM.
	CertFile = "cert_file"
	KeyFile  = "key_file"
	// ServerName is the name in the receiver's certificate; the host of the address if it is not set.
	ServerName = "server_name"
	// Allow lists addresses and networks, with commas between, to which the name of the receiver may lead besides public ones.
	Allow = "allow"
	// Confirm is close (the default) or sent.
	Confirm = "confirm"
)

// Timeout bounds an attempt where its context does not: dialling, sending and the receiver's close together.
const Timeout = 30 * time.Second

// A Destination is where records go.
type Destination struct {
	address, host string
	plain         bool
	sent          bool
	allow         []netip.Prefix
	caFile        string
	certFile      string
	keyFile       string
	serverName    string
	tls           *tls.Config
	open          net.Conn
}

// Set takes a setting and says whether it knows it.
func (d *Destination) Set(name, text string) (known bool, err error) {
	switch name {
	case Address:
		d.address = text
	case TLS:
		d.plain, err = choose(text, "off", "on")
	case CAFile:
		d.caFile = text
	case CertFile:
		d.certFile = text
	case KeyFile:
		d.keyFile = text
	case ServerName:
		d.serverName = text
	case Allow:
		d.allow, err = networks(text)
	case Confirm:
		d.sent, err = choose(text, "sent", "close")
	default:
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("setting %q: %w", name, err)
	}
	return true, nil
}

func choose(text, yes, no string) (bool, error) {
	if text != yes && text != no {
		return false, fmt.Errorf("want %s or %s, not %q", no, yes, text)
	}
	return text == yes, nil
}

func networks(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		p, err := netip.ParsePrefix(word)
		if ip, single := netip.ParseAddr(word); single == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no address and no network like 10.1.2.0/24", word)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Ready looks at all settings together and reads the certificates.
func (d *Destination) Ready() error {
	if d.address == "" {
		return fmt.Errorf("setting %q: want HOST:PORT", Address)
	}
	return d.ready()
}

// ready is Ready for who brings addresses of his own.
func (d *Destination) ready() error {
	if d.address != "" {
		host, port, err := net.SplitHostPort(d.address)
		if err != nil || host == "" || port == "" {
			return fmt.Errorf("setting %q: %q is not HOST:PORT", Address, d.address)
		}
		d.host = host
	}
	if d.plain {
		for name, text := range map[string]string{CAFile: d.caFile, CertFile: d.certFile, KeyFile: d.keyFile, ServerName: d.serverName} {
			if text != "" {
				return fmt.Errorf("setting %q: it is for TLS, and %s is off", name, TLS)
			}
		}
		return nil
	}
	d.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: d.serverName}
	if d.serverName == "" {
		d.tls.ServerName = d.host
	}
	if d.caFile != "" {
		pem, err := os.ReadFile(d.caFile)
		if err != nil {
			return fmt.Errorf("setting %q: %w", CAFile, err)
		}
		d.tls.RootCAs = x509.NewCertPool()
		if !d.tls.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("setting %q: %s holds no certificate", CAFile, d.caFile)
		}
	}
	if (d.certFile == "") != (d.keyFile == "") {
		return fmt.Errorf("settings %q and %q belong together", CertFile, KeyFile)
	}
	if d.certFile != "" {
		pair, err := tls.LoadX509KeyPair(d.certFile, d.keyFile)
		if err != nil {
			return fmt.Errorf("setting %q: %w", CertFile, err)
		}
		d.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// Elsewhere is Ready for an outlet that names its receiver in another way, as by a URL. The configuration is for its client; nil where
// TLS is off.
func (d *Destination) Elsewhere(host string) (*tls.Config, error) {
	d.host = host
	if d.address != "" {
		return nil, fmt.Errorf("there is no setting %q", Address)
	}
	if err := d.ready(); err != nil {
		return nil, err
	}
	return d.tls, nil
}

// Dial connects, to no address that is not allowed.
func (d *Destination) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: Timeout, Control: func(_, to string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return err
		}
		return d.may(at.Addr().Unmap().WithZone(""))
	}}
	return dialer.DialContext(ctx, network, address)
}

// Dialer gives a function that connects as Dial does and speaks TLS as the configuration says; nil is for none.
func (d *Destination) Dialer(trust *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.Dial(ctx, network, address)
		if err != nil || trust == nil {
			return conn, err
		}
		own := trust.Clone()
		if own.ServerName == "" {
			if own.ServerName, _, err = net.SplitHostPort(address); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
		}
		secure := tls.Client(conn, own)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secure, nil
	}
}

// may says whether to connect there. It is asked with the address that is dialled, whatever a name led to when it was looked up before.
func (d *Destination) may(ip netip.Addr) error {
	for _, p := range d.allow {
		if p.Contains(ip) {
			return nil
		}
	}
	// An address that the operator wrote himself needs no second mention, unless nobody has a receiver there.
	named, err := netip.ParseAddr(d.host)
	if err == nil && named.Unmap() == ip && (ip.IsGlobalUnicast() || ip.IsLoopback()) {
		return nil
	}
	if public(ip) {
		return nil
	}
	return fmt.Errorf("%s is not a public address: list it in the setting %q if the receiver is there", ip, Allow)
}

// reserved are networks that a global unicast address may be of and that are nobody's on the Internet.
var reserved = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// Deliver sends records and returns once the receiver has them all: it closed its side after it had read them or, where confirm is sent,
// the system took them. Where it fails, the receiver may have any of them.
func (d *Destination) Deliver(ctx context.Context, records [][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	conn, err := d.connection(ctx)
	if err != nil {
		return fmt.Errorf("reach %s: %w", d.address, err)
	}
	// A context that ends also ends what waits on the connection.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err = conn.Write(bytes.Join(records, nil)); err == nil && !d.sent {
		err = confirmed(conn)
	}
	if err != nil || !d.sent {
		d.open = nil
		_ = conn.Close() // what was sent is confirmed or comes again
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", d.address, err)
	}
	return nil
}

var errNotConfirmed = errors.New(`the receiver did not confirm that it read everything: it did not close the connection after the end; ` +
	`if it never does, set "confirm" to "sent"`)

// confirmed half closes the connection and waits for the receiver's close.
func confirmed(conn net.Conn) error {
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return errNotConfirmed
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	var b [512]byte
	for {
		_, err := conn.Read(b[:])
		switch {
		case err == nil: // whatever it says, it is still reading
		case errors.Is(err, io.EOF):
			return nil
		default:
			return fmt.Errorf("%w (%w)", errNotConfirmed, err)
		}
	}
}

// connection gives an open one, or a new one.
func (d *Destination) connection(ctx context.Context) (net.Conn, error) {
	if d.open != nil && alive(d.open) {
		return d.open, nil
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	conn, err := d.Dialer(d.tls)(ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	d.open = conn
	return conn, nil
}

// alive says whether the receiver has not closed.
func alive(conn net.Conn) bool {
	if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	var b [512]byte
	_, err := conn.Read(b[:])
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return conn.SetDeadline(time.Time{}) == nil
}

// Close ends what is open.
func (d *Destination) Close() error {
	if d.open == nil {
		return nil
	}
	conn := d.open
	d.open = nil
	_ = conn.Close() // it may be broken, which is why it is closed
	return nil
}
