package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestMain(m *testing.M) {
	if serveFakes() {
		return
	}
	goleak.VerifyTestMain(m)
}

// pinned knows one key.
type pinned struct{ key ssh.PublicKey }

func (p pinned) Algorithms(string, string) []string {
	if p.key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSA}
	}
	return []string{p.key.Type()}
}

func (p pinned) Check(target, _ string, key ssh.PublicKey) error {
	if !bytes.Equal(p.key.Marshal(), key.Marshal()) {
		return fmt.Errorf("%w: %s", ErrChangedKey, target)
	}
	return nil
}

// strict knows no key.
type strict struct{}

func (strict) Algorithms(string, string) []string { return nil }
func (strict) Check(target, _ string, _ ssh.PublicKey) error {
	return fmt.Errorf("%w: %s", ErrUnknownKey, target)
}

func admin() *vault.Credential {
	return &vault.Credential{Name: "netadmin", User: "admin", Password: vault.NewSecret("Pa55-word"), Raise: vault.NewSecret("Raise-55")}
}

func configFor(s *sshtest.Server) Config {
	return Config{Target: "t1", Address: s.Addr, Credential: admin(), HostKeys: pinned{s.HostKey}}
}

// sampleConfig is a configuration of n interfaces that ends with the mark.
func sampleConfig(n int, end string) string {
	var b strings.Builder
	b.WriteString("!Software Version V200R019C10\n#\n sysname HUAWEI\n#\n")
	for i := range n {
		fmt.Fprintf(&b, "interface Vlanif%d\n description to <core> # %d\n ip address 10.0.%d.1 255.255.255.0\n#\n", i, i, i%250)
	}
	if end != "" {
		b.WriteString(end + "\n")
	}
	return b.String()
}

func ask(t testing.TB, a driver.Asker, command string) *pluginpb.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ans, err := a.Answer(ctx, driver.Command(command))
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return ans
}

// open reaches the fake device and opens a terminal, until the test ends.
func open(t testing.TB, c Config, d *pluginpb.DescribeResponse) *Terminal {
	t.Helper()
	conn, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	term, err := conn.Terminal(t.Context(), d, TerminalOptions{})
	if err != nil {
		t.Fatalf("terminal: %v", err)
	}
	t.Cleanup(func() { term.Close() })
	return term
}

const (
	showConfig  = "display current-configuration"
	showVersion = "display version"
	showNothing = "display hrp state"
)

// typed is all that may be typed on a device: its commands, what opens and ends the session, the raise command and its secret.
func typed(d *pluginpb.DescribeResponse, c *vault.Credential) map[string]bool {
	out := map[string]bool{"": true, d.GetDialect().GetLogout(): true, d.GetDialect().GetRaiseCommand(): true, c.Raise.Reveal(): true}
	for _, list := range [][]string{d.GetCommands(), d.GetDialect().GetOnOpen()} {
		for _, c := range list {
			out[c] = true
		}
	}
	return out
}

// S2: on every platform only what is published is typed, the configuration stays the same, and every answer is whole and exact.
func TestS2Personalities(t *testing.T) {
	kinds := sshtest.Personalities()
	if len(kinds) < 12 {
		t.Fatalf("only %d personalities", len(kinds))
	}
	for _, p := range kinds {
		for _, paged := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/paged=%v", p.Name, paged), func(t *testing.T) {
				t.Parallel()
				p := p // the two kinds of test run side by side
				config := sampleConfig(60, p.EndMark())
				if paged {
					p.PagerOff = nil // the device does not know how to switch it off: every page takes its key
				}
				s := sshtest.Start(t, sshtest.Device{
					Personality: p, Config: showConfig, Banner: "authorised use only\n", Motd: "\nWelcome to <" + p.Name + ">\n# note #\n",
					Answers: map[string]string{showConfig: config, showVersion: "Version 5.170\nuptime is 3 days\n"},
				})
				before := s.Digest()
				d := p.Describe(showConfig, showVersion, showNothing)
				term := open(t, configFor(s), d)
				for _, c := range []struct{ command, body string }{{showConfig, config}, {showVersion, "Version 5.170\nuptime is 3 days\n"}} {
					ans := ask(t, term, c.command)
					if !ans.GetComplete() || ans.GetReason() != pb.Reason_REASON_UNSPECIFIED || string(ans.GetBody()) != c.body {
						t.Errorf("%s: complete=%v reason=%v %q\ngot  %.300q\nwant %.300q", c.command, ans.GetComplete(), ans.GetReason(), ans.GetError(), ans.GetBody(), c.body)
					}
				}
				if ans := ask(t, term, showNothing); ans.GetReason() != pb.Reason_REASON_NOT_FOUND {
					t.Errorf("unknown command: %v", ans)
				}
				if err := term.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				if after := s.Digest(); after != before {
					t.Errorf("the configuration was changed by %q", s.Configured())
				}
				if n, out := s.Sessions(); n != 1 || out != 1 {
					t.Errorf("%d sessions, %d logouts", n, out)
				}
				if turned := bytes.Count(s.Received(), []byte("display current-configuration\n "+d.GetDialect().GetPagerKey())) > 0; turned != (p.Pager != "" && (paged || len(d.GetDialect().GetOnOpen()) == 0)) {
					t.Errorf("paged: %v", turned)
				}
				may := typed(d, admin())
				for line := range strings.Lines(string(s.Received())) {
					if !may[strings.TrimLeft(strings.TrimSuffix(line, "\n"), d.GetDialect().GetPagerKey())] {
						t.Errorf("typed: %q", line)
					}
				}
			})
		}
	}
}

func isAny(err error, of ...error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
