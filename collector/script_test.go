package collector_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/internal/cli"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/program/programtest"
)

func TestMain(m *testing.M) {
	if serveFakes() {
		return
	}
	testscript.Main(m, map[string]func(){"plumbline-collector": plumblineCollector})
}

// plumblineCollector is the command as main has it.
func plumblineCollector() {
	if status, asked := cli.Part(os.Args, os.Stdin, os.Stderr); asked {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "test"})
	stop()
	os.Exit(status)
}

// answers takes what a driver's case has the device answer.
func answers(t testing.TB, driver, name string) map[string]string {
	t.Helper()
	out, err := sshtest.Answers(filepath.Join("..", "plugins", "driver", driver, "testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// exampleAnswers are those of the example of a driver.
func exampleAnswers(t testing.TB) map[string]string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("..", "plugins", "example", "coolnos", "testdata", "switch.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{ar.Files[0].Name: string(ar.Files[0].Data)}
}

func oid(t testing.TB, s string) driver.OID {
	t.Helper()
	o, err := driver.ParseOID(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// verdicts holds two reports in CSV to the same outcomes: verdicts SCAN CHECK. Only a scan has a session, and what only the secret itself
// would tell may be unknown where it is masked.
func verdicts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: verdicts SCAN CHECK")
	}
	var got [2][]string
	for i, name := range args {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(ts.ReadFile(name), "\ufeff"))).ReadAll()
		ts.Check(err)
		var columns []int
		for k, heading := range rows[0] {
			if slices.Contains([]string{"Clause", "Check", "Scope", "Outcome"}, heading) {
				columns = append(columns, k)
			}
		}
		if len(columns) < 4 {
			ts.Fatalf("%s has the columns %v", name, rows[0])
		}
		for _, row := range rows[1:] {
			line := ""
			for _, k := range columns {
				line += row[k] + " | "
			}
			if !strings.Contains(line, "access.session") {
				got[i] = append(got[i], line)
			}
		}
	}
	if len(got[0]) < 100 || len(got[0]) != len(got[1]) {
		ts.Fatalf("%d and %d verdicts", len(got[0]), len(got[1]))
	}
	for i := range got[0] {
		if got[0][i] != got[1][i] && !strings.Contains(got[1][i], "| unknown | ") {
			ts.Fatalf("scanned:  %s\nrecorded: %s", got[0][i], got[1][i])
		}
	}
}

// sshd runs Debian's server as a child on 127.0.0.1 and gives a private key that it lets in.
func sshd(t testing.TB) (address, private string) {
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
	key := func() (ssh.PublicKey, string) {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		block, err := ssh.MarshalPrivateKey(k, "")
		if err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewSignerFromKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return signer.PublicKey(), string(pem.EncodeToMemory(block))
	}
	_, hostKey := key()
	public, private := key()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	config := write(t, strings.Join([]string{
		"Port " + port, "ListenAddress 127.0.0.1", "HostKey " + write(t, hostKey), "PidFile none", "UsePAM no", "StrictModes no", "PermitRootLogin yes",
		"AuthorizedKeysFile " + write(t, string(ssh.MarshalAuthorizedKey(public))), "Subsystem sftp internal-sftp",
	}, "\n")+"\n")
	cmd := exec.Command(program, "-D", "-e", "-f", config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	until(t, "sshd listens", 10*time.Second, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return address, private
}

// TestScripts runs the command as people do, against fake devices: $SWITCH and $OPEN are Huawei switches, $ROUTER a Cisco switch,
// $NOBODY a port where nothing listens, $JUMP a jump host, $COOL a device of the example of a driver, $AGENT an SNMP agent, $HOST this
// machine behind a real server; vrp.cfg and ios.cfg are saved configurations. The account is admin with Pa55-word, on $LOCKED another one.
func TestScripts(t *testing.T) {
	device := func(d sshtest.Device) *sshtest.Server { return sshtest.Start(t, d) }
	huawei := answers(t, "huaweivrp", "s_hardened")
	hardened := device(sshtest.Device{Hostname: "核心-SW1", Answers: huawei, Config: "display current-configuration"})
	open := device(sshtest.Device{Hostname: "EDGE", Answers: answers(t, "huaweivrp", "s_open"), Config: "display current-configuration"})
	router := device(sshtest.Device{Personality: sshtest.IOS(), Answers: answers(t, "ciscoios", "switch"), Config: "show running-config"})
	locked := device(sshtest.Device{Hostname: "LOCKED", Answers: huawei, Password: "another-Pa55"})
	initial := device(sshtest.Device{
		Hostname: "NEW", Answers: huawei,
		Dialogues: []sshtest.Dialogue{{Ask: "Warning: The initial password poses security risks.\nThe password needs to be changed. Change now? [Y/N]:", Want: "N"}},
	})
	nobody := device(sshtest.Device{})
	nobody.Close()
	cool := sshtest.IOS()
	cool.Prompt, cool.Raise, cool.PagerOff, cool.Pager = "%s#", "", nil, " -- more --"
	coolnos := device(sshtest.Device{Personality: cool, Answers: exampleAnswers(t), Config: "show configuration"})
	jump := device(sshtest.Device{Forward: true})
	servers := map[string]*sshtest.Server{
		"SWITCH": hardened, "OPEN": open, "ROUTER": router, "LOCKED": locked, "NEW": initial, "NOBODY": nobody, "COOL": coolnos, "JUMP": jump,
	}
	agent := snmptest.Start(t, snmptest.Agent{Communities: []string{"m0nitor-it"}, Varbinds: []driver.Varbind{
		{OID: oid(t, "1.3.6.1.2.1.1.1.0"), Type: driver.StringType, Text: "a switch"},
		{OID: oid(t, "1.3.6.1.2.1.1.5.0"), Type: driver.StringType, Text: "sw-snmp"},
	}})
	host, hostKey := sshd(t)
	plugin := build(t, "github.com/plumbline/plumbline/plugins/example/coolnos")
	text, err := os.ReadFile(plugin)
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	saved := map[string]string{"vrp.cfg": answers(t, "huaweivrp", "s_open")["display current-configuration"], "ios.cfg": answers(t, "ciscoios", "switch")["show running-config"]}
	commands := programtest.Commands()
	commands["verdicts"] = verdicts
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PLUMBLINE_LANG", "en")
			for name, text := range saved {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name), []byte(text), 0o600); err != nil {
					return err
				}
			}
			e.Setenv("AGENT", agent.Address())
			e.Setenv("HOST", host)
			e.Setenv("HOST_PRIVATE", hostKey)
			e.Setenv("ME", me.Username)
			e.Setenv("COOLNOS", plugin)
			e.Setenv("COOLNOS_SHA", fmt.Sprintf("%x", sha256.Sum256(text)))
			for name, s := range servers {
				_, port, _ := strings.Cut(s.Addr, ":")
				e.Setenv(name, s.Addr)
				e.Setenv(name+"_PORT", port)
				e.Setenv(name+"_KEY", ssh.FingerprintSHA256(s.HostKey))
			}
			return nil
		},
	})
	for name, s := range servers {
		if wrong := s.Wrong(); len(wrong) > 0 {
			t.Errorf("%s was told what it should not: %q", name, wrong)
		}
		if n := s.OpenSessions(); n != 0 {
			t.Errorf("%s is left with %d sessions", name, n)
		}
	}
}
