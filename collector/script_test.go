package collector_test

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/internal/cli"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/program/programtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plumbline-collector": plumblineCollector})
}

// plumblineCollector is the command as main has it.
func plumblineCollector() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "test"})
	stop()
	os.Exit(status)
}

// answers takes what a driver's case has the device answer.
func answers(t testing.TB, driver, name string) map[string]string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("..", "plugins", "driver", driver, "testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range ar.Files {
		if f.Name != "facts" && f.Name != "unread" && !strings.Contains(f.Name, " ! ") && !strings.HasSuffix(f.Name, " ~") {
			out[f.Name] = string(f.Data)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s/%s answers nothing", driver, name)
	}
	return out
}

// TestScripts runs the command as people do, against fake devices: $SWITCH and $OPEN are Huawei switches, $ROUTER a Cisco switch,
// $NOBODY a port where nothing listens. The account is admin with Pa55-word, on $LOCKED another one.
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
	servers := map[string]*sshtest.Server{"SWITCH": hardened, "OPEN": open, "ROUTER": router, "LOCKED": locked, "NEW": initial, "NOBODY": nobody}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: programtest.Commands(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PLUMBLINE_LANG", "en")
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
