package server

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
)

// TestC7OverTheWire: with a real order in the store and real client certificates, the collector that has the order gets the credential of
// its target, the other collector gets nothing, and when the target has ended nobody does.
func TestC7OverTheWire(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := ReadConfig("")
	must(err)
	c.StateDir, c.Agents.Listen, c.HTTP.Listen, c.Agents.Names = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", []string{"127.0.0.1"}
	c.Secrets.KeyFile = filepath.Join(t.TempDir(), "secrets.key")
	_, err = secrets.InitKeyFile(c.Secrets.KeyFile)
	must(err)
	s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	by := store.Entry{Actor: "tester", Action: "test"}
	record, wrong := secrets.NewRecord("core", map[string]string{"user": "scan", "password": "s3cret-of-core"})
	if wrong != nil {
		t.Fatal(wrong)
	}
	_, err = s.secrets.Put(t.Context(), by, record)
	must(err)

	clients := map[string]func(order, target, credential string) (string, error){}
	for _, name := range []string{"edge-a", "edge-b"} {
		line, _, err := s.enrol.IssueToken(t.Context(), enrol.TokenRequest{Name: name, Kind: identity.Collector, By: "tester"})
		must(err)
		who, err := identity.Join(t.Context(), identity.JoinConfig{Dir: filepath.Join(t.TempDir(), name), Server: s.AgentsAddress(), Join: line, Name: name, Kind: identity.Collector}, identity.Options{})
		must(err)
		creds, err := who.Credentials(s.AgentsAddress())
		must(err)
		conn, err := grpc.NewClient(s.AgentsAddress(), grpc.WithTransportCredentials(creds))
		must(err)
		t.Cleanup(func() { conn.Close() })
		clients[name] = func(order, target, credential string) (string, error) {
			key, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
			must(err)
			got, err := pb.NewOrderServiceClient(conn).Reveal(who.Context(t.Context()), &pb.RevealRequest{OrderId: order, TargetId: target, Credential: credential, Recipient: key.PublicKey().Bytes()})
			if err != nil {
				return "", err
			}
			text, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(order+"\x00"+target+"\x00"+credential+"\x00"+name), got.GetSealed())
			return string(text), err
		}
	}
	a, err := s.enrol.Identity(t.Context(), "edge-a")
	must(err)
	must(s.store.PutTargets(t.Context(), by, []store.Target{{ID: "sw1", Address: "10.0.0.1", Credential: "core", Reader: "edge-a"}}))
	must(s.store.PutSweep(t.Context(), by, store.Sweep{ID: "sweep-1", Plan: `{"targets":{"ids":["sw1"]}}`, RequestedBy: "zhang", Reason: "test"}, nil))
	must(s.store.Authorise(t.Context(), by, "sweep-1", "li"))
	must(s.store.StartSweep(t.Context(), by, "sweep-1", time.Now().Add(time.Hour), []store.Start{{Target: "sw1", Reader: "edge-a"}}))
	// The server hands it out by itself only where somebody holds a line; here nobody does.
	handed, err := s.store.HandOut(t.Context(), store.Order{ID: "order-1", Sweep: "sweep-1", Sender: a.ID, Reader: "edge-a"}, []string{"sw1"})
	if err != nil || len(handed) != 1 {
		t.Fatalf("handed out %v, %v", handed, err)
	}
	for what, try := range map[string]func() (string, error){
		"the other collector":  func() (string, error) { return clients["edge-b"]("order-1", "sw1", "core") },
		"another name":         func() (string, error) { return clients["edge-a"]("order-1", "sw1", "other") },
		"another target":       func() (string, error) { return clients["edge-a"]("order-1", "sw2", "core") },
		"an order of nobody's": func() (string, error) { return clients["edge-a"]("order-2", "sw1", "core") },
	} {
		if text, err := try(); status.Code(err) != codes.PermissionDenied || text != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if text, err := clients["edge-a"]("order-1", "sw1", "core"); err != nil || !strings.Contains(text, `"password":"s3cret-of-core"`) {
		t.Fatalf("the rightful one: %d bytes, %v", len(text), err)
	}
	must(s.store.Account(t.Context(), "order-1", []store.Ending{{Target: "sw1", Visit: pb.VisitState_VISIT_STATE_QUESTIONED}}))
	if text, err := clients["edge-a"]("order-1", "sw1", "core"); status.Code(err) != codes.PermissionDenied || text != "" {
		t.Errorf("after the target has ended: %v", err)
	}
	records, _, err := s.store.Records(t.Context(), store.AuditFilter{Action: "credential.reveal"}, store.Page{})
	if err != nil || len(records) != 6 {
		t.Errorf("%d of six attempts on record, %v", len(records), err)
	}
}
