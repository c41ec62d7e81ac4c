package enrol_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
)

func size(short, soak int) int {
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		return soak
	}
	return short
}

func csr(t testing.TB, name string, key any, change func(*x509.CertificateRequest)) []byte {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	r := &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}
	if change != nil {
		change(r)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, r, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func secretOf(t testing.TB, join string) string {
	t.Helper()
	token, _, err := identity.ParseJoin(join)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// One token, many who want it: exactly one gets it, and the others are on record.
func TestI1OneTokenManyEnrolments(t *testing.T) {
	w := newWorld(t)
	token := secretOf(t, w.token("web-01", false))
	n := size(200, 1000)
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = csr(t, "web-01", nil, nil)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, r := range requests {
		all.Go(func() {
			<-start
			if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: r}); err == nil {
				won.Add(1)
			} else if status.Code(err) != codes.PermissionDenied {
				t.Errorf("refused with %v", err)
			}
		})
	}
	close(start)
	all.Wait()
	if won.Load() != 1 || w.store.Count(enrol.Enrolled) != 1 || w.store.Count(enrol.Refused) != n-1 {
		t.Errorf("%d won, %d enrolments and %d refusals on record, want 1, 1, %d", won.Load(), w.store.Count(enrol.Enrolled), w.store.Count(enrol.Refused), n-1)
	}
}

// Nothing but a good request with a living token gets in.
func TestI2BadTokensAndRequests(t *testing.T) {
	w := newWorld(t)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	broken := csr(t, "web-01", nil, nil)
	broken[len(broken)-1] ^= 1
	cases := map[string][]byte{
		"foreign name":     csr(t, "web-02", nil, nil),
		"no name":          csr(t, "", nil, nil),
		"more in the name": csr(t, "web-01", nil, func(r *x509.CertificateRequest) { r.Subject.Organization = []string{"bank"} }),
		"another DNS name": csr(t, "web-01", nil, func(r *x509.CertificateRequest) { r.DNSNames = []string{"web-02"} }),
		"another URI": csr(t, "web-01", nil, func(r *x509.CertificateRequest) {
			r.URIs = append(r.URIs, identity.URI(identity.Collector, "web-01"))
		}),
		"wants to be an authority": csr(t, "web-01", nil, func(r *x509.CertificateRequest) {
			r.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}}
		}),
		"P-224":      csr(t, "web-01", p224, nil),
		"RSA-2048":   csr(t, "web-01", rsa2048, nil),
		"SHA-1":      csr(t, "web-01", mustRSA(t), func(r *x509.CertificateRequest) { r.SignatureAlgorithm = x509.SHA1WithRSA }),
		"broken":     broken,
		"no request": {},
		"noise":      []byte("-----BEGIN CERTIFICATE REQUEST-----"),
		"enormous":   make([]byte, 1<<20),
	}
	token := secretOf(t, w.token("web-01", false))
	try := func(what, token string, der []byte) {
		t.Helper()
		if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: der}); err == nil {
			t.Errorf("%s: accepted", what)
		} else if strings.Contains(err.Error(), token) && token != "" {
			t.Errorf("%s: the error tells the token: %v", what, err)
		}
	}
	for range size(10, 500) {
		for what, der := range cases {
			try(what, token, der)
		}
	}
	good := csr(t, "web-01", nil, nil)
	for _, bad := range []string{"", "x", token + "x", strings.Repeat("x", 1<<16), token[:len(token)-1]} {
		try("token "+bad[:min(len(bad), 5)], bad, good)
	}
	// The bad requests did not spend the token.
	if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: good}); err != nil {
		t.Fatalf("the good request: %v", err)
	}
	try("used token", token, csr(t, "web-01", nil, nil))
	try("replayed request, approved", secretOf(t, w.token("web-01", true)), good)
	late := secretOf(t, w.token("web-09", false))
	w.server.add(enrol.TokenLife + time.Second)
	try("expired token", late, csr(t, "web-09", nil, nil))
	if w.store.Count(enrol.Enrolled) != 1 {
		t.Errorf("%d enrolments, want 1", w.store.Count(enrol.Enrolled))
	}
}

func mustRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A certificate says what the authority decided, whatever was asked for.
func TestCertificate(t *testing.T) {
	w := newWorld(t)
	for kind, key := range map[string]any{"ECDSA": nil, "RSA": mustRSA(t)} {
		name := "web-" + kind
		r, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: secretOf(t, w.token(name, false)), Csr: csr(t, name, key, nil)})
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(r.GetChain()[0])
		if err != nil {
			t.Fatal(err)
		}
		life := c.NotAfter.Sub(c.NotBefore)
		gotKind, gotName, err := identity.FromCertificate(c)
		if err != nil || gotKind != identity.Agent || gotName != name || c.IsCA || c.SerialNumber.BitLen() < 120 || len(c.ExtKeyUsage) != 1 ||
			c.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || life != 24*time.Hour+time.Minute {
			t.Errorf("%s: %s %s, CA %v, serial of %d bits, usage %v, life %v: %v", kind, gotKind, gotName, c.IsCA, c.SerialNumber.BitLen(), c.ExtKeyUsage, life, err)
		}
	}
}

