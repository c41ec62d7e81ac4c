package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// received reads the file and those put aside, in the order they were written.
func received(path, format string) ([]*pluginpb.Delivery, error) {
	names, err := (&Sink{log: log{path: path}}).aside()
	if err != nil {
		return nil, err
	}
	var all []*pluginpb.Delivery
	for _, name := range append(names, path) {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for len(b) > 0 {
			d := &pluginpb.Delivery{}
			if format == "protobuf" {
				n, w := binary.Uvarint(b)
				if err := proto.Unmarshal(b[w:w+int(n)], d); err != nil {
					return nil, err
				}
				b = b[w+int(n):]
			} else {
				line, rest, _ := bytes.Cut(b, []byte("\n"))
				if err := protojson.Unmarshal(line, d); err != nil {
					return nil, err
				}
				b = rest
			}
			all = append(all, d)
		}
	}
	return all, nil
}

func TestSink(t *testing.T) {
	for _, format := range []string{"json", "protobuf"} {
		for _, maxBytes := range []string{"1", "2000", "1000000"} {
			t.Run(format+"/"+maxBytes, func(t *testing.T) {
				sinktest.Run(t, func(t testing.TB) (sink.Sink, sinktest.Rig) {
					path := filepath.Join(t.TempDir(), "out")
					s := New().(*Sink)
					return s, sinktest.Rig{
						Settings: map[string]string{settingPath: path, settingFormat: format, settingMaxBytes: maxBytes},
						Received: func() ([]*pluginpb.Delivery, error) { return received(path, format) },
						Down: func(down bool) {
							if down {
								s.file.Close() // as if the disk were gone
							}
						},
					}
				})
			})
		}
	}
}

// What a crash left half-written is cut off; it was never accepted.
func TestTorn(t *testing.T) {
	for _, format := range []string{"json", "protobuf"} {
		path := filepath.Join(t.TempDir(), "out")
		with := map[string]string{settingPath: path, settingFormat: format}
		want := sinktest.Deliveries(1, 3)
		send := func(d []*pluginpb.Delivery) {
			s := New()
			if err := s.Configure(context.Background(), with); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Send(context.Background(), d); n != len(d) || err != nil {
				t.Fatal(n, err)
			}
		}
		send(want[:2])
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first := len(whole) / 2 // two alike
		for cut := first; cut < len(whole); cut += 7 {
			if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			send(want[1:])
			got, err := received(path, format)
			if err != nil || len(got) < 3 {
				t.Fatalf("%s cut at %d: %d deliveries, %v", format, cut, len(got), err)
			}
			for i, w := range want {
				if !proto.Equal(got[len(got)-3+i], w) {
					t.Fatalf("%s cut at %d: delivery %d is changed", format, cut, i)
				}
			}
		}
	}
}

func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	s := New()
	if err := s.Configure(t.Context(), map[string]string{settingPath: path, settingMaxBytes: "1", settingKeep: "2"}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 9)); n != 9 || err != nil {
		t.Fatal(n, err)
	}
	got, err := received(path, "json")
	if err != nil || len(got) != 3 || got[2].GetSequence() != 9 {
		t.Errorf("kept %d, %v; want the last 3", len(got), err)
	}
}

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, with := range map[string]map[string]string{
		"no path": {}, "relative": {settingPath: "x"}, "format": {settingPath: dir + "/x", settingFormat: "xml"},
		"a folder": {settingPath: dir}, "keep": {settingPath: dir + "/x", settingKeep: "-1"}, "size": {settingPath: dir + "/x", settingMaxBytes: "0"},
	} {
		if err := New().Configure(t.Context(), with); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
