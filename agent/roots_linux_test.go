package agent_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// rootPackages make a small server out of Debian's minimal system.
const rootPackages = "libpam-pwquality,openssh-server,auditd,rsyslog,chrony,logrotate,sudo,cron,systemd,systemd-sysv,nftables,snmpd,aide"

// TestRoots judges a real distribution, as it comes, hardened, and broken in one thing at a time. Each file of
// testdata/roots is one root; what its format is, rootCase says.
func TestRoots(t *testing.T) {
	if testing.Short() {
		t.Skip("sets up a distribution: not in the quick loop")
	}
	cases := readRootCases(t)
	root := copyOf(t, debian(t))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			restore := c.apply(t, root)
			defer restore()
			got := judgeRoot(t, root)
			for _, check := range all.List() {
				want, said := c.expect[check.ID]
				if !said {
					t.Errorf("%s is not expected to come to anything; it came to %s", check.ID, got[check.ID])
				} else if want != got[check.ID].outcome {
					t.Errorf("%s came to %s, want %s", check.ID, got[check.ID], want)
				}
			}
			for id := range c.expect {
				if all.ByID(id) == nil {
					t.Errorf("there is no check %s", id)
				}
			}
		})
	}
}

// A rootCase is one root: a txtar archive whose comment says what it is. A line "like: NAME" in the comment begins with
// what that case makes and expects. Sections named by a path are files to write; the section "edit" holds one edit a line
// (remove PATH, chmod MODE PATH, link TARGET PATH, append PATH TEXT, replace PATH "REGEXP" "TEXT"); the section "expect"
// says for each check what its worst result comes to: fail, unknown, pass, not_applicable.
type rootCase struct {
	name   string
	steps  []func(*testing.T, *saver)
	expect map[string]string
}

func readRootCases(t *testing.T) []*rootCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/roots/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no roots: %v", err)
	}
	archives := map[string]*txtar.Archive{}
	for _, p := range paths {
		ar, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		archives[strings.TrimSuffix(filepath.Base(p), ".txtar")] = ar
	}
	var out []*rootCase
	for name := range archives {
		out = append(out, rootCaseOf(t, name, archives, 0))
	}
	slices.SortFunc(out, func(a, b *rootCase) int { return cmp.Compare(a.name, b.name) })
	return out
}

func rootCaseOf(t *testing.T, name string, archives map[string]*txtar.Archive, depth int) *rootCase {
	ar := archives[name]
	if ar == nil || depth > len(archives) {
		t.Fatalf("there is no root %q, or it is like itself", name)
	}
	c := &rootCase{name: name, expect: map[string]string{}}
	for line := range strings.Lines(string(ar.Comment)) {
		if like, ok := strings.CutPrefix(strings.TrimSpace(line), "like: "); ok {
			base := rootCaseOf(t, like, archives, depth+1)
			c.steps, c.expect = slices.Clone(base.steps), base.expect
		}
	}
	for _, f := range ar.Files {
		switch {
		case strings.HasPrefix(f.Name, "/"):
			c.steps = append(c.steps, func(t *testing.T, s *saver) { s.write(f) })
		case f.Name == "edit":
			for line := range strings.Lines(string(f.Data)) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					c.steps = append(c.steps, func(t *testing.T, s *saver) { edit(t, s, line) })
				}
			}
		case f.Name == "expect":
			for line := range strings.Lines(string(f.Data)) {
				id, outcome, ok := strings.Cut(strings.TrimSpace(line), " ")
				if !ok {
					t.Fatalf("%s: %q: want CHECK OUTCOME", name, line)
				}
				c.expect[id] = outcome
			}
		default:
			t.Fatalf("%s: there is no section %q", name, f.Name)
		}
	}
	return c
}

// apply makes the case in root, step by step, and gives what undoes it.
func (c *rootCase) apply(t *testing.T, root string) (restore func()) {
	t.Helper()
	s := &saver{t: t, root: root}
	for _, step := range c.steps {
		step(t, s)
	}
	return s.restore
}

func edit(t *testing.T, s *saver, line string) {
	words := strings.SplitN(line, " ", 3)
	switch {
	case words[0] == "remove" && len(words) == 2:
		must(t, os.RemoveAll(s.save(words[1])))
	case words[0] == "chmod" && len(words) == 3:
		mode, err := strconv.ParseUint(words[1], 8, 32)
		must(t, err)
		must(t, os.Chmod(s.save(words[2]), fs.FileMode(mode&0o777)))
	case words[0] == "link" && len(words) == 3:
		path := s.save(words[2])
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.RemoveAll(path))
		must(t, os.Symlink(words[1], path))
	case words[0] == "append" && len(words) == 3:
		path := s.save(words[1])
		body, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		must(t, os.WriteFile(path, append(body, words[2]+"\n"...), 0o644))
	case words[0] == "replace" && len(words) == 3:
		path := s.save(words[1])
		pattern, text := unquotePair(t, words[2])
		body, err := os.ReadFile(path)
		must(t, err)
		re := regexp.MustCompile("(?m)" + pattern)
		if !re.Match(body) {
			t.Fatalf("%s matches nothing in %s", pattern, words[1])
		}
		must(t, os.WriteFile(path, re.ReplaceAll(body, []byte(text)), 0o644))
	default:
		t.Fatalf("%q is no edit", line)
	}
}

