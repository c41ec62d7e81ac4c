package spool_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A disk is an ext4 in a file. What stands in the file is what a power cut leaves: what the system holds in memory for the mounted file
// system is not in it.
type disk struct {
	t          testing.TB
	image, dir string
}

// diskSize is enough for a spool of the tests with what it delivered.
const diskSize = 48 << 20

func newDisk(t testing.TB) *disk {
	t.Helper()
	d := &disk{t: t, image: filepath.Join(scratch(t), "image"), dir: t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, diskSize); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", d.image).CombinedOutput(); err != nil {
		t.Skipf("no file system can be made here: %v %s", err, out)
	}
	if err := d.mount(); err != nil {
		t.Skipf("no file can be mounted here: %v", err)
	}
	t.Cleanup(func() { d.unmount("-l") }) // receivers may still have their files open
	return d
}

func (d *disk) mount() error {
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (d *disk) unmount(how ...string) {
	d.t.Helper()
	if out, err := exec.Command("umount", append(how, d.dir)...).CombinedOutput(); err != nil {
		d.t.Errorf("umount: %v %s", err, out)
	}
}

// left is what a power cut would leave now. Nothing may write meanwhile but the system, for which it waits until two looks agree.
func (d *disk) left() []byte {
	d.t.Helper()
	var before []byte
	for range 50 {
		now, err := os.ReadFile(d.image)
		if err != nil {
			d.t.Fatal(err)
		}
		if bytes.Equal(before, now) {
			return now
		}
		before = now
		time.Sleep(2 * time.Millisecond)
	}
	d.t.Fatal("the disk does not come to rest")
	return nil
}

// cut runs a child on the disk, cuts the power some time after it first accepted something, and gives all that it had accepted by then.
// The disk is as the power cut left it.
func (d *disk) cut(prefix string, after time.Duration, command ...string) (accepted []string) {
	d.t.Helper()
	child := exec.Command(command[0], command[1:]...)
	child.Env = append(os.Environ(), childDir+"="+d.dir, childPrefix+"="+prefix)
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdin, err := child.StdinPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		d.t.Fatal(err)
	}
	first := make(chan struct{})
	said := make(chan []string)
	go func() {
		var lines []string
		r := bufio.NewReader(stdout)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				said <- lines // what is not a whole line was not said
				return
			}
			if lines = append(lines, strings.TrimSuffix(line, "\n")); len(lines) == 1 {
				close(first)
			}
		}
	}()
	select {
	case <-first:
	case <-time.After(30 * time.Second):
		d.t.Fatal("the child accepts nothing")
	}
	time.Sleep(after)
	// It says nothing more from here on, so whatever it said it had accepted before the cut.
	if err := syscall.Kill(-child.Process.Pid, syscall.SIGSTOP); err != nil {
		d.t.Fatal(err)
	}
	left := d.left()
	if err := syscall.Kill(-child.Process.Pid, syscall.SIGKILL); err != nil {
		d.t.Fatal(err)
	}
	accepted = <-said
	_ = child.Wait() // it was killed
	d.unmount()
	if err := os.WriteFile(d.image, left, 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := d.mount(); err != nil {
		d.t.Fatalf("the disk cannot be mounted after the cut: %v", err)
	}
	return accepted
}

// cuts cuts the power n times and judges what is left.
func cuts(t *testing.T, n int, command ...string) (verdict, int) {
	d := newDisk(t)
	r := rand.New(rand.NewPCG(uint64(n), 4))
	var accepted []string
	for i := range n {
		accepted = append(accepted, d.cut(fmt.Sprintf("p%d", i), time.Duration(r.IntN(25_000))*time.Microsecond, command...)...)
	}
	return judge(accepted, rest(t, d.dir), true), len(accepted)
}

// D4: a power cut at any moment loses nothing that was accepted. The same without fsync loses: the harness sees what a kill never does.
func TestD4PowerCut(t *testing.T) {
	n := 25
	if soak {
		n = 500
	}
	if testing.Short() {
		n = 5
	}
	v, accepted := cuts(t, n, os.Args[0])
	t.Logf("%d power cuts, %d accepted: %+v", n, accepted, v)
	if v != (verdict{}) || accepted < n {
		t.Errorf("%+v of %d accepted", v, accepted)
	}
}

// D4's control: where fsync does nothing, cuts lose.
func TestD4WithoutFsync(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: fsync cannot be switched off (make deps installs it)")
	}
	d := newDisk(t)
	lost := 0
	for i := range 20 {
		accepted := d.cut(fmt.Sprintf("n%d", i), 5*time.Millisecond, strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:retval=0", os.Args[0])
		found, err := filepath.Glob(filepath.Join(d.dir, "spool", "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(accepted) > 0 && len(found) == 0 {
			lost += len(accepted)
			break // not even the spool's folder is there
		}
		if v := judge(accepted, rest(t, d.dir), true); v.lost > 0 {
			lost = v.lost
			break
		}
	}
	if lost == 0 {
		t.Error("20 power cuts without fsync lost nothing: the harness sees nothing")
	}
	t.Logf("%d lost", lost)
}
