package plugins_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
)

// hostOf makes this test program a host that loads the plugin, says its process id and waits to be killed.
const hostOf = "PLUMBLINE_TEST_HOST_OF"

func TestMain(m *testing.M) {
	serveIfAsked()
	if path := os.Getenv(hostOf); path != "" {
		d, err := plugins.Load(context.Background(), []plugins.Config{config(path)}, os.Stderr)
		if err != nil {
			println(err.Error())
			os.Exit(1)
		}
		defer d.Close()
		os.Stdout.WriteString("loaded\n")
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func config(path string) plugins.Config {
	body, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(body)
	return plugins.Config{Name: "coolnos", Path: path, SHA256: hex.EncodeToString(sum[:]), Commands: []string{"show configuration", "exit"}}
}

var coolnos = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "plumbline-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "coolnos")
	out, err := exec.Command("go", "build", "-o", bin, "./example/coolnos").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return bin, nil
})

func build(t *testing.T) string {
	bin, err := coolnos()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// A driver that is a program of its own reads what the same driver reads when called directly.
func TestLoad(t *testing.T) {
	d, err := plugins.Load(t.Context(), []plugins.Config{config(build(t))}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ar, err := txtar.ParseFile("example/coolnos/testdata/switch.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tr, err := drivertest.NewTranscript(ar)
	if err != nil {
		t.Fatal(err)
	}
	iv, err := driver.Conduct(t.Context(), d.Drivers[0], tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := iv.Facts.GetPlatform().GetHostname().GetValue(); got != "core-1" {
		t.Errorf("read host name %q, want core-1", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	good := config(build(t))
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o700); err != nil {
		t.Fatal(err)
	}
	notPlugin := filepath.Join(dir, "true")
	body, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(notPlugin, body, 0o755); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*plugins.Config)) plugins.Config {
		c := good
		f(&c)
		return c
	}
	for name, c := range map[string]struct {
		config plugins.Config
		want   string
	}{
		"another sum":        {change(func(c *plugins.Config) { c.SHA256 = strings.Repeat("0", 64) }), "pins"},
		"no sum":             {change(func(c *plugins.Config) { c.SHA256 = "" }), "sha256sum"},
		"a relative path":    {change(func(c *plugins.Config) { c.Path = "coolnos" }), "not absolute"},
		"another name":       {change(func(c *plugins.Config) { c.Name = "other" }), "calls itself"},
		"unapproved command": {change(func(c *plugins.Config) { c.Commands = nil }), "not among the approved"},
		"unapproved logout":  {change(func(c *plugins.Config) { c.Commands = c.Commands[:1] }), `"exit", which is not among the approved`},
		"a pipe":             {change(func(c *plugins.Config) { c.Path = fifo }), "not a regular file"},
		"no plugin":          {config(notPlugin), "start"},
		"missing":            {change(func(c *plugins.Config) { c.Path = filepath.Join(dir, "none") }), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			// The good one first: all or nothing.
			d, err := plugins.Load(t.Context(), []plugins.Config{good, c.config}, os.Stderr)
			if err == nil {
				d.Close()
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}

// P1: whoever swaps the file while plugins are started never gets his own program run.
func TestP1Swap(t *testing.T) {
	good := config(build(t))
	genuine, err := os.ReadFile(good.Path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	marker := filepath.Join(dir, "ran")
	evil := []byte("#!/bin/sh\ntouch " + marker + "\n")
	path := filepath.Join(dir, "coolnos")
	if err := os.WriteFile(path, genuine, 0o755); err != nil {
		t.Fatal(err)
	}
	stop, swapping := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swapping)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			body := genuine
			if i%2 == 0 {
				body = evil
			}
			next := filepath.Join(dir, "next"+strconv.Itoa(i%2))
			if os.WriteFile(next, body, 0o755) != nil || os.Rename(next, path) != nil {
				return
			}
		}
	}()
	starts := 100
	if testing.Short() {
		starts = 20
	}
	loaded, refused := 0, 0
	c := good
	c.Path = path
	for range starts {
		d, err := plugins.Load(t.Context(), []plugins.Config{c}, os.Stderr)
		if err != nil {
			refused++
			continue
		}
		loaded++
		d.Close()
	}
	close(stop)
	<-swapping
	if _, err := os.Stat(marker); err == nil {
		t.Error("the swapped program ran")
	}
	t.Logf("%d starts: %d loaded, %d refused", starts, loaded, refused)
	if loaded == 0 || refused == 0 {
		t.Errorf("the race did not happen: %d loaded, %d refused", loaded, refused)
	}
}

// P2: a plugin sees nothing of our environment and none of our files.
func TestP2Environment(t *testing.T) {
	t.Setenv("PLUMBLINE_TEST_SECRET", "hunter2")
	d, err := plugins.Load(t.Context(), []plugins.Config{config(build(t))}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	pid := child(t, os.Getpid())
	env, err := os.ReadFile("/proc/" + pid + "/environ")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(env, []byte("hunter2")) || bytes.Contains(env, []byte("PATH=")) {
		t.Errorf("the plugin has our environment: %q", env)
	}
	if cwd, err := os.Readlink("/proc/" + pid + "/cwd"); err != nil || cwd != "/" {
		t.Errorf("the plugin runs in %q (%v), want /", cwd, err)
	}
}

// A plugin does not outlive its host, even if the host is killed.
func TestPluginDiesWithHost(t *testing.T) {
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), hostOf+"="+build(t))
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 7)
	if _, err := out.Read(line); err != nil || string(line) != "loaded\n" {
		t.Fatalf("host said %q, %v", line, err)
	}
	pid := child(t, host.Process.Pid)
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("plugin %s still runs", pid)
		}
	}
}

// child finds the plugin among a process's children by its name.
func child(t *testing.T, parent int) string {
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no list of children: %v", err)
	}
	for _, l := range lists {
		pids, err := os.ReadFile(l)
		if err != nil {
			continue
		}
		for _, pid := range strings.Fields(string(pids)) {
			args, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			if strings.HasPrefix(string(args), "coolnos") {
				return pid
			}
		}
	}
	t.Fatal("the plugin does not run")
	return ""
}
