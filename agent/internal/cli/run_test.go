package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run runs the command as main does and gives its status and what it printed.
func run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Run(ctx, args, System{Stdout: &out, Stderr: &err, Getenv: func(string) string { return "" }, Version: "test"})
	return status, out.String(), err.String()
}

// TestInterrupted: a scan that is told to stop says so and leaves no file, neither the report nor a part of it.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	status, stdout, stderr := run(ctx, "scan", "--root", dir, "--output", filepath.Join(dir, "report.html"), "--format", "html")
	if status != exitError || stdout != "" || stderr != "plumbline-agent: interrupted\n" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestOutputIsReplacedWhole: a report replaces an older one, keeps its file to its owner, and a link is not followed.
func TestOutputIsReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "report"), filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, name); err != nil {
		t.Fatal(err)
	}
	out, err := openOutput(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.discard()
	out.WriteString("new")
	if got, err := os.ReadFile(name); err != nil || string(got) != "other" {
		t.Errorf("before the commit: %q, %v", got, err)
	}
	if err := out.commit(); err != nil {
		t.Fatal(err)
	}
	out.discard()
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for file, want := range map[string]string{name: "new", other: "other"} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

// TestEverythingIsSaidInBothLanguages: every command and flag has words in Chinese and in English.
func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	en, zh := testApp(), testApp()
	zh.lang = chinese
	n := 0
	var walk func(en, zh *cobra.Command)
	walk = func(en, zh *cobra.Command) {
		n++
		for _, pair := range [][2]string{{en.Short, zh.Short}, {en.Long, zh.Long}, {en.Example, zh.Example}} {
			differ(t, en.CommandPath(), pair[0], pair[1])
		}
		en.LocalFlags().VisitAll(func(f *pflag.Flag) {
			differ(t, en.CommandPath()+" --"+f.Name, f.Usage, zh.Flag(f.Name).Usage)
			if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" && !strings.Contains(f.Usage, f.DefValue) {
				t.Errorf("%s --%s: its default %q is not said", en.CommandPath(), f.Name, f.DefValue)
			}
		})
		for i, c := range en.Commands() {
			walk(c, zh.Commands()[i])
		}
	}
	walk(en.command(), zh.command())
	if n < 8 {
		t.Errorf("%d commands were looked at", n)
	}
}

// differ holds two texts to being there both or not at all, one with Chinese characters and the other without.
func differ(t *testing.T, what, en, zh string) {
	t.Helper()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
	}
	if (en == "") != (zh == "") || han(en) || zh != "" && !han(zh) {
		t.Errorf("%s is not said in both languages: %q, %q", what, en, zh)
	}
}
