package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/program/programtest"
)

// run runs the command as main does and gives its status and what it printed.
func run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Run(ctx, args, program.System{Stdout: &out, Stderr: &err, Getenv: func(string) string { return "" }, Version: "test"})
	return status, out.String(), err.String()
}

// TestInterrupted: a scan that is told to stop says so and leaves no file, neither the report nor a part of it.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	status, stdout, stderr := run(ctx, "scan", "--root", dir, "--output", filepath.Join(dir, "report.html"), "--format", "html")
	if status != program.ExitError || stdout != "" || stderr != "plumbline-agent: interrupted\n" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestEverythingIsSaidInBothLanguages: every command and flag has words in Chinese and in English.
func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	programtest.BothLanguages(t, own, "enrol", "facts", "run", "scan", "status")
}
