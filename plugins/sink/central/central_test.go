package central_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// receiver is a server that keeps what it gets, also twice.
type receiver struct {
	pb.UnimplementedIngestServiceServer
	pb.UnimplementedOrderServiceServer
	addr   string
	dir    string
	canary string

	mu      sync.Mutex
	got     []*pluginpb.Delivery
	limit   int
	down    bool
	stalled bool
	clock   time.Duration
	refuse  uint64
	epoch   string
}

func (r *receiver) Deliver(stream grpc.BidiStreamingServer[pb.DeliverRequest, pb.DeliverResponse]) error {
	r.mu.Lock()
	down, skew, epoch := r.down, r.clock, r.epoch
	r.mu.Unlock()
	if err := stream.SendHeader(metadata.Pairs(identity.ClockHeader, identity.Clock(time.Now().Add(skew)))); err != nil {
		return err
	}
	if down {
		return status.Error(codes.Unavailable, "down")
	}
	if err := stream.Send(&pb.DeliverResponse{ServerEpoch: epoch}); err != nil {
		return err
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		ack, err := r.take(m)
		if err != nil {
			return err
		}
		if ack == nil {
			continue
		}
		if err := stream.Send(ack); err != nil {
			return err
		}
	}
}

func (r *receiver) take(m *pb.DeliverRequest) (*pb.DeliverResponse, error) {
	z, err := zstd.NewReader(bytes.NewReader(m.GetSnapshot()))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	d := &pluginpb.Delivery{Sender: "sender", Epoch: m.GetEpoch(), Sequence: m.GetSequence(), Snapshot: &pb.Snapshot{}}
	if err := proto.Unmarshal(raw, d.Snapshot); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.down:
		return nil, status.Error(codes.Unavailable, "down")
	case r.stalled:
		return nil, nil
	case r.limit == 0:
		return nil, status.Error(codes.ResourceExhausted, "full")
	}
	ack := &pb.DeliverResponse{Epoch: m.GetEpoch(), DurableSequence: m.GetSequence(), ServerEpoch: r.epoch}
	if r.refuse == m.GetSequence() {
		ack.Refusals = []*pb.Refusal{{Sequence: m.GetSequence(), Reason: &pb.Text{Zh: "不行", En: "no"}}}
		return ack, nil
	}
	r.limit--
	r.got = append(r.got, d)
	return ack, nil
}

