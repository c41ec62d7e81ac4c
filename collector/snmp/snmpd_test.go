package snmp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The users of the real agents: what net-snmp calls the protocols, and what we do.
var realUsers = []struct{ name, auth, priv, theirAuth, theirPriv string }{
	{"plain", "sha256", "", "SHA-256", ""},
	{"modern", "sha256", "aes256", "SHA-256", "AES-256"},
	{"longest", "sha512", "aes256", "SHA-512", "AES-256"},
	{"older", "sha", "aes128", "SHA", "AES"},
	{"extended", "sha", "aes256", "SHA", "AES-256"},
	{"reeder", "sha", "aes256c", "SHA", "AES-256-C"},
	{"oldest", "md5", "des", "MD5", "DES"},
}

func realCredential(name, auth, priv string) *vault.Credential {
	c := v3(auth, priv)
	c.SNMP.User = name
	return c
}

// snmpd starts net-snmp's agent on a free port of 127.0.0.1, with its own configuration and state, and ends it with the test.
func snmpd(t testing.TB, engine int) string {
	t.Helper()
	binary, err := exec.LookPath("snmpd")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/snmpd"); err != nil {
			t.Fatal("these tests need net-snmp's snmpd (Debian: apt-get install snmpd)")
		}
	}
	dir := t.TempDir()
	var conf strings.Builder
	fmt.Fprintf(&conf, "exactEngineID 0x80001f8804706c756d62%02x%02x\nrocommunity monitor 127.0.0.1\nsysName plumb-%d\nsysDescr Linux plumb 6.1.0 test\n", engine>>8, engine&255, engine)
	for _, u := range realUsers {
		fmt.Fprintf(&conf, "createUser %s %s %q", u.name, u.theirAuth, authPassword)
		level := "auth"
		if u.priv != "" {
			fmt.Fprintf(&conf, " %s %q", u.theirPriv, privPassword)
			level = "priv"
		}
		fmt.Fprintf(&conf, "\nrouser %s %s\n", u.name, level)
	}
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.LocalAddr().String()
	l.Close()
	cmd := exec.Command(binary, "-f", "-C", "-c", file, "-Lf", filepath.Join(dir, "log"), "-p", filepath.Join(dir, "pid"), "udp:"+address)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "MIBS=", "MIBDIRS="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		conn, err := snmp.Dial(context.Background(), snmp.Config{Target: "snmpd", Address: address, Credential: community("2c"), Limits: fast()})
		if err == nil {
			conn.Close()
			return address
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("snmpd does not answer:\n%s", log)
	return ""
}

func reach(t testing.TB, address string, c *vault.Credential) (*snmp.Conn, error) {
	t.Helper()
	limits := fast()
	limits.Timeout, limits.Walk, limits.Whole = 5*time.Second, 20*time.Second, time.Minute
	conn, err := snmp.Dial(t.Context(), snmp.Config{Target: "snmpd", Address: address, Credential: c, Limits: limits})
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

// Net-snmp's agent understands every version and pair of protocols, and all of them see the same interfaces as the system has.
func TestRealSnmpd(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	engines := map[string]bool{}
	for engine := range 3 {
		address := snmpd(t, engine)
		credentials := []*vault.Credential{community("1"), community("2c")}
		for _, u := range realUsers {
			credentials = append(credentials, realCredential(u.name, u.auth, u.priv))
		}
		for _, c := range credentials {
			t.Run(fmt.Sprintf("%d-%s%s", engine, c.SNMP.Version, c.SNMP.User), func(t *testing.T) {
				conn, err := reach(t, address, c)
				if err != nil {
					t.Fatal(err)
				}
				if c.SNMP.Version == "3" {
					engines[conn.System().EngineID] = true
				}
				a, err := walk(t, conn, table)
				if err != nil || !a.GetComplete() {
					t.Fatalf("%v, %v", a, err)
				}
				if n := strings.Count(string(a.GetBody()), "\n"); n != len(interfaces) {
					t.Errorf("%d interfaces, the system has %d:\n%s", n, len(interfaces), a.GetBody())
				}
			})
		}
	}
	if len(engines) != 3 {
		t.Errorf("%d engines", len(engines))
	}
}

// S3: net-snmp counts one wrong digest and one unknown user, and tells them apart.
func TestS3RealSnmpdCountsOne(t *testing.T) {
	address := snmpd(t, 7)
	wrong := realCredential("modern", "sha256", "aes256")
	wrong.SNMP.AuthPassword = vault.NewSecret("not the passphrase")
	level := realCredential("plain", "sha256", "aes256")
	for _, c := range []struct {
		credential *vault.Credential
		want       error
	}{
		{wrong, snmp.ErrWrongDigest},
		{realCredential("nobody", "sha256", "aes256"), snmp.ErrUnknownUser},
		{level, snmp.ErrSecurityLevel},
	} {
		if _, err := reach(t, address, c.credential); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", c.credential.SNMP.User, err, c.want)
		}
	}
	const stats = "1.3.6.1.6.3.15.1.1"
	conn, err := reach(t, address, community("2c"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := walk(t, conn, stats)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{stats + ".1.0 counter32 1\n", stats + ".3.0 counter32 1\n", stats + ".5.0 counter32 1\n"} {
		if !strings.Contains(string(a.GetBody()), line) {
			t.Errorf("the agent did not count one: no %q in\n%s", line, a.GetBody())
		}
	}
}

// The driver reads a real agent, over version 3.
func TestRealSnmpdFacts(t *testing.T) {
	address := snmpd(t, 9)
	conn, err := reach(t, address, realCredential("modern", "sha256", "aes256"))
	if err != nil {
		t.Fatal(err)
	}
	d := snmpmib.Driver{}
	iv, err := driver.Conduct(t.Context(), d, conn.Asker(d.Describe()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range iv.Answers {
		if !a.GetComplete() {
			t.Errorf("%s: %v %s", driver.Text(a.GetQuestion()), a.GetReason(), a.GetError())
		}
	}
	if len(iv.Unread) > 0 {
		t.Errorf("unread: %v", iv.Unread)
	}
	f := iv.Facts
	if got := f.GetPlatform().GetHostname().GetValue(); got != "plumb-9" {
		t.Errorf("the host is called %q", got)
	}
	if f.GetInterfaces().GetState() != pb.FactState_FACT_STATE_KNOWN || !facts.Known(f.GetProcesses().GetNames()) {
		t.Error("no complete list of interfaces or programs")
	}
	agent := false
	for _, l := range f.GetListeners().GetItems() {
		agent = agent || l.GetScope() == "udp "+address
	}
	if !agent {
		t.Errorf("the agent's socket %s is not among the listeners", address)
	}
	// On its odd port it cannot show that its list has the socket through which one speaks to it.
	if f.GetListeners().GetState() == pb.FactState_FACT_STATE_KNOWN {
		t.Error("the listeners are said to be all")
	}
	if !strings.Contains(facts.Flat(f), "snmp_users[modern].auth = sha256") {
		t.Error("the users are not read")
	}
	for _, secret := range []string{"monitor", authPassword, privPassword} {
		if strings.Contains(facts.Flat(f), secret) {
			t.Errorf("the facts tell %q", secret)
		}
	}
}
