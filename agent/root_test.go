//go:build linux

package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const secret = "outside the root"

// hostile makes a root as an enemy would, and gives its path. A file that must never be read stands beside it.
func hostile(t *testing.T) string {
	t.Helper()
	base := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(base, "root")
	must(os.MkdirAll(filepath.Join(dir, "etc/deep/er"), 0o755))
	must(os.MkdirAll(filepath.Join(dir, "proc"), 0o755))
	must(os.WriteFile(filepath.Join(base, "secret"), []byte(secret), 0o644))
	must(os.WriteFile(filepath.Join(dir, "secret"), []byte("inside"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "etc/plain"), []byte("plain\n"), 0o640))
	must(os.WriteFile(filepath.Join(dir, "etc/empty"), nil, 0o600))
	must(os.WriteFile(filepath.Join(dir, "etc/long"), bytes.Repeat([]byte("x"), 10<<20), 0o644))
	must(os.WriteFile(filepath.Join(dir, "etc/name with\nline end"), []byte("odd"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "proc/version"), []byte("stale"), 0o644))
	for name, target := range map[string]string{
		"etc/out":           filepath.Join(base, "secret"),
		"etc/up":            "../../secret",
		"etc/farup":         strings.Repeat("../", 40) + strings.TrimPrefix(filepath.Join(base, "secret"), "/"),
		"etc/host":          "/secret",
		"etc/absolute":      "/etc/plain",
		"etc/relative":      "plain",
		"etc/dots":          "deep/../deep/er/../../plain",
		"etc/nowhere":       "/not/there",
		"etc/loop":          "loop",
		"etc/ping":          "pong",
		"etc/pong":          "ping",
		"etc/deep/er/again": "/etc/deep",
		"etc/folder":        "/etc/deep",
		"etc/running":       "/proc/version",
		"bin":               "etc",
		"hosts-etc":         "/etc",
	} {
		must(os.Symlink(target, filepath.Join(dir, name)))
	}
	must(syscall.Mkfifo(filepath.Join(dir, "etc/pipe"), 0o644))
	must(os.Symlink("pipe", filepath.Join(dir, "etc/to-pipe")))
	l, err := net.Listen("unix", filepath.Join(dir, "etc/socket"))
	must(err)
	t.Cleanup(func() { l.Close() })
	sparse, err := os.Create(filepath.Join(dir, "etc/sparse"))
	must(err)
	must(sparse.Truncate(1 << 40))
	must(sparse.Close())
	if os.Geteuid() == 0 {
		must(syscall.Mknod(filepath.Join(dir, "etc/zero"), syscall.S_IFCHR|0o666, 1<<8|5))
		must(syscall.Mknod(filepath.Join(dir, "etc/disk"), syscall.S_IFBLK|0o666, 7<<8))
	}
	return dir
}

func openRoot(t *testing.T, dir string) *Root {
	t.Helper()
	r, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// quickly asks and fails if the answer takes long.
func quickly(t *testing.T, a driver.Asker, q *pluginpb.Question) *pluginpb.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ans, err := a.Answer(ctx, q)
	if err != nil {
		t.Fatalf("%s: %v", driver.Text(q), err)
	}
	return ans
}