func (r *receiver) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// authority signs for the receiver and for the identity.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key := newKey(t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return authority{c, key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a authority) sign(t testing.TB, usage x509.ExtKeyUsage, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key := newKey(t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// start gives a sink that is not configured, and its receiver.
func start(t testing.TB) (*central.Sink, *receiver) {
	t.Helper()
	a := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	own := a.sign(t, x509.ExtKeyUsageServerAuth, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{addr: l.Addr().String(), dir: t.TempDir(), limit: 1 << 30, epoch: "one"}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})), grpc.MaxRecvMsgSize(17<<20))
	pb.RegisterIngestServiceServer(g, r)
	pb.RegisterOrderServiceServer(g, r)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(l) }()
	t.Cleanup(func() { g.Stop(); <-done })

	id := a.sign(t, x509.ExtKeyUsageClientAuth, func(c *x509.Certificate) { c.URIs = []*url.URL{identity.URI(identity.Agent, "web-01")} })
	der, err := x509.MarshalPKCS8PrivateKey(id.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	r.canary = base64.StdEncoding.EncodeToString(der)
	state, err := json.Marshal(map[string]any{
		"version": 1, "name": "web-01", "kind": "agent", "key": der, "chain": id.Certificate, "roots": [][]byte{a.cert.Raw}, "renewals": 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(r.dir, 0o700), os.WriteFile(filepath.Join(r.dir, "identity.json"), state, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := &central.Sink{Failed: func(err error) { t.Log(err) }}
	t.Cleanup(func() { _ = s.Close() })
	return s, r
}

func (r *receiver) settings() map[string]string {
	return map[string]string{"server": r.addr, "state_dir": r.dir}
}

func TestContract(t *testing.T) {
	sinktest.Run(t, func(t testing.TB) (sink.Sink, sinktest.Rig) {
		s, r := start(t)
		return s, sinktest.Rig{
			Settings: r.settings(), Canary: r.canary,
			Received: func() ([]*pluginpb.Delivery, error) {
				r.mu.Lock()
				defer r.mu.Unlock()
				return append([]*pluginpb.Delivery(nil), r.got...), nil
			},
			Down:  func(down bool) { r.set(func() { r.down = down }) },
			Stall: func(stalled bool) { r.set(func() { r.stalled = stalled }) },
			Limit: func(n int) { r.set(func() { r.limit = n }) },
		}
	})
}

func TestSettings(t *testing.T) {
	_, r := start(t)
	for what, with := range map[string]map[string]string{
		"none": {}, "no server": {"state_dir": r.dir}, "no folder": {"server": r.addr}, "relative": {"server": r.addr, "state_dir": "state"},
		"no port": {"server": "127.0.0.1", "state_dir": r.dir}, "no identity": {"server": r.addr, "state_dir": t.TempDir() + "/none"},
	} {
		if err := (&central.Sink{}).Configure(t.Context(), with); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	for what, text := range map[string]string{"damaged": `{"version":1,"key":"c2VjcmV0`, "newer": `{"version":2}`, "unknown": `{"version":1,"x":1}`, "empty": ""} {
		if err := os.WriteFile(filepath.Join(r.dir, "identity.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (&central.Sink{}).Configure(t.Context(), r.settings()); err == nil {
			t.Errorf("a state that is %s: taken", what)
		}
	}
}

// A refusal is told for the delivery that it is about, once, and the others are accepted.
func TestRefusal(t *testing.T) {
	s, r := start(t)
	if err := s.Configure(t.Context(), r.settings()); err != nil {
		t.Fatal(err)
	}
	r.set(func() { r.refuse = 3 })
	all := sinktest.Deliveries(1, 5)
	n, err := s.Send(t.Context(), all)
	var refusal *sink.Refusal
	if n != 2 || !errors.As(err, &refusal) || refusal.Reason != "不行 / no" {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := s.Send(t.Context(), all[3:]); n != 2 || err != nil {
		t.Errorf("behind it: %d, %v", n, err)
	}
	if len(r.got) != 4 {
		t.Errorf("%d arrived, want 4, each once", len(r.got))
	}
}

// Nothing is told to a server whose clock is another, and both clocks are named.
func TestI7Clock(t *testing.T) {
	for _, skew := range []time.Duration{4 * time.Minute, -4 * time.Minute, 6 * time.Minute, -25 * time.Hour} {
		s, r := start(t)
		if err := s.Configure(t.Context(), r.settings()); err != nil {
			t.Fatal(err)
		}
		r.set(func() { r.clock = skew })
		n, err := s.Send(t.Context(), sinktest.Deliveries(1, 2))
		var clocks *identity.ClockError
		if allowed := skew.Abs() < identity.MaxSkew; allowed != (err == nil) || (n == 2) != allowed || (!allowed && !errors.As(err, &clocks)) {
			t.Errorf("%v: %d accepted, %v", skew, n, err)
		}
		if skew.Abs() > identity.MaxSkew && len(r.got) != 0 {
			t.Errorf("%v: %d were sent", skew, len(r.got))
		}
	}
}

// A new epoch of the server is asked about once to everyone who may have forgotten, and then gone by.
func TestEpoch(t *testing.T) {
	s, r := start(t)
	if err := s.Configure(t.Context(), r.settings()); err != nil {
		t.Fatal(err)
	}
	for round, epoch := range []string{"one", "two", "three"} {
		r.set(func() { r.epoch = epoch })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = &central.Sink{Failed: func(err error) { t.Log(err) }}
		defer func() { _ = s.Close() }()
		if err := s.Configure(t.Context(), r.settings()); err != nil {
			t.Fatal(err)
		}
		want := sinktest.Deliveries(uint64(round)+1, 1)
		n, err := s.Send(t.Context(), want)
		if round > 0 {
			if n != 0 || !errors.Is(err, sink.ErrResend) {
				t.Fatalf("%s: %d, %v", epoch, n, err)
			}
			n, err = s.Send(t.Context(), want)
		}
		if n != 1 || err != nil {
			t.Fatalf("%s: %d, %v", epoch, n, err)
		}
	}
}

// Another server's certificate gets nothing, whoever signed it.
func TestImposter(t *testing.T) {
	s, r := start(t)
	_, other := start(t)
	with := r.settings()
	with["server"] = other.addr
	if err := s.Configure(t.Context(), with); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 1)); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	with["server"] = fmt.Sprintf("localhost:%s", r.addr[len("127.0.0.1:"):])
	again := &central.Sink{}
	defer func() { _ = again.Close() }()
	if err := again.Configure(t.Context(), with); err != nil {
		t.Fatal(err)
	}
	if n, err := again.Send(t.Context(), sinktest.Deliveries(1, 1)); n != 0 || err == nil {
		t.Errorf("a certificate for another name: %d, %v", n, err)
	}
	if len(r.got)+len(other.got) != 0 {
		t.Error("something was delivered")
	}
}
