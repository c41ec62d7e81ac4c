package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"go.uber.org/goleak"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is in every secret of these tests: no text that people or logs may see holds it.
const canary = "Can4ry"

// nowhere fails if a value shows the canary in any of the ways in which values get printed.
func nowhere(t *testing.T, what string, values ...any) {
	t.Helper()
	var b bytes.Buffer
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
		if y, err := yaml.Marshal(v); err == nil {
			b.Write(y)
		}
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if err, ok := v.(error); ok {
			for e := err; e != nil; e = errors.Unwrap(e) {
				fmt.Fprintf(&b, "%v %+v %#v\n", e, e, e)
			}
			var f *Fault
			if errors.As(err, &f) {
				fmt.Fprintln(&b, f.Say().GetZh(), f.Say().GetEn())
			}
			for _, p := range strict.Problems(err) {
				fmt.Fprintln(&b, p.Say().GetZh(), p.Say().GetEn())
			}
		}
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), "Q2FuNHJ5"} {
		if strings.Contains(b.String(), form) {
			t.Errorf("%s shows a secret:\n%s", what, b.String())
		}
	}
}

// noEnv is an environment without variables.
func noEnv(string) (string, bool) { return "", false }

func env(vars map[string]string) environ {
	return func(key string) (string, bool) { v, ok := vars[key]; return v, ok }
}

func file(t *testing.T, data string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func whole() *Credential {
	return &Credential{
		Name: "core-switch", User: "ops", Password: NewSecret(canary + ` p"a'ss: #{}[]\ 口令`), Raise: NewSecret(canary + "0123"), Central: true,
		PrivateKey: NewSecret("-----BEGIN " + canary + "-----\nabc\n\tdef\n-----END"), Passphrase: NewSecret(canary), AgentSocket: "/run/agent",
		SNMP: SNMP{Version: "3", User: "mon", Auth: "sha256", AuthPassword: NewSecret(canary + "auth"), Priv: "aes256c", PrivPassword: NewSecret(canary + "priv"), Context: "x"},
	}
}

func TestRecordsComeBack(t *testing.T) {
	want := whole()
	plain := PrintRecords([]*Credential{want, {Name: "b", User: "0010", Password: NewSecret("no")}})
	got, err := ParseRecords("f", plain)
	if err != nil || len(got) != 2 || !reflect.DeepEqual(got[0], want) || got[1].User != "0010" || got[1].Password.Reveal() != "no" {
		t.Fatalf("%v %+v", err, got)
	}
	nowhere(t, "a credential", got[0], *got[0], got[0].Password, got)
}

// The same record as YAML and as JSON.
func TestParseRecord(t *testing.T) {
	for _, text := range []string{
		"name: a\nuser: ops\npassword: 0010\ncentral: true\n", "name: a\nuser: ops\npassword: '0010'\ncentral: true",
		`{"name":"a","user":"ops","password":"0010","central":true}`, "\n {\"name\":\"a\",\"user\":\"\\u006fps\",\"password\":\"0010\",\"central\":\"true\"}\n",
	} {
		c, err := ParseRecord("f", "a", []byte(text))
		if err != nil || c.User != "ops" || c.Password.Reveal() != "0010" || !c.Central {
			t.Errorf("%q: %v %v", text, c, err)
		}
	}
}

// C1: whatever is wrong with a record, what it says is not told.
func TestC1BrokenRecords(t *testing.T) {
	key := "private_key: |\n  -----BEGIN X\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "is empty"},
		{"another's name", "name: b\nuser: " + canary + "\npassword: " + canary, `is not "a"`},
		{"no name", "user: u\npassword: " + canary, `missing`},
		{"unknown key", "name: a\nuser: u\n" + canary + ": x", "unknown key"},
		{"secret as list", "name: a\nuser: u\npassword: [" + canary + "]", "password: must be a single value"},
		{"empty password", "name: a\nuser: u\npassword:", "password: must be a single value"},
		{"blank password", "name: a\nuser: u\npassword: ' '", "password: the value is empty"},
		{"line break", "name: a\nuser: u\npassword: |\n  " + canary + "\n  enable\n", "password: holds a line break"},
		{"control", "name: a\nuser: u\npassword: \"" + canary + "\\x03\"", "password: holds a line break or control"},
		{"nothing to use", "name: a\nuser: u", "holds no password"},
		{"no user", "name: a\npassword: " + canary, "user: the account"},
		{"not pem", "name: a\nuser: u\nprivate_key: " + canary, "private_key: must be a key in PEM"},
		{"lone passphrase", "name: a\nuser: u\npassword: x\npassphrase: " + canary, "passphrase: there is no private_key"},
		{"certificate", "name: a\nuser: u\n" + key + "certificate: " + canary, "certificate: is no OpenSSH certificate"},
		{"agent", "name: a\nuser: u\nagent_socket: " + canary, "agent_socket: must be an absolute path"},
		{"central", "name: a\nuser: u\npassword: x\ncentral: " + canary, "central: must be true or false"},
		{"snmp version", "name: a\nsnmp_community: " + canary, "snmp_version: the version is missing"},
		{"snmp version odd", "name: a\nsnmp_version: " + canary, "snmp_version: must be one of 1, 2c, 3"},
		{"community missing", "name: a\nsnmp_version: 2c", "snmp_community: versions 1 and 2c need"},
		{"v2c with user", "name: a\nsnmp_version: 2c\nsnmp_community: x\nsnmp_user: " + canary, "are for version 3"},
		{"v3 without user", "name: a\nsnmp_version: 3", "snmp_user: version 3 needs"},
		{"v3 with community", "name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_community: " + canary, "snmp_community: version 3 has no"},
		{"v3 without algorithm", "name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_auth_password: " + canary + "1234", "snmp_auth_password: algorithm and passphrase"},
		{"v3 priv without auth", "name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_priv: aes128\nsnmp_priv_password: " + canary + "1234", "snmp_auth: privacy needs"},
		{"v3 short", "name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_auth: sha\nsnmp_auth_password: " + canary, "at least 8"},
		{"v3 odd algorithm", "name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_auth: " + canary + "\nsnmp_auth_password: " + canary + "12", "snmp_auth: must be one of"},
		{"twice", "name: a\nuser: u\npassword: " + canary + "\npassword: " + canary, "stands twice"},
		{"syntax", "name: a\npassword: \"" + canary, "broken YAML"},
		{"too long", "name: a\nuser: u\npassword: " + strings.Repeat(canary, 50000), "longer than"},
		{"long value", "name: a\nuser: u\npassword: " + strings.Repeat(canary, 12000), "password: longer than"},
		{"json nested", `{"name":"a","password":{"x":"` + canary + `"}}`, "not a JSON object"},
		{"json null", `{"name":"a","password":null}`, "not a JSON object"},
		{"json twice", `{"name":"a","user":"u","password":"` + canary + `","password":"x"}`, "stands twice"},
		{"json cut", `{"name":"a","password":"` + canary, "not a JSON object"},
		{"json more", `{"name":"a","user":"u","password":"x"} "` + canary + `"`, "something follows"},
		{"json unknown", `{"name":"a","user":"u","` + canary + `":"x"}`, "unknown key"},
		{"scalar", canary, "must be a mapping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseRecord("f", "a", []byte(test.text))
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v %v, want %s", c, err, test.want)
			}
			nowhere(t, "the error", err)
			list := "credentials:\n  - " + strings.ReplaceAll(strings.TrimRight(test.text, "\n"), "\n", "\n    ") + "\n"
			_, err = ParseRecords("f", []byte(list))
			nowhere(t, "the error of a list", err)
		})
	}
}

