package enrol

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxToken is the longest token that is looked at, in bytes.
const maxToken = 128

// Enrol trades a join token for a client certificate. Whatever is wrong is put on record; a request without a token is
// not, since that is how a newcomer asks for the clock.
func (s *Service) Enrol(ctx context.Context, r *pb.EnrolRequest) (*pb.EnrolResponse, error) {
	if r.GetToken() == "" {
		return nil, status.Error(codes.InvalidArgument, "a join token is needed")
	}
	if len(r.GetToken()) > maxToken {
		return nil, s.stranger(ctx)
	}
	hash := hashOf(r.GetToken())
	unlock := s.lock(hash)
	defer unlock()
	t, err := s.c.Store.Token(ctx, hash)
	if errors.Is(err, ErrNotFound) {
		return nil, s.stranger(ctx)
	}
	if err != nil {
		return nil, s.broken("find the join token", err)
	}
	about := Identity{Name: t.Name, Kind: t.Kind}
	now := s.c.Now()
	if !t.UsedAt.IsZero() {
		return nil, s.refuse(ctx, about, codes.PermissionDenied, checks.Say("%s 的注册令牌已被使用", "the join token of %s was used before", t.Name))
	}
	if !now.Before(t.EndsAt) || now.Before(t.IssuedAt.Add(-identity.MaxSkew)) {
		return nil, s.refuse(ctx, about, codes.PermissionDenied, checks.Say("%s 的注册令牌已过期", "the join token of %s has expired", t.Name))
	}
	public, keyID, refusal := readRequest(r.GetCsr(), t.Name)
	if refusal != nil {
		return nil, s.refuse(ctx, about, codes.InvalidArgument, refusal)
	}
	former, err := s.c.Store.Identity(ctx, t.Name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, s.broken("find the identity", err)
	}
	exists := err == nil
	if exists && !t.Replace {
		return nil, s.refuse(ctx, about, codes.AlreadyExists,
			checks.Say("%s 已有身份，未经操作员批准不得替换", "%s has an identity, which is not replaced without an operator's approval", t.Name))
	}
	id := Identity{
		Name: t.Name, Kind: t.Kind, ID: keyID[:32], State: Active, Current: keyID,
		EnrolledAt: now, ChangedAt: now, NotAfter: now.Add(s.c.Life), Version: former.Version,
	}
	chain, err := s.c.Authority.Client(public, id.Kind, id.Name, id.ID, s.c.Life)
	if err != nil {
		return nil, s.broken("issue the certificate", err)
	}
	text := checks.Say("%s 完成注册，密钥 %s（令牌由 %s 签发）", "%s enrolled with key %s (token by %s)", id.Name, keyID[:16], t.By)
	err = s.c.Store.Save(ctx, Change{
		Identity: id, Claim: keyID, UseToken: hash, At: now,
		Event: Event{At: now, Action: Enrolled, Name: id.Name, Kind: id.Kind, By: caller(ctx), Text: text},
	})
	if errors.Is(err, ErrConflict) {
		return nil, s.refuse(ctx, about, codes.PermissionDenied, checks.Say("%s 的令牌、名称或密钥已被使用", "the token, the name or the key of %s is in use", t.Name))
	}
	if err != nil {
		return nil, s.broken("store the identity", err)
	}
	if exists {
		s.live.cut(id.Name)
	}
	return &pb.EnrolResponse{Chain: chain, Roots: s.c.Authority.Roots()}, nil
}

