package collector_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
)

// build makes a program of this module.
func build(t testing.TB, pkg string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if out, err := exec.Command("go", "build", "-o", name, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return name
}

// program readies the real program for a fleet, with an inventory and the host keys.
func (f *fleet) program(t testing.TB, binary, driver string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	var inv, keys strings.Builder
	inv.WriteString("targets:\n")
	for i, x := range f.targets {
		fmt.Fprintf(&inv, "  - {id: %s, address: %s, port: %d, driver: %s}\n", x.ID, x.Address, x.Port, driver)
		fmt.Fprintln(&keys, knownhosts.Line([]string{knownhosts.Normalize(f.servers[i].Addr)}, f.servers[i].HostKey))
	}
	for name, text := range map[string]string{"net.yaml": inv.String(), "known_hosts": keys.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd = exec.Command(binary, append([]string{"scan", "--inventory", "net.yaml", "--known-hosts", "known_hosts", "--host-keys", "own", "--format", "jsonl", "-o", "report"}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PLUMBLINE_LANG=en", "PLUMBLINE_CRED_DEFAULT_USER=admin", "PLUMBLINE_CRED_DEFAULT_PASSWORD=" + password}
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	return cmd, stderr
}

func (f *fleet) open() int {
	n := 0
	for _, s := range f.servers {
		n += s.OpenSessions()
	}
	return n
}

// until waits for something, but not for ever.
func until(t testing.TB, what string, limit time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", limit, what)
		}
	}
}

// TestS7Signals: the real program, told to end in the middle of many sessions, logs out of every one and accounts for every target; killed,
// it leaves no session either.
func TestS7Signals(t *testing.T) {
	binary := build(t, "./plumbline-collector")
	huawei := answers(t, "huaweivrp", "s_hardened")
	sessions := 60
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		sessions = 200
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			f := newFleet(t, sessions, func(int) sshtest.Device {
				return sshtest.Device{Answers: huawei, Chunk: 8, ChunkDelay: 50 * time.Millisecond}
			})
			cmd, stderr := f.program(t, binary, "huawei-vrp", "--concurrency", "500", "--rate", "-1")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, "all sessions open", 30*time.Second, func() bool { return f.open() == sessions })
			time.Sleep(300 * time.Millisecond) // into the configurations
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			err := cmd.Wait()
			until(t, "no session left", 5*time.Second, func() bool { return f.open() == 0 })
			if signal == syscall.SIGKILL {
				return
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 || time.Since(start) > 10*time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			for _, s := range f.servers {
				if sessions, logouts := s.Sessions(); sessions != 1 || logouts != 1 {
					t.Errorf("%d sessions, %d logouts", sessions, logouts)
				}
			}
			report, err := os.ReadFile(filepath.Join(cmd.Dir, "report"))
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(report)) {
				if strings.Contains(line, `"outcome":"pass"`) && !strings.Contains(line, `"check":"access.session"`) {
					t.Errorf("it was stopped, and passes: %s", line)
				}
			}
			for _, x := range f.targets {
				if !strings.Contains(string(report), `"target":"`+x.ID+`"`) {
					t.Errorf("the report does not speak of %s", x.ID)
				}
			}
			if want := fmt.Sprintf("%d targets were not finished", sessions); !strings.Contains(stderr.String(), want) || strings.Count(stderr.String(), "\n") > 4 {
				t.Errorf("%s", stderr)
			}
		})
	}
}

// TestS13Program: the real program opens ten sessions a second, also where a target takes two logins because its platform is to be found out.
func TestS13Program(t *testing.T) {
	binary := build(t, "./plumbline-collector")
	f := newFleet(t, 10, vrp(t))
	cmd, stderr := f.program(t, binary, "auto")
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	sessions := 0
	for _, s := range f.servers {
		n, _ := s.Sessions()
		sessions += n
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || sessions != 20 {
		t.Errorf("%v, %d sessions: %s", err, sessions, stderr)
	}
	if took < 1900*time.Millisecond || took > 4*time.Second {
		t.Errorf("20 sessions in %v", took)
	}
}