// A name that is taken stays with its key until an operator says otherwise.
func TestI3TakeOver(t *testing.T) {
	w := newWorld(t)
	old, _ := w.mustJoin("web-01")
	before, _ := w.store.Identity(t.Context(), "web-01")
	// A token that was issued before the name was taken.
	early := make([]string, size(20, 1000))
	for i := range early {
		early[i] = secretOf(t, w.token("web-02", false))
	}
	w.mustJoin("web-02")
	for _, token := range early {
		if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: csr(t, "web-02", nil, nil)}); status.Code(err) != codes.AlreadyExists {
			t.Fatalf("take-over: %v", err)
		}
	}
	if _, _, err := w.service.IssueToken(t.Context(), enrol.TokenRequest{Name: "web-01", Kind: identity.Agent, By: "zhang"}); err == nil {
		t.Error("a token for a name that is taken, without approval")
	}
	if after, _ := w.store.Identity(t.Context(), "web-01"); after.Current != before.Current {
		t.Error("the key was replaced")
	}
	stream, err := w.reach(old)
	if err != nil {
		t.Fatal(err)
	}
	// With approval the newcomer gets in, and the old one is out: what it has open too.
	if _, err := w.join(filepath.Join(t.TempDir(), "new"), "web-01", w.token("web-01", true), false); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err == nil {
		t.Error("the old stream goes on")
	}
	if _, err := w.reach(old); err == nil {
		t.Error("the old identity gets in")
	}
	if w.store.State("web-01") != enrol.Active {
		t.Error("the old machine could shut the new one out")
	}
}

// Revocation cuts what is open, at once here and soon at another server, and lasts.
func TestI5Revocation(t *testing.T) {
	w := newWorld(t)
	id, dir := w.mustJoin("web-01")
	other, _ := w.mustJoin("web-02")
	streams := map[string]func() error{}
	for name, i := range map[string]*identity.Identity{"web-01": id, "web-02": other} {
		s, err := w.reach(i)
		if err != nil {
			t.Fatal(err)
		}
		streams[name] = func() error { _, err := s.Recv(); return err }
	}
	if err := w.service.Revoke(t.Context(), "web-01", "zhang", "stolen"); err != nil {
		t.Fatal(err)
	}
	cut := make(chan error, 1)
	start := time.Now()
	go func() { cut <- streams["web-01"]() }()
	select {
	case err := <-cut:
		if err == nil {
			t.Error("the stream gave an answer")
		}
		t.Logf("cut after %v", time.Since(start).Round(time.Millisecond))
	case <-time.After(5 * time.Second):
		t.Fatal("the stream is still open after 5 s")
	}
	again, err := identity.Open(dir, w.options())
	if err != nil {
		t.Fatal(err)
	}
	for range size(20, 1000) {
		if _, err := w.reach(again); err == nil {
			t.Fatal("a revoked identity gets in")
		}
	}
	if err := again.Renew(t.Context(), w.addr); err == nil {
		t.Error("a revoked identity was renewed")
	}
	if _, err := w.reach(other); err != nil {
		t.Errorf("the other one is out too: %v", err)
	}
	addr := w.addr
	w.stop()
	w.serve(addr)
	if _, err := w.reach(again); err == nil {
		t.Error("after a restart a revoked identity gets in")
	}

	// Revoked at another server that shares the store.
	s, err := w.reach(other)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = w.service.Run(ctx) }()
	elsewhere, err := enrol.New(enrol.Config{Authority: w.authority, Store: w.store, Audit: w.store, Names: []string{"127.0.0.1"}, Now: w.server.now})
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	if err := elsewhere.Revoke(t.Context(), "web-02", "zhang", "stolen"); err != nil {
		t.Fatal(err)
	}
	go func() { _, err := s.Recv(); cut <- err }()
	select {
	case <-cut:
		t.Logf("cut by another server after %v", time.Since(start).Round(time.Millisecond))
	case <-time.After(5 * time.Second):
		t.Fatal("the stream is still open after 5 s")
	}
}

