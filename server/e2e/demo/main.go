// Command demo shows Plumbline at work on one machine: it builds the programs, starts a server with its embedded database, enrols an agent on
// this host and a collector with a few fake devices, has a snapshot asked for by one person and authorised by another, shows what was found
// and where to look, and takes everything away again. It changes nothing on this host and speaks to nobody but itself.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	keep := flag.Bool("keep", false, "leave everything running until Enter is pressed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is what is running.
type demo struct {
	dir, bin     string
	agents, http string // addresses
	tokens       map[string]string
	running      []*exec.Cmd
}

// patience is how long the whole sweep may take.
const patience = 5 * time.Minute

func run(ctx context.Context, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "plumbline-demo-")
	if err != nil {
		return err
	}
	// Sinks of a program that root started run as another user, who must be able to pass.
	d := &demo{dir: dir, bin: filepath.Join(dir, "bin"), tokens: map[string]string{}}
	defer func() { err = errors.Join(err, d.end()) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // for them to pass; what is in it is for its owner only
		return err
	}
	steps := []struct {
		zh, en string
		do     func(context.Context) error
	}{
		{"编译三个程序", "building the three programs", d.build},
		{"启动服务器（内嵌数据库）", "starting a server with its embedded database", d.server},
		{"启动五台模拟设备，导入资产清单，密封凭据", "starting five fake devices; importing their inventory, sealing their credential", d.devices},
		{"登记并启动本机代理与采集器", "enrolling and starting an agent on this host and a collector", d.join},
		{"申请快照，由另一人授权，执行", "asking for a snapshot, authorising it as somebody else, reading", d.sweep},
	}
	for i, s := range steps {
		fmt.Printf("[%d/%d] %s · %s\n", i+1, len(steps), s.zh, s.en)
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.en, d.explain(err))
		}
	}
	if err := d.show(ctx); err != nil {
		return err
	}
	if keep {
		d.stay(ctx)
	}
	return nil
}

// explain adds what the programs wrote last.
func (d *demo) explain(err error) error {
	logs, _ := filepath.Glob(filepath.Join(d.dir, "*.log"))
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		if len(text) > 2000 {
			text = text[len(text)-2000:]
		}
		err = fmt.Errorf("%w\n--- %s\n%s", err, filepath.Base(name), text)
	}
	return err
}

// end ends what was started, the last first, and removes the folder.
func (d *demo) end() error {
	for _, cmd := range slices.Backward(d.running) {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		late.Stop()
	}
	return os.RemoveAll(d.dir)
}

func (d *demo) build(ctx context.Context) error {
	return d.tell(exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", d.bin+"/", "./agent/plumbline-agent", "./collector/plumbline-collector",
		"./server/plumbline-server", "./collector/ssh/sshtest/fakedevices"))
}

// tell runs a command to its end and gives its words where it fails.
func (d *demo) tell(cmd *exec.Cmd) error {
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// program gives a command of ours with the server's configuration where it is the server's.
func (d *demo) program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, args[0]), args[1:]...)
	if args[0] == "plumbline-server" {
		cmd.Args = append(cmd.Args, "--config", d.path("server.yaml"))
	}
	return cmd
}

// say runs a program of ours with an input and gives what it prints.
func (d *demo) say(ctx context.Context, input string, args ...string) (string, error) {
	cmd := d.program(ctx, args...)
	var out, wrong bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &wrong
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, wrong.String())
	}
	return out.String(), nil
}

