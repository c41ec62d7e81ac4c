package snmp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(agentsVariable)); err == nil {
		if err := serveAgents(n); !errors.Is(err, io.EOF) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	authPassword = "authentication pass"
	privPassword = "privacy pass phrase"
	table        = "1.3.6.1.2.1.2.2.1.2"
	system       = "1.3.6.1.2.1.1"
	after        = "1.3.6.1.2.1.31.1.1.1.18"
)

// fast are limits under which a test does not wait for the sake of the device.
func fast() snmp.Limits {
	return snmp.Limits{Timeout: time.Second, Retries: 2, Walk: 10 * time.Second, Whole: 30 * time.Second, PacketsPerSecond: 100_000}
}

func oid(t testing.TB, s string) driver.OID {
	t.Helper()
	o, err := driver.ParseOID(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// objects are a system group, a table of n strings, and one object after it.
func objects(t testing.TB, n int) []driver.Varbind {
	out := []driver.Varbind{
		{OID: oid(t, system+".1.0"), Type: driver.StringType, Text: "Example\r\nVersion 1 \xc8\xcf"},
		{OID: oid(t, system+".2.0"), Type: driver.OIDType, Text: "1.3.6.1.4.1.99999.1"},
		{OID: oid(t, system+".3.0"), Type: driver.TicksType, Number: 4242},
		{OID: oid(t, after+".1"), Type: driver.Counter64Type, Number: -1},
	}
	for i := range n {
		out = append(out, driver.Varbind{OID: append(oid(t, table), uint32(i+1)), Type: driver.StringType, Text: fmt.Sprintf("port %d", i+1)})
	}
	return out
}

func community(version string) *vault.Credential {
	return &vault.Credential{Name: "ro", SNMP: vault.SNMP{Version: version, Community: vault.NewSecret("monitor")}}
}

func v3(auth, priv string) *vault.Credential {
	c := vault.SNMP{Version: "3", User: "scanner", Auth: auth, Priv: priv}
	if auth != "" {
		c.AuthPassword = vault.NewSecret(authPassword)
	}
	if priv != "" {
		c.PrivPassword = vault.NewSecret(privPassword)
	}
	return &vault.Credential{Name: "scanner", SNMP: c}
}

func user(t testing.TB, auth, priv string) snmptest.User {
	t.Helper()
	u, err := snmptest.NewUser("scanner", auth, authPassword, priv, privPassword)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func published(walks ...string) *pluginpb.DescribeResponse {
	d := &pluginpb.DescribeResponse{Name: "test"}
	for _, w := range walks {
		d.Commands = append(d.Commands, driver.Text(driver.Walk(w)))
	}
	return d
}

func dial(t testing.TB, s *snmptest.Server, c *vault.Credential, limits snmp.Limits) (*snmp.Conn, error) {
	t.Helper()
	conn, err := snmp.Dial(t.Context(), snmp.Config{Target: "device", Address: s.Address(), Credential: c, Limits: limits})
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func walk(t testing.TB, conn *snmp.Conn, root string) (*pluginpb.Answer, error) {
	t.Helper()
	return conn.Asker(published(root)).Answer(t.Context(), driver.Walk(root))
}

// whole walks a table of n and holds the answer to what the agent has.
func whole(t *testing.T, conn *snmp.Conn, n int) {
	t.Helper()
	a, err := walk(t, conn, table)
	if err != nil {
		t.Fatal(err)
	}
	if !a.GetComplete() || a.GetReason() != pb.Reason_REASON_UNSPECIFIED {
		t.Fatalf("not complete: %v %s", a.GetReason(), a.GetError())
	}
	d := driver.Index([]*pluginpb.Answer{a}).Walk(table)
	i := 0
	for v, err := range d.Varbinds() {
		if err != nil {
			t.Fatal(err)
		}
		i++
		if want := fmt.Sprintf("port %d", i); v.Text != want || v.Line != i {
			t.Fatalf("line %d is %q, not %q", v.Line, v.Text, want)
		}
	}
	if i != n {
		t.Errorf("%d lines, not %d", i, n)
	}
}

func TestVersions1And2c(t *testing.T) {
	for _, version := range []string{"1", "2c"} {
		t.Run(version, func(t *testing.T) {
			s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 100), Communities: []string{"monitor"}})
			conn, err := dial(t, s, community(version), fast())
			if err != nil {
				t.Fatal(err)
			}
			if got := conn.System(); got.ObjectID != "1.3.6.1.4.1.99999.1" || !strings.HasPrefix(got.Description, "Example\r\n") {
				t.Errorf("the agent says of itself %+v", got)
			}
			whole(t, conn, 100)
			a, err := walk(t, conn, system)
			want := "1.3.6.1.2.1.1.1.0 string \"Example\\r\\nVersion 1 \\xc8\\xcf\"\n1.3.6.1.2.1.1.2.0 oid 1.3.6.1.4.1.99999.1\n1.3.6.1.2.1.1.3.0 timeticks 4242\n"
			if err != nil || string(a.GetBody()) != want {
				t.Errorf("got\n%s(%v), want\n%s", a.GetBody(), err, want)
			}
			// The last subtree of the view ends with the view.
			a, err = walk(t, conn, after)
			if err != nil || !a.GetComplete() || string(a.GetBody()) != after+".1 counter64 18446744073709551615\n" {
				t.Errorf("the last subtree: %s %v %v", a.GetBody(), a.GetReason(), err)
			}
			for _, r := range s.Requests() {
				if version == "1" && r.Kind == "GetBulkRequest" {
					t.Fatal("version 1 was asked by GETBULK")
				}
				if r.Repetitions > 20 {
					t.Fatalf("%d repetitions", r.Repetitions)
				}
			}
			if conn.Sent() != len(s.Requests()) {
				t.Errorf("%d packets counted, %d came", conn.Sent(), len(s.Requests()))
			}
		})
	}
}

func TestVersion3(t *testing.T) {
	type pair struct{ auth, priv string }
	pairs := []pair{{"sha256", ""}, {"md5", ""}}
	for _, auth := range []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"} {
		for _, priv := range []string{"des", "aes128", "aes192", "aes256", "aes192c", "aes256c"} {
			pairs = append(pairs, pair{auth, priv})
		}
	}
	for _, p := range pairs {
		for _, hidden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s-%s-%v", p.auth, p.priv, hidden), func(t *testing.T) {
				s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 30), Users: []snmptest.User{user(t, p.auth, p.priv)}, HideClock: hidden})
				conn, err := dial(t, s, v3(p.auth, p.priv), fast())
				if err != nil {
					t.Fatal(err)
				}
				if conn.System().EngineID != s.EngineID() {
					t.Errorf("engine %x", conn.System().EngineID)
				}
				whole(t, conn, 30)
				want := "authNoPriv"
				if p.priv != "" {
					want = "authPriv"
				}
				for i, r := range s.Requests() {
					if i > 0 && r.Level != want {
						t.Errorf("request %d at level %s", i, r.Level)
					}
				}
			})
		}
	}
}

