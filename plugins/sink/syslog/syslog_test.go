package syslog_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/cef/ceftest"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	"github.com/plumbline/plumbline/plugins/sink/syslog"
)

// receiver takes messages with octet counting and does what a test says.
type receiver struct {
	*testing.T
	net.Listener
	mu       sync.Mutex
	messages []string
	serve    func(net.Conn)
	open     sync.WaitGroup
}

func newReceiver(t *testing.T) *receiver {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{T: t, Listener: l}
	r.serve = r.take
	r.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			serve := r.serve
			r.mu.Unlock()
			r.open.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); r.open.Wait() })
	return r
}

// will makes it do something else with whoever comes next.
func (r *receiver) will(serve func(net.Conn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serve = serve
}

// take reads to the end.
func (r *receiver) take(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		head, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(head))
		if err != nil || n < 1 || n > 8192 {
			r.Errorf("a frame of %q octets", head)
			return
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(in, b); err != nil {
			return
		}
		r.mu.Lock()
		r.messages = append(r.messages, string(b))
		r.mu.Unlock()
	}
}

func (r *receiver) has() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.messages...)
}

func configured(t *testing.T, settings map[string]string) event.Outlet {
	t.Helper()
	o := syslog.New()
	if err := o.Configure(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func plain(r *receiver, more ...string) map[string]string {
	s := map[string]string{"address": r.Addr().String(), "tls": "off", "hostname": "plumb-1", "lang": "en"}
	for i := 0; i < len(more); i += 2 {
		s[more[i]] = more[i+1]
	}
	return s
}

// A message is RFC 5424 with CEF as its text.
func TestMessage(t *testing.T) {
	r := newReceiver(t)
	o := configured(t, plain(r))
	if n, err := o.Send(t.Context(), eventtest.Many(1, 3)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	got := r.has()
	if len(got) != 3 {
		t.Fatalf("%d messages", len(got))
	}
	head, text, _ := strings.Cut(got[0], " CEF:")
	if head != "<108>1 2026-03-01T02:03:04.005Z plumb-1 plumbline - changed -" {
		t.Errorf("header %q", head)
	}
	if c, err := ceftest.Read("CEF:" + text); err != nil || c.Extension["dhost"] != "core-sw-01" {
		t.Errorf("%v %+v", err, c)
	}
}

// TestW40_SyslogInjection: whatever a device says, as many messages arrive as were sent, each with our header.
func TestW40_SyslogInjection(t *testing.T) {
	r := newReceiver(t)
	o := configured(t, plain(r))
	sent := 0
	for _, text := range eventtest.Injections() {
		list := eventtest.Forged(text)
		if n, err := o.Send(t.Context(), list); n != len(list) || err != nil {
			t.Fatalf("%.40q: %d, %v", text, n, err)
		}
		sent += len(list)
	}
	got := r.has()
	if len(got) != sent || sent < 100 {
		t.Fatalf("%d messages of %d", len(got), sent)
	}
	for _, m := range got {
		_, text, _ := strings.Cut(m, " CEF:")
		if !strings.HasPrefix(m, "<109>1 ") && !strings.HasPrefix(m, "<110>1 ") || strings.Count(m, "\n") > 0 {
			t.Errorf("message %.100q", m)
		}
		if _, err := ceftest.Read("CEF:" + text); err != nil {
			t.Error(err)
		}
	}
}

// What the receiver had not read when it died is not accepted, although the system had taken it.
func TestReceiverDiesBeforeItRead(t *testing.T) {
	r := newReceiver(t)
	r.will(func(conn net.Conn) {
		var b [1]byte
		_, _ = io.ReadFull(conn, b[:])
		_ = conn.(*net.TCPConn).SetLinger(0) // dies: what it did not read is lost
	})
	o := configured(t, plain(r))
	if n, err := o.Send(t.Context(), eventtest.Many(1, 50)); n != 0 || err == nil {
		t.Fatalf("accepted %d, %v", n, err)
	}
	r.will(r.take)
	if n, err := o.Send(t.Context(), eventtest.Many(1, 50)); n != 50 || err != nil || len(r.has()) != 50 {
		t.Fatalf("accepted %d, %v, has %d", n, err, len(r.has()))
	}
}

// One that takes nothing and says nothing is left when the time is over.
func TestReceiverStalls(t *testing.T) {
	r := newReceiver(t)
	release, entered := make(chan struct{}), make(chan struct{})
	r.will(func(net.Conn) { close(entered); <-release })
	defer close(release)
	o := configured(t, plain(r))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if n, err := o.Send(ctx, eventtest.Many(1, 500)); n != 0 || err == nil {
		t.Fatalf("accepted %d, %v", n, err)
	}
}

func TestReceiverIsDown(t *testing.T) {
	r := newReceiver(t)
	o := configured(t, plain(r))
	r.Close()
	if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil || !strings.Contains(err.Error(), r.Addr().String()) {
		t.Fatalf("accepted %d, %v", n, err)
	}
}

// A receiver that never closes is served over one connection, if so configured.
func TestConfirmSent(t *testing.T) {
	r := newReceiver(t)
	conns := make(chan struct{}, 10)
	r.will(func(c net.Conn) { conns <- struct{}{}; r.take(c) })
	o := configured(t, plain(r, "confirm", "sent"))
	for i := range 5 {
		if n, err := o.Send(t.Context(), eventtest.Many(10*i, 10)); n != 10 || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.open.Wait()
	if len(r.has()) != 50 || len(conns) != 1 {
		t.Errorf("%d messages over %d connections", len(r.has()), len(conns))
	}
}

func TestSettings(t *testing.T) {
	if n, err := syslog.New().Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil {
		t.Error("it sent before it was configured")
	}
	for what, settings := range map[string]map[string]string{
		"unknown":  {"address": "h:1", "colour": "blue"},
		"facility": {"address": "h:1", "facility": "24"},
		"hostname": {"address": "h:1", "hostname": "a b"},
		"lang":     {"address": "h:1", "lang": "fr"},
		"format":   {"address": "h:1", "format": "ocsf"},
	} {
		if err := syslog.New().Configure(t.Context(), settings); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	o := syslog.New()
	if err := o.Configure(b.Context(), map[string]string{"address": l.Addr().String(), "tls": "off"}); err != nil {
		b.Fatal(err)
	}
	list := eventtest.Many(1, 500)
	began := time.Now()
	for b.Loop() {
		if n, err := o.Send(b.Context(), list); err != nil || n != len(list) {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N*len(list))/time.Since(began).Seconds(), "events/s")
}
