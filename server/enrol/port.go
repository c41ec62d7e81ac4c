package enrol

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Caller is who is at the other end of a connection.
type Caller struct {
	// ID is the one of the enrolment, Key the one of the key in use.
	ID, Key string
	Name    string
	Kind    identity.Kind
	// Serial is that of its certificate, hex.
	Serial string
}

// authInfo is what gRPC knows of a connection.
type authInfo struct {
	credentials.TLSInfo
	caller *Caller
	// enrolling: the connection is for nothing but enrolment.
	enrolling bool
}

// Caller says who calls. It is an error on the enrolment side of the port, where nobody proved to be admitted.
func (s *Service) Caller(ctx context.Context) (Caller, error) {
	info, ok := infoOf(ctx)
	if !ok || info.enrolling || info.caller == nil {
		return Caller{}, status.Error(codes.Unauthenticated, "a client certificate is needed")
	}
	return *info.caller, nil
}

// Connections says how many are open to identities.
func (s *Service) Connections() int { return s.live.count() }

func infoOf(ctx context.Context) (authInfo, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return authInfo{}, false
	}
	info, ok := p.AuthInfo.(authInfo)
	return info, ok
}

func callerOf(ctx context.Context) (Caller, bool) {
	info, ok := infoOf(ctx)
	if !ok || info.caller == nil {
		return Caller{}, false
	}
	return *info.caller, true
}

// ServerOptions make a gRPC server one that only identities reach: TLS 1.3, mutual, and told apart by the server name
// under which it is called, an enrolment side that serves EnrolService only. The clocks of both ends are compared at each
// call.
func (s *Service) ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.Creds(guarded{credentials.NewTLS(s.TLS()), s}),
		grpc.ChainUnaryInterceptor(s.unary),
		grpc.ChainStreamInterceptor(s.stream),
	}
}

// TLS is the configuration of the port.
func (s *Service) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}, GetConfigForClient: s.configFor}
}

func (s *Service) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	cert, err := s.certificate()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}, Certificates: []tls.Certificate{*cert}, Time: s.c.Now,
		// A resumed session would skip the look at the certificate.
		SessionTicketsDisabled: true,
	}
	if hello.ServerName == identity.EnrolServerName {
		// A certificate that ended not long ago must get through for its renewal, so it is verified here and not by the library.
		c.ClientAuth = tls.RequestClientCert
		c.VerifyConnection = func(cs tls.ConnectionState) error {
			if len(cs.PeerCertificates) == 0 {
				return nil
			}
			if err := s.verifyLate(cs.PeerCertificates); err != nil {
				return err
			}
			_, err := s.admit(cs.PeerCertificates[0])
			return err
		}
		return c, nil
	}
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, s.c.Authority.pool()
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		_, err := s.admit(cs.PeerCertificates[0])
		return err
	}
	return c, nil
}