func TestNoAuthNeedsConsent(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Users: []snmptest.User{{Name: "scanner"}}})
	if _, err := dial(t, s, v3("", ""), fast()); !errors.Is(err, snmp.ErrCredential) {
		t.Errorf("noAuthNoPriv without consent: %v", err)
	}
	if n := s.Count(); n != 0 {
		t.Errorf("%d packets were sent", n)
	}
	conn, err := snmp.Dial(t.Context(), snmp.Config{Target: "device", Address: s.Address(), Credential: v3("", ""), Limits: fast(), AllowNoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	whole(t, conn, 3)
	stranger := v3("", "")
	stranger.SNMP.User = "somebody"
	if _, err := snmp.Dial(t.Context(), snmp.Config{Target: "device", Address: s.Address(), Credential: stranger, Limits: fast(), AllowNoAuth: true}); !errors.Is(err, snmp.ErrUnknownUser) {
		t.Errorf("an unknown user: %v", err)
	}
}

func TestUnusableCredentials(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{})
	privOnly := v3("", "aes128")
	noPass := v3("sha256", "aes128")
	noPass.SNMP.PrivPassword = vault.Secret{}
	for name, c := range map[string]*vault.Credential{
		"nothing": {}, "nil": nil, "no community": {SNMP: vault.SNMP{Version: "2c"}}, "version 4": {SNMP: vault.SNMP{Version: "4"}},
		"no user": {SNMP: vault.SNMP{Version: "3"}}, "privacy alone": privOnly, "no privacy passphrase": noPass,
		"unknown hash": v3("sha3", ""), "unknown cipher": v3("sha", "3des"),
	} {
		if _, err := dial(t, s, c, fast()); !errors.Is(err, snmp.ErrCredential) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := s.Count(); n != 0 {
		t.Errorf("%d packets were sent", n)
	}
}

func TestEngineIDIsPinned(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Users: []snmptest.User{user(t, "sha256", "aes256")}})
	c := snmp.Config{Target: "device", Address: s.Address(), Credential: v3("sha256", "aes256"), Limits: fast(), EngineID: "another engine"}
	if _, err := snmp.Dial(t.Context(), c); !errors.Is(err, snmp.ErrWrongEngine) {
		t.Errorf("another engine: %v", err)
	}
	for _, r := range s.Requests() {
		if r.User != "" {
			t.Error("a request with the user's name was sent to an engine that is not the pinned one")
		}
	}
	c.EngineID = s.EngineID()
	conn, err := snmp.Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestUnreachable(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.LocalAddr().String()
	l.Close()
	for _, c := range []*vault.Credential{community("2c"), v3("sha256", "aes128")} {
		if _, err := snmp.Dial(t.Context(), snmp.Config{Target: "device", Address: address, Credential: c, Limits: fast()}); !errors.Is(err, snmp.ErrUnreachable) {
			t.Errorf("version %s: %v", c.SNMP.Version, err)
		}
	}
	for _, address := range []string{"127.0.0.1:0x", "127.0.0.1:70000", "::1"} {
		if _, err := snmp.Dial(t.Context(), snmp.Config{Address: address, Credential: community("2c"), Limits: fast()}); err == nil {
			t.Errorf("%s was reached", address)
		}
	}
}

