package server

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/store"
)

// Whatever happens to the audit log's store, nothing is done that could not be put on record: no change, no export, no start.
func TestE9AuditStoreFails(t *testing.T) {
	for name, breakIt := range map[string]string{
		"unwritable": `CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END`,
		"full":       `CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`,
		"gone":       `ALTER TABLE audit RENAME TO gone`,
		"killed":     "",
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t)
			s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			tokens := map[api.Role]string{}
			for _, role := range []api.Role{api.Operator, api.Security, api.System} {
				tokens[role] = userOf(t, s.store, role)
			}
			by := store.Entry{Actor: "tester", Action: "test"}
			must(t, s.store.PutTargets(t.Context(), by, []store.Target{{ID: "sw1", Address: "192.0.2.1"}}))
			must(t, s.store.PutSweep(t.Context(), by, store.Sweep{ID: "sweep-1", Plan: "{}", RequestedBy: "someone"}, []string{"sw1"}))
			id := deliverBody(t, s.store, judged(t, "sw1", 6))
			must(t, s.ledger.Grow(t.Context()))
			db, err := sql.Open("sqlite", c.DatabaseFile())
			must(t, err)
			defer db.Close()
			before := census(t, db)
			if breakIt != "" {
				_, err = db.ExecContext(t.Context(), breakIt)
				must(t, err)
			} else {
				must(t, s.store.Close())
			}
			operations := []struct {
				role               api.Role
				method, path, body string
			}{
				{api.Operator, "PUT", "/api/v1/targets/new", `{"address":"192.0.2.9"}`},
				{api.Operator, "DELETE", "/api/v1/targets/sw1", ""},
				{api.Operator, "GET", "/api/v1/snapshots/" + id + "/report", ""},
				{api.Operator, "GET", "/api/v1/snapshots/" + id + "/bundle", ""},
				{api.Security, "POST", "/api/v1/sweeps/sweep-1/authorise", ""},
				{api.System, "POST", "/api/v1/join-tokens", `{"name":"web9","kind":"agent"}`},
				{api.System, "POST", "/api/v1/users", `{"name":"eve","role":"operator","token_sha256":"` + strings.Repeat("ab", 32) + `"}`},
			}
			const attempts = 100
			for i := range attempts {
				o := operations[i%len(operations)]
				r := httptest.NewRequest(o.method, o.path, strings.NewReader(o.body))
				r.Header.Set("Authorization", "Bearer "+tokens[o.role])
				if o.body != "" {
					r.Header.Set("Content-Type", "application/json")
				}
				out := httptest.NewRecorder()
				s.http.Handler.ServeHTTP(out, r)
				if out.Code != http.StatusServiceUnavailable {
					t.Fatalf("operation %d, %s %s: %d %s", i, o.method, o.path, out.Code, out.Body)
				}
			}
			if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "put the start on record") {
				t.Errorf("it served: %v", err)
			}
			if breakIt != "" {
				_, err = db.ExecContext(t.Context(), map[bool]string{true: `ALTER TABLE gone RENAME TO audit`, false: `DROP TRIGGER no_more`}[name == "gone"])
				must(t, err)
			}
			if after := census(t, db); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
}

// census counts what operations would change.
func census(t *testing.T, db *sql.DB) string {
	t.Helper()
	out := ""
	for _, table := range []string{"audit", "targets", "users", "enrol_tokens", "sweeps"} {
		var n int
		must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		out += fmt.Sprintf("%s %d\n", table, n)
	}
	var authorised string
	must(t, db.QueryRowContext(t.Context(), "SELECT authorised_by FROM sweeps").Scan(&authorised))
	return out + authorised
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func testConfig(t *testing.T) *Config {
	t.Helper()
	c, err := ReadConfig("")
	must(t, err)
	c.StateDir, c.Agents.Listen, c.HTTP.Listen, c.Agents.Names = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", []string{"127.0.0.1"}
	return c
}

// userOf makes a user and gives his token.
func userOf(t *testing.T, s *store.Store, role api.Role) string {
	t.Helper()
	name, by := string(role)+"-1", store.Entry{Actor: "tester", Action: "test"}
	must(t, s.PutUser(t.Context(), by, store.User{Name: name, Role: string(role), State: store.UserActive}))
	token, hash := api.NewToken()
	must(t, s.PutAPIToken(t.Context(), by, store.APIToken{Hash: hash, ID: name, User: name, Role: string(role), Scopes: role.Scopes(), Expires: time.Now().Add(time.Hour)}))
	return token
}

// Every start and stop of the server is on record, and so is the gap where it was killed.
func TestE9StartsAndStops(t *testing.T) {
	c := testConfig(t)
	for _, killed := range []bool{false, true, false} {
		s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
		must(t, err)
		if killed {
			// What a kill leaves behind: a start without a stop.
			must(t, s.began(t.Context()))
			must(t, s.Close())
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := s.Run(ctx); err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		cancel()
	}
	s, err := OpenStore(t.Context(), c, time.Now)
	must(t, err)
	defer s.Close()
	found, _, err := s.Records(t.Context(), store.AuditFilter{Actor: "server"}, store.Page{})
	must(t, err)
	var life []string
	for _, r := range found {
		if strings.HasPrefix(r.Action, "server.") {
			life = append([]string{r.Action + " " + r.Detail}, life...)
		}
	}
	want := []string{`server.start {"clean":true`, `server.stop`, `server.start {"clean":true,"last":`, `server.start {"clean":false,"last":`, `server.stop`}
	if len(life) != len(want) {
		t.Fatalf("%q", life)
	}
	for i := range want {
		if !strings.HasPrefix(life[i], want[i]) {
			t.Errorf("%d: %q, want %q", i, life[i], want[i])
		}
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if text, err := readSmall(c.checkpoints()); err != nil || len(text) == 0 {
		t.Errorf("no checkpoint was left: %v", err)
	}
}

// deliverBody takes a snapshot in, and gives its id.
func deliverBody(t *testing.T, s *store.Store, snapshot *pb.Snapshot) string {
	t.Helper()
	body, err := store.Body(snapshot)
	must(t, err)
	d := store.Delivery{Sender: "c0ffee", Epoch: 1, Sequence: 1, Body: body, Received: time.Now()}
	refused, err := s.Accept(t.Context(), []store.Delivery{d})
	if err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	return d.ID()
}