func TestHostileRootFiles(t *testing.T) {
	r := openRoot(t, hostile(t))
	type want struct {
		reason pb.Reason
		body   string
	}
	unsafe, missing := want{reason: pb.Reason_REASON_UNSAFE_FILE}, want{reason: pb.Reason_REASON_NOT_FOUND}
	cases := map[string]want{
		"/etc/plain":               {body: "plain\n"},
		"/etc/empty":               {},
		"/etc/absolute":            {body: "plain\n"},
		"/etc/relative":            {body: "plain\n"},
		"/etc/dots":                {body: "plain\n"},
		"/bin/plain":               {body: "plain\n"},
		"/hosts-etc/plain":         {body: "plain\n"},
		"/etc/host":                {body: "inside"},
		"/etc/up":                  {body: "inside"},
		"/../../../secret":         {body: "inside"},
		"/etc/../../secret":        {body: "inside"},
		"/etc/name with\nline end": {body: "odd"},
		"/etc/out":                 missing,
		"/etc/farup":               missing,
		"/etc/nowhere":             missing,
		"/etc/not-there":           missing,
		"/etc/plain/not-there":     missing,
		"/etc/loop":                unsafe,
		"/etc/ping":                unsafe,
		"/etc/pipe":                unsafe,
		"/etc/to-pipe":             unsafe,
		"/etc/socket":              unsafe,
		"/etc/deep":                unsafe,
		"/etc/folder":              unsafe,
		"/":                        unsafe,
		"/proc/version":            {reason: pb.Reason_REASON_OFFLINE},
		"/proc/not-there":          {reason: pb.Reason_REASON_OFFLINE},
		"/sys/not-there":           {reason: pb.Reason_REASON_OFFLINE},
		"/etc/running":             {reason: pb.Reason_REASON_OFFLINE},
	}
	if os.Geteuid() == 0 {
		cases["/etc/zero"], cases["/etc/disk"] = unsafe, unsafe
	}
	for name, w := range cases {
		a := quickly(t, r, driver.File(name))
		if a.GetReason() != w.reason || string(a.GetBody()) != w.body {
			t.Errorf("%s: %s %q (%s), want %s %q", name, a.GetReason(), a.GetBody(), a.GetError(), w.reason, w.body)
		}
		whole := w.reason == pb.Reason_REASON_UNSPECIFIED || w.reason == pb.Reason_REASON_NOT_FOUND
		if a.GetComplete() != whole {
			t.Errorf("%s: complete is %v", name, a.GetComplete())
		}
		if strings.Contains(string(a.GetBody())+a.GetError(), secret) {
			t.Errorf("%s: the file outside was read", name)
		}
	}
	if a := quickly(t, r, driver.File("/etc/long")); len(a.GetBody()) != 10<<20 || !a.GetComplete() {
		t.Errorf("a line of 10 MiB: %d bytes, %s", len(a.GetBody()), a.GetReason())
	}
	if a := quickly(t, r, driver.File("/etc/sparse")); len(a.GetBody()) != cutFile || a.GetComplete() || a.GetReason() != pb.Reason_REASON_TOO_LARGE {
		t.Errorf("a file of 1 TiB: %d bytes, %s", len(a.GetBody()), a.GetReason())
	}
	for _, q := range []*pluginpb.Question{driver.Command("uname -a"), driver.Probe(pluginpb.Probe_PROBE_HOST)} {
		if a := quickly(t, r, q); a.GetReason() != pb.Reason_REASON_OFFLINE || len(a.GetBody()) > 0 {
			t.Errorf("%s: %v", driver.Text(q), a)
		}
	}
	for _, q := range []*pluginpb.Question{driver.Walk("1.3.6"), driver.File("etc/plain"), driver.File("/etc/a\x00b"), driver.Glob("etc/*"), {}} {
		if a := quickly(t, r, q); a.GetReason() != pb.Reason_REASON_NOT_ASKED {
			t.Errorf("%s: %v", driver.Text(q), a)
		}
	}
}

