package file

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
)

// Events are lines, in this file and those put aside; what a crash left half-written is cut off.
func TestOutlet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	settings := map[string]string{"path": path, "max_bytes": "20000"}
	o := NewOutlet()
	if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil {
		t.Error("it sent before it was configured")
	}
	if err := o.Configure(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	list := eventtest.Many(1, 60)
	if n, err := o.Send(t.Context(), list); n != len(list) || err != nil {
		t.Fatal(n, err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":"half`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := o.Configure(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	list = append(list, eventtest.Many(100, 3)...)
	if n, err := o.Send(t.Context(), list[60:]); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := (&Outlet{log: log{path: path}}).aside()
	if err != nil || len(names) == 0 {
		t.Fatalf("none was put aside: %v", err)
	}
	var ids []string
	for _, name := range append(names, path) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var e struct{ ID string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v in %.100q", name, err, line)
			}
			ids = append(ids, e.ID)
		}
	}
	if len(ids) != len(list) {
		t.Fatalf("%d of %d", len(ids), len(list))
	}
	for i, e := range list {
		if ids[i] != e.ID {
			t.Errorf("%d is %s, want %s", i, ids[i], e.ID)
		}
	}
	for what, settings := range map[string]map[string]string{
		"no path": {}, "relative": {"path": "x"}, "format": {"path": path, "format": "xml"}, "unknown": {"path": path, "colour": "blue"},
	} {
		if err := NewOutlet().Configure(t.Context(), settings); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
