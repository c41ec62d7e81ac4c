package waiver

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// A Claim is what somebody states of a clause.
type Claim struct {
	Baseline, Clause string
	// Target or Site narrow it; both empty: the whole organisation.
	Target, Site string
	Statement    pb.Statement
	// Remark says what was looked at and what it showed.
	Remark   string
	Evidence []*pb.EvidenceFile
	// Until is a day, of which it is the last, or a minute in the time zone.
	Until, TimeZone string
}

// maxEvidence is how many files one attestation names.
const maxEvidence = 50

// Attest keeps a statement, which counts once somebody else confirmed it.
func (s *Service) Attest(ctx context.Context, by store.Entry, c Claim) (*pb.Attestation, error) {
	if err := s.checkClaim(ctx, c); err != nil {
		return nil, err
	}
	zone, err := zoneOf(c.TimeZone)
	if err != nil {
		return nil, err
	}
	if c.Until == "" {
		return nil, wrong("须写明有效期", "say until when it is valid")
	}
	until, err := endOf(c.Until, zone)
	now := s.Now()
	switch {
	case err != nil:
		return nil, err
	case !until.After(now):
		return nil, wrong("截止时间已过", "its end is in the past")
	case until.After(now.In(zone).AddDate(0, 0, MaxDays)):
		return nil, wrong("证明的有效期最长 %d 天", "an attestation is valid for %d days at the most", MaxDays)
	}
	a := &pb.Attestation{
		Id: newID("a-"), Baseline: c.Baseline, Clause: c.Clause, TargetId: c.Target, Site: c.Site, Statement: c.Statement, Remark: c.Remark,
		Evidence: c.Evidence, Until: timestamppb.New(until), TimeZone: c.TimeZone,
	}
	by.Object = a.GetId()
	if err := s.Store.PutAttestation(ctx, by, a); err != nil {
		return nil, err
	}
	return s.Store.Attestation(ctx, a.GetId())
}

func (s *Service) checkClaim(ctx context.Context, c Claim) error {
	b := baseline.ByID(c.Baseline)
	switch {
	case b == nil || b.ID != c.Baseline:
		return wrong("没有基线 %q", "there is no baseline %q", c.Baseline)
	case b.Clause(c.Clause) == nil:
		return wrong("基线 %s 没有条款 %q", "baseline %s has no clause %q", b.ID, c.Clause)
	case b.Clause(c.Clause).Evidence() == nil:
		return wrong("条款 %s 由检查项判断或不可观察，不由人员证明", "clause %s is judged by checks or cannot be observed; nobody attests it", c.Clause)
	case c.Target != "" && c.Site != "":
		return wrong("只能指定目标或场所之一", "name a target or a site, not both")
	case pb.Statement_name[int32(c.Statement)] == "" || c.Statement == pb.Statement_STATEMENT_UNSPECIFIED:
		return wrong("须说明符合、部分符合、不符合或不适用", "say met, partly, not_met or not_applicable")
	case len(c.Evidence) > maxEvidence:
		return wrong("证据文件最多 %d 个", "an attestation names %d files at the most", maxEvidence)
	case c.Statement == pb.Statement_STATEMENT_MET && len(c.Evidence) == 0 && utf8.RuneCountInString(strings.TrimSpace(c.Remark)) < minReason:
		return wrong("声明符合须附证据文件，或用至少 %d 个字说明所见", "what is met is shown: name a file of evidence, or say in at least %d characters what was seen", minReason)
	case utf8.RuneCountInString(c.Remark) > maxReason:
		return wrong("说明最长 %d 个字", "the remark takes %d characters at the most", maxReason)
	}
	for _, f := range c.Evidence {
		if f.GetName() == "" || f.GetSize() < 0 || len(f.GetSha256()) != sha256.Size {
			return wrong("证据文件须有名称、大小与 SHA-256", "a file of evidence has a name, a size and a SHA-256")
		}
	}
	if c.Target != "" {
		return s.checkTarget(ctx, c.Target)
	}
	return nil
}

// Confirm lets a statement count; whoever stated it does not.
func (s *Service) Confirm(ctx context.Context, by store.Entry, id string) error {
	by.Object = id
	return s.noted(ctx, by, s.Store.ConfirmAttestation(ctx, by, id))
}

// Retract takes a statement back: one's own, or with anybodys whoever's it is.
func (s *Service) Retract(ctx context.Context, by store.Entry, id string, anybodys bool) error {
	a, err := s.Store.Attestation(ctx, id)
	if err != nil {
		return err
	}
	if !anybodys && a.GetStatedBy() != by.Actor {
		return ErrNotYours
	}
	by.Object = id
	return s.Store.WithdrawAttestation(ctx, by, id)
}

// A Gap is a clause of a baseline that wants an attestation and has none that counts for the whole organisation.
type Gap struct {
	Clause *baseline.Clause
	// Had is the newest attestation of the clause: not confirmed yet, at its end, withdrawn, or for a part only; nil where there is none.
	Had *pb.Attestation
}

// Missing lists the clauses of a baseline that a person has to attest, wholly or beside the checks, and nobody has.
func (s *Service) Missing(ctx context.Context, b *baseline.Baseline) ([]Gap, error) {
	all, err := All(ctx, s.Store, store.AttestationFilter{Baseline: b.ID})
	if err != nil {
		return nil, err
	}
	var out []Gap
	for i := range b.Clauses {
		c := &b.Clauses[i]
		of := slices.DeleteFunc(slices.Clone(all), func(a *pb.Attestation) bool { return a.GetClause() != c.ID })
		if c.Evidence() == nil || slices.ContainsFunc(of, func(a *pb.Attestation) bool { return Counts(a) && a.GetTargetId() == "" && a.GetSite() == "" }) {
			continue
		}
		gap := Gap{Clause: c}
		if len(of) > 0 {
			gap.Had = of[0]
		}
		out = append(out, gap)
	}
	return out, nil
}

// Counts says whether an attestation, as the store gave it, counts now.
func Counts(a *pb.Attestation) bool {
	return a.GetState() == pb.AttestationState_ATTESTATION_STATE_CONFIRMED
}

// All reads every page of attestations, the latest first.
func All(ctx context.Context, from store.Attestations, filter store.AttestationFilter) ([]*pb.Attestation, error) {
	var out []*pb.Attestation
	page := store.Page{Limit: 1000}
	for {
		found, next, err := from.Attestations(ctx, filter, page)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
		if next == "" {
			return out, nil
		}
		page.After = next
	}
}
