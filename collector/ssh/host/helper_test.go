package host

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// key makes a key of this run.
func key(t testing.TB) (ssh.Signer, []byte) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, pem.EncodeToMemory(block)
}

// sshd starts Debian's sshd on a port of its own, as this user, and gives its address and the key to log in with.
func sshd(t testing.TB, more ...string) (address string, login ssh.Signer) {
	t.Helper()
	const program = "/usr/sbin/sshd"
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("openssh-server must be installed for this test: %v", err)
	}
	if os.Geteuid() == 0 { // sshd wants it when root starts it; a service makes it at boot
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	_, hostKey := key(t)
	login, _ = key(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	config := fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/keys\nPidFile %s/pid\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nLogLevel ERROR\n", port, dir, dir, dir)
	if len(more) == 0 {
		more = []string{"Subsystem sftp /usr/lib/openssh/sftp-server"}
	}
	for _, m := range more {
		config += m + "\n"
	}
	for name, text := range map[string][]byte{"host": hostKey, "keys": ssh.MarshalAuthorizedKey(login.PublicKey()), "config": []byte(config)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-D", "-e", "-f", filepath.Join(dir, "config"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("sshd: %s", complaints.String())
		}
	})
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address, login
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("sshd does not listen on %s", address)
	return "", nil
}

// dial logs in. The connection ends with the test.
func dial(t testing.TB, address string, login ssh.Signer) *ssh.Client {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	c, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: me.Username, Auth: []ssh.AuthMethod{ssh.PublicKeys(login)}, Timeout: 5 * time.Second,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // a server that this test has just started
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// slow puts a line with this round-trip time before an address.
func slow(t testing.TB, address string, roundTrip time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil {
				near.Close()
				continue
			}
			wg.Go(func() { delay(far, near, roundTrip/2) })
			wg.Go(func() { delay(near, far, roundTrip/2) })
		}
	})
	return l.Addr().String()
}

// delay copies, each piece late by as much.
func delay(to, from net.Conn, by time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 4096)
	go func() {
		defer close(pieces)
		for {
			buf := make([]byte, 32<<10)
			n, err := from.Read(buf)
			if n > 0 {
				pieces <- piece{buf[:n], time.Now().Add(by)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range pieces {
	}
}
