// Package e2e runs the three programs together, as people do: the scripts in testdata start real processes on loopback, a real PostgreSQL
// where one is wanted, and fake devices. It holds no code of the product.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plumbline/plumbline/plugins/program/programtest"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
)

// programs is where the programs are built, postgres the cluster that scripts get databases of.
var (
	programs string
	postgres *pgtest.Cluster
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (status int) {
	flag.Parse()
	if testing.Short() {
		return m.Run() // no script is run
	}
	var err error
	if programs, err = build(); err == nil {
		defer os.RemoveAll(programs)
		if postgres, err = pgtest.Start(); err == nil {
			defer postgres.Stop()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build makes the programs. The server's clock can be put forward in this build only.
func build() (string, error) {
	dir, err := os.MkdirTemp("", "plumbline-e2e-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // sinks run as another user
		return "", err
	}
	cmd := exec.Command("go", "build", "-tags", "testclock", "-o", dir+"/",
		"../../agent/plumbline-agent", "../../collector/plumbline-collector", "../plumbline-server", "../../collector/ssh/sshtest/fakedevices")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("build the programs: %w\n%s", err, out), os.RemoveAll(dir))
	}
	return dir, nil
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the scripts take a minute or two")
	}
	cases, err := filepath.Abs(filepath.Join("..", "..", "plugins", "driver"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := filepath.Abs("verify.py")
	if err != nil {
		t.Fatal(err)
	}
	commands := programtest.Commands()
	commands["freeports"], commands["ready"], commands["eventually"], commands["clock"], commands["cronline"], commands["capture"], commands["api"], commands["canary"] =
		freeports, ready, eventually, clock, cronline, capture, api, canary
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands,
		Setup: func(e *testscript.Env) error {
			// The sinks of an agent that is root run as another user, who must be able to pass.
			for dir := e.WorkDir; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o755); err != nil {
					return err
				}
			}
			e.Setenv("PATH", programs+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PLUMBLINE_LANG", "en")
			e.Setenv("PLUMBLINE_TEST_CLOCK", filepath.Join(e.WorkDir, "clock"))
			e.Setenv("CASES", cases)
			e.Setenv("VERIFIER", verifier)
			e.Setenv("DATABASE", postgres.Database(t))
			return nil
		},
	})
}

// freeports puts free ports of loopback into variables: freeports AGENTS HTTP.
func freeports(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: freeports VARIABLE...")
	}
	var held []net.Listener
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		held = append(held, l)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ts.Setenv(name, port)
	}
	for _, l := range held {
		ts.Check(l.Close())
	}
}

// patience is how long scripts wait for what must come.
const patience = 90 * time.Second

// ready waits until a URL answers 200: ready http://127.0.0.1:$HTTP/readyz.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready URL")
	}
	client := http.Client{Timeout: time.Second}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[0], nil)
		ts.Check(err)
		answer, err := client.Do(req)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("%s is not ready after %v", args[0], patience)
}

// eventually runs a program again and again until its output matches: eventually PATTERN PROGRAM [ARG...].
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN PROGRAM [ARG...]")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(300 * time.Millisecond) {
		_ = ts.Exec(args[1], args[2:]...) // what it prints decides
		out := ts.ReadFile("stdout")
		if want.MatchString(out) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("after %v %s still does not print %q but\n%s%s", patience, args[1], args[0], out, ts.ReadFile("stderr"))
		}
	}
}

// capture puts the first group of a pattern in a file (stdout) into a variable: capture SWEEP 'id: (\S+)' stdout.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture VARIABLE PATTERN FILE")
	}
	want, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := want.FindStringSubmatch(ts.ReadFile(args[2]))
	if len(found) != 2 {
		ts.Fatalf("%s has no %q", args[2], args[1])
	}
	ts.Setenv(args[0], found[1])
}

// api calls the server's API and keeps the answer in a file: api OUT TOKEN-FILE METHOD PATH [BODY]. The server listens on $HTTP.
func api(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 && len(args) != 5 {
		ts.Fatalf("usage: [!] api OUT TOKEN-FILE METHOD PATH [BODY]")
	}
	body := ""
	if len(args) == 5 {
		body = args[4]
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, args[2], "http://127.0.0.1:"+ts.Getenv("HTTP")+args[3], strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[1])))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
	if refused := answer.StatusCode >= http.StatusBadRequest; refused != neg {
		ts.Fatalf("%s %s: %s: %s", args[2], args[3], answer.Status, text)
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		ts.Fatalf("%s %s: %s", args[2], args[3], answer.Status)
	}
}

// clock puts the clock of servers forward: clock 4m. Agents bear five minutes.
func clock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: clock SPAN")
	}
	_, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("clock"), []byte(args[0]), 0o600))
}

// cronline puts the cron line of a daily moment into a variable, by how far it is ahead, as Shanghai's clocks have it: cronline CRON 3m.
func cronline(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cronline VARIABLE SPAN")
	}
	ahead, err := time.ParseDuration(args[1])
	ts.Check(err)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	ts.Check(err)
	at := time.Now().Add(ahead).In(shanghai)
	ts.Setenv(args[0], fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()))
}
