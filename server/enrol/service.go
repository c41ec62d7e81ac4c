// Package enrol gives agents and collectors their identity and decides at every connection whether it still holds: a
// small certificate authority, one-time join tokens, short-lived client certificates that their holders renew, detection
// of clones, revocation that cuts what is open.
//
// An identity is a name, a kind and the key in use. Each renewal brings a new key, so two programs with the same state
// must part: whoever comes with a key that was replaced, or asks for a second successor of the same key, is a clone (or
// was set back to an old state), and since nobody can tell which of the two is the real one, both stay out.
//
// The package keeps nothing itself (see [Store]); what it decides is on record before it takes effect (see [Change] and
// [Audit]).
package enrol

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Figures that are not the operator's.
const (
	// TokenLife is how long a join token lives where the operator says nothing else.
	TokenLife = 10 * time.Minute
	// maxTokenLife is the most that he can say.
	maxTokenLife = 24 * time.Hour
	// settle is how long the former key may still open connections after the new one was first used: some may have been
	// on their way.
	settle = 2 * time.Minute
	// RecheckEvery is how often Run asks the store who was barred elsewhere.
	RecheckEvery = 2 * time.Second
)

// Config is what a Service needs.
type Config struct {
	Authority *Authority
	Store     Store
	Audit     Audit
	// Names are the DNS names and addresses of the server, for its certificate.
	Names []string
	// Life of a client certificate; 0 is ClientLife.
	Life time.Duration
	Now  func() time.Time
	Log  *slog.Logger
}

// Service implements EnrolService and guards the ports of agents and collectors. It is safe for concurrent use.
type Service struct {
	pb.UnimplementedEnrolServiceServer
	c         Config
	live      *connections
	strangers strangers
	// anonymous counts the connections of the enrolment side.
	anonymous atomic.Int64
	// locks keep changes of one identity within this process in a row; between processes the store does.
	locks [64]sync.Mutex
	seed  maphash.Seed

	certMu sync.Mutex
	cert   *tls.Certificate
	certOf [sha256.Size]byte
}

// New gives a service.
func New(c Config) (*Service, error) {
	if c.Authority == nil || c.Store == nil || c.Audit == nil || c.Now == nil || len(c.Names) == 0 {
		return nil, errors.New("enrolment needs an authority, a store, an audit log, a clock and the server's names")
	}
	if c.Life == 0 {
		c.Life = ClientLife
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{c: c, live: newConnections(), seed: maphash.MakeSeed()}
	_, err := s.certificate()
	return s, err
}

func (s *Service) lock(name string) (unlock func()) {
	m := &s.locks[maphash.String(s.seed, name)%uint64(len(s.locks))]
	m.Lock()
	return m.Unlock
}

// TokenRequest is what an operator asks for.
type TokenRequest struct {
	Name string
	Kind identity.Kind
	// Replace approves that the newcomer takes over the name of an identity that exists.
	Replace bool
	// Life of the token; 0 is TokenLife.
	Life time.Duration
	// By is the operator.
	By string
}

// IssueToken makes a join string. It is shown once: what is kept does not give it again.
func (s *Service) IssueToken(ctx context.Context, r TokenRequest) (join string, t Token, err error) {
	if r.Life == 0 {
		r.Life = TokenLife
	}
	switch {
	case identity.CheckName(r.Name) != nil:
		return "", t, identity.CheckName(r.Name)
	case !r.Kind.Valid():
		return "", t, fmt.Errorf("%q is neither agent nor collector", r.Kind)
	case r.Life < 0 || r.Life > maxTokenLife:
		return "", t, fmt.Errorf("a join token lives up to %v, not %v", maxTokenLife, r.Life)
	case r.By == "":
		return "", t, errors.New("a join token needs an operator who answers for it")
	}
	if _, err := s.c.Store.Identity(ctx, r.Name); err == nil && !r.Replace {
		return "", t, fmt.Errorf("%s has an identity already: to let another machine take it over, approve the replacement", r.Name)
	} else if err != nil && !errors.Is(err, ErrNotFound) {
		return "", t, fmt.Errorf("issue a join token for %s: %w", r.Name, err)
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	now := s.c.Now()
	t = Token{Hash: hashOf(token), Name: r.Name, Kind: r.Kind, Replace: r.Replace, By: r.By, IssuedAt: now, EndsAt: now.Add(r.Life)}
	text := checks.Say("为 %s 签发一次性注册令牌，%s 前有效", "a one-time join token for %s, good until %s", r.Name, t.EndsAt.UTC().Format(time.RFC3339))
	if r.Replace {
		text = checks.Say("批准 %s 重新注册，令牌 %s 前有效", "approved that %s enrols anew, with a token good until %s", r.Name, t.EndsAt.UTC().Format(time.RFC3339))
	}
	e := Event{At: now, Action: TokenIssued, Name: r.Name, Kind: r.Kind, By: r.By, Text: text}
	if err := s.c.Store.AddToken(ctx, t, e); err != nil {
		return "", Token{}, fmt.Errorf("issue a join token for %s: %w", r.Name, err)
	}
	return identity.JoinString(token, s.c.Authority.Fingerprint()), t, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Revoke shuts an identity out for good and cuts its connections: here at once, at other servers within [RecheckEvery].
func (s *Service) Revoke(ctx context.Context, name, by, reason string) error {
	if by == "" || reason == "" {
		return errors.New("a revocation needs an operator and a reason")
	}
	// Also where the store fails: it is better to be asked to come again.
	defer s.live.cut(name)
	err := s.bar(ctx, name, Revoked, Event{Action: Revocation, By: by, Text: checks.Say("吊销 %s：%s", "revoked %s: %s", name, reason)})
	if err != nil {
		return fmt.Errorf("revoke %s: %w", name, err)
	}
	return nil
}

// Quarantine shuts an identity out because it seems to exist twice, until an operator lets it enrol anew. Others that
// see such signs, as in what it delivers, call it too.
func (s *Service) Quarantine(ctx context.Context, name string, why *pb.Text) error {
	defer s.live.cut(name)
	if err := s.bar(ctx, name, Quarantined, Event{Action: Quarantine, Text: why}); err != nil {
		return fmt.Errorf("quarantine %s: %w", name, err)
	}
	return nil
}

func (s *Service) bar(ctx context.Context, name string, to State, e Event) error {
	for {
		id, err := s.c.Store.Identity(ctx, name)
		if err != nil {
			return err
		}
		if id.State == Revoked || id.State == to {
			return nil
		}
		id.State, id.Why = to, e.Text
		e.At, e.Name, e.Kind = s.c.Now(), id.Name, id.Kind
		err = s.c.Store.Save(ctx, Change{Identity: id, At: e.At, Event: e})
		if err == nil {
			s.c.Log.Warn("identity shut out", "name", name, "state", to, "why", e.Text.GetEn())
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Identities lists agents and collectors by name, those that are shut out among them.
func (s *Service) Identities(ctx context.Context) ([]Identity, error) {
	found, err := s.c.Store.Identities(ctx)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	return found, nil
}

// Identity gives one by its name, or ErrNotFound.
func (s *Service) Identity(ctx context.Context, name string) (Identity, error) {
	id, err := s.c.Store.Identity(ctx, name)
	if err != nil {
		return Identity{}, fmt.Errorf("find identity %s: %w", name, err)
	}
	return id, nil
}

// Run cuts the connections of identities that were barred by another server, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(RecheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		barred, err := s.c.Store.Barred(ctx)
		if err != nil {
			s.c.Log.Error("who is barred cannot be read", "err", err)
			continue
		}
		for _, name := range barred {
			s.live.cut(name)
		}
	}
}
