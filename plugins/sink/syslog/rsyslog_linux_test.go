package syslog_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/cef/ceftest"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	"github.com/plumbline/plumbline/plugins/sink/wire/wiretest"
)

const rsyslogConfig = `
global(workDirectory="%[1]s" defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="%[2]s"
  defaultNetstreamDriverCertFile="%[3]s" defaultNetstreamDriverKeyFile="%[4]s")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="%[5]s")
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="%[1]s/port")
template(name="received" type="string" string="%%pri%% %%timereported:::date-rfc3339%% %%hostname%% %%app-name%% %%msgid%% %%msg%%\n")
action(type="omfile" file="%[1]s/received" template="received" asyncWriting="off" flushOnTXEnd="on")
`

// rsyslog is a real one that takes syslog over TLS and writes what it takes to a file.
type rsyslog struct {
	*testing.T
	dir  string
	cmd  *exec.Cmd
	port string
}

func startRsyslog(t *testing.T, files wiretest.Files, authMode string) *rsyslog {
	t.Helper()
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		program = "/usr/sbin/rsyslogd"
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("rsyslogd is needed (make deps installs it): %v", err)
	}
	r := &rsyslog{T: t, dir: t.TempDir()}
	config := filepath.Join(r.dir, "rsyslog.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, rsyslogConfig, r.dir, files.CA, files.Cert, files.Key, authMode), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	r.cmd = exec.Command(program, "-n", "-f", config, "-i", filepath.Join(r.dir, "pid"))
	r.cmd.Stdout, r.cmd.Stderr = log, log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
		log.Close()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("rsyslogd: %s", said)
		}
	})
	r.port = strings.TrimSpace(r.await("port", func(s string) bool { return strings.TrimSpace(s) != "" }))
	return r
}

// await reads a file until it holds what is wanted.
func (r *rsyslog) await(name string, want func(string) bool) string {
	r.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err == nil && want(string(b)) {
			return string(b)
		}
		if time.Now().After(deadline) {
			r.Fatalf("%s: %v, %d bytes", name, err, len(b))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestW40_RsyslogReadsBack: a real rsyslog takes the events over TLS; an independent reader of CEF finds every one in its file, once, with
// nothing forged.
func TestW40_RsyslogReadsBack(t *testing.T) {
	files := wiretest.New(t)
	r := startRsyslog(t, files, "x509/certvalid")
	o := configured(t, map[string]string{
		"address": "127.0.0.1:" + r.port, "ca_file": files.CA, "cert_file": files.Cert, "key_file": files.Key, "hostname": "plumb-1",
	})
	list := append(eventtest.Each(), eventtest.Many(100, 300)...)
	for _, text := range eventtest.Injections() {
		for i, e := range eventtest.Forged(text) {
			e.ID = fmt.Sprintf("%032x", len(list)+i)
			list = append(list, e)
		}
	}
	for rest := list; len(rest) > 0; {
		n, err := o.Send(t.Context(), rest[:min(len(rest), 100)])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	text := r.await("received", func(s string) bool { return strings.Count(s, "\n") >= len(list) })
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		head, message, found := strings.Cut(strings.TrimSuffix(line, "\n"), " CEF:")
		words := strings.Fields(head)
		if !found || len(words) != 5 || words[2] != "plumb-1" || words[3] != "plumbline" || !strings.HasPrefix(words[1], "2026-03-01T") {
			t.Fatalf("line %.200q", line)
		}
		c, err := ceftest.Read("CEF:" + message)
		if err != nil {
			t.Fatalf("%v in %.300q", err, line)
		}
		if c.Vendor != "Plumbline" || c.Extension["act"] != words[4] {
			t.Errorf("%+v", c)
		}
		seen[c.Extension["externalId"]]++
	}
	for _, e := range list {
		if seen[e.ID] != 1 {
			t.Errorf("%s %s is there %d times", e.Kind, e.ID, seen[e.ID])
		}
	}
	if len(list) < 400 {
		t.Fatalf("%d events", len(list))
	}
}

// TestW34_TrustsOnlyItsAuthority: a receiver with a certificate of somebody else gets nothing.
func TestW34_TrustsOnlyItsAuthority(t *testing.T) {
	r := startRsyslog(t, wiretest.New(t), "anon")
	o := configured(t, map[string]string{"address": "127.0.0.1:" + r.port, "ca_file": wiretest.New(t).CA})
	n, err := o.Send(t.Context(), eventtest.Many(1, 5))
	if n != 0 || err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("accepted %d, %v", n, err)
	}
	if b, err := os.ReadFile(filepath.Join(r.dir, "received")); err == nil && strings.Contains(string(b), "CEF:") {
		t.Errorf("it has %q", b)
	}
}

// TestRsyslogComesBack: while it is down nothing is accepted; when it is back, all arrives.
func TestRsyslogComesBack(t *testing.T) {
	files := wiretest.New(t)
	r := startRsyslog(t, files, "anon")
	o := configured(t, map[string]string{"address": "127.0.0.1:" + r.port, "ca_file": files.CA})
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait()
	if n, err := o.Send(t.Context(), eventtest.Many(1, 20)); n != 0 || err == nil {
		t.Fatalf("accepted %d, %v", n, err)
	}
	back := startRsyslog(t, files, "anon")
	o = configured(t, map[string]string{"address": "127.0.0.1:" + back.port, "ca_file": files.CA})
	if n, err := o.Send(t.Context(), eventtest.Many(1, 20)); n != 20 || err != nil {
		t.Fatalf("accepted %d, %v", n, err)
	}
	back.await("received", func(s string) bool { return strings.Count(s, "CEF:") == 20 })
}
