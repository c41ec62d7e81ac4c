//go:build linux

package agent

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func local(commands ...string) *Local {
	return NewLocal(&pluginpb.DescribeResponse{Commands: commands, Privileged: []string{"ls /root/not-there"}})
}

func TestLocalFiles(t *testing.T) {
	l := local()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]pb.Reason{
		dir + "/file":           pb.Reason_REASON_UNSPECIFIED,
		dir + "/pipe":           pb.Reason_REASON_UNSAFE_FILE,
		dir + "/loop":           pb.Reason_REASON_UNSAFE_FILE,
		dir:                     pb.Reason_REASON_UNSAFE_FILE,
		"/dev/zero":             pb.Reason_REASON_UNSAFE_FILE,
		dir + "/not-there":      pb.Reason_REASON_NOT_FOUND,
		dir + "/file/not-there": pb.Reason_REASON_NOT_FOUND,
		"relative":              pb.Reason_REASON_NOT_ASKED,
	} {
		q := &pluginpb.Question{Kind: &pluginpb.Question_File{File: name}}
		if a := quickly(t, l, q); a.GetReason() != want {
			t.Errorf("%s: %s %s, want %s", name, a.GetReason(), a.GetError(), want)
		}
	}
	// Files without a size are read to their end.
	for _, name := range []string{"/proc/self/status", "/proc/sys/kernel/ostype"} {
		a := quickly(t, l, driver.File(name))
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 || len(a.GetBody()) == 0 || !a.GetComplete() {
			t.Errorf("%s: %d bytes, want %d", name, len(a.GetBody()), len(want))
		}
	}
}

func TestCommands(t *testing.T) {
	for command, want := range map[string]struct {
		reason      pb.Reason
		body, error string
	}{
		`printf "%s|" "a b" c ""`: {body: "a b|c||"},
		`printf $HOME;*`:          {body: "$HOME;*"},
		`pwd`:                     {body: "/\n"},
		`env`:                     {body: "PATH=" + programPath + "\nLC_ALL=C\n"},
		`cat`:                     {},
		`false`:                   {reason: pb.Reason_REASON_FAILED, error: "exit status 1"},
		`ls /not/there`:           {reason: pb.Reason_REASON_FAILED, error: "exit status 2: ls: cannot access '/not/there': No such file or directory"},
		`plumbline-not-there -x`:  {reason: pb.Reason_REASON_NOT_FOUND, error: "plumbline-not-there: not installed"},
		`/bin/true`:               {reason: pb.Reason_REASON_FAILED, error: `"/bin/true" is not a command`},
		`../bin/true`:             {reason: pb.Reason_REASON_FAILED, error: `"../bin/true" is not a command`},
		`printf "open`:            {reason: pb.Reason_REASON_FAILED, error: `"printf \"open" is not a command`},
		` `:                       {reason: pb.Reason_REASON_FAILED, error: `" " is not a command`},
	} {
		t.Setenv("PLUMBLINE_NOT_FOR_COMMANDS", "x")
		a := quickly(t, local(command), driver.Command(command))
		if a.GetReason() != want.reason || string(a.GetBody()) != want.body || a.GetError() != want.error {
			t.Errorf("%s: %s %q %q, want %s %q %q", command, a.GetReason(), a.GetBody(), a.GetError(), want.reason, want.body, want.error)
		}
		if whole := want.reason == 0 || want.reason == pb.Reason_REASON_NOT_FOUND; a.GetComplete() != whole {
			t.Errorf("%s: complete is %v", command, a.GetComplete())
		}
	}
	// A failed command keeps what it printed.
	keeps := `ls / /not/there`
	if a := quickly(t, local(keeps), driver.Command(keeps)); a.GetReason() != pb.Reason_REASON_FAILED || len(a.GetBody()) == 0 || a.GetError() != "exit status 2" {
		t.Errorf("%v", a)
	}
}

func TestOnlyPublishedCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "touched")
	l := local("uname -r", "touch")
	for _, command := range []string{"touch " + file, "uname -r ", "uname", "uname -r; touch " + file, "UNAME -r", ""} {
		q := &pluginpb.Question{Kind: &pluginpb.Question_Command{Command: command}}
		if a := quickly(t, l, q); a.GetReason() != pb.Reason_REASON_NOT_ASKED || len(a.GetBody()) > 0 {
			t.Errorf("%q: %v", command, a)
		}
	}
	if _, err := os.Lstat(file); err == nil {
		t.Error("a command that is not published was run")
	}
	if a := quickly(t, l, driver.Command("uname -r")); !a.GetComplete() {
		t.Errorf("the published command: %v", a)
	}
}

