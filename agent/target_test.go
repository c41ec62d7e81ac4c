//go:build linux

package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver/linux"
)

func TestTargetID(t *testing.T) {
	const number = "0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ machineID, hostname, given, want string }{
		{machineID: number + "\n", hostname: "web1\n", want: "host-"},
		{machineID: number, hostname: "web1", given: "core-1", want: "core-1"},
		{machineID: "uninitialized\n", hostname: "web1\n", want: "web1"},
		{hostname: "web1\nsecond line\n", want: "web1"},
		{want: "a-root"},
	} {
		dir := filepath.Join(t.TempDir(), "a-root")
		if err := os.MkdirAll(filepath.Join(dir, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"machine-id": c.machineID, "hostname": c.hostname} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Scan(t.Context(), Config{Driver: linux.Driver{}, Root: dir, Target: c.given})
		if err != nil {
			t.Fatal(err)
		}
		id := s.GetTarget().GetId()
		if c.want == "host-" {
			again, err := Scan(t.Context(), Config{Driver: linux.Driver{}, Root: dir})
			if err != nil || again.GetTarget().GetId() != id || len(id) != len("host-")+16 || !strings.HasPrefix(id, "host-") || strings.Contains(id, number[:8]) {
				t.Errorf("%q, then %q, %v", id, again.GetTarget().GetId(), err)
			}
		} else if id != c.want {
			t.Errorf("%+v: %q", c, id)
		}
	}
	host := Config{Driver: linux.Driver{}}
	target, err := host.target(t.Context(), local())
	if err != nil || target.GetId() == "" || target.GetDriver() != "linux" {
		t.Errorf("%v, %v", target, err)
	}
}