// S1: nothing but a published walk reaches the wire.
func TestS1OnlyPublishedWalks(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Communities: []string{"monitor"}})
	conn, err := dial(t, s, community("2c"), fast())
	if err != nil {
		t.Fatal(err)
	}
	before := s.Count()
	d := published(system)
	d.Commands = append(d.Commands, "show version", "walk x", "walk ")
	asker := conn.Asker(d)
	for _, q := range []*pluginpb.Question{
		driver.Walk(table), driver.Walk("1.3.6.1.2.1.1.0"), driver.Walk("1.3.6.1.2.1"), driver.Walk("." + system), driver.Walk(system + " "),
		driver.Walk(""), driver.Walk("x"), driver.Command("walk " + system), driver.Command("show version"), driver.File("/etc/passwd"), {},
	} {
		a, err := asker.Answer(t.Context(), q)
		if err != nil || a.GetReason() != pb.Reason_REASON_NOT_ASKED || a.GetComplete() {
			t.Errorf("%s: %v, %v", driver.Text(q), a, err)
		}
	}
	if n := s.Count() - before; n != 0 {
		t.Errorf("%d packets were sent", n)
	}
	if a, err := asker.Answer(t.Context(), driver.Walk(system)); err != nil || !a.GetComplete() {
		t.Errorf("the published walk: %v, %v", a, err)
	}
}

// S3: a wrong credential is tried once on each device, however often it is asked, and the agent's report is understood.
func TestS3OneFailedLoginEach(t *testing.T) {
	wrongAuth, wrongUser, wrongLevel := v3("sha256", "aes256"), v3("sha256", "aes256"), v3("sha256", "")
	wrongAuth.SNMP.AuthPassword = vault.NewSecret("not the passphrase")
	wrongUser.SNMP.User = "somebody"
	wrongPriv := v3("sha256", "aes256")
	wrongPriv.SNMP.PrivPassword = vault.NewSecret("not the passphrase")
	known := user(t, "sha256", "aes256")
	noAuth := snmptest.User{Name: "scanner"}
	for name, c := range map[string]struct {
		credential *vault.Credential
		user       snmptest.User
		want       error
	}{
		"wrong passphrase": {wrongAuth, known, snmp.ErrWrongDigest},
		"unknown user":     {wrongUser, known, snmp.ErrUnknownUser},
		"wrong level":      {wrongLevel, noAuth, snmp.ErrSecurityLevel},
		"wrong privacy":    {wrongPriv, known, snmp.ErrWrongPrivacy},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := snmp.NewKeys(c.credential.SNMP)
			if err != nil {
				t.Fatal(err)
			}
			refused, devices := 0, 25
			if os.Getenv("PLUMBLINE_SOAK") != "" {
				devices = 500
			}
			for range devices {
				s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Users: []snmptest.User{c.user}})
				_, err := snmp.Dial(t.Context(), snmp.Config{Target: "device", Address: s.Address(), Credential: c.credential, Keys: keys, Limits: fast()})
				if !errors.Is(err, c.want) || !errors.Is(err, snmp.ErrRefused) {
					t.Fatalf("%v, not %v", err, c.want)
				}
				n := 0
				for _, r := range s.Requests() {
					if r.User != "" {
						n++
					}
				}
				if n != 1 {
					t.Fatalf("%d requests with the credential", n)
				}
				refused += n
			}
			if refused != devices {
				t.Errorf("%d refusals", refused)
			}
		})
	}
}

