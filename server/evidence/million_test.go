package evidence_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/evidencetest"
)

// mebibytes is how much memory a verification may take, whatever the size of the bundle.
const mebibytes = 256

// A large bundle is verified by the program as it ships, in bounded memory. The time is reported and not judged.
func TestE6Million(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process's memory is read as Linux gives it")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "plumbline-server")
	build := exec.Command("go", "build", "-o", program, "../plumbline-server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := evidencetest.New(t)
	one := len(evidencetest.Judged(t, "x", 5, evidencetest.Epoch0).GetFindings())
	n := 1 + soak(20_000, 1_000_000)/one
	w.Fill(t, n, func(i int) *pb.Snapshot {
		return evidencetest.Judged(t, fmt.Sprintf("web%d", i), int64(5+i%9), evidencetest.Epoch0.Add(time.Duration(i)*time.Second))
	})
	bundle, key := filepath.Join(dir, "bundle.tar"), filepath.Join(dir, "key")
	f, err := os.Create(bundle)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	buffered := bufio.NewWriterSize(f, 1<<20)
	w.Write(t, buffered, 0, n)
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	t.Logf("written in %v: %d findings, %d MiB", time.Since(began).Round(time.Millisecond), n*one, info.Size()>>20)
	write(t, key, []byte(w.Keys.Public()[0].String()))
	verify := exec.Command(program, "verify", bundle, "--key", key, "--lang", "en")
	began = time.Now()
	out, err := verify.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak := verify.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
	t.Logf("verified in %v, with %d MiB at the peak\n%s", time.Since(began).Round(time.Millisecond), peak, out)
	if peak > mebibytes {
		t.Errorf("it took %d MiB", peak)
	}
}

// A part that opens into more than there may be is refused, and costs no memory.
func TestBomb(t *testing.T) {
	s := newScene(t)
	parts := append([]part(nil), s.parts...)
	parts[5].body = zip(make([]byte, 200<<20))
	if r := evidencetest.Verify(t, join(parts), s.Options()); r.Verdict != evidence.Tampered {
		t.Errorf("%s", r.Verdict)
	}
}
