package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/store"
)

// tokenOf makes a user with a role, and gives a token of his.
func tokenOf(t *testing.T, s *Server, name string, role api.Role) string {
	t.Helper()
	token, hash := api.NewToken()
	by := store.Entry{Actor: "tester", Action: "test"}
	if err := s.store.PutUser(t.Context(), by, store.User{Name: name, Role: string(role), State: store.UserActive}); err != nil {
		t.Fatal(err)
	}
	err := s.store.PutAPIToken(t.Context(), by, store.APIToken{Hash: hash, ID: name, User: name, Role: string(role), Scopes: role.Scopes(), Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func as(t *testing.T, token string) context.Context {
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

// received reads a stream to its end.
func streamed[M any](t *testing.T, stream grpc.ServerStreamingClient[M], err error) (all []*M) {
	t.Helper()
	for err == nil {
		var m *M
		if m, err = stream.Recv(); err == nil {
			all = append(all, m)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return all
}

// What gRPC gives is what the HTTP API gives, to those to whom that gives it: every page, every field.
func TestQuery(t *testing.T) {
	s := start(t)
	auditor, operator, security, system := tokenOf(t, s, "he", api.Auditor), tokenOf(t, s, "wang", api.Operator), tokenOf(t, s, "li", api.Security), tokenOf(t, s, "zhao", api.System)
	want := map[string]pb.Outcome{}
	for i := range 4 {
		name := fmt.Sprintf("web%d", i)
		snapshot := judged(t, name, int64(6+i))
		body, err := store.Body(snapshot)
		if err != nil {
			t.Fatal(err)
		}
		refused, err := s.store.Accept(t.Context(), []store.Delivery{{Sender: "tester", Epoch: 1, Sequence: uint64(i + 1), Body: body, Received: time.Now()}})
		if err != nil || len(refused) > 0 {
			t.Fatal(refused, err)
		}
		for _, f := range snapshot.GetFindings() {
			want[f.GetId()] = f.GetOutcome()
		}
	}
	conn, err := grpc.NewClient(s.HTTPAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := pb.NewQueryServiceClient(conn)

	stream, err := c.Findings(as(t, auditor), &pb.FindingsRequest{})
	pages := streamed(t, stream, err)
	got := 0
	for _, p := range pages {
		for _, f := range p.GetItems() {
			got++
			if word := strings.ToLower(strings.TrimPrefix(want[f.GetId()].String(), "OUTCOME_")); f.GetOutcome() != word || f.GetSince() == nil || f.GetTarget() == "" {
				t.Errorf("%v, want %s", f, word)
			}
		}
	}
	if got != len(want) || len(pages) < 2 {
		t.Errorf("%d findings on %d pages, want %d on several", got, len(pages), len(want))
	}

	// One finding with its evidence.
	stream, err = c.Findings(as(t, auditor), &pb.FindingsRequest{Target: "web0", Check: "password.min_length", Outcome: []string{"fail"}})
	found := streamed(t, stream, err)
	one, err := c.Finding(as(t, auditor), &pb.FindingRequest{Id: found[0].GetItems()[0].GetId()})
	if err != nil || len(one.GetFinding().GetEvidence()) == 0 || one.GetFinding().GetEvidence()[0].GetFirstLine() != 3 || one.GetFinding().GetObserved().GetZh() == "" {
		t.Errorf("%v, %v", one, err)
	}
	outlines, err := c.Snapshots(as(t, auditor), &pb.SnapshotsRequest{Target: "web1"})
	if all := streamed(t, outlines, err); len(all) != 1 || len(all[0].GetItems()) != 1 || all[0].GetItems()[0].GetFindings()["fail"] == 0 {
		t.Errorf("%v", all)
	}

	// The same rights.
	for what, call := range map[codes.Code]func() error{
		codes.Unauthenticated:  func() error { _, err := c.Finding(t.Context(), &pb.FindingRequest{Id: "x"}); return err },
		codes.PermissionDenied: func() error { _, err := c.Finding(as(t, system), &pb.FindingRequest{Id: "x"}); return err },
		codes.NotFound:         func() error { _, err := c.Finding(as(t, auditor), &pb.FindingRequest{Id: "../audit"}); return err },
		codes.InvalidArgument: func() error {
			stream, err := c.Findings(as(t, auditor), &pb.FindingsRequest{Outcome: []string{"good"}})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
	} {
		if err := call(); status.Code(err) != what || !strings.Contains(status.Convert(err).Message(), " · ") {
			t.Errorf("%v, want %v in two languages", err, what)
		}
	}

	// Two people.
	if err := s.store.PutTargets(t.Context(), store.Entry{Actor: "tester", Action: "target.put"}, []store.Target{{ID: "web0", Driver: "linux", Reader: "web0"}}); err != nil {
		t.Fatal(err)
	}
	asked, err := c.RequestSweep(as(t, operator), &pb.RequestSweepRequest{Targets: []string{"web0"}, Reason: "test"})
	if err != nil || asked.GetId() == "" {
		t.Fatal(asked, err)
	}
	if _, err := c.AuthoriseSweep(as(t, operator), &pb.AuthoriseSweepRequest{Id: asked.GetId()}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("authorised by who asked: %v", err)
	}
	if _, err := c.AuthoriseSweep(as(t, security), &pb.AuthoriseSweepRequest{Id: asked.GetId()}); err != nil {
		t.Error(err)
	}
	sweeps, err := c.Sweeps(as(t, security), &pb.SweepsRequest{})
	if all := streamed(t, sweeps, err); len(all) != 1 || len(all[0].GetItems()) != 1 || all[0].GetItems()[0].GetAuthorisedBy() != "li" {
		t.Errorf("%v", all)
	}
	records, _, err := s.store.Records(t.Context(), store.AuditFilter{Action: "access.denied"}, store.Page{})
	if err != nil || len(records) == 0 {
		t.Errorf("a refused attempt is not on record: %v, %v", records, err)
	}

	// The port speaks HTTP as before.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddress()+"/api/v1/findings?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+auditor)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Items []any }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil || len(list.Items) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
