package host

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// means are servers that offer the files in each of the ways there are.
func means(t testing.TB, uid uint32) map[string]*server {
	t.Helper()
	served, started, plain := &server{uid: uid}, &server{uid: uid}, &server{uid: uid}
	served.sftp = served.realSFTP
	plain.exec = func(line string, ch ssh.Channel) bool {
		if !strings.Contains(line, "sftp-server") {
			return false
		}
		exited(ch, 127)
		return true
	}
	return map[string]*server{"subsystem": served, "started server": started, "find and cat": plain}
}

// open makes a folder that others may go through.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "plumbline")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := folder(t)
	large := bytes.Repeat([]byte("0123456789abcdef\n"), 3<<20/17)
	huge := dir + "/huge"
	must(t,
		os.WriteFile(dir+"/file", []byte("text"), 0o644),
		os.WriteFile(dir+"/empty", nil, 0o644),
		os.WriteFile(dir+"/secret", []byte("x"), 0o600),
		os.WriteFile(dir+"/large", large, 0o644),
		os.WriteFile(dir+"/exact", make([]byte, 2*chunk), 0o644),
		os.WriteFile(huge, nil, 0o644), os.Truncate(huge, maxFile+1),
		os.Mkdir(dir+"/closed", 0o700),
		os.WriteFile(dir+"/closed/file", nil, 0o644),
		syscall.Mkfifo(dir+"/pipe", 0o644),
		os.Symlink("loop", dir+"/loop"),
		os.Symlink("gone", dir+"/dangling"),
		os.Symlink(dir+"/./file", dir+"/link"),
		os.Symlink("pipe", dir+"/to-pipe"),
		os.Symlink("link", dir+"/links"),
		os.Symlink("../"+filepath.Base(dir), dir+"/itself"),
	)
	l, err := net.Listen("unix", dir+"/socket")
	must(t, err)
	defer l.Close()
	for name, s := range means(t, asNobody(t)) {
		a := asking(t, s, Options{})
		for file, want := range map[string]struct {
			reason pb.Reason
			body   []byte
		}{
			dir + "/file":               {0, []byte("text")},
			dir + "/link":               {0, []byte("text")},
			dir + "/links":              {0, []byte("text")},
			dir + "/itself/itself/link": {0, []byte("text")},
			dir + "/../" + filepath.Base(dir) + "/file": {0, []byte("text")},
			dir + "/empty":               {0, nil},
			dir + "/large":               {0, large},
			dir + "/exact":               {0, make([]byte, 2*chunk)},
			huge:                         {pb.Reason_REASON_TOO_LARGE, make([]byte, cutFile)},
			dir + "/secret":              {pb.Reason_REASON_NOT_PERMITTED, nil},
			dir + "/closed/file":         {pb.Reason_REASON_NOT_PERMITTED, nil},
			dir + "/closed/gone":         {pb.Reason_REASON_NOT_PERMITTED, nil},
			dir + "/pipe":                {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir + "/to-pipe":             {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir + "/socket":              {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir + "/loop":                {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir + "/loop/file":           {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir:                          {pb.Reason_REASON_UNSAFE_FILE, nil},
			"/dev/zero":                  {pb.Reason_REASON_UNSAFE_FILE, nil},
			"/proc/self/root/etc/passwd": {pb.Reason_REASON_UNSAFE_FILE, nil},
			dir + "/dangling":            {pb.Reason_REASON_NOT_FOUND, nil},
			dir + "/gone":                {pb.Reason_REASON_NOT_FOUND, nil},
			dir + "/gone/gone":           {pb.Reason_REASON_NOT_FOUND, nil},
			dir + "/file/gone":           {pb.Reason_REASON_NOT_FOUND, nil},
			"relative":                   {pb.Reason_REASON_NOT_ASKED, nil},
			dir + "/file\x00":            {pb.Reason_REASON_NOT_ASKED, nil},
		} {
			ans := ask(t, a, driver.File(file))
			if strings.HasSuffix(file, "relative") {
				continue // that is a command for the driver package
			}
			if os.Geteuid() != 0 && want.reason == pb.Reason_REASON_NOT_PERMITTED {
				continue // they are our own
			}
			if ans.GetReason() != want.reason || !bytes.Equal(ans.GetBody(), want.body) {
				t.Errorf("%s, %s: %s %q %d bytes, want %s %d bytes", name, file, ans.GetReason(), ans.GetError(), len(ans.GetBody()), want.reason, len(want.body))
			}
			if whole := want.reason == 0 || want.reason == pb.Reason_REASON_NOT_FOUND; ans.GetComplete() != whole {
				t.Errorf("%s, %s: complete is %v", name, file, ans.GetComplete())
			}
		}
		// Files without a size are read to their end.
		for _, file := range []string{"/proc/sys/kernel/ostype", "/proc/mounts", "/proc/cpuinfo"} {
			ans := ask(t, a, driver.File(file))
			want, err := os.ReadFile(file)
			must(t, err)
			if len(want) == 0 || len(ans.GetBody()) < len(want)*9/10 || !ans.GetComplete() {
				t.Errorf("%s, %s: %d bytes, want %d", name, file, len(ans.GetBody()), len(want))
			}
		}
	}
}

func TestGlobs(t *testing.T) {
	dir := folder(t)
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	must(t,
		os.MkdirAll(dir+"/a/b/c", 0o755), os.MkdirAll(dir+"/x", 0o755), os.Mkdir(dir+"/closed", 0o700),
		os.WriteFile(dir+"/a/one.conf", []byte("1"), 0o640), os.WriteFile(dir+"/x/two.conf", []byte("22"), 0o644),
		os.WriteFile(dir+"/a/b/c/deep name", nil, 0o644),
		os.Symlink("../x", dir+"/a/to-x"), os.Symlink("self", dir+"/self"), syscall.Mkfifo(dir+"/a/pipe", 0o600),
		os.Chmod(dir+"/a/one.conf", 0o640|os.ModeSetuid|os.ModeSticky),
	)
	must(t, filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Mode()&os.ModeSymlink == 0 {
			err = os.Chtimes(p, then, then)
		}
		return err
	}))
	for name, s := range means(t, asNobody(t)) {
		a := asking(t, s, Options{})
		for pattern, want := range map[string]struct {
			reason pb.Reason
			paths  string
		}{
			"/a/*":          {0, "/a/b directory 755|/a/one.conf file 5640|/a/pipe other 600|/a/to-x link 777 ../x"},
			"/*/*.conf":     {pb.Reason_REASON_NOT_PERMITTED, "/a/one.conf file 5640|/x/two.conf file 644"},
			"/[ax]/*.conf":  {0, "/a/one.conf file 5640|/x/two.conf file 644"},
			"/a/**":         {0, "/a/b directory 755|/a/b/c directory 755|/a/b/c/deep name file 644|/a/one.conf file 5640|/a/pipe other 600|/a/to-x link 777 ../x"},
			"/a/to-x/*":     {0, "/a/to-x/two.conf file 644"},
			"/a/to-x":       {0, "/a/to-x link 777 ../x"},
			"/x/two.conf":   {0, "/x/two.conf file 644"},
			"/x/two.conf/*": {0, ""},
			"/gone/*":       {0, ""},
			"/gone":         {pb.Reason_REASON_NOT_FOUND, ""},
			"/closed/*":     {pb.Reason_REASON_NOT_PERMITTED, ""},
			"/self/*":       {pb.Reason_REASON_UNSAFE_FILE, ""},
			"/s*/x":         {0, ""},
			"/[":            {pb.Reason_REASON_FAILED, ""},
		} {
			if os.Geteuid() != 0 && want.reason == pb.Reason_REASON_NOT_PERMITTED {
				continue
			}
			q := driver.Glob(dir + pattern)
			ans := ask(t, a, q)
			entries, err := driver.Index([]*pluginpb.Answer{ans}).Glob(dir + pattern).Listing()
			must(t, err)
			var got []string
			for _, e := range entries {
				info, err := os.Lstat(e.Path)
				must(t, err)
				st := info.Sys().(*syscall.Stat_t)
				if e.UID != st.Uid || e.GID != st.Gid || e.Size != info.Size() || e.Modified.Unix() != info.ModTime().Unix() {
					t.Errorf("%s: %+v", name, e)
				}
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %o %s", strings.TrimPrefix(e.Path, dir), e.Kind, e.Mode, e.Target)))
			}
			if ans.GetReason() != want.reason || strings.Join(got, "|") != want.paths {
				t.Errorf("%s, %s: %s %q %q, want %s %q", name, pattern, ans.GetReason(), ans.GetError(), strings.Join(got, "|"), want.reason, want.paths)
			}
			if whole := want.reason == 0 || want.reason == pb.Reason_REASON_NOT_FOUND; ans.GetComplete() != whole {
				t.Errorf("%s, %s: complete is %v", name, pattern, ans.GetComplete())
			}
		}
	}
}

// A part of the host that is shown as the whole proves nothing absent.
func TestConfined(t *testing.T) {
	const mounts = "22 1 254:1 / /proc rw - proc proc rw\n"
	for text, want := range map[string]bool{
		mounts: false, "": false, "nonsense": false, "23 22 254:1 /srv/jail /data rw - ext4 /dev/sda1 rw\n": false,
		mounts + "24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n": true, "25 1 0:30 /@ / rw - btrfs /dev/sda2 rw\n": true,
	} {
		if showsRoot(text) != want {
			t.Errorf("%q", text)
		}
	}
	// An SFTP server without /proc, and no commands.
	for _, q := range []string{"/etc/shadow", "glob /etc/shadow", "glob /etc/cron.d/*"} {
		s := &server{sftp: fake(func(f *fakeSFTP) { f.files["/etc/passwd"] = "x" }), exec: func(_ string, ch ssh.Channel) bool { exited(ch, 1); return true }}
		if ans := ask(t, asking(t, s, Options{}), driver.ParseQuestion(q)); ans.GetReason() != pb.Reason_REASON_NOT_PERMITTED || ans.GetComplete() {
			t.Errorf("%v", ans)
		}
	}
}
