package server

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enrolsql"
	"github.com/plumbline/plumbline/server/store"
)

// start runs a server on loopback until the test ends.
func start(t *testing.T) *Server {
	t.Helper()
	c, err := ReadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	c.StateDir, c.Agents.Listen, c.HTTP.Listen, c.Agents.Names = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", []string{"127.0.0.1", "localhost"}
	s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return s
}

// judged is a snapshot as an agent makes it.
func judged(t *testing.T, target string, minLength int64) *pb.Snapshot {
	t.Helper()
	plan, err := baseline.ByID("jrt0068-2012").Plan(all.List(), baseline.Host, baseline.Options{Profile: baseline.Profiles()[0]})
	if err != nil {
		t.Fatal(err)
	}
	f := &pb.Facts{
		Platform: &pb.Platform{Kind: facts.Text("host")},
		PasswordPolicies: &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.PasswordPolicy{
			{Scope: "local users", Enforced: facts.Bool(true), MinLength: facts.Int(minLength, facts.Line("/etc/security/pwquality.conf", 3, "minlen"))},
		}},
	}
	findings, err := checks.Judge(target, plan.Rules, f, checks.Env{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return &pb.Snapshot{
		Target: &pb.Target{Id: target, Driver: "linux"}, StartedAt: timestamppb.Now(), FinishedAt: timestamppb.Now(), DriverVersion: "1", ProgramVersion: "test",
		Facts: f, Findings: findings, Baselines: []string{"jrt0068-2012@" + baseline.ByID("jrt0068-2012").Digest},
	}
}

// join gives a state folder with an identity.
func join(t *testing.T, s *Server, name string) string {
	t.Helper()
	line, _, err := s.enrol.IssueToken(t.Context(), enrol.TokenRequest{Name: name, Kind: identity.Agent, By: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), name)
	if _, err := identity.Join(t.Context(), identity.JoinConfig{Dir: dir, Server: s.AgentsAddress(), Join: line, Name: name, Kind: identity.Agent}, identity.Options{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// From the token to the finding: an agent enrols, delivers twice what was accepted once, and it stands once.
func TestEnrolDeliverAndFind(t *testing.T) {
	s := start(t)
	dir := join(t, s, "web1")
	sink := central.New()
	if err := sink.Configure(t.Context(), map[string]string{"server": s.AgentsAddress(), "state_dir": dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := sink.(io.Closer); ok {
			c.Close()
		}
	})
	deliver := func(sequence uint64, snapshot *pb.Snapshot) {
		t.Helper()
		n, err := sink.Send(t.Context(), []*pluginpb.Delivery{{Sender: "web1", Epoch: 7, Sequence: sequence, Snapshot: snapshot}})
		if n != 1 || err != nil {
			t.Fatalf("delivery %d: %d accepted, %v", sequence, n, err)
		}
	}
	first := judged(t, "web1", 6)
	deliver(1, first)
	deliver(1, first)
	failing := store.FindingFilter{Target: "web1", Check: "password.min_length", Outcomes: []pb.Outcome{pb.Outcome_OUTCOME_FAIL}}
	found, _, err := s.store.Findings(t.Context(), failing, store.Page{})
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	deliver(2, judged(t, "web1", 12))
	if found, _, err := s.store.Findings(t.Context(), failing, store.Page{}); err != nil || len(found) != 0 {
		t.Errorf("it still fails: %v, %v", found, err)
	}
	snapshots, _, err := s.store.Snapshots(t.Context(), store.SnapshotFilter{Target: "web1"}, store.Page{})
	if err != nil || len(snapshots) != 2 {
		t.Fatalf("%d snapshots, %v", len(snapshots), err)
	}
	changes, err := s.store.DiffSnapshots(t.Context(), snapshots[1].ID, snapshots[0].ID)
	if err != nil || len(changes) == 0 || changes[0].Causes[0] != store.CauseSetting {
		t.Errorf("%v, %v", changes, err)
	}
	if head, err := s.store.Verify(t.Context()); err != nil || head.N < 2 {
		t.Errorf("the audit log: %v, %v", head, err)
	}
}

// TestI10ForeignTarget: an agent that reports another's target is refused, and that is on record.
func TestI10ForeignTarget(t *testing.T) {
	s := start(t)
	dir := join(t, s, "web1")
	sink := central.New()
	if err := sink.Configure(t.Context(), map[string]string{"server": s.AgentsAddress(), "state_dir": dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := sink.(io.Closer); ok {
			c.Close()
		}
	})
	_, err := sink.Send(t.Context(), []*pluginpb.Delivery{{Sender: "web1", Epoch: 1, Sequence: 1, Snapshot: judged(t, "core-sw-01", 12)}})
	if err == nil {
		t.Error("it was taken")
	}
	if found, _, err := s.store.Findings(t.Context(), store.FindingFilter{Target: "core-sw-01"}, store.Page{}); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	records, _, err := s.store.Records(t.Context(), store.AuditFilter{}, store.Page{})
	forged := false
	for _, r := range records {
		forged = forged || r.Action == "delivery.forged" && r.Object == "core-sw-01"
	}
	if err != nil || !forged {
		t.Errorf("not on record: %v, %v", records, err)
	}
}

// Whoever enrolled stands in the API's list, and is shut out there too.
func TestIdentitiesOverTheAPI(t *testing.T) {
	s := start(t)
	join(t, s, "web1")
	token, hash := api.NewToken()
	by := store.Entry{Actor: "tester", Action: "test"}
	if err := s.store.PutUser(t.Context(), by, store.User{Name: "sec", Role: string(api.Security), State: store.UserActive}); err != nil {
		t.Fatal(err)
	}
	if err := s.store.PutAPIToken(t.Context(), by, store.APIToken{Hash: hash, ID: "t", User: "sec", Role: string(api.Security), Scopes: api.Security.Scopes(), Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string, status int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.HTTPAddress()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != status {
			t.Fatalf("%s %s: %d %s, %v", method, path, got.StatusCode, text, err)
		}
		return string(text)
	}
	if list := call("GET", "/api/v1/identities", "", 200); !strings.Contains(list, `"name":"web1"`) || !strings.Contains(list, `"state":"active"`) {
		t.Errorf("listed: %s", list)
	}
	call("POST", "/api/v1/identities/web1/revoke", `{"reason":"retired"}`, 204)
	if one := call("GET", "/api/v1/identities/web1", "", 200); !strings.Contains(one, `"state":"revoked"`) || !strings.Contains(one, "retired") {
		t.Errorf("after it was revoked: %s", one)
	}
}

func TestHealth(t *testing.T) {
	s := start(t)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404} {
		r, err := http.Get("http://" + s.HTTPAddress() + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
}

// The migration that makes the tables of enrolsql is what enrolsql says.
func TestEnrolSchema(t *testing.T) {
	text, err := os.ReadFile("store/migrations/00003_enrol.sql")
	if err != nil || !strings.HasSuffix(string(text), "-- +goose Up"+enrolsql.Schema) {
		t.Errorf("the migration is not the schema: %v", err)
	}
}
