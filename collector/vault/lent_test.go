package vault

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// bank is a server that lends one record, sealed as change has it.
type bank struct {
	pb.OrderServiceClient
	record string
	info   []string
	life   time.Duration
	err    error
	change func([]byte) []byte
	asked  []*pb.RevealRequest
	// away is how many calls find no server.
	away int
}

func (b *bank) Reveal(_ context.Context, r *pb.RevealRequest, _ ...grpc.CallOption) (*pb.RevealResponse, error) {
	b.asked = append(b.asked, r)
	if b.away > 0 {
		b.away--
		return nil, status.Error(codes.Unavailable, "no server")
	}
	if b.err != nil {
		return nil, b.err
	}
	to, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(r.GetRecipient())
	if err != nil {
		return nil, err
	}
	info := b.info
	if info == nil {
		info = []string{r.GetOrderId(), r.GetTargetId(), r.GetCredential(), "hk-1"}
	}
	sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(strings.Join(info, "\x00")), []byte(b.record))
	if b.change != nil {
		sealed = b.change(sealed)
	}
	return &pb.RevealResponse{Sealed: sealed, NotAfter: timestamppb.New(time.Now().Add(b.life))}, err
}

const lentSecret = "S3cret-lent"

func lending(t *testing.T, b *bank) *Visit {
	t.Helper()
	env := map[string]string{"C_OWN_USER": "me", "C_OWN_PASSWORD": "mine"}
	v, err := open(Config{Sources: []Source{{Environment: &Environment{Prefix: "C_"}}}}, func(name string) (string, bool) { s, ok := env[name]; return s, ok })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v.Visit(&Lender{Client: b, Order: "order", Identity: "hk-1"})
}

// TestC6Lent: our own sources come first; what they do not know is asked for once in a visit, each time to a new key, and forgotten after.
func TestC6Lent(t *testing.T) {
	b := &bank{record: `{"name":"core","user":"ops","password":"` + lentSecret + `","central":"true"}`, life: time.Minute}
	x := lending(t, b)
	sw := &pb.Target{Id: "sw-1"}
	if c, err := x.For(t.Context(), sw, ForSSH, "own"); err != nil || c.User != "me" || len(b.asked) != 0 {
		t.Fatal(c, err)
	}
	for range 2 {
		c, err := x.For(t.Context(), sw, ForSSH, "core")
		if err != nil || c.User != "ops" || c.Password.Reveal() != lentSecret || !c.Central || len(b.asked) != 1 {
			t.Fatal(c, err, len(b.asked))
		}
	}
	if _, err := x.For(t.Context(), &pb.Target{Id: "sw-2"}, ForSSH, "core"); err != nil || len(b.asked) != 2 {
		t.Error(err, len(b.asked))
	}
	if string(b.asked[0].GetRecipient()) == string(b.asked[1].GetRecipient()) {
		t.Error("two calls with one key")
	}
	if _, err := x.For(t.Context(), sw, ForSNMP, "core"); !errors.Is(err, ErrUnfit) {
		t.Error(err)
	}
	x.Close()
	if len(x.lent) != 0 {
		t.Error("it is not forgotten")
	}
	// One that may not be used any more is asked for anew.
	b.life = -time.Second
	for range 2 {
		if _, err := x.For(t.Context(), sw, ForSSH, "core"); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.asked) != 4 {
		t.Errorf("asked %d times", len(b.asked))
	}
	// Without a name, or a lender, nothing is asked.
	if _, err := x.For(t.Context(), sw, ForSSH, ""); !errors.Is(err, ErrNoRule) || len(b.asked) != 4 {
		t.Error(err)
	}
	if _, err := x.vault.Visit(nil).For(t.Context(), sw, ForSSH, "core"); !errors.Is(err, ErrUnknownName) {
		t.Error(err)
	}
}

// TestC7NotForUs: what is sealed for another order, target, name or collector does not open; no error holds a secret.
func TestC7NotForUs(t *testing.T) {
	good := `{"name":"core","user":"ops","password":"` + lentSecret + `"}`
	for what, b := range map[string]*bank{
		"another order":      {record: good, info: []string{"other", "sw-1", "core", "hk-1"}},
		"another target":     {record: good, info: []string{"order", "sw-2", "core", "hk-1"}},
		"another credential": {record: good, info: []string{"order", "sw-1", "edge", "hk-1"}},
		"another collector":  {record: good, info: []string{"order", "sw-1", "core", "hk-2"}},
		"changed":            {record: good, change: func(s []byte) []byte { s[len(s)-1] ^= 1; return s }},
		"cut short":          {record: good, change: func(s []byte) []byte { return s[:20] }},
		"nothing":            {record: good, change: func([]byte) []byte { return nil }},
		"moved record":       {record: strings.Replace(good, `"core"`, `"edge"`, 1)},
		"no record":          {record: lentSecret},
		"refused":            {err: status.Error(codes.PermissionDenied, lentSecret)},
		"away":               {err: status.Error(codes.Unavailable, lentSecret)},
		"unknown":            {err: status.Error(codes.NotFound, lentSecret)},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		c, err := lending(t, b).For(ctx, &pb.Target{Id: "sw-1"}, ForSSH, "core")
		cancel()
		var f *Fault
		if c != nil || !errors.As(err, &f) || f.Say().GetZh() == f.Say().GetEn() {
			t.Errorf("%s: %v, %v", what, c, err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %q", err, err, err), lentSecret) {
			t.Errorf("%s: the error tells the secret", what)
		}
	}
}

// A server that is started anew in the middle of a sweep is waited for; one that stays away is not waited for without end.
func TestLentAfterRestart(t *testing.T) {
	good := `{"name":"core","user":"ops","password":"` + lentSecret + `"}`
	synctest.Test(t, func(t *testing.T) {
		b := &bank{record: good, life: time.Minute, away: 4}
		if c, err := lending(t, b).For(t.Context(), &pb.Target{Id: "sw-1"}, ForSSH, "core"); err != nil || c.User != "ops" || len(b.asked) != 5 {
			t.Errorf("%v, %v after %d calls", c, err, len(b.asked))
		}
		began := time.Now()
		b = &bank{record: good, away: 1 << 20}
		if _, err := lending(t, b).For(t.Context(), &pb.Target{Id: "sw-1"}, ForSSH, "core"); !errors.Is(err, ErrSource) || time.Since(began) > patience+maxPause {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// Marks tell secrets apart and tell nothing else.
func TestMark(t *testing.T) {
	a := &Credential{Name: "core", User: "ops", Password: NewSecret("one")}
	b := &Credential{Name: "core", User: "ops", Password: NewSecret("two")}
	if a.Mark([]byte("k")) != a.Mark([]byte("k")) || a.Mark([]byte("k")) == b.Mark([]byte("k")) || a.Mark([]byte("k")) == a.Mark([]byte("l")) || strings.Contains(a.Mark([]byte("k")), "one") {
		t.Error("a mark is not what it should be")
	}
}
