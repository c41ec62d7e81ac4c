package identity

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// Credentials prove who is calling, with the newest certificate, and check that server ("host:port") is ours. What is
// said over such a connection must wait for [Identity.CheckServer]: until then the server's certificate was checked,
// but not against our clock, which may be the one that is wrong.
func (i *Identity) Credentials(server string) (credentials.TransportCredentials, error) {
	host, err := hostOf(server)
	if err != nil {
		return nil, err
	}
	return i.credentials(host, host), nil
}

func (i *Identity) credentials(host, sni string) credentials.TransportCredentials {
	c := clientConfig(sni)
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return i.certificate() }
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		_, _, roots := i.current()
		return verifyServer(cs.PeerCertificates, roots, host, i.now())
	}
	return credentials.NewTLS(c)
}

// pinned checks a server that is known only by the fingerprint of its root.
func pinned(host string, root [sha256.Size]byte, now func() time.Time) credentials.TransportCredentials {
	c := clientConfig(EnrolServerName)
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		for _, cert := range cs.PeerCertificates {
			if sha256.Sum256(cert.Raw) == root {
				pool := x509.NewCertPool()
				pool.AddCert(cert)
				return verifyServer(cs.PeerCertificates, pool, host, now())
			}
		}
		return errors.New("this is not the server that the join string is for: its root has another fingerprint")
	}
	return credentials.NewTLS(c)
}

func clientConfig(sni string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: sni,
		NextProtos: []string{"h2"},
		// The name asked for is not always the one to check, and the clock is judged by CheckServer: VerifyConnection
		// does what is skipped here.
		InsecureSkipVerify: true, //nolint:gosec // see above
	}
}

func hostOf(server string) (string, error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil || host == "" || port == "" {
		return "", fmt.Errorf("%q is no server address: it has the form host:port", server)
	}
	return host, nil
}

// verifyServer verifies all but the time, which it takes from the certificates where ours does not suit them.
func verifyServer(chain []*x509.Certificate, roots *x509.CertPool, host string, now time.Time) error {
	if len(chain) == 0 {
		return errors.New("the server showed no certificate")
	}
	o := x509.VerifyOptions{
		Roots: roots, Intermediates: x509.NewCertPool(), DNSName: host, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(o)
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		o.CurrentTime = chain[0].NotBefore.Add(chain[0].NotAfter.Sub(chain[0].NotBefore) / 2)
		_, err = chain[0].Verify(o)
	}
	if err != nil {
		return fmt.Errorf("check the server's certificate: %w", err)
	}
	return nil
}

// CheckServer judges the clocks: ours against the server's, which came in the header of its answer, and against the
// server's certificate. Until it returned nil, nothing may be sent.
func (i *Identity) CheckServer(p *peer.Peer, header metadata.MD) error {
	return checkServer(p, header, i.now())
}

func checkServer(p *peer.Peer, header metadata.MD, now time.Time) error {
	said := header.Get(ClockHeader)
	if len(said) != 1 {
		return errors.New("the server did not tell its clock")
	}
	server, err := ParseClock(said[0])
	if err != nil {
		return err
	}
	if now.Sub(server).Abs() > MaxSkew {
		return &ClockError{Here: now, Server: server}
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 {
		return errors.New("the connection to the server is not TLS")
	}
	leaf := info.State.PeerCertificates[0]
	if now.Before(leaf.NotBefore.Add(-MaxSkew)) || now.After(leaf.NotAfter.Add(MaxSkew)) {
		return fmt.Errorf("the server's certificate is for %s to %s, and it is %s",
			leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}
