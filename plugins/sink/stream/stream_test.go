package stream_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"net"
	"sync"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	"github.com/plumbline/plumbline/plugins/sink/stream"
	"github.com/plumbline/plumbline/plugins/sink/wire/wiretest"
)

// Every event is a line of OCSF, over TLS, read to the end.
func TestLinesOverTLS(t *testing.T) {
	files := wiretest.New(t)
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []map[string]any
	var open sync.WaitGroup
	take := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewScanner(conn)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			var m map[string]any
			if err := json.Unmarshal(in.Bytes(), &m); err != nil {
				t.Error(err)
			}
			mu.Lock()
			lines = append(lines, m)
			mu.Unlock()
		}
	}
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { take(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	o := stream.New()
	if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil {
		t.Error("it sent before it was configured")
	}
	if err := o.Configure(t.Context(), map[string]string{"address": l.Addr().String(), "ca_file": files.CA}); err != nil {
		t.Fatal(err)
	}
	list := eventtest.Each()
	for _, text := range eventtest.Injections() {
		list = append(list, eventtest.Forged(text)...)
	}
	if n, err := o.Send(t.Context(), list); n != len(list) || err != nil {
		t.Fatal(n, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(lines) != len(list) {
		t.Fatalf("%d lines of %d", len(lines), len(list))
	}
	for i, m := range lines {
		if m["class_uid"] != 2003.0 || m["metadata"].(map[string]any)["uid"] != list[i].ID {
			t.Errorf("line %d: %v", i, m)
		}
	}
}

func TestSettings(t *testing.T) {
	for what, settings := range map[string]map[string]string{
		"unknown": {"address": "h:1", "colour": "blue"}, "format": {"address": "h:1", "format": "xml"}, "no address": {}, "allow": {"address": "h:1", "allow": "x"},
	} {
		if err := stream.New().Configure(t.Context(), settings); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