// Renew gives the caller of a connection the next certificate.
func (s *Service) Renew(ctx context.Context, r *pb.RenewRequest) (*pb.RenewResponse, error) {
	c, ok := callerOf(ctx)
	if !ok {
		return nil, status.Error(codes.Unauthenticated, "a client certificate is needed")
	}
	unlock := s.lock(c.Name)
	defer unlock()
	id, err := s.c.Store.Identity(ctx, c.Name)
	if err != nil {
		return nil, s.broken("find the identity", err)
	}
	if id.State != Active || id.ID != c.ID {
		return nil, status.Error(codes.PermissionDenied, "this identity is shut out; an operator must let it enrol anew")
	}
	public, next, refusal := readRequest(r.GetCsr(), id.Name)
	if refusal != nil {
		return nil, s.refuse(ctx, id, codes.InvalidArgument, refusal)
	}
	switch {
	case c.Key != id.Current:
		return nil, s.fork(ctx, id, checks.Say("%s 用已被替换的密钥续期：存在克隆，或状态被回滚", "%s renews with a key that was replaced: it was cloned or set back to an old state", id.Name))
	case r.GetRenewals() != id.Renewals:
		return nil, s.fork(ctx, id, checks.Say("%s 的续期计数为 %d，应为 %d：存在克隆，或状态被回滚",
			"%s counts %d renewals and should count %d: it was cloned or set back to an old state", id.Name, r.GetRenewals(), id.Renewals))
	case id.Next != "" && id.Next != next:
		return nil, s.fork(ctx, id, checks.Say("%s 以同一计数 %d 用两个密钥续期：存在克隆", "%s renews twice with the same count %d and two keys: it was cloned", id.Name, r.GetRenewals()))
	}
	now := s.c.Now()
	change := Change{Identity: id, At: now, Event: Event{
		At: now, Action: Renewed, Name: id.Name, Kind: id.Kind, By: caller(ctx),
		Text: checks.Say("%s 第 %d 次续期，密钥 %s", "%s: renewal %d, with key %s", id.Name, id.Renewals+1, next[:16]),
	}}
	if id.Next == "" {
		change.Claim, change.Identity.Next = next, next
	}
	change.Identity.NotAfter = now.Add(s.c.Life)
	chain, err := s.c.Authority.Client(public, id.Kind, id.Name, id.ID, s.c.Life)
	if err != nil {
		return nil, s.broken("issue the certificate", err)
	}
	err = s.c.Store.Save(ctx, change)
	if errors.Is(err, ErrConflict) {
		// The other one of two clones won, at another server, or the key is in use; if it is a clone, the next attempt shows it.
		return nil, s.refuse(ctx, id, codes.Aborted, checks.Say("%s 的身份同时发生变化，或密钥已被使用", "the identity of %s changed meanwhile, or the key is in use", id.Name))
	}
	if err != nil {
		return nil, s.broken("store the identity", err)
	}
	return &pb.RenewResponse{Chain: chain, Roots: s.c.Authority.Roots()}, nil
}

func (s *Service) fork(ctx context.Context, id Identity, why *pb.Text) error {
	// The answer goes out before the connection is cut, so that the caller's log says why.
	defer time.AfterFunc(time.Second, func() { s.live.cut(id.Name) })
	if err := s.bar(ctx, id.Name, Quarantined, Event{Action: Quarantine, Text: why}); err != nil {
		return s.broken("quarantine", err)
	}
	return status.Error(codes.PermissionDenied, why.GetEn())
}

// refuse puts a refusal on record and gives it as an error.
func (s *Service) refuse(ctx context.Context, about Identity, code codes.Code, why *pb.Text) error {
	e := Event{At: s.c.Now(), Action: Refused, Name: about.Name, Kind: about.Kind, By: caller(ctx), Text: why}
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return s.broken("record a refusal", err)
	}
	return status.Error(code, why.GetEn())
}

// broken keeps the cause in our log: the caller has no business with it.
func (s *Service) broken(what string, err error) error {
	s.c.Log.Error("enrolment failed", "at", what, "err", err)
	return status.Error(codes.Unavailable, "the server cannot do this now; try again later")
}

// stranger refuses who came with a token that nobody issued.
func (s *Service) stranger(ctx context.Context) error {
	if !s.strangers.admit(s.c.Now()) {
		return status.Error(codes.ResourceExhausted, "too many attempts with join tokens that are not valid; try again later")
	}
	return s.refuse(ctx, Identity{}, codes.PermissionDenied, checks.Say("注册令牌无效", "the join token is not valid"))
}

// caller is the address that a call comes from.
func caller(ctx context.Context) string {
	if p, ok := peer.FromContext(ctx); ok {
		return p.Addr.String()
	}
	return ""
}