func TestHostileRootGlobs(t *testing.T) {
	r := openRoot(t, hostile(t))
	for pattern, want := range map[string]string{
		"/etc/p*":            "file /etc/plain, other /etc/pipe, link /etc/ping, link /etc/pong",
		"/etc/plain":         "file /etc/plain",
		"/etc/deep/**":       "directory /etc/deep/er, link /etc/deep/er/again",
		"/etc/folder/**":     "directory /etc/folder/er, link /etc/folder/er/again",
		"/etc/runn*/er":      "reason REASON_OFFLINE",
		"/etc/[d-l]*/er":     "directory /etc/deep/er, directory /etc/folder/er",
		"/etc/out":           "link /etc/out",
		"/etc/loop":          "link /etc/loop",
		"/etc/so*":           "other /etc/socket",
		"/etc/none*":         "",
		"/not/there/*":       "",
		"/not/there/**":      "",
		"/etc/name*":         "file /etc/name with\nline end",
		"/bin/plain":         "file /bin/plain",
		"/etc/out/*":         "",
		"/etc/plain/**":      "",
		"/etc/[e-l]m*":       "file /etc/empty",
		"/etc/ping/anything": "reason REASON_UNSAFE_FILE",
		"/etc/loop/*":        "reason REASON_UNSAFE_FILE",
		"/etc/not-there":     "reason REASON_NOT_FOUND",
		"/etc/[":             "reason REASON_FAILED",
		"/proc/*":            "reason REASON_OFFLINE",
		"/run/**":            "reason REASON_OFFLINE",
		"/dev/sda":           "reason REASON_OFFLINE",
	} {
		a := quickly(t, r, driver.Glob(pattern))
		if reason, ok := strings.CutPrefix(want, "reason "); ok {
			if a.GetReason().String() != reason || len(a.GetBody()) != 0 {
				t.Errorf("%s: %s %q, want %s", pattern, a.GetReason(), a.GetBody(), reason)
			}
			continue
		}
		if !a.GetComplete() || a.GetReason() != pb.Reason_REASON_UNSPECIFIED {
			t.Errorf("%s: %s %s", pattern, a.GetReason(), a.GetError())
		}
		entries, err := driver.Document{Source: pattern, Answer: a}.Listing()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, e := range entries {
			got[e.Kind+" "+e.Path] = true
			if e.Path == "/etc/plain" && (e.Mode != 0o640 || e.Size != 6 || int(e.UID) != os.Getuid()) {
				t.Errorf("%+v", e)
			}
			if e.Path == "/etc/loop" && e.Target != "loop" {
				t.Errorf("%+v", e)
			}
		}
		n := 0
		for w := range strings.SplitSeq(want, ", ") {
			if w == "" {
				continue
			}
			n++
			if !got[w] {
				t.Errorf("%s: lacks %q: %v", pattern, w, got)
			}
		}
		if n != len(entries) {
			t.Errorf("%s: %d entries, want %d: %v", pattern, len(entries), n, got)
		}
	}
	everything := quickly(t, r, driver.Glob("/etc/**"))
	if !everything.GetComplete() || bytes.Count(everything.GetBody(), []byte("\n")) < 20 {
		t.Errorf("%s: %s", everything.GetReason(), everything.GetBody())
	}
}

