package ssh

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/plumbline/plumbline/collector/vault"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// sshd runs Debian's server as a child on 127.0.0.1, for the user who runs the test. authorized says which key it lets in.
func sshd(t *testing.T, authorized ssh.PublicKey, extra ...string) (addr string, key ssh.PublicKey) {
	t.Helper()
	const program = "/usr/sbin/sshd"
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("this test needs OpenSSH's server (Debian: openssh-server): %v", err)
	}
	if os.Getuid() == 0 { // privilege separation wants it
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	signer, pem := newKey(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	config := write("sshd_config", strings.Join(append([]string{
		"Port " + port, "ListenAddress 127.0.0.1", "HostKey " + write("host_key", pem.Reveal()), "PidFile none", "UsePAM no", "StrictModes no",
		"PermitRootLogin yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PrintMotd no", "PrintLastLog no", "LogLevel VERBOSE",
		"AuthorizedKeysFile " + write("authorized_keys", string(ssh.MarshalAuthorizedKey(authorized))),
		"ForceCommand env PS1='box> ' /bin/sh -i",
	}, extra...), "\n")+"\n")
	var log bytes.Buffer
	cmd := exec.Command(program, "-D", "-e", "-f", config)
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("sshd said:\n%s", log.String())
		}
	})
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr, signer.PublicKey()
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("sshd does not listen: %s", log.String())
	return "", nil
}

// A real server: key login, jump, terminal, what it refuses, and no session that stays.
func TestRealSSHD(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	signer, private := newKey(t)
	addr, key := sshd(t, signer.PublicKey())
	file := filepath.Join(t.TempDir(), "config")
	config := sampleConfig(500, "end")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	credential := &vault.Credential{Name: "key", User: me.Username, PrivateKey: private}
	c := Config{Target: "sshd", Address: addr, Credential: credential, HostKeys: pinned{key}}
	show := "cat " + file
	d := &pluginpb.DescribeResponse{Name: "sh", Commands: []string{show, "nosuchcommand", "echo hello"}, ConfigCommand: show, Dialect: &pluginpb.Dialect{
		PromptPattern: `^box> ?$`, Logout: "exit", EndMarks: []string{"end"}, ErrorPatterns: []string{`: not found$`},
	}}
	for _, jump := range []bool{false, true} {
		if jump {
			hop := c
			hop.Target = "hop"
			c.Jump = []Config{hop}
		}
		answers, err := scan(t.Context(), c, d)
		if err != nil {
			t.Fatalf("jump=%v: %v", jump, err)
		}
		if string(answers[0].GetBody()) != config || !answers[0].GetComplete() {
			t.Errorf("jump=%v: %v %q", jump, answers[0].GetReason(), answers[0].GetError())
		}
		if answers[1].GetReason() == 0 || string(answers[2].GetBody()) != "hello\n" {
			t.Errorf("jump=%v: %v", jump, answers[1:])
		}
	}
	c.Jump = nil

	conn, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	n := conn.Negotiated()
	if n.Weak || n.Method != "publickey" || n.Fingerprint != ssh.FingerprintSHA256(key) || !strings.Contains(n.ServerVersion, "OpenSSH") {
		t.Errorf("negotiated %+v", n)
	}
	conn.Close()

	_, other := newKey(t)
	c.Credential = &vault.Credential{User: me.Username, PrivateKey: other}
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrRefused) {
		t.Errorf("another key: %v", err)
	}
	c.Credential = &vault.Credential{User: me.Username, Password: vault.NewSecret("x")}
	var failed *DialError
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrNoMethod) || !errors.As(err, &failed) || failed.Attempted {
		t.Errorf("a password that nobody wants: %v", err)
	}
	c.Credential, c.HostKeys = credential, pinned{signer.PublicKey()}
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrChangedKey) {
		t.Errorf("another host key: %v", err)
	}
}

// startAgent serves a key on a socket, as ssh-agent does.
func startAgent(t *testing.T, private vault.Secret) string {
	t.Helper()
	key, err := ssh.ParseRawPrivateKey([]byte(private.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "a") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				_ = agent.ServeAgent(ring, c)
				c.Close()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		work.Wait()
		os.RemoveAll(dir)
	})
	return l.Addr().String()
}

// An agent holds the key; a certificate is worth as much.
func TestAgentAndCertificate(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	authority, _ := newKey(t)
	signer, private := newKey(t)
	certificate := &ssh.Certificate{Key: signer.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{me.Username}, ValidBefore: ssh.CertTimeInfinity,
		Permissions: ssh.Permissions{Extensions: map[string]string{"permit-pty": ""}}}
	if err := certificate.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	trusted := filepath.Join(t.TempDir(), "ca")
	if err := os.WriteFile(trusted, ssh.MarshalAuthorizedKey(authority.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody, _ := newKey(t)
	addr, key := sshd(t, nobody.PublicKey(), "TrustedUserCAKeys "+trusted)
	text := string(ssh.MarshalAuthorizedKey(certificate))
	socket := startAgent(t, private)
	for name, credential := range map[string]*vault.Credential{
		"key with certificate":   {User: me.Username, PrivateKey: private, Certificate: text},
		"agent with certificate": {User: me.Username, AgentSocket: socket, Certificate: text},
	} {
		conn, err := Dial(t.Context(), Config{Target: name, Address: addr, Credential: credential, HostKeys: pinned{key}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		conn.Close()
	}
	addr, key = sshd(t, signer.PublicKey())
	conn, err := Dial(t.Context(), Config{Target: "agent", Address: addr, Credential: &vault.Credential{User: me.Username, AgentSocket: socket}, HostKeys: pinned{key}})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, err := Dial(t.Context(), Config{Target: "agent", Address: addr, Credential: &vault.Credential{User: me.Username, AgentSocket: "/nonexistent"}, HostKeys: pinned{key}}); !errors.Is(err, ErrCredential) {
		t.Errorf("no agent: %v", err)
	}
}
