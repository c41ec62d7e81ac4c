// Package snmp reaches a target by SNMP: it answers the Walk questions of drivers over versions 1, 2c and 3. It reads only, and only
// the subtrees that a driver publishes.
//
// It is built to do no harm and to believe nothing: one request at a time, few packets a second, one failed authentication and
// then no more; an answer counts only if it came from the target, belongs to the request, is authentic, and gets on; a walk is
// complete only if the agent proved the end of the subtree. The library below (gosnmp) encodes, decodes and checks digests; keys,
// discovery, pacing, retries and the walk are done here, because its own need too much of each.
package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
)

// What can go wrong with a target; each is an outcome of its own (errors.Is).
var (
	// ErrUnreachable: the target's network or host said that nothing listens there.
	ErrUnreachable = errors.New("nothing answers SNMP at that address")
	// ErrNoAnswer: silence. Version 1 and 2c agents are silent to a wrong community as well.
	ErrNoAnswer = errors.New("no answer")
	// ErrRefused: the agent refused the credential. Nothing more is sent.
	ErrRefused = errors.New("the credential was refused")
	// ErrUnknownUser, ErrWrongDigest, ErrWrongPrivacy and ErrSecurityLevel are refusals, told apart by the agent's report.
	ErrUnknownUser   = fmt.Errorf("%w: the agent does not know the user", ErrRefused)
	ErrWrongDigest   = fmt.Errorf("%w: wrong authentication passphrase or protocol", ErrRefused)
	ErrWrongPrivacy  = fmt.Errorf("%w: wrong privacy passphrase or protocol", ErrRefused)
	ErrSecurityLevel = fmt.Errorf("%w: the user may not use this security level", ErrRefused)
	// ErrWrongEngine: the agent's engine ID is not the pinned one, or changed. Nothing secret was sent to it.
	ErrWrongEngine = errors.New("the engine ID is not the expected one")
	// ErrTimeWindow: the agent's clock and ours could not be brought together.
	ErrTimeWindow = errors.New("outside the agent's time window")
	// ErrCredential: the credential itself cannot be used.
	ErrCredential = errors.New("the credential cannot be used for SNMP")
	// ErrMalformed: the agent's answers cannot be read.
	ErrMalformed = errors.New("malformed answer")
)

// Config says who is asked and how.
type Config struct {
	// Target is the stable inventory id, for messages.
	Target string
	// Address is host:port, or host for port 161.
	Address string
	// Credential is the community or the version 3 user.
	Credential *vault.Credential
	// Keys are what NewKeys or a Keyring made of the credential's passphrases; nil: they are made here, at a millisecond each.
	Keys *Keys
	// EngineID is the only engine ID that is accepted, as its bytes; empty: any.
	EngineID string
	// AllowNoAuth accepts version 3 credentials without authentication.
	AllowNoAuth bool
	// Limits bound what the target is asked for; the zero value is the defaults.
	Limits Limits
}

// Limits bound what is sent and taken.
type Limits struct {
	// Timeout is how long one request waits; Retries how often a lost one is sent again.
	Timeout time.Duration
	Retries int
	// Walk and Whole bound one walk, and all there is between Dial and Close.
	Walk, Whole time.Duration
	// PacketsPerSecond bounds what is sent in any second.
	PacketsPerSecond int
	// Repetitions is how many varbinds a GETBULK asks for at first, MaxRepetitions at most.
	Repetitions, MaxRepetitions int
	// Varbinds and Bytes bound one walk's answer.
	Varbinds, Bytes int
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	span := func(n *time.Duration, d time.Duration) {
		if *n == 0 {
			*n = d
		}
	}
	span(&l.Timeout, 2*time.Second)
	span(&l.Walk, time.Minute)
	span(&l.Whole, 10*time.Minute)
	set(&l.Retries, 2)
	set(&l.PacketsPerSecond, 20)
	set(&l.Repetitions, 12)
	set(&l.MaxRepetitions, 20)
	set(&l.Varbinds, 50_000)
	set(&l.Bytes, 32<<20)
	l.Repetitions = min(l.Repetitions, l.MaxRepetitions)
	return l
}

// A Conn is one target that answered. It is for one goroutine at a time.
type Conn struct {
	target string
	agent  agent
	limits Limits
	v1     bool
	system System
	ends   time.Time
	size   size
	// silent counts walks in a row to which nothing came; dead is why nothing more is sent.
	silent int
	dead   error
}

// System is what the agent says of itself when it is reached; which driver to take can be told from it.
type System struct {
	// Description and ObjectID are sysDescr and sysObjectID.
	Description, ObjectID string
	// EngineID is the bytes of the version 3 engine ID, for pinning.
	EngineID string
}

const (
	sysDescr    = "1.3.6.1.2.1.1.1.0"
	sysObjectID = "1.3.6.1.2.1.1.2.0"
)

// Dial reaches the target, proves the credential with one GET of sysDescr and sysObjectID, and says what went wrong if it does
// not get so far. A version 3 credential is sent once: silence is not asked again, for the agent may have counted a failure.
func Dial(ctx context.Context, c Config) (*Conn, error) {
	conn, err := dial(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Target, err)
	}
	return conn, nil
}

func dial(ctx context.Context, c Config) (*Conn, error) {
	limits := c.Limits.withDefaults()
	address := c.Address
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, "161")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", c.Address, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", c.Address, err)
	}
	if c.Credential == nil {
		return nil, ErrCredential
	}
	l, err := newLibrary(ctx, c, host, uint16(number), limits)
	if err != nil {
		return nil, err
	}
	conn := &Conn{
		target: c.Target, agent: l, limits: limits, v1: c.Credential.SNMP.Version == "1",
		ends: time.Now().Add(limits.Whole), size: size{now: limits.Repetitions, most: limits.MaxRepetitions},
	}
	if err := conn.prove(ctx, c.Credential.SNMP.Version != "3"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	conn.system.EngineID = l.engine
	return conn, nil
}

// prove asks for the two varbinds every agent has. Only a question without a password in it is repeated.
func (c *Conn) prove(ctx context.Context, repeat bool) error {
	attempts := 1
	if repeat {
		attempts += c.limits.Retries
	}
	descr, _ := driver.ParseOID(sysDescr)
	object, _ := driver.ParseOID(sysObjectID)
	var reply reply
	var err error
	for range attempts {
		reply, err = c.agent.get(ctx, descr, object)
		if err == nil || !errors.Is(err, ErrNoAnswer) && !errors.Is(err, ErrMalformed) {
			break
		}
	}
	if err != nil {
		return err
	}
	for _, v := range reply.varbinds {
		switch {
		case v.OID.Compare(descr) == 0 && v.Type == driver.StringType:
			c.system.Description = v.Text
		case v.OID.Compare(object) == 0 && v.Type == driver.OIDType:
			c.system.ObjectID = v.Text
		}
	}
	return nil
}

// System is what the agent said of itself.
func (c *Conn) System() System { return c.system }

// Sent is how many packets were sent to the target.
func (c *Conn) Sent() int { return c.agent.sent() }

// Close frees the socket. SNMP has no session to end.
func (c *Conn) Close() error { return c.agent.close() }
