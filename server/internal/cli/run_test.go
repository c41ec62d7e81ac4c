package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/program"
)

// host is a server's host: a configuration, a state folder and a file of keys.
type host struct {
	t      *testing.T
	dir    string
	config string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir()}
	h.config = h.file("server.yaml", fmt.Sprintf("state_dir: %s/state\nsecrets: {key_file: %s/secrets.key}\n", h.dir, h.dir))
	return h
}

func (h *host) file(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// run gives what the command prints, and its exit status.
func (h *host) run(args ...string) (out string, status int) {
	h.t.Helper()
	var b bytes.Buffer
	sys := program.System{Stdout: &b, Stderr: &b, Getenv: func(string) string { return "" }, Version: "test", Now: time.Now}
	status = Run(context.Background(), append(args, "--config", h.config, "--lang", "en"), sys)
	return b.String(), status
}

// ok fails the test unless the command succeeds.
func (h *host) ok(args ...string) string {
	h.t.Helper()
	out, status := h.run(args...)
	if status != program.ExitFine {
		h.t.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// fails holds a command to an error that says so.
func (h *host) fails(says string, args ...string) {
	h.t.Helper()
	out, status := h.run(args...)
	if status != program.ExitError || !strings.Contains(out, says) {
		h.t.Errorf("%v: status %d, want %q: %s", args, status, says, out)
	}
}

// lines reads an object a line.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(text) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, one)
	}
	return out
}

// TestC5SecretCommands: a credential goes in from a file, and no command, and nothing on the disk, gives it out.
func TestC5SecretCommands(t *testing.T) {
	h := newHost(t)
	const canary = "cAnArY-c11"
	record := h.file("core.yaml", "user: scan\npassword: "+canary+"\n")
	h.fails("secret init-key", "secret", "put", "core", "--file", record)
	h.ok("secret", "init-key")
	h.fails("file exists", "secret", "init-key")
	all := h.ok("secret", "put", "core", "--file", record)
	all += h.ok("secret", "list")
	list := lines[credential](t, h.ok("secret", "list", "--format", "json"))
	if len(list) != 1 || list[0].Name != "core" || list[0].Version != 1 || list[0].Kinds[0] != "password" {
		t.Fatalf("%+v", list)
	}
	all += h.ok("secret", "rotate-key", "--prepare") + h.ok("secret", "rotate-key") + h.ok("audit", "--format", "json")
	if again := lines[credential](t, h.ok("secret", "list", "--format", "json")); again[0].Key == list[0].Key || again[0].Fingerprint != list[0].Fingerprint {
		t.Errorf("after the rotation: %+v, before: %+v", again, list)
	}
	bad := h.file("bad.yaml", "user: scan\npasword: "+canary+"\n")
	out, status := h.run("secret", "put", "core", "--file", bad)
	if status != program.ExitError || !strings.Contains(out, "unknown key") {
		t.Errorf("a wrong key: %d %s", status, out)
	}
	if all += out; strings.Contains(all, canary) {
		t.Error("a command printed it")
	}
	h.ok("secret", "remove", "core")
	h.fails("there is no credential", "secret", "remove", "core")
	h.fails("name one credential", "secret", "put", "a", "b")
	if err := os.Chmod(filepath.Join(h.dir, "secrets.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.fails("chmod 600", "secret", "rotate-key")
}

func TestIdentityCommands(t *testing.T) {
	h := newHost(t)
	h.fails("for a newcomer use token", "identity", "approve", "web1")
	if out := h.ok("identity", "list", "--format", "json"); out != "" {
		t.Errorf("a new server knows %s", out)
	}
	h.fails("--state", "identity", "list", "--state", "lost")
}

func TestTargetCommands(t *testing.T) {
	h := newHost(t)
	h.fails("bad.yaml:2:", "target", "import", h.file("bad.yaml", "targets:\n  - {adress: 10.0.0.1}\n"))
	net := h.file("net.yaml", "targets:\n  - {id: sw1, address: 10.0.0.1, zone: core, groups: [a]}\n  - {address: 10.0.0.2}\n")
	if out := h.ok("target", "import", net, "--dry-run"); !strings.Contains(out, "2 added") || !strings.Contains(out, "nothing was done") {
		t.Errorf("a dry run: %s", out)
	}
	if out := h.ok("target", "import", net); !strings.Contains(out, "2 added, 0 changed, 0 removed") {
		t.Errorf("imported: %s", out)
	}
	if out := h.ok("target", "import", net); !strings.Contains(out, "0 added, 0 changed, 0 removed, 2 as they were") {
		t.Errorf("imported again: %s", out)
	}
	for _, form := range []string{"yaml", "csv", "ansible"} {
		text := h.ok("target", "export", "--format", form)
		text, _, _ = strings.Cut(text, "2 targets") // what is said on standard error
		name := "again.yaml"
		if form == "csv" {
			name = "again.csv"
		}
		if out := h.ok("target", "import", h.file(name, text), "--prune"); !strings.Contains(out, "2 as they were") {
			t.Errorf("%s: %s", form, out)
		}
	}
	if out := h.ok("targets", "--stale", "48h"); strings.Count(out, "never") != 2 {
		t.Errorf("never read: %s", out)
	}
	h.fails("xml", "target", "export", "--format", "xml")
}

func TestRetainCommand(t *testing.T) {
	h := newHost(t)
	if out := h.ok("retain", "--dry-run"); !strings.Contains(out, "all snapshots are kept") {
		t.Errorf("without a rule: %s", out)
	}
	h.file("server.yaml", fmt.Sprintf("state_dir: %s/state\nretention: [{name: two years, keep_days: 730}]\n", h.dir))
	if got := lines[retained](t, h.ok("retain", "--dry-run", "--format", "json")); len(got) != 1 || got[0] != (retained{"two years", "*", 730, 0, true}) {
		t.Errorf("with one: %+v", got)
	}
	h.file("server.yaml", fmt.Sprintf("state_dir: %s/state\nretention: [{name: short, keep_days: 30}]\n", h.dir))
	h.fails("at least 183", "retain")
}

func TestSiteCommands(t *testing.T) {
	h := newHost(t)
	h.fails("there is no such version", "site", "show")
	if out := h.ok("site", "check"); !strings.Contains(out, "no site file is kept yet") || !strings.Contains(out, "management_networks") {
		t.Errorf("nothing is kept: %s", out)
	}
	h.fails("bad.yaml:2", "site", "put", h.file("bad.yaml", "log_servers:\n  - 'not a server!'\n"))
	one := h.file("site.yaml", "time_servers: [10.0.0.1]\n")
	if out := h.ok("site", "put", one); !strings.Contains(out, "log_servers: Which servers keep the logs?") || strings.Contains(out, "time_servers:") {
		t.Errorf("put: %s", out)
	}
	h.ok("site", "put", h.file("two.yaml", "time_servers: [10.0.0.2]\n"))
	h.fails("there is a newer version than 1", "site", "put", one, "--based", "1")
	if out := h.ok("site", "show"); !strings.Contains(out, "10.0.0.2") {
		t.Errorf("the newest: %s", out)
	}
	if out := h.ok("site", "show", "1"); !strings.Contains(out, "10.0.0.1") {
		t.Errorf("the first: %s", out)
	}
	if got := lines[siteVersion](t, h.ok("site", "history", "--format", "json")); len(got) != 2 || got[0].Version != 2 || got[0].Text != "" {
		t.Errorf("history: %+v", got)
	}
	h.fails("by its number", "site", "show", "x")
}

func TestUserAndAuditCommands(t *testing.T) {
	h := newHost(t)
	h.ok("user", "zhang", "--role", "system")
	if got := lines[userLine](t, h.ok("user", "list", "--format", "json")); len(got) != 1 || got[0].Name != "zhang" || got[0].Role != "system" {
		t.Errorf("users: %+v", got)
	}
	site := h.file("site.yaml", "time_servers: [10.0.0.1]\n")
	for range 120 {
		h.ok("site", "put", site)
	}
	all := strings.Count(h.ok("audit", "--limit", "0", "--format", "json"), "\n")
	head := lines[auditHead](t, h.ok("audit", "--verify", "--format", "json"))
	if len(head) != 1 || head[0].N != int64(all) || all < 122 || len(head[0].SHA256) != 64 {
		t.Errorf("%d records, head %+v", all, head)
	}
}
