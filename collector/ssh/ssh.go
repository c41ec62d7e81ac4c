// Package ssh reaches a target by SSH and asks it what a driver wants to know: Dial connects, through jump hosts if need be, and
// logs in with one attempt; Conn.Terminal opens a terminal that speaks the driver's dialect and is a driver.Asker for commands.
//
// What it may never do is built in rather than checked for. Nothing but the driver's published commands and a few fixed words can
// be typed (internal/wire). No secret is sent before the host key is found right. One login costs at most one failure on the device.
// Every wait has an end and every buffer a bound. An answer is complete only if its end was proved (DESIGN.md).
//
// It decides nothing about credentials, schedules and retries, and reads no answer.
package ssh

import (
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/vault"
)

// HostKeys decides about the keys that targets show.
type HostKeys interface {
	// Algorithms are the host key algorithms to ask for, those of the pinned keys first; nil: no pin is known.
	Algorithms(target, address string) []string
	// Check accepts the key (nil) or refuses it: ErrUnknownKey or ErrChangedKey, wrapped. Nothing secret is sent before it accepted.
	Check(target, address string, key ssh.PublicKey) error
}

// Config says how to reach one target.
type Config struct {
	// Target is its stable id in the inventory, Address its host:port.
	Target, Address string
	Credential      *vault.Credential
	HostKeys        HostKeys
	Algorithms      Algorithms
	// Jump are the hosts to go through, the outermost first. A jump host's own Jump is not looked at.
	Jump   []Config
	Limits Limits
	// Connect opens the first connection; nil: TCP.
	Connect Connector
}

// A Conn is a connection that is logged in.
type Conn struct {
	client     *ssh.Client
	link       *link
	outer      *Conn
	credential *vault.Credential
	limits     Limits
	trip       time.Duration // how long the connection took: the round trip, whatever the load here
	until      time.Time     // the end of everything on this connection
	negotiated Negotiated
	banner     string
	close      sync.Once
}

// Client is the connection itself, for those who open sessions of their own.
func (c *Conn) Client() *ssh.Client { return c.client }

// Negotiated says what was agreed with the target.
func (c *Conn) Negotiated() Negotiated { return c.negotiated }

// Banner is what the target sent before the login.
func (c *Conn) Banner() string { return c.banner }

// Close ends the connection and those to its jump hosts. Terminals should be closed before, so that they log out.
func (c *Conn) Close() error {
	var err error
	c.close.Do(func() {
		err = c.client.Close()
		c.link.Close()
		_ = c.client.Wait() // the connection is closed: it says so at once
		if c.outer != nil {
			err = errors.Join(err, c.outer.Close())
		}
	})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// printable makes what a device said fit for a message: one line, no control characters, not too long.
func printable(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "·")))
}
