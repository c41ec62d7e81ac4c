package agent_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station/stationtest"
)

// serviceDir is a folder that a user without rights can pass through, with one in it that he may write to.
func serviceDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "plumbline-service-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	out := filepath.Join(dir, "out")
	for _, err := range []error{os.Chmod(dir, 0o711), os.Mkdir(out, 0o700), os.Chmod(out, 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serviceConfig writes a configuration that is due only when nothing was ever scanned.
func serviceConfig(t *testing.T, dir, sinks string) string {
	t.Helper()
	name := filepath.Join(dir, "agent.yaml")
	text := fmt.Sprintf("target: web-01\nstate_dir: %s/state\nbaselines: [qtcjh-0001-2023]\nschedule: {cron: 0 0 29 2 *}\nsinks:\n%s", dir, sinks)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func eventually(t *testing.T, what string, within time.Duration, is func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// children are the processes that a process has started, with their command lines.
func children(t *testing.T, pid int) map[int]string {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]string{}
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(text)) {
			var child int
			fmt.Sscan(word, &child)
			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
			if err == nil && len(line) > 0 {
				all[child] = strings.ReplaceAll(string(line), "\x00", " ")
			}
		}
	}
	return all
}

// sinksOf are the sinks among the children.
func sinksOf(t *testing.T, pid int) map[int]string {
	all := children(t, pid)
	for child, line := range all {
		if !strings.Contains(line, " serve-sink ") {
			delete(all, child)
		}
	}
	return all
}

// networkSockets counts the sockets of a process that are of the internet, by their numbers in the system's tables.
func networkSockets(pid int) int {
	var tables []byte
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6", "packet"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, name))
		tables = append(tables, text...)
	}
	n := 0
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, f := range files {
		link, _ := os.Readlink(f)
		if number, ok := strings.CutPrefix(link, "socket:["); ok && bytes.Contains(tables, []byte(" "+strings.TrimSuffix(number, "]")+" ")) {
			n++
		}
	}
	return n
}