// verifyLate verifies a client certificate as of its last moment, if that is not longer ago than the grace.
func (s *Service) verifyLate(chain []*x509.Certificate) error {
	leaf, now := chain[0], s.c.Now()
	if now.After(leaf.NotAfter.Add(identity.Grace)) {
		return fmt.Errorf("the client certificate ended more than %v ago", identity.Grace)
	}
	o := x509.VerifyOptions{
		Roots: s.c.Authority.pool(), Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	if now.After(leaf.NotAfter) {
		o.CurrentTime = leaf.NotAfter
	}
	_, err := leaf.Verify(o)
	return err
}

// certificate is the server's own, renewed at half its life and when the authority changed.
func (s *Service) certificate() (*tls.Certificate, error) {
	s.certMu.Lock()
	defer s.certMu.Unlock()
	root := s.c.Authority.Fingerprint()
	if s.cert != nil && s.certOf == root && s.c.Now().Before(s.cert.Leaf.NotAfter.Add(-serverLife/2)) {
		return s.cert, nil
	}
	cert, err := s.c.Authority.Server(s.c.Names)
	if err != nil {
		return nil, err
	}
	s.cert, s.certOf = cert, root
	return cert, nil
}

// admitTimeout bounds how long a handshake waits for the store.
const admitTimeout = 10 * time.Second

// admit says who a verified certificate stands for, if that one may come in with that key.
func (s *Service) admit(leaf *x509.Certificate) (Caller, error) {
	ctx, cancel := context.WithTimeout(context.Background(), admitTimeout)
	defer cancel()
	kind, name, err := identity.FromCertificate(leaf)
	if err != nil {
		return Caller{}, err
	}
	key, err := identity.KeyID(leaf.PublicKey)
	if err != nil {
		return Caller{}, err
	}
	c := Caller{ID: leaf.Subject.SerialNumber, Key: key, Name: name, Kind: kind, Serial: leaf.SerialNumber.Text(16)}
	// Another server, or another connection, may change the identity meanwhile; then it is looked at again.
	for {
		id, err := s.c.Store.Identity(ctx, name)
		if errors.Is(err, ErrNotFound) {
			return Caller{}, fmt.Errorf("%s is not known here", name)
		}
		if err != nil {
			return Caller{}, fmt.Errorf("look up %s: %w", name, err)
		}
		switch {
		case id.ID != c.ID || id.Kind != kind:
			return Caller{}, fmt.Errorf("%s enrolled anew; this certificate is of the time before", name)
		case id.State != Active:
			return Caller{}, fmt.Errorf("%s is %s", name, id.State)
		case key == id.Current:
			return c, nil
		case key == id.Next:
			err := s.promote(ctx, id)
			if errors.Is(err, ErrConflict) && ctx.Err() == nil {
				continue
			}
			return c, err
		case key == id.Previous && s.c.Now().Before(id.ChangedAt.Add(settle)):
			return c, nil
		}
		why := checks.Say("%s 以已被替换的密钥连接：存在克隆，或状态被回滚", "%s connects with a key that was replaced: it was cloned or set back to an old state", name)
		return Caller{}, errors.Join(errors.New(why.GetEn()), s.Quarantine(ctx, name, why))
	}
}

// promote makes the key of a renewal, now that it is in use, the current one.
func (s *Service) promote(ctx context.Context, id Identity) error {
	now := s.c.Now()
	id.Previous, id.Current, id.Next, id.ChangedAt = id.Current, id.Next, "", now
	id.Renewals++
	return s.c.Store.Save(ctx, Change{Identity: id, At: now, Event: Event{
		At: now, Action: Renewed, Name: id.Name, Kind: id.Kind,
		Text: checks.Say("%s 启用新密钥 %s", "%s took key %s into use", id.Name, id.Current[:16]),
	}})
}

// guarded puts each connection on the list of its identity, to be cut when that is barred.
type guarded struct {
	credentials.TransportCredentials
	s *Service
}

func (g guarded) Clone() credentials.TransportCredentials {
	return guarded{g.TransportCredentials.Clone(), g.s}
}

func (g guarded) ServerHandshake(rawConn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := g.TransportCredentials.ServerHandshake(rawConn)
	if err != nil {
		g.s.c.Log.Info("connection refused", "from", rawConn.RemoteAddr().String(), "err", err)
		return nil, nil, err
	}
	t, ok := info.(credentials.TLSInfo)
	if !ok {
		return nil, nil, errors.Join(errors.New("the connection is not TLS"), conn.Close())
	}
	out := authInfo{TLSInfo: t, enrolling: t.State.ServerName == identity.EnrolServerName}
	if out.enrolling {
		narrow, err := g.s.confine(conn)
		if err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
		conn = narrow
	}
	if len(t.State.PeerCertificates) == 0 {
		return conn, out, nil
	}
	leaf := t.State.PeerCertificates[0]
	tracked := g.s.live.add(leaf.Subject.CommonName, conn)
	// Once more, now that a revocation would find the connection.
	c, err := g.s.admit(leaf)
	if err != nil {
		return nil, nil, errors.Join(err, tracked.Close())
	}
	out.caller = &c
	return tracked, out, nil
}

const enrolService = "/plumbline.v1.EnrolService/"

// check lets the enrolment side reach nothing but enrolment, and compares the clocks.
func (s *Service) check(ctx context.Context, method string) error {
	info, ok := infoOf(ctx)
	if !ok || (!strings.HasPrefix(method, enrolService) && (info.enrolling || info.caller == nil)) {
		return status.Error(codes.Unauthenticated, "a client certificate is needed")
	}
	said := metadata.ValueFromIncomingContext(ctx, identity.ClockHeader)
	if len(said) == 0 {
		return nil // who does not tell its clock is taken for one that has none
	}
	theirs, err := identity.ParseClock(said[0])
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	now := s.c.Now()
	if now.Sub(theirs).Abs() <= identity.MaxSkew {
		return nil
	}
	about := Identity{}
	if info.caller != nil {
		about = Identity{Name: info.caller.Name, Kind: info.caller.Kind}
	}
	here, there := now.UTC().Format(time.RFC3339), theirs.UTC().Format(time.RFC3339)
	why := checks.Say("时钟相差超过 %v：服务器为 %s，对方为 %s，请校准时间（NTP）",
		"the clocks differ by more than %v: the server's says %s, the caller's %s; set the clock (NTP)", identity.MaxSkew, here, there)
	e := Event{At: now, Action: ClockSkew, Name: about.Name, Kind: about.Kind, By: caller(ctx), Text: why}
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return s.broken("record a clock that is wrong", err)
	}
	return status.Error(codes.FailedPrecondition, why.GetEn())
}

func (s *Service) clock() metadata.MD {
	return metadata.Pairs(identity.ClockHeader, identity.Clock(s.c.Now()))
}

func (s *Service) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	// At once, so that it arrives with a refusal too.
	if err := grpc.SendHeader(ctx, s.clock()); err != nil {
		return nil, err
	}
	if err := s.check(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (s *Service) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := ss.SendHeader(s.clock()); err != nil {
		return err
	}
	if err := s.check(ss.Context(), info.FullMethod); err != nil {
		return err
	}
	return handler(srv, ss)
}

var _ pb.EnrolServiceServer = (*Service)(nil)
