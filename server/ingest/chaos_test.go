package ingest_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server/ingest"
)

// A proxy that cuts, stalls and swallows acknowledgements.
type proxy struct {
	addr, to string
	l        net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]bool
	deaf     bool // what the server says is lost
	down     bool
	done     sync.WaitGroup
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), to: to, l: l, conns: map[net.Conn]bool{}}
	p.done.Go(p.run)
	t.Cleanup(func() { _ = l.Close(); p.cut(); p.done.Wait() })
	return p
}

func (p *proxy) run() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		s, err := net.Dial("tcp", p.to)
		p.mu.Lock()
		refuse := p.down || err != nil
		if !refuse {
			p.conns[c], p.conns[s] = true, true
		}
		p.mu.Unlock()
		if refuse {
			_ = c.Close()
			if err == nil {
				_ = s.Close()
			}
			continue
		}
		p.done.Go(func() { _, _ = io.Copy(s, c); _ = s.Close() })
		p.done.Go(func() {
			buf := make([]byte, 4096)
			for {
				n, err := s.Read(buf)
				p.mu.Lock()
				deaf := p.deaf
				p.mu.Unlock()
				if err == nil && !deaf {
					_, err = c.Write(buf[:n])
				}
				if err != nil {
					_ = c.Close()
					return
				}
			}
		})
	}
}

func (p *proxy) set(deaf, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf, p.down = deaf, down
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// Partitions of both kinds: nothing is lost, nothing is there twice, and it goes on soon after.
func TestD6Partitions(t *testing.T) {
	w := newWorld(t)
	p := newProxy(t, w.addr)
	s := w.sink(w.join(identity.Agent, "web-01"), p.addr)
	total := uint64(size(400, 20000))
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	chaos.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				p.set(false, false)
				return
			case <-time.After(time.Duration(20+rand.IntN(60)) * time.Millisecond):
			}
			switch i % 3 {
			case 0: // acknowledgements are lost, then the line
				p.set(true, false)
				time.Sleep(20 * time.Millisecond)
				p.cut()
			case 1: // nothing goes
				p.set(false, true)
				p.cut()
				time.Sleep(50 * time.Millisecond)
			case 2:
				p.cut()
			}
			p.set(false, false)
		}
	})
	failures, next := 0, uint64(1)
	deadline := time.Now().Add(60 * time.Second)
	for next <= total && time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		n, err := s.Send(ctx, deliveries("web-01", next, min(next+19, total)))
		cancel()
		if err != nil {
			failures++
		}
		// Now and then the sender forgets that it was told, as after a crash.
		if rand.IntN(4) > 0 {
			next += uint64(n)
		}
	}
	close(stop)
	chaos.Wait()
	if next <= total {
		t.Fatalf("stuck at %d of %d", next, total)
	}
	if n, refused := w.store.visible(); n != int(total) || refused != 0 {
		t.Errorf("%d visible, %d refused, want %d and 0", n, refused, total)
	}
	if failures == 0 || w.store.known == 0 {
		t.Errorf("%d failures and %d duplicates: the test tried nothing", failures, w.store.known)
	}
	t.Logf("%d deliveries, %d failed calls, %d duplicates dropped", total, failures, w.store.known)
}

// A whole fleet comes back at once.
func TestD9Reconnect(t *testing.T) {
	agents := size(200, 5000)
	w := newWorld(t)
	sinks := make([]*central.Sink, agents)
	for i := range sinks {
		sinks[i] = w.sink(w.join(identity.Agent, fmt.Sprintf("web-%04d", i)), w.addr)
	}
	round := func(sequence uint64) time.Duration {
		start := time.Now()
		var all sync.WaitGroup
		for i, s := range sinks {
			all.Go(func() {
				for {
					n, err := s.Send(t.Context(), deliveries(fmt.Sprintf("web-%04d", i), sequence, sequence))
					if err == nil && n == 1 {
						return
					}
					if time.Since(start) > 30*time.Second {
						t.Errorf("agent %d: %v", i, err)
						return
					}
					time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
				}
			})
		}
		all.Wait()
		return time.Since(start)
	}
	first := round(1)
	addr := w.addr
	w.stop()
	w.addr = addr
	w.serve()
	second := round(2)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d agents: first %v, after the restart %v, %d MiB from the system (both sides)", agents, first, second, m.Sys>>20)
	if n, _ := w.store.visible(); n != 2*agents {
		t.Errorf("%d visible, want %d", n, 2*agents)
	}
}

// A slow store slows senders down; it does not fill the memory.
func TestBackpressure(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.limits = ingest.Limits{Memory: 1 << 20, Window: 4, Batch: 4, PerSender: 2, Streams: 3}
		w.store.slow = 2 * time.Millisecond
	})
	s := w.sink(w.join(identity.Agent, "web-01"), w.addr)
	mustSend(t, s, deliveries("web-01", 1, 200))
	if w.store.commits < 50 {
		t.Errorf("%d commits of at most 4", w.store.commits)
	}
	// The limits of streams, of one sender and of all.
	dir := w.join(identity.Agent, "web-02")
	w.raw(dir)
	w.raw(dir)
	for _, dir := range []string{dir, w.join(identity.Agent, "web-03")} {
		if _, err := w.sink(dir, w.addr).Send(t.Context(), deliveries("web-02", 1, 1)); err == nil || !strings.Contains(err.Error(), "ResourceExhausted") {
			t.Errorf("one stream too many: %v", err)
		}
	}
}