func TestGlobBounds(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "etc", strings.Repeat("d/", maxDepth+2))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	r := openRoot(t, dir)
	a := quickly(t, r, driver.Glob("/etc/**"))
	if n := bytes.Count(a.GetBody(), []byte("\n")); a.GetReason() != pb.Reason_REASON_TOO_LARGE || a.GetComplete() || n < maxDepth {
		t.Errorf("too deep: %s, %d lines", a.GetReason(), n)
	}
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o755); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(many, "0")
	if err := os.WriteFile(one, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= maxEntries; i++ {
		if err := os.Link(one, filepath.Join(many, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, pattern := range []string{"/many/**", "/many/*"} {
		a = quickly(t, r, driver.Glob(pattern))
		if n := bytes.Count(a.GetBody(), []byte("\n")); a.GetReason() != pb.Reason_REASON_TOO_LARGE || a.GetComplete() || n > maxEntries {
			t.Errorf("%s: too many: %s, %d lines", pattern, a.GetReason(), n)
		}
	}
}

func TestTotalIsBounded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("four"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := openRoot(t, dir)
	r.files.read = maxTotal - 6
	if a := quickly(t, r, driver.File("/a")); string(a.GetBody()) != "four" || !a.GetComplete() {
		t.Errorf("within the bound: %v", a)
	}
	for range 2 {
		if a := quickly(t, r, driver.File("/a")); a.GetReason() != pb.Reason_REASON_TOO_LARGE || a.GetComplete() {
			t.Errorf("beyond the bound: %v", a)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if !asOrdinaryUser(t) {
		return
	}
	dir := t.TempDir()
	for _, d := range []string{"closed", "listed", "open"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, d, "file"), []byte("x"), 0o000); err != nil {
			t.Fatal(err)
		}
	}
	for d, mode := range map[string]os.FileMode{"closed": 0o000, "listed": 0o444} {
		if err := os.Chmod(filepath.Join(dir, d), mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(filepath.Join(dir, d), 0o755) })
	}
	var at func(name string) string
	for how, a := range map[string]driver.Asker{"root": openRoot(t, dir), "local": NewLocal(&pluginpb.DescribeResponse{})} {
		if how == "local" {
			at = func(name string) string { return dir + name }
		} else {
			at = func(name string) string { return name }
		}
		for _, q := range []*pluginpb.Question{
			driver.File(at("/open/file")), driver.File(at("/closed/file")), driver.File(at("/closed/not-there")), driver.Glob(at("/closed/*")),
			driver.Glob(at("/closed/file")), driver.Glob(at("/listed/*")), driver.Glob(at("/*/file")), driver.Glob(at("/**")), driver.Glob(at("/*/**")),
		} {
			ans := quickly(t, a, q)
			if ans.GetReason() != pb.Reason_REASON_NOT_PERMITTED || ans.GetComplete() {
				t.Errorf("%s: %s: %s, complete %v", how, driver.Text(q), ans.GetReason(), ans.GetComplete())
			}
		}
		if ans := quickly(t, a, driver.Glob(at("/open/*"))); !ans.GetComplete() || len(ans.GetBody()) == 0 {
			t.Errorf("%s: a readable folder with an unreadable file: %v", how, ans)
		}
		// What could be seen is there.
		if ans := quickly(t, a, driver.Glob(at("/*/file"))); !bytes.Contains(ans.GetBody(), []byte("/open/file")) {
			t.Errorf("%s: %s", how, ans.GetBody())
		}
	}
}

func TestRootMustBeAFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "not-there"} {
		if r, err := OpenRoot(filepath.Join(dir, name)); err == nil {
			r.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

// TestMovingLinks swaps a folder for a link to the outside, over and over, while files are read through it.
func TestMovingLinks(t *testing.T) {
	base := t.TempDir()
	outside, dir := filepath.Join(base, "outside"), filepath.Join(base, "root")
	for d, text := range map[string]string{filepath.Join(dir, "etc"): "inside", outside: secret} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "file"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := openRoot(t, dir)
	etc, aside := filepath.Join(dir, "etc"), filepath.Join(dir, "aside")
	ctx, stop := context.WithCancel(t.Context())
	swapping := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if err := errors.Join(os.Rename(etc, aside), os.Symlink(outside, etc), os.Remove(etc), os.Rename(aside, etc)); err != nil {
				swapping <- err
				return
			}
		}
		swapping <- nil
	}()
	inside := 0
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		body := string(quickly(t, r, driver.File("/etc/file")).GetBody())
		if body == "inside" {
			inside++
		}
		if body == secret {
			t.Fatal("the file outside was read")
		}
		if a := quickly(t, r, driver.Glob("/etc/**")); bytes.Contains(a.GetBody(), []byte(fmt.Sprint(" ", len(secret), " "))) {
			t.Fatalf("the folder outside was listed: %s", a.GetBody())
		}
	}
	stop()
	if err := <-swapping; err != nil {
		t.Fatal(err)
	}
	if inside == 0 {
		t.Error("the file inside was never read")
	}
}

func TestHangingFileSystem(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	release := make(chan struct{})
	defer close(release)
	enough := errors.New("enough")
	cancel(enough)
	_, err := within(ctx, func() ([]byte, error) { <-release; return nil, nil })
	if !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	if _, err := answer(ctx, driver.File("/x"), nil, err); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
}

// A folder is judged as it would start: without what a running system configures for as long as it runs.
func TestRootHasNoVolatileConfiguration(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"run/systemd/system/ssh.service.d", "run/sysctl.d"} {
		if err := os.MkdirAll(filepath.Join(dir, p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p, "left-over.conf"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := openRoot(t, dir)
	for _, pattern := range []string{"/run/systemd/system/*", "/run/systemd/system/ssh.service.d/*.conf", "/run/sysctl.d/*.conf", "/run/udev/rules.d/*"} {
		if a := quickly(t, r, driver.Glob(pattern)); !a.GetComplete() || a.GetReason() != pb.Reason_REASON_UNSPECIFIED || len(a.GetBody()) != 0 {
			t.Errorf("%s: %v, want an empty, complete listing", pattern, a)
		}
	}
	if a := quickly(t, r, driver.File("/run/sysctl.d/left-over.conf")); a.GetReason() != pb.Reason_REASON_NOT_FOUND {
		t.Errorf("a left-over file is answered with %v", a)
	}
	if a := quickly(t, r, driver.File("/run/log/journal/x")); a.GetReason() != pb.Reason_REASON_OFFLINE {
		t.Errorf("a running system's record is answered with %v, want offline", a)
	}
}