func TestEnvironment(t *testing.T) {
	vars := env(map[string]string{
		"PLUMBLINE_CRED_CORE_SW_USER": "ops", "PLUMBLINE_CRED_CORE_SW_PASSWORD": canary, "PLUMBLINE_CRED_CORE_SW_CENTRAL": "true",
		"PLUMBLINE_CRED_MON_SNMP_VERSION": "2c", "PLUMBLINE_CRED_MON_SNMP_COMMUNITY": canary, "PLUMBLINE_CRED_BAD_PASSWORD": canary, "PLUMBLINE_CRED_CTL_USER": "u", "PLUMBLINE_CRED_CTL_PASSWORD": canary + "\n",
		"PLUMBLINE_CRED_V_SNMP_VERSION": "3", "PLUMBLINE_CRED_V_SNMP_USER": "mon", "PLUMBLINE_CRED_V_SNMP_AUTH": "sha", "PLUMBLINE_CRED_V_SNMP_AUTH_PASSWORD": canary + "1234",
	})
	v, err := open(Config{Sources: []Source{{Environment: &Environment{Prefix: "PLUMBLINE_CRED_"}}}}, vars)
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Get(t.Context(), "core-sw")
	if err != nil || c.User != "ops" || c.Password.Reveal() != canary || !c.Central {
		t.Errorf("%v %v", c, err)
	}
	if c, err := v.Get(t.Context(), "mon"); err != nil || c.SNMP.Community.Reveal() != canary {
		t.Errorf("%v %v", c, err)
	}
	// core_sw and CORE-SW would read the variables of core-sw, v-snmp-auth those of v.
	for _, name := range []string{"core_sw", "CORE-SW", "core.sw", "v-snmp-auth", "v-snmp", "x"} {
		if _, err := v.Get(t.Context(), name); !errors.Is(err, ErrUnknownName) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{"bad": "environment: user: the account", "ctl": "environment: password: holds a line break"} {
		_, err := v.Get(t.Context(), name)
		if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
		nowhere(t, name, err)
	}
	nowhere(t, "vault", v, c)
}

func TestSystemd(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	put("plumbline.a", "name: a\nuser: u\npassword: "+canary)
	put("plumbline.moved", "name: a\nuser: u\npassword: "+canary)
	config := Config{Sources: []Source{{Systemd: &Systemd{Prefix: "plumbline."}}}}
	v, err := open(config, env(map[string]string{"CREDENTIALS_DIRECTORY": dir}))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := v.Get(t.Context(), "a"); err != nil || c.Password.Reveal() != canary {
		t.Error(c, err)
	}
	if _, err := v.Get(t.Context(), "b"); !errors.Is(err, ErrUnknownName) {
		t.Error(err)
	}
	_, err = v.Get(t.Context(), "moved")
	if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), "systemd credentials: $CREDENTIALS_DIRECTORY/plumbline.moved: name:") {
		t.Error(err)
	}
	nowhere(t, "error", err)
	v, _ = open(config, noEnv)
	if _, err := v.Get(t.Context(), "a"); !errors.Is(err, ErrUnknownName) {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	config := Config{Rules: []Rule{
		{SNMPCredential: "mon"}, {Credential: "fw", Drivers: []string{"fortios", "huawei-*"}, Zones: []string{"dmz"}},
		{Credential: "sh", Labels: map[string]string{"site": "shang*"}}, {Credential: "one", Targets: []string{"core-1"}}, {Credential: "web", Roles: []string{"web"}},
	}}
	tests := []struct {
		target *pb.Target
		use    Use
		named  string
		want   string
	}{
		{&pb.Target{Id: "x"}, ForSSH, "own", "own"},
		{&pb.Target{Id: "x"}, ForSNMP, "", "mon"},
		{&pb.Target{Id: "x", Driver: "huawei-vrp", Zone: "dmz"}, ForSSH, "", "fw"},
		{&pb.Target{Id: "core-1", Driver: "huawei-vrp", Zone: "core"}, ForSSH, "", "one"},
		{&pb.Target{Id: "core-1", Labels: map[string]string{"site": "shanghai"}}, ForSSH, "", "sh"},
		{&pb.Target{Id: "y", Role: "web"}, ForSSH, "", "web"},
	}
	for _, test := range tests {
		if got, err := config.Choose(test.target, test.use, test.named); got != test.want || err != nil {
			t.Errorf("%v: %s %v, want %s", test.target, got, err, test.want)
		}
	}
	_, err := config.Choose(&pb.Target{Id: "core-2", Zone: "core", Driver: "linux"}, ForSSH, "")
	if !errors.Is(err, ErrNoRule) || !strings.Contains(err.Error(), `target "core-2" has no credential`) {
		t.Error(err)
	}
	_, err = config.Choose(&pb.Target{Id: "x"}, ForSSH, canary+"!../")
	if err == nil {
		t.Error("a bad name")
	}
	nowhere(t, "a bad name", err)
}

