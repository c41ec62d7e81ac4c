// Package stationtest is a server for tests of services: it enrols by one token, takes snapshots, gives orders and hears how they end, over
// real mutual TLS on 127.0.0.1. It keeps everything in memory and checks nothing that the real server checks.
package stationtest

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
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"slices"
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

// Token is the one that it enrols by.
const Token = "token-for-a-test"

// A Server is a stand-in for the real one.
type Server struct {
	pb.UnimplementedIngestServiceServer
	pb.UnimplementedEnrolServiceServer
	pb.UnimplementedOrderServiceServer
	// Addr is where it listens, Join the join string for an identity of that Kind.
	Addr, Join string
	Kind       identity.Kind

	root  *x509.Certificate
	key   *ecdsa.PrivateKey
	leaf  tls.Certificate
	serve *grpc.Server
	done  chan struct{}

	mu       sync.Mutex
	got      []*pb.Snapshot
	keys     map[string]bool
	senders  map[string]bool
	orders   []*pb.Order
	watchers map[chan *pb.WatchResponse]bool
	watched  []*pb.WatchRequest
	ends     map[string]map[string]*pb.TargetEnd
	settles  int
	deaf     bool
	reveal   func(string, *pb.RevealRequest) (*pb.RevealResponse, error)
}

// Start runs a server until the test ends.
func Start(t testing.TB, kind identity.Kind) *Server {
	t.Helper()
	s := &Server{Kind: kind, keys: map[string]bool{}, senders: map[string]bool{}, watchers: map[chan *pb.WatchResponse]bool{}, ends: map[string]map[string]*pb.TargetEnd{}}
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
	s.leaf = tls.Certificate{Certificate: [][]byte{leaf, der}, PrivateKey: s.key}
	s.Addr = "127.0.0.1:0"
	s.Up(t)
	t.Cleanup(s.Down)
	s.Join = identity.JoinString(Token, sha256.Sum256(der))
	return s
}

// Up listens, again where it did before.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{s.leaf},
	})))
	pb.RegisterIngestServiceServer(g, s)
	pb.RegisterEnrolServiceServer(g, s)
	pb.RegisterOrderServiceServer(g, s)
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s.Addr, s.serve, s.done = l.Addr().String(), g, make(chan struct{})
	go func() { defer close(s.done); _ = g.Serve(l) }()
}

// Down ends all lines and listens no more.
func (s *Server) Down() {
	s.serve.Stop()
	<-s.done
}

func (s *Server) sign(c *x509.Certificate, public any) ([]byte, error) {
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(2), time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	c.KeyUsage = x509.KeyUsageDigitalSignature
	return x509.CreateCertificate(rand.Reader, c, s.root, public, s.key)
}

func clock() metadata.MD { return metadata.Pairs(identity.ClockHeader, identity.Clock(time.Now())) }

// Enrol is the service's.
func (s *Server) Enrol(ctx context.Context, r *pb.EnrolRequest) (*pb.EnrolResponse, error) {
	if err := grpc.SendHeader(ctx, clock()); err != nil {
		return nil, err
	}
	if r.GetToken() != Token {
		return nil, status.Error(codes.PermissionDenied, "no such token")
	}
	csr, err := x509.ParseCertificateRequest(r.GetCsr())
	if err != nil {
		return nil, err
	}
	leaf, err := s.sign(&x509.Certificate{
		URIs: []*url.URL{identity.URI(s.Kind, csr.Subject.CommonName)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, csr.PublicKey)
	return &pb.EnrolResponse{Chain: [][]byte{leaf, s.root.Raw}, Roots: [][]byte{s.root.Raw}}, err
}

// Deliver is the service's.
func (s *Server) Deliver(stream grpc.BidiStreamingServer[pb.DeliverRequest, pb.DeliverResponse]) error {
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
		key := fmt.Sprint(sender, " ", m.GetEpoch(), " ", m.GetSequence())
		s.mu.Lock()
		if !s.keys[key] { // what comes again is dropped, as the real server does
			s.got = append(s.got, snapshot)
		}
		s.keys[key], s.senders[sender] = true, true
		s.mu.Unlock()
		if err := stream.Send(&pb.DeliverResponse{Epoch: m.GetEpoch(), DurableSequence: m.GetSequence(), ServerEpoch: "one"}); err != nil {
			return err
		}
	}
}

// Got are the snapshots that arrived, and the names of who sent some.
func (s *Server) Got() (snapshots []*pb.Snapshot, senders []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.senders {
		senders = append(senders, name)
	}
	return slices.Clone(s.got), senders
}

// caller is whose certificate was shown.
func caller(ctx context.Context) (string, error) {
	p, _ := peer.FromContext(ctx)
	shown := p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates
	if len(shown) == 0 {
		return "", status.Error(codes.Unauthenticated, "no certificate")
	}
	_, name, err := identity.FromCertificate(shown[0])
	return name, err
}
