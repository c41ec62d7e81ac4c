// Package snmptest is an SNMP agent for tests: it answers versions 1, 2c and 3 from a list of varbinds, records every request, and
// can be as hostile as an agent can be. It is its own implementation of the protocol, so that it does not share the mistakes of the
// library it is used against; one costs a socket and a goroutine.
package snmptest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// Agent is what answers.
type Agent struct {
	// Varbinds are what there is; their order does not matter.
	Varbinds []driver.Varbind
	// Communities are those of versions 1 and 2c that it accepts.
	Communities []string
	// Users are those of version 3.
	Users []User
	// EngineID is as bytes; empty: one is made up from the address.
	EngineID string
	// HideClock leaves the engine's clock out of the discovery report, as some agents do, so that the first authenticated request
	// falls outside the time window.
	HideClock bool
	// MaxSize is the largest message it sends (0: 65507): a GETBULK gets fewer varbinds, and if not even one fits, tooBig.
	MaxSize int
	// Lose passes over every so many-th request.
	Lose int
	// Delay comes before each answer.
	Delay time.Duration
	// Hostile is how it misbehaves; HostileAfter so many requests.
	Hostile      Mode
	HostileAfter int
}

// Request is one message that came.
type Request struct {
	At        time.Time
	Version   int
	Community string
	User      string
	// Level is noAuthNoPriv, authNoPriv or authPriv.
	Level string
	// Kind is GetRequest, GetNextRequest, GetBulkRequest, other, or undecoded.
	Kind        string
	Names       []string
	Repetitions int
	// Refused is what was reported: wrongDigest, unknownUser, wrongCommunity, …; "" if it was answered.
	Refused string
	// Bytes is the whole message.
	Bytes []byte
}

// A Server is an agent that listens.
type Server struct {
	agent Agent
	conn  *net.UDPConn
	other *net.UDPConn
	began time.Time
	users map[string]*localUser
	count atomic.Int64
	done  chan struct{}

	mu       sync.Mutex
	requests []Request
}

// Start starts an agent on a free port of 127.0.0.1 and ends it with the test.
func Start(t testing.TB, a Agent) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Listen starts an agent on an address.
func Listen(address string, a Agent) (*Server, error) {
	udp, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", udp)
	if err != nil {
		return nil, fmt.Errorf("fake agent: %w", err)
	}
	s := &Server{agent: a, conn: conn, began: time.Now(), users: map[string]*localUser{}, done: make(chan struct{})}
	if s.agent.Hostile == Spoofed {
		if s.other, err = net.ListenUDP("udp", &net.UDPAddr{IP: udp.IP}); err != nil {
			return nil, fmt.Errorf("fake agent: %w", errors.Join(err, conn.Close()))
		}
	}
	if s.agent.EngineID == "" {
		s.agent.EngineID = "\x80\x00\x1f\x88\x04" + s.Address()
	}
	if s.agent.MaxSize == 0 {
		s.agent.MaxSize = 65507
	}
	sorted := func(a, b driver.Varbind) int { return a.OID.Compare(b.OID) }
	if !slices.IsSortedFunc(a.Varbinds, sorted) {
		s.agent.Varbinds = slices.Clone(a.Varbinds)
		slices.SortFunc(s.agent.Varbinds, sorted)
	}
	go s.serve()
	return s, nil
}

// Address is host:port.
func (s *Server) Address() string { return s.conn.LocalAddr().String() }

// EngineID is the version 3 engine's, as bytes.
func (s *Server) EngineID() string { return s.agent.EngineID }

// Requests are all that came so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count is how many messages came, without the cost of looking at them.
func (s *Server) Count() int { return int(s.count.Load()) }

// Close ends it.
func (s *Server) Close() {
	_ = s.conn.Close() // a socket that is closed already is closed
	if s.other != nil {
		_ = s.other.Close()
	}
	<-s.done
}

func (s *Server) serve() {
	defer close(s.done)
	buffer := make([]byte, 65536)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		message := slices.Clone(buffer[:n])
		request, answer := s.answer(message)
		number := int(s.count.Add(1))
		s.mu.Lock()
		s.requests = append(s.requests, request)
		s.mu.Unlock()
		if answer == nil || s.agent.Lose > 0 && number%s.agent.Lose == 0 {
			continue
		}
		time.Sleep(s.agent.Delay)
		for _, p := range s.twist(answer, number) {
			out := s.conn
			if s.other != nil && number > s.agent.HostileAfter {
				out = s.other
			}
			if _, err := out.WriteToUDPAddrPort(p, from); err != nil {
				continue // a closed socket ends the loop above
			}
		}
	}
}