// A join string for another server's root gets no token out of the newcomer.
func TestJoinPinsTheServer(t *testing.T) {
	w, imposter := newWorld(t), newWorld(t)
	_, err := identity.Join(t.Context(), identity.JoinConfig{
		Dir: filepath.Join(t.TempDir(), "s"), Server: imposter.addr, Join: w.token("web-01", false), Name: "web-01", Kind: identity.Agent,
	}, identity.Options{})
	if err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("joined an imposter: %v", err)
	}
	if imposter.store.Count(enrol.Refused) != 0 {
		t.Error("the imposter saw the token")
	}
	id, dir := w.mustJoin("web-02")
	if _, err := w.join(dir, "web-02", w.token("web-02", true), false); !errors.Is(err, identity.ErrJoined) {
		t.Errorf("joined twice: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "identity.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state has mode %v: %v", info.Mode(), err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.Open(dir, identity.Options{}); err == nil {
		t.Error("a folder that is open to others was taken")
	}
	if _, err := w.reach(id); err != nil {
		t.Error(err)
	}
}

// What cannot be recorded is not done.
func TestAuditFails(t *testing.T) {
	w := newWorld(t)
	token := secretOf(t, w.token("web-01", false))
	w.store.FailAudit(true)
	if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: csr(t, "web-01", nil, nil)}); status.Code(err) != codes.Unavailable {
		t.Errorf("enrolled off the record: %v", err)
	}
	if _, _, err := w.service.IssueToken(t.Context(), enrol.TokenRequest{Name: "web-02", Kind: identity.Agent, By: "zhang"}); err == nil {
		t.Error("a token off the record")
	}
	w.store.FailAudit(false)
	if _, err := w.service.Enrol(t.Context(), &pb.EnrolRequest{Token: token, Csr: csr(t, "web-01", nil, nil)}); err != nil {
		t.Errorf("the token was spent: %v", err)
	}
}

// The clocks: up to five minutes work, beyond both are named and the server puts it on record.
func TestI7ClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
		w := newWorld(t)
		w.agent.add(skew)
		id, _ := w.mustJoin("web-01")
		if err := id.Renew(t.Context(), w.addr); err != nil {
			t.Errorf("%v: %v", skew, err)
		}
		if _, err := w.reach(id); err != nil {
			t.Errorf("%v: %v", skew, err)
		}
	}
	for _, skew := range []time.Duration{6 * time.Minute, -6 * time.Minute, 25 * time.Hour, -25 * time.Hour, 90 * 24 * time.Hour} {
		w := newWorld(t)
		id, _ := w.mustJoin("web-01")
		w.agent.add(skew)
		err := id.Renew(t.Context(), w.addr)
		namesBoth(t, w, skew, err)
		if w.store.Count(enrol.ClockSkew) != 1 {
			t.Errorf("%v: %d times on record", skew, w.store.Count(enrol.ClockSkew))
		}
		if _, err := w.reach(id); err == nil {
			t.Errorf("%v: delivered", skew)
		}
		token := w.token("web-02", false)
		_, err = w.join(filepath.Join(t.TempDir(), "s"), "web-02", token, false)
		namesBoth(t, w, skew, err)
		w.agent.add(-skew)
		if _, err = w.join(filepath.Join(t.TempDir(), "s"), "web-02", token, false); err != nil {
			t.Errorf("%v: the token was spent: %v", skew, err)
		}
		if err := id.Renew(t.Context(), w.addr); err != nil {
			t.Errorf("%v: after the clock was set: %v", skew, err)
		}
	}
}

func namesBoth(t *testing.T, w *world, skew time.Duration, err error) {
	t.Helper()
	var clocks *identity.ClockError
	if !errors.As(err, &clocks) {
		t.Errorf("%v: %v", skew, err)
		return
	}
	if clocks.Here.Sub(w.agent.now()).Abs() > time.Minute || clocks.Server.Sub(w.server.now()).Abs() > time.Minute {
		t.Errorf("%v: named %v and %v", skew, clocks.Here, clocks.Server)
	}
}

func TestBadTokenRequests(t *testing.T) {
	w := newWorld(t)
	for _, r := range []enrol.TokenRequest{
		{}, {Name: "web-01", Kind: identity.Agent}, {Name: "web-01", Kind: "root", By: "z"}, {Name: "../x", Kind: identity.Agent, By: "z"},
		{Name: "web-01", Kind: identity.Agent, By: "z", Life: -1}, {Name: "web-01", Kind: identity.Agent, By: "z", Life: 48 * time.Hour},
		{Name: "web\n01", Kind: identity.Agent, By: "z"}, {Name: strings.Repeat("x", 200), Kind: identity.Agent, By: "z"},
	} {
		if join, _, err := w.service.IssueToken(t.Context(), r); err == nil || join != "" {
			t.Errorf("%+v: accepted", r)
		}
	}
	if err := w.service.Revoke(t.Context(), "nobody", "zhang", "x"); !errors.Is(err, enrol.ErrNotFound) {
		t.Errorf("revoked nobody: %v", err)
	}
	if err := w.service.Revoke(t.Context(), "nobody", "", ""); err == nil {
		t.Error("revoked by nobody")
	}
	if _, err := enrol.New(enrol.Config{}); err == nil {
		t.Error("a service of nothing")
	}
}
