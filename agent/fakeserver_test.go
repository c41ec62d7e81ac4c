package agent_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// fakeServer enrols one agent by one token and keeps what it delivers.
type fakeServer struct {
	pb.UnimplementedIngestServiceServer
	pb.UnimplementedEnrolServiceServer
	addr, join string
	root       *x509.Certificate
	key        *ecdsa.PrivateKey

	mu      sync.Mutex
	got     []*pb.Snapshot
	senders map[string]bool
}

const fakeToken = "token-for-a-test"

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	s := &fakeServer{senders: map[string]bool{}}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, s.key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	if s.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	leaf, err := s.sign(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, s.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf, der}, PrivateKey: s.key}},
	})))
	pb.RegisterIngestServiceServer(g, s)
	pb.RegisterEnrolServiceServer(g, s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { _ = g.Serve(l); close(served) }()
	t.Cleanup(func() { g.Stop(); <-served })
	s.addr, s.join = l.Addr().String(), identity.JoinString(fakeToken, sha256.Sum256(der))
	return s
}

func (s *fakeServer) sign(c *x509.Certificate, public any) ([]byte, error) {
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(2), time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	c.KeyUsage = x509.KeyUsageDigitalSignature
	return x509.CreateCertificate(rand.Reader, c, s.root, public, s.key)
}

func clock() metadata.MD { return metadata.Pairs(identity.ClockHeader, identity.Clock(time.Now())) }

func (s *fakeServer) Enrol(ctx context.Context, r *pb.EnrolRequest) (*pb.EnrolResponse, error) {
	if err := grpc.SendHeader(ctx, clock()); err != nil {
		return nil, err
	}
	if r.GetToken() != fakeToken {
		return nil, status.Error(codes.PermissionDenied, "no such token")
	}
	csr, err := x509.ParseCertificateRequest(r.GetCsr())
	if err != nil {
		return nil, err
	}
	leaf, err := s.sign(&x509.Certificate{
		URIs: []*url.URL{identity.URI(identity.Agent, csr.Subject.CommonName)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, csr.PublicKey)
	return &pb.EnrolResponse{Chain: [][]byte{leaf, s.root.Raw}, Roots: [][]byte{s.root.Raw}}, err
}

func (s *fakeServer) Deliver(stream grpc.BidiStreamingServer[pb.DeliverRequest, pb.DeliverResponse]) error {
	p, _ := peer.FromContext(stream.Context())
	shown := p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates
	if len(shown) == 0 {
		return status.Error(codes.Unauthenticated, "no certificate")
	}
	_, sender, err := identity.FromCertificate(shown[0])
	if err != nil {
		return err
	}
	if err := stream.SendHeader(clock()); err != nil {
		return err
	}
	if err := stream.Send(&pb.DeliverResponse{ServerEpoch: "one"}); err != nil {
		return err
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		z, err := zstd.NewReader(bytes.NewReader(m.GetSnapshot()))
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(z)
		z.Close()
		snapshot := &pb.Snapshot{}
		if err != nil || proto.Unmarshal(raw, snapshot) != nil {
			return status.Error(codes.InvalidArgument, "no snapshot")
		}
		s.mu.Lock()
		s.got = append(s.got, snapshot)
		s.senders[sender] = true
		s.mu.Unlock()
		if err := stream.Send(&pb.DeliverResponse{Epoch: m.GetEpoch(), DurableSequence: m.GetSequence(), ServerEpoch: "one"}); err != nil {
			return err
		}
	}
}

func (s *fakeServer) delivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}
