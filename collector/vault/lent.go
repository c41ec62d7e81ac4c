package vault

import (
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Lender lends credentials that our own sources do not know: the server does, for one target of an order at a time.
type Lender struct {
	// Client speaks to the server.
	Client pb.OrderServiceClient
	// Order is what the credential is for, Identity the name that we are enrolled by.
	Order, Identity string
}

// A Visit is the vault as one visit of a target sees it: its own sources first, then what is lent, which is forgotten when the visit is
// over. It is for one goroutine.
type Visit struct {
	vault  *Vault
	lender *Lender
	lent   map[string]loan
}

type loan struct {
	cred  *Credential
	until time.Time
}

// Visit begins a visit. Without a lender there are only the vault's own sources.
func (v *Vault) Visit(l *Lender) *Visit { return &Visit{vault: v, lender: l, lent: map[string]loan{}} }

// Close forgets what was lent.
func (x *Visit) Close() { clear(x.lent) }

// For is Vault.For with what is lent.
func (x *Visit) For(ctx context.Context, t *pb.Target, use Use, named string) (*Credential, error) {
	c, err := x.vault.For(ctx, t, use, named)
	if err == nil || x.lender == nil || !errors.Is(err, ErrUnknownName) || !ValidName(named) {
		return c, err
	}
	key := t.GetId() + "\x00" + named
	l, ok := x.lent[key]
	if !ok || !x.vault.now().Before(l.until) {
		if l, err = x.lender.lend(ctx, t.GetId(), named); err != nil {
			return nil, err
		}
		x.lent[key] = l
	}
	if what := l.cred.fitFor(use); what != nil {
		return nil, &Fault{Name: named, Text: what, kind: ErrUnfit}
	}
	return copied(l.cred), nil
}

// Lends says whether a name that is unknown to the vault may still be had in a visit.
func (l *Lender) Lends(err error, named string) bool {
	return l != nil && errors.Is(err, ErrUnknownName) && ValidName(named)
}

// How long a server that cannot be reached is waited for, as when it is started anew, and the pauses meanwhile.
const (
	patience = 2 * time.Minute
	minPause = 500 * time.Millisecond
	maxPause = 10 * time.Second
)

// ask asks again while the server cannot be reached, for a while.
func (l *Lender) ask(ctx context.Context, req *pb.RevealRequest) (*pb.RevealResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		answer, err := l.Client.Reveal(ctx, req)
		if status.Code(err) != codes.Unavailable {
			return answer, err
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, err
		}
	}
}

// lend asks for one credential. It travels sealed to a key that lives as long as this call: whoever passes it on cannot open it.
func (l *Lender) lend(ctx context.Context, target, name string) (loan, error) {
	fault := func(kind error, zh, en string, args ...any) (loan, error) {
		return loan{}, &Fault{Source: checks.Say("服务器", "server"), Name: name, Text: checks.Say(zh, en, args...), kind: kind}
	}
	key, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		return fault(ErrSource, "无法生成密钥", "no key can be made")
	}
	answer, err := l.ask(ctx, &pb.RevealRequest{OrderId: l.Order, TargetId: target, Credential: name, Recipient: key.PublicKey().Bytes()})
	switch status.Code(err) {
	case codes.OK:
	case codes.NotFound, codes.Unimplemented:
		return fault(ErrUnknownName, "本机凭据来源与服务器都没有这个名称", "neither a source here nor the server knows this name")
	case codes.PermissionDenied:
		return fault(ErrSource, "服务器不予提供：该任务不含此凭据，或已提供过", "the server does not hand it over: the order does not name it for this target, or it was handed over before")
	default:
		return fault(ErrSource, "服务器未能提供（%s）", "the server could not hand it over (%s)", status.Code(err).String())
	}
	info := []byte(strings.Join([]string{l.Order, target, name, l.Identity}, "\x00"))
	plain, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info, answer.GetSealed())
	if err != nil {
		return fault(ErrSource, "收到的凭据无法打开：它不是为本任务、本目标和本采集器（%s）封装的", "what came does not open: it is not sealed for this order, target and collector (%s)", l.Identity)
	}
	defer clear(plain)
	c, err := ParseRecord("server", name, plain)
	if err != nil {
		return loan{}, &Fault{Source: checks.Say("服务器", "server"), Name: name, Text: problems(err), kind: ErrSource}
	}
	return loan{c, answer.GetNotAfter().AsTime()}, nil
}

// Mark tells this credential's secrets from others without being them: whoever has not the key cannot try guesses on it.
func (c *Credential) Mark(key []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("plumbline login\x00"))
	h.Write(PrintRecords([]*Credential{c}))
	return string(h.Sum(nil))
}