// TestCommandIsEndedWithItsChildren: the scan ends while a command runs that has started another.
func TestCommandIsEndedWithItsChildren(t *testing.T) {
	mark := strconv.Itoa(100000 + os.Getpid())
	command := `sh -c "sleep ` + mark + ` & sleep ` + mark + `"`
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := local(command).Answer(ctx, driver.Command(command))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %s", d)
	}
	gone(t, "sleep "+mark)
}

// gone waits until no process has the command line.
func gone(t *testing.T, line string) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, _ := exec.Command("pgrep", "-f", line).Output()
		if len(out) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still runs: %s", out)
		}
	}
}

// TestOutputHeldOpen: a command ends, and a child of it keeps its output.
func TestOutputHeldOpen(t *testing.T) {
	mark := strconv.Itoa(200000 + os.Getpid())
	command := `sh -c "sleep ` + mark + ` & echo done"`
	start := time.Now()
	a := quickly(t, local(command), driver.Command(command))
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %s", d)
	}
	if string(a.GetBody()) != "done\n" || a.GetComplete() || a.GetReason() != pb.Reason_REASON_FAILED {
		t.Errorf("%v", a)
	}
	gone(t, "sleep "+mark)
}

func TestOutputIsBounded(t *testing.T) {
	a := quickly(t, local("yes"), driver.Command("yes"))
	if a.GetReason() != pb.Reason_REASON_TOO_LARGE || len(a.GetBody()) != maxOutput || a.GetComplete() {
		t.Errorf("%s, %d bytes, %s", a.GetReason(), len(a.GetBody()), a.GetError())
	}
}

func TestPrivilegedCommand(t *testing.T) {
	if !asOrdinaryUser(t) {
		return
	}
	const command = "ls /root/not-there"
	if a := quickly(t, local(command), driver.Command(command)); a.GetReason() != pb.Reason_REASON_NOT_PERMITTED || a.GetError() == "" {
		t.Errorf("%v", a)
	}
}

func records(t *testing.T, p pluginpb.Probe) []driver.Record {
	t.Helper()
	q := driver.Probe(p)
	a := quickly(t, local(), q)
	list, err := driver.Document{Source: driver.Text(q), Answer: a}.Records()
	if err != nil || len(list) == 0 || !a.GetComplete() {
		t.Fatalf("%v: %v", err, a)
	}
	return list
}

func TestProbes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	self := strconv.Itoa(os.Getpid())
	found := false
	for _, r := range records(t, pluginpb.Probe_PROBE_LISTENERS) {
		if len(r.Words) != 2 || r.Get("pid") == "" || (r.Get("pid") == "?") != (r.Get("why") != "") {
			t.Errorf("%v", r)
		}
		if r.Words[1] == l.Addr().String() {
			found = r.Words[0] == "tcp" && r.Get("pid") == self && r.Get("process") != "" && r.Get("uid") == strconv.Itoa(os.Geteuid())
		}
	}
	if !found {
		t.Error("our own listener is not listed as ours")
	}
	found = false
	for _, r := range records(t, pluginpb.Probe_PROBE_PROCESSES) {
		found = found || r.Words[0] == self && r.Get("name") != "" && r.Get("exe") != ""
	}
	if !found {
		t.Error("this process is not listed")
	}
	clock := records(t, pluginpb.Probe_PROBE_CLOCK)[0]
	if at, err := time.Parse(time.RFC3339, clock.Get("utc")); err != nil || time.Since(at) > time.Minute {
		t.Errorf("%v", clock)
	}
	if _, err := strconv.ParseInt(clock.Get("offset_us"), 10, 64); err != nil {
		t.Errorf("%v", clock)
	}
	if host := records(t, pluginpb.Probe_PROBE_HOST)[0]; host.Get("hostname") == "" || host.Get("kernel") == "" || host.Get("booted") == "" {
		t.Errorf("%v", host)
	}
	if a := quickly(t, local(), driver.Probe(pluginpb.Probe_PROBE_UNSPECIFIED)); a.GetReason() != pb.Reason_REASON_NOT_ASKED {
		t.Errorf("%v", a)
	}
}

// TestListenersOfOthers: an ordinary user sees that somebody listens, and that it was not told who.
func TestListenersOfOthers(t *testing.T) {
	const address = "PLUMBLINE_TEST_ADDRESS"
	if os.Geteuid() == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		t.Setenv(address, l.Addr().String())
	}
	if !asOrdinaryUser(t, address) {
		return
	}
	for _, r := range records(t, pluginpb.Probe_PROBE_LISTENERS) {
		if r.Words[1] == os.Getenv(address) && (r.Get("pid") != "?" || r.Get("why") != "permission denied" || r.Get("uid") != "0") {
			t.Errorf("%v", r)
		}
		if r.Get("process") == "" && !strings.Contains(r.Get("why"), "permission") {
			t.Errorf("%v", r)
		}
	}
}