// start starts a program that runs until the end. Its words go to a log.
func (d *demo) start(ctx context.Context, args ...string) error {
	cmd := d.program(context.WithoutCancel(ctx), args...)
	log, err := os.Create(d.path(args[0] + ".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	d.running = append(d.running, cmd)
	return nil
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

func (d *demo) write(name, text string) error { return os.WriteFile(d.path(name), []byte(text), 0o600) }

// until asks again and again.
func until(ctx context.Context, what string, limit time.Duration, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not after %v", what, limit)
		case <-time.After(300 * time.Millisecond):
		}
	}
	return nil
}

func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (d *demo) server(ctx context.Context) error {
	var err error
	if d.agents, err = freePort(ctx); err != nil {
		return err
	}
	if d.http, err = freePort(ctx); err != nil {
		return err
	}
	err = d.write("server.yaml", fmt.Sprintf("state_dir: %s\nagents: {listen: %q, names: [127.0.0.1]}\nhttp: {listen: %q}\nsecrets: {key_file: %s}\n",
		d.path("server"), d.agents, d.http, d.path("secrets.key")))
	if err != nil {
		return err
	}
	if _, err := d.say(ctx, "", "plumbline-server", "secret", "init-key"); err != nil {
		return err
	}
	if err := d.start(ctx, "plumbline-server", "serve"); err != nil {
		return err
	}
	err = until(ctx, "the server is ready", time.Minute, func() bool { return d.call(ctx, "", http.MethodGet, "/readyz", nil, nil) == nil })
	if err != nil {
		return err
	}
	for _, role := range []string{"operator", "security", "auditor"} {
		token, err := d.say(ctx, "", "plumbline-server", "user", "demo-"+role, "--role", role)
		if err != nil {
			return err
		}
		d.tokens[role] = strings.TrimSpace(token)
	}
	return nil
}

func (d *demo) devices(ctx context.Context) error {
	cases, err := filepath.Abs(filepath.Join("plugins", "driver"))
	if err != nil {
		return err
	}
	// It runs until its standard input is closed, which is when we end.
	cmd := d.program(context.WithoutCancel(ctx), "fakedevices", "--leashed", "--cases", cases, "--dir", d.dir)
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	d.running = append(d.running, cmd)
	err = until(ctx, "the fake devices are there", 10*time.Second, func() bool { _, err := os.Stat(d.path("inventory.yaml")); return err == nil })
	if err != nil {
		return err
	}
	if _, err := d.say(ctx, "", "plumbline-server", "target", "import", d.path("inventory.yaml")); err != nil {
		return err
	}
	_, err = d.say(ctx, "user: admin\npassword: Pa55-word\n", "plumbline-server", "secret", "put", "devices")
	return err
}

const (
	thisHost = "this-host"
	edge     = "edge-collector"
)

func (d *demo) join(ctx context.Context) error {
	if err := d.call(ctx, "operator", http.MethodPut, "/api/v1/targets/"+thisHost, map[string]any{"driver": "linux", "reader": thisHost, "zone": "office"}, nil); err != nil {
		return err
	}
	sinks := fmt.Sprintf("sinks: [{name: central, kind: central, settings: {server: %q}}]\n", d.agents)
	files := map[string]string{
		"agent.yaml":     fmt.Sprintf("target: %s\nstate_dir: %s\nschedule: {cron: \"30 2 * * *\"}\n%s", thisHost, d.path("agent"), sinks),
		"collector.yaml": fmt.Sprintf("name: %s\nstate_dir: %s\nknown_hosts: [%s]\n%s", edge, d.path("collector"), d.path("known_hosts"), sinks),
	}
	for _, part := range []struct{ kind, name string }{{"agent", thisHost}, {"collector", edge}} {
		config := d.path(part.kind + ".yaml")
		if err := d.write(part.kind+".yaml", files[part.kind+".yaml"]); err != nil {
			return err
		}
		token, err := d.say(ctx, "", "plumbline-server", "token", part.name, "--kind", part.kind)
		if err != nil {
			return err
		}
		program := "plumbline-" + part.kind
		if _, err := d.say(ctx, token, program, "enrol", "--config", config, "--server", d.agents, "--token-file", "-"); err != nil {
			return err
		}
		if err := d.start(ctx, program, "run", "--config", config); err != nil {
			return err
		}
	}
	return nil
}

// account is what the server says of a sweep.
type account struct {
	ID      string         `json:"id"`
	State   string         `json:"state"`
	Targets int            `json:"targets"`
	Ends    map[string]int `json:"ends"`
}

func (d *demo) sweep(ctx context.Context) error {
	var made account
	ask := map[string]any{"targets": []string{thisHost, "core-sw-1", "branch-sw-7", "h3c-sw-2", "edge-sw-3", "fw-1"}, "reason": "演示 demonstration"}
	if err := d.call(ctx, "operator", http.MethodPost, "/api/v1/sweeps", ask, &made); err != nil {
		return err
	}
	if err := d.call(ctx, "security", http.MethodPost, "/api/v1/sweeps/"+made.ID+"/authorise", nil, nil); err != nil {
		return err
	}
	var last error
	err := until(ctx, "the sweep is done", patience, func() bool {
		var now account
		last = d.call(ctx, "auditor", http.MethodGet, "/api/v1/sweeps/"+made.ID, nil, &now)
		if last == nil && now.State == "done" {
			fmt.Printf("      %s: %d targets, %v\n", now.State, now.Targets, now.Ends)
		}
		return last == nil && now.State == "done"
	})
	return errors.Join(err, last)
}

func (d *demo) show(ctx context.Context) error {
	fmt.Println()
	for _, args := range [][]string{
		{"plumbline-server", "targets"},
		{"plumbline-server", "findings", "--target", "branch-sw-7", "--outcome", "fail", "--limit", "8"},
	} {
		out, err := d.say(ctx, "", args...)
		if err != nil {
			return err
		}
		fmt.Printf("$ %s\n%s\n", strings.Join(args, " "), out)
	}
	fmt.Println("看得更多 · to see more (make demo KEEP=1 leaves it running):")
	fmt.Printf("  plumbline-server --config %s sweep list | findings | snapshots | diff | audit --verify\n", d.path("server.yaml"))
	fmt.Printf("  curl -H 'Authorization: Bearer TOKEN' http://%s/api/v1/findings?outcome=fail\n", d.http)
	return nil
}

// stay waits for the person in front of it.
func (d *demo) stay(ctx context.Context) {
	fmt.Printf("\nTOKEN=%s (auditor)\n按回车结束并清理 · Enter ends and cleans up ", d.tokens["auditor"])
	done := make(chan struct{})
	go func() {
		_, _ = fmt.Scanln()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// call calls the server's API.
func (d *demo) call(ctx context.Context, role, method, path string, body, into any) error {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+d.http+path, text)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+d.tokens[role])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, cmp.Or(strings.TrimSpace(string(b)), "no words"))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(b, into)
}