func unquotePair(t *testing.T, s string) (string, string) {
	first, err := strconv.QuotedPrefix(s)
	must(t, err)
	a, err := strconv.Unquote(first)
	must(t, err)
	b, err := strconv.Unquote(strings.TrimSpace(s[len(first):]))
	must(t, err)
	return a, b
}

// A saver remembers what stood where, so that one root serves every case.
type saver struct {
	t     *testing.T
	root  string
	steps []func()
}

// save remembers the file, link or absence at path and gives where it is.
func (s *saver) save(path string) string {
	at := filepath.Join(s.root, filepath.Clean(path))
	info, err := os.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.steps = append(s.steps, func() { must(s.t, os.RemoveAll(at)) })
	case err != nil:
		s.t.Fatal(err)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(at)
		must(s.t, err)
		s.steps = append(s.steps, func() { must(s.t, os.RemoveAll(at)); must(s.t, os.Symlink(target, at)) })
	case info.IsDir():
		s.steps = append(s.steps, func() { must(s.t, os.Chmod(at, info.Mode())) })
	default:
		body, err := os.ReadFile(at)
		must(s.t, err)
		owner := ownerOf(info)
		s.steps = append(s.steps, func() {
			must(s.t, os.RemoveAll(at))
			must(s.t, os.WriteFile(at, body, info.Mode().Perm()))
			must(s.t, os.Lchown(at, owner[0], owner[1]))
			must(s.t, os.Chmod(at, info.Mode()))
		})
	}
	return at
}

// write puts a file in its place, with the mode that it had before.
func (s *saver) write(f txtar.File) {
	path := s.save(f.Name)
	must(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	mode := fs.FileMode(0o644)
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		mode = info.Mode().Perm()
	}
	must(s.t, os.RemoveAll(path))
	must(s.t, os.WriteFile(path, f.Data, mode))
}

func (s *saver) restore() {
	for _, step := range slices.Backward(s.steps) {
		step()
	}
}

// standing is a check's worst result over its scopes, with the one that made it so.
type standing struct {
	outcome string
	why     *pb.Finding
}

func (s standing) String() string {
	return fmt.Sprintf("%s [%s: %s; wants %s; %s]", s.outcome, s.why.GetScope(), s.why.GetObserved().GetEn(), s.why.GetExpected().GetEn(), s.why.GetReason().GetEn())
}

var worst = []pb.Outcome{pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_NOT_APPLICABLE}

// judgeRoot runs every check with its defaults.
func judgeRoot(t *testing.T, root string) map[string]standing {
	t.Helper()
	var rules []checks.Rule
	for _, c := range all.List() {
		rules = append(rules, checks.Rule{Baseline: "test", Clause: c.ID, Check: c})
	}
	s, err := agent.Scan(t.Context(), agent.Config{Driver: linux.Driver{}, Root: root, Rules: rules, Target: "test"})
	must(t, err)
	out := map[string]standing{}
	for _, f := range s.GetFindings() {
		now, ok := out[f.GetCheck()]
		if !ok || slices.Index(worst, f.GetOutcome()) < slices.Index(worst, now.why.GetOutcome()) {
			out[f.GetCheck()] = standing{strings.ToLower(strings.TrimPrefix(f.GetOutcome().String(), "OUTCOME_")), f}
		}
	}
	return out
}

// debian gives an unpacked Debian, set up once a machine.
func debian(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("setting up a distribution takes root")
	}
	cache, err := os.UserCacheDir()
	must(t, err)
	dir := filepath.Join(cache, "plumbline", "roots", "bookworm-"+strings.ReplaceAll(rootPackages, ",", "-"))
	must(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	unlock, err := lockedfile.MutexAt(dir + ".lock").Lock()
	must(t, err)
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	begun := dir + ".begun"
	must(t, os.RemoveAll(begun))
	cmd := exec.Command("debootstrap", "--variant=minbase", "--include="+rootPackages, "bookworm", begun)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("debootstrap (make deps installs it): %v\n%s", err, out[max(0, len(out)-2000):])
	}
	must(t, os.Rename(begun, dir))
	return dir
}

// copyOf gives a copy that the test may change.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "root")
	if out, err := exec.Command("cp", "-a", dir, to).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v %s", err, bytes.TrimSpace(out))
	}
	return to
}

func ownerOf(info fs.FileInfo) [2]int {
	s := info.Sys().(*syscall.Stat_t)
	return [2]int{int(s.Uid), int(s.Gid)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
