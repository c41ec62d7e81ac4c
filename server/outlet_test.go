package server

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	"github.com/plumbline/plumbline/server/outlet"
)

// lines is a receiver that may be down, at an address that stays.
type lines struct {
	*testing.T
	address string
	mu      sync.Mutex
	got     []string
	l       net.Listener
	open    sync.WaitGroup
}

func (r *lines) up() {
	r.Helper()
	address := r.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		r.Fatal(err)
	}
	r.l, r.address = l, l.Addr().String()
	r.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.open.Go(func() {
				defer conn.Close()
				in := bufio.NewScanner(conn)
				in.Buffer(nil, 1<<20)
				for in.Scan() {
					r.mu.Lock()
					r.got = append(r.got, in.Text())
					r.mu.Unlock()
				}
			})
		}
	})
}

func (r *lines) down() { r.l.Close(); r.open.Wait() }

func (r *lines) ids() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]bool{}
	for _, line := range r.got {
		var e struct{ ID string }
		if err := json.Unmarshal([]byte(line), &e); err == nil {
			out[e.ID] = true
		}
	}
	return out
}

// until waits for what a running server does in its own time.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not yet", what)
		}
	}
}

// From the agent to the SIEM: one outlet is down and hangs, the other has the events; when the first is back it has the same ones, also
// over a restart of the server.
func TestOutletDownAndBack(t *testing.T) {
	siem := &lines{T: t}
	siem.up()
	siem.down()
	dir := t.TempDir()
	file := filepath.Join(dir, "events")
	c, err := ReadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	c.StateDir, c.Agents.Listen, c.HTTP.Listen, c.Agents.Names = dir, "127.0.0.1:0", "127.0.0.1:0", []string{"127.0.0.1", "localhost"}
	c.Outlets = []outlet.Config{
		{Name: "siem", Kind: "stream", Settings: map[string]string{"address": siem.address, "tls": "off", "format": "event"}},
		{Name: "archive", Kind: "file", Settings: map[string]string{"path": file}},
	}
	run := func() (*Server, func()) {
		s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		return s, func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("the server ended with %v", err)
			}
		}
	}
	s, stop := run()
	until(t, "both outlets are served", func() bool {
		states, err := s.store.OutletStates(t.Context())
		return err == nil && len(states) == 2
	})
	sink := central.New()
	if err := sink.Configure(t.Context(), map[string]string{"server": s.AgentsAddress(), "state_dir": join(t, s, "web1")}); err != nil {
		t.Fatal(err)
	}
	for i, length := range []int64{6, 12} {
		n, err := sink.Send(t.Context(), []*pluginpb.Delivery{{Sender: "web1", Epoch: 7, Sequence: uint64(i + 1), Snapshot: judged(t, "web1", length)}})
		if n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if c, ok := sink.(io.Closer); ok {
		c.Close()
	}
	archived := func() map[string]bool {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for line := range strings.Lines(string(b)) {
			var e struct{ ID, Kind, Previous, Outcome string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			out[e.ID] = true
		}
		return out
	}
	until(t, "the file has the changes and the other fails", func() bool {
		states, err := s.store.OutletStates(t.Context())
		return err == nil && states[0].Behind == 0 && states[0].Delivered > 20 && states[1].Error != "" && states[1].Delivered == 0
	})
	stop()
	siem.up()
	defer siem.down()
	s, stop = run()
	defer stop()
	until(t, "the other has the changes", func() bool {
		states, err := s.store.OutletStates(t.Context())
		return err == nil && states[1].Behind == 0 && states[1].Error == ""
	})
	want, got := archived(), siem.ids()
	if len(want) < 20 || len(got) != len(want) {
		t.Errorf("the file has %d, the other %d", len(want), len(got))
	}
	for id := range want {
		if !got[id] {
			t.Errorf("%s is lost", id)
		}
	}
}

// A sample with outlets, as the comments of the configuration show them, is read.
func TestSampleOutlets(t *testing.T) {
	var text strings.Builder
	within := false
	for line := range strings.Lines(string(Sample)) {
		within = within && strings.HasPrefix(line, "#") || strings.HasPrefix(line, "# outlets:")
		if within {
			line = strings.TrimPrefix(line, "# ")
		}
		text.WriteString(line)
	}
	name := filepath.Join(t.TempDir(), "server.yaml")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadConfig(name)
	if err != nil || len(c.Outlets) != 5 {
		t.Fatalf("%d outlets, %v", len(c.Outlets), err)
	}
	for _, o := range c.Outlets {
		_, err := o.Open(t.Context())
		if err != nil && (strings.Contains(err.Error(), "no such setting") || strings.Contains(err.Error(), "want ")) {
			t.Error(err)
		}
	}
}
