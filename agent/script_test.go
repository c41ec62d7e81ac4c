package agent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/plumbline/plumbline/agent/internal/cli"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/program/programtest"
)

// leakless runs tests and fails if one left a goroutine behind.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	status := m.M.Run()
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

func TestMain(m *testing.M) {
	if os.Getenv("PLUMBLINE_TEST_ORDINARY") != "" {
		os.Exit(leakless{m}.Run()) // see asOrdinaryUser; it cannot set up programs
	}
	testscript.Main(leakless{m}, map[string]func(){"plumbline-agent": plumblineAgent})
}

// plumblineAgent is the command as main has it.
func plumblineAgent() {
	if status, asked := cli.Part(os.Args, os.Stdin, os.Stderr); asked {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "test"})
	stop()
	if name := os.Getenv(peakFile); name != "" {
		text, err := os.ReadFile("/proc/self/status")
		if err != nil || os.WriteFile(name, text, 0o600) != nil {
			status = 3
		}
	}
	os.Exit(status)
}

// peakFile is where program leaves its own memory figures for BenchmarkProgram: what the system tells a parent is the most
// that the program or one of its commands took.
const peakFile = "PLUMBLINE_TEST_PEAK"

// TestScripts runs the command as people do.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                programtest.Commands(),
		// Sinks run as a user without rights, who must be able to pass through.
		Setup: func(e *testscript.Env) error {
			return errors.Join(os.Chmod(filepath.Dir(e.WorkDir), 0o711), os.Chmod(e.WorkDir, 0o711))
		},
	})
}
