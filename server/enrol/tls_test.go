package enrol_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
)

// shake does a handshake and says what came of it. In TLS 1.3 the server's refusal arrives after ours.
func (w *world) shake(c *tls.Config) error {
	c.InsecureSkipVerify = true // the server is what is tested
	conn, err := tls.Dial("tcp", w.addr, c)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 9)) // an HTTP/2 server speaks first
	return err
}

// forge makes a client certificate, signed by issuer or by itself.
func forge(t *testing.T, issuer *tls.Certificate, key any, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "web-01"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, URIs: []*url.URL{identity.URI(identity.Agent, "web-01")},
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.(crypto.Signer).Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// rootOf is an authority as something that signs.
func rootOf(t *testing.T, a *enrol.Authority) *tls.Certificate {
	t.Helper()
	text, err := a.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	block, _ = pem.Decode(rest)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{PrivateKey: key, Leaf: leaf}
}

// No handshake but that of a living identity gets in, on either side of the port.
func TestI9BadHandshakes(t *testing.T) {
	w, foreign := newWorld(t), newWorld(t)
	w.mustJoin("web-01")
	_, gone := w.mustJoin("gone")
	if err := w.service.Revoke(t.Context(), "gone", "zhang", "stolen"); err != nil {
		t.Fatal(err)
	}
	rsa1024, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	own, other := rootOf(t, w.authority), rootOf(t, foreign.authority)
	cert := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	cases := map[string]*tls.Config{
		"self-signed":  cert(forge(t, nil, nil, nil)),
		"wrong CA":     cert(forge(t, other, nil, nil)),
		"unknown key":  cert(forge(t, own, nil, nil)),
		"server's EKU": cert(forge(t, own, nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })),
		"future": cert(forge(t, own, nil, func(c *x509.Certificate) {
			c.NotBefore = time.Now().Add(time.Hour)
			c.NotAfter = time.Now().Add(2 * time.Hour)
		})),
		"long expired": cert(forge(t, own, nil, func(c *x509.Certificate) {
			c.NotBefore = time.Now().Add(-1e7 * time.Second)
			c.NotAfter = time.Now().Add(-31 * 24 * time.Hour)
		})),
		"no name":      cert(forge(t, own, nil, func(c *x509.Certificate) { c.URIs = nil })),
		"two names":    cert(forge(t, own, nil, func(c *x509.Certificate) { c.URIs = append(c.URIs, identity.URI(identity.Agent, "web-02")) })),
		"DNS name":     cert(forge(t, own, nil, func(c *x509.Certificate) { c.DNSNames = []string{"web-01"} })),
		"foreign URI":  cert(forge(t, own, nil, func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "spiffe", Host: "agent", Path: "/web-01"}} })),
		"other kind":   cert(forge(t, own, nil, func(c *x509.Certificate) { c.URIs = []*url.URL{identity.URI(identity.Collector, "web-01")} })),
		"unknown name": cert(forge(t, own, nil, func(c *x509.Certificate) { c.URIs = []*url.URL{identity.URI(identity.Agent, "web-99")} })),
		"hostile name": cert(forge(t, own, nil, func(c *x509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "plumbline", Host: "agent", Path: "/../web-01"}}
		})),
		"RSA-1024":      cert(forge(t, nil, rsa1024, nil)),
		"RSA-1024 own":  cert(forge(t, own, rsa1024, nil)),
		"its own CA":    cert(forge(t, nil, nil, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true })),
		"revoked":       cert(stateCertificate(t, gone)),
		"TLS 1.2":       {MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{forge(t, own, nil, nil)}},
		"TLS 1.1":       {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"TLS 1.0":       {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
		"no h2":         {NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{forge(t, own, nil, nil)}},
		"another's key": {Certificates: []tls.Certificate{withKeyOf(stateCertificate(t, gone), forge(t, nil, nil, nil))}},
	}
	sha1 := forge(t, nil, mustRSA(t), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSA })
	cases["RSA self-signed"] = cert(sha1)
	n := 0
	for _, sni := range []string{"", identity.EnrolServerName} {
		for what, c := range cases {
			c := c.Clone()
			if c.NextProtos == nil {
				c.NextProtos = []string{"h2"}
			}
			c.ServerName = sni
			if err := w.shake(c); err == nil && !(sni != "" && len(c.Certificates) == 0) {
				t.Errorf("%s (server name %q): accepted", what, sni)
			}
			n++
		}
	}
	for _, sni := range []string{"", "127.0.0.1", "Enrol.plumbline", "enrol.plumbline.", "x.enrol.plumbline"} {
		if err := w.shake(&tls.Config{ServerName: sni, NextProtos: []string{"h2"}}); err == nil && sni != "Enrol.plumbline" && sni != "enrol.plumbline." {
			t.Errorf("no certificate (server name %q): accepted", sni)
		}
		n++
	}
	if n < 50 {
		t.Errorf("only %d handshakes", n)
	}
	if w.store.State("web-01") != enrol.Active {
		t.Error("a forged certificate shut web-01 out")
	}
	// The enrolment side serves nothing else.
	for _, sni := range []string{identity.EnrolServerName} {
		if err := callDeliver(t, w.addr, &tls.Config{ServerName: sni, InsecureSkipVerify: true}); err == nil {
			t.Error("delivered over the enrolment side")
		}
	}
}

// Who is not admitted cannot make the server hold much, nor hold it for long.
func TestConfined(t *testing.T) {
	w := newWorld(t)
	c := &tls.Config{ServerName: identity.EnrolServerName, InsecureSkipVerify: true}
	conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(credentials.NewTLS(c)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	client := pb.NewEnrolServiceClient(conn)
	if _, err := client.Enrol(t.Context(), &pb.EnrolRequest{Token: "x", Csr: make([]byte, 1<<10)}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a small request: %v", err)
	}
	if _, err := client.Enrol(t.Context(), &pb.EnrolRequest{Token: "x", Csr: make([]byte, 3<<20)}); status.Code(err) != codes.Unavailable {
		t.Errorf("a large request: %v", err)
	}
}

func withKeyOf(c, k tls.Certificate) tls.Certificate {
	c.PrivateKey = k.PrivateKey
	return c
}

// stateCertificate is the certificate that an identity's folder holds.
func stateCertificate(t *testing.T, dir string) tls.Certificate {
	t.Helper()
	s := readState(t, dir)
	decode := func(v any) []byte {
		b, err := base64.StdEncoding.DecodeString(fmt.Sprint(v))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := x509.ParsePKCS8PrivateKey(decode(s["key"]))
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{decode(s["chain"].([]any)[0])}, PrivateKey: key}
}

func callDeliver(t *testing.T, addr string, c *tls.Config) error {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(c)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	stream, err := pb.NewIngestServiceClient(conn).Deliver(context.Background())
	if err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}