// A fake source counts how often it is asked.
type fake struct {
	asked atomic.Int32
	cred  *Credential
	err   error
	wait  chan struct{}
}

func (*fake) name() *pb.Text { return checks.Say("假", "fake") }
func (*fake) close()         {}
func (f *fake) get(ctx context.Context, name string) (*Credential, error) {
	f.asked.Add(1)
	if f.wait != nil {
		select {
		case <-f.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return f.cred, f.err
}

func TestSourcesInOrder(t *testing.T) {
	now := time.Unix(1000, 0)
	first, second := &fake{}, &fake{cred: whole()}
	v := &Vault{sources: []source{first, second}, now: func() time.Time { return now }, names: map[string]*entry{}}
	get := func() error { _, err := v.Get(t.Context(), "a"); return err }
	if err := get(); err != nil || first.asked.Load() != 1 || second.asked.Load() != 1 {
		t.Fatal(err)
	}
	if err := get(); err != nil || second.asked.Load() != 1 {
		t.Fatal("asked again at once", err)
	}
	now = now.Add(keepFor)
	first.err = errors.New("dial tcp: " + canary)
	if err := get(); !errors.Is(err, ErrSource) || second.asked.Load() != 1 {
		t.Errorf("after a failed source the next one was asked: %v", err)
	} else {
		nowhere(t, "a strange error", err)
	}
	if err := get(); err == nil || first.asked.Load() != 2 {
		t.Error("a failure is asked for again at once")
	}
	now = now.Add(failFor)
	first.err = nil
	if err := get(); err != nil {
		t.Error(err)
	}
}

// Many askers make one question, and one that gives up does not spoil it for the others.
func TestManyAskers(t *testing.T) {
	s := &fake{cred: whole(), wait: make(chan struct{})}
	v := &Vault{sources: []source{s}, now: time.Now, names: map[string]*entry{}}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, err := v.Get(ctx, "a"); gone <- err }()
	for s.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if c, err := v.Get(t.Context(), "a"); err != nil || c == nil {
				t.Error(err)
			}
		})
	}
	cancel()
	if err := <-gone; !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), "stopped") {
		t.Error(err)
	}
	close(s.wait)
	wait.Wait()
	if n := s.asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestNames(t *testing.T) {
	v := &Vault{names: map[string]*entry{}, now: time.Now}
	for _, name := range []string{"", "../a", "a/b", "a b", ".a", "-a", "a\n", "名", strings.Repeat("a", 65), "a%2f"} {
		if _, err := v.Get(t.Context(), name); !errors.Is(err, ErrUnknownName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