// S3: an agent that is silent to a wrong passphrase is not asked twice either.
func TestS3SilenceIsNotRepeated(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Users: []snmptest.User{user(t, "sha256", "aes256")}, Hostile: snmptest.Silent, HostileAfter: 1})
	if _, err := dial(t, s, v3("sha256", "aes256"), fast()); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Fatal(err)
	}
	if n := s.Count(); n != 2 {
		t.Errorf("%d packets: discovery and one request are 2", n)
	}
}

// S3: a refusal in the middle ends everything.
func TestS3RefusedLater(t *testing.T) {
	for mode, want := range map[snmptest.Mode]error{snmptest.RefusesLater: snmp.ErrWrongDigest, snmptest.Restarted: snmp.ErrWrongEngine} {
		s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Users: []snmptest.User{user(t, "sha256", "aes256")}, Hostile: mode, HostileAfter: 2})
		conn, err := dial(t, s, v3("sha256", "aes256"), fast())
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := walk(t, conn, table); !errors.Is(err, want) {
				t.Errorf("%v, not %v", err, want)
			}
		}
		if n := s.Count(); n != 3 {
			t.Errorf("%d packets, not 3", n)
		}
	}
}

// S13: never more than so many packets in a second.
func TestS13Pace(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 400), Communities: []string{"monitor"}})
	limits := snmp.Limits{PacketsPerSecond: 10}
	conn, err := dial(t, s, community("2c"), limits)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, conn, 400)
	requests := s.Requests()
	if len(requests) < 20 {
		t.Fatalf("only %d packets", len(requests))
	}
	for i := 10; i < len(requests); i++ {
		if d := requests[i].At.Sub(requests[i-10].At); d < 950*time.Millisecond {
			t.Errorf("packets %d to %d came in %s", i-10, i, d)
		}
	}
	for _, r := range requests {
		if r.Repetitions > 20 {
			t.Errorf("%d repetitions", r.Repetitions)
		}
	}
}

func TestLostPacketsAreAskedAgain(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 300), Users: []snmptest.User{user(t, "sha256", "aes256")}, Lose: 5})
	limits := fast()
	limits.Timeout = 100 * time.Millisecond
	conn, err := dial(t, s, v3("sha256", "aes256"), limits)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, conn, 300)
}

// Repetitions are halved until the agent can answer, and the walk is whole.
func TestRepetitionsAdapt(t *testing.T) {
	for name, a := range map[string]snmptest.Agent{
		"small messages": {MaxSize: 120},
		"GETBULK fails":  {Hostile: snmptest.BulkFails, HostileAfter: 1},
	} {
		a.Varbinds, a.Communities = objects(t, 40), []string{"monitor"}
		s := snmptest.Start(t, a)
		conn, err := dial(t, s, community("2c"), fast())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		whole(t, conn, 40)
	}
}

func TestKeyring(t *testing.T) {
	ring := snmp.NewKeyring()
	a, err := ring.Of(v3("sha256", "aes256").SNMP)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := ring.Of(v3("sha256", "aes256").SNMP)
	c, _ := ring.Of(v3("sha256", "aes128").SNMP)
	if a != b || a == c {
		t.Error("keys are not those of their credential")
	}
	if s := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.Trim(s, "* ") != "" {
		t.Errorf("keys print as %s", s)
	}
	if _, err := ring.Of(v3("sha3", "").SNMP); err == nil {
		t.Error("an unknown protocol has keys")
	}
}

func TestStop(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Communities: []string{"monitor"}, Hostile: snmptest.Silent, HostileAfter: 1})
	conn, err := dial(t, s, community("2c"), snmp.Limits{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	if _, err := conn.Asker(published(table)).Answer(ctx, driver.Walk(table)); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("it took %s to stop", d)
	}
}