// The whole service with the central sink and a file: enrolled, scanning, delivering, its sinks killed, and ended.
func TestService(t *testing.T) {
	server := stationtest.Start(t, identity.Agent)
	dir := serviceDir(t)
	config := serviceConfig(t, dir, fmt.Sprintf("  - {name: central, kind: central, settings: {server: %q}}\n  - {name: local, kind: file, settings: {path: %s/out/f}}\n", server.Addr, dir))
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(server.Join+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	enrol := func(args ...string) (string, error) {
		out, err := exec.Command("plumbline-agent", append([]string{"enrol", "--config", config, "--server", server.Addr, "--token-file", token}, args...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := enrol(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := enrol(); err == nil || strings.Contains(out, stationtest.Token) {
		t.Fatalf("enrolled twice: %s", out)
	}

	var log bytes.Buffer
	agent := exec.Command("plumbline-agent", "run", "--config", config)
	agent.Stderr = &log
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	defer func() {
		if t.Failed() {
			agent.Process.Kill()
			t.Logf("%s", log.String())
		}
	}()
	pid := agent.Process.Pid
	network := 0
	eventually(t, "a scan is delivered to both", time.Minute, func() bool {
		network += networkSockets(pid)
		info, err := os.Stat(filepath.Join(dir, "out", "f"))
		got, _ := server.Got()
		return len(got) > 0 && err == nil && info.Size() > 0
	})
	if got, senders := server.Got(); got[0].GetTarget().GetId() != "web-01" || !slices.Equal(senders, []string{"web-01"}) || len(got[0].GetFindings()) == 0 {
		t.Errorf("%v by %v", got[0].GetTarget(), senders)
	}
	before := sinksOf(t, pid)
	if len(before) != 2 {
		t.Fatalf("sinks: %v", before)
	}
	talking := 0
	for child, line := range before {
		if strings.Contains(line, "central") {
			talking += networkSockets(child)
		}
		var st syscall.Stat_t
		if err := syscall.Stat(fmt.Sprintf("/proc/%d", child), &st); err != nil || os.Geteuid() == 0 && st.Uid == 0 {
			t.Errorf("%s is root's: %v", line, err)
		}
	}
	if talking == 0 {
		t.Error("not even the central sink has a socket: the test sees none")
	}

	if out, err := exec.Command("plumbline-agent", "run", "--lang", "en", "--config", config).CombinedOutput(); err == nil || !strings.Contains(string(out), "another program uses this folder") {
		t.Errorf("a second agent: %v, %s", err, out)
	}

	for child := range before {
		if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "killed sinks are started anew", 30*time.Second, func() bool {
		network += networkSockets(pid)
		now := sinksOf(t, pid)
		for child := range now {
			if _, old := before[child]; old {
				return false
			}
		}
		return len(now) == 2
	})
	if network > 0 {
		t.Error("the agent itself has a socket of the network")
	}
	if out, err := exec.Command("plumbline-agent", "status", "--lang", "en", "--config", config).CombinedOutput(); err != nil || !strings.Contains(string(out), "service:   runs since") {
		t.Errorf("%v: %s", err, out)
	}

	last := sinksOf(t, pid)
	began := time.Now()
	if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("SIGTERM does not end it")
	}
	t.Logf("ended %v after SIGTERM", time.Since(began).Round(time.Millisecond))
	for child := range last {
		if err := syscall.Kill(child, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("sink %d is left: %v", child, err)
		}
	}
	if strings.Contains(log.String(), stationtest.Token) || strings.Contains(log.String(), "PRIVATE") {
		t.Error("the log tells a secret")
	}
}

// memory is what a process takes, in bytes; what it shares with others is divided among them.
func memory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "Pss: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	t.Fatalf("no figure in %s", text)
	return 0
}

// An idle agent and its sink take less than 45 MB together, shortly after a scan.
func TestIdleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the memory to be given back")
	}
	dir := serviceDir(t)
	config := serviceConfig(t, dir, fmt.Sprintf("  - {name: local, kind: file, settings: {path: %s/out/f}}\n", dir))
	// The program as it ships: the race detector, where these tests run under it, takes several times as much.
	program := filepath.Join(dir, "plumbline-agent")
	if out, err := exec.Command("go", "build", "-o", program, "./plumbline-agent").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	agent := exec.Command(program, "run", "--config", config)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(agent.Process.Signal(syscall.SIGTERM), agent.Wait()); err != nil {
			t.Error(err)
		}
	}()
	eventually(t, "a scan is delivered", time.Minute, func() bool {
		info, err := os.Stat(filepath.Join(dir, "out", "f"))
		return err == nil && info.Size() > 0
	})
	sum := 0
	defer func() { t.Logf("%.1f MB", float64(sum)/1e6) }()
	eventually(t, "less than 45 MB", 40*time.Second, func() bool {
		sum = memory(t, agent.Process.Pid)
		for child := range sinksOf(t, agent.Process.Pid) {
			sum += memory(t, child)
		}
		return sum < 45e6
	})
}

// What the program asks the kernel for: neither the agent nor a sink that writes to a file makes a socket of the internet. The
// commands that a scan runs (sshd -T is one) are programs of the host.
func TestNoSocketIsMade(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace")
	}
	dir := serviceDir(t)
	config := serviceConfig(t, dir, fmt.Sprintf("  - {name: local, kind: file, settings: {path: %s/out/f}}\n", dir))
	trace := filepath.Join(dir, "trace")
	out, err := exec.Command(strace, "-f", "-qq", "-e", "trace=socket,execve", "-o", trace, "plumbline-agent", "run", "--config", config, "--once").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	foreign := map[string]bool{}
	unix, ran := 0, 0
	for line := range strings.Lines(string(text)) {
		pid, call, _ := strings.Cut(line, " ")
		switch call = strings.TrimSpace(call); {
		case strings.HasPrefix(call, "execve("):
			ours := strings.Contains(call, "plumbline-agent") || strings.Contains(call, "/proc/self/exe")
			foreign[pid] = foreign[pid] || !ours
			ran++
		case foreign[pid]:
		case strings.Contains(call, "socket(AF_INET"), strings.Contains(call, "socket(AF_PACKET"):
			t.Error(line)
		case strings.Contains(call, "socket(AF_UNIX"):
			unix++
		}
	}
	if unix == 0 || ran < 2 {
		t.Errorf("the trace shows %d unix sockets and %d programs: not even those of the sink", unix, ran)
	}
}
