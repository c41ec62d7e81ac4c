package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const attestationColumns = `id, baseline, clause, target_id, site, statement, remark, evidence, stated_by, stated_at, until_at, time_zone, state,
	confirmed_by, confirmed_at, withdrawn_by, withdrawn_at`

// evidenceFile is how the name of a file is kept.
type evidenceFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// PutAttestation keeps a new statement; who states it is the entry's actor, and it is stated now.
func (s *Store) PutAttestation(ctx context.Context, by Entry, a *pb.Attestation) error {
	for _, word := range []string{a.GetId(), a.GetBaseline(), a.GetClause(), a.GetTargetId(), a.GetSite(), a.GetTimeZone(), by.Actor} {
		if len(word) > maxWord || !fits(word) {
			return fmt.Errorf("keep attestation %.40q: %.40q is too long or holds a zero byte", a.GetId(), word)
		}
	}
	files := make([]evidenceFile, 0, len(a.GetEvidence()))
	for _, f := range a.GetEvidence() {
		files = append(files, evidenceFile{clean(f.GetName()), f.GetSize(), hex.EncodeToString(f.GetSha256())})
	}
	evidence, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("keep attestation %s: %w", a.GetId(), err)
	}
	return s.changeAs(ctx, by, "keep attestation "+a.GetId(), func(tx *txn) error {
		return insertNew(ctx, tx, `INSERT INTO attestations (`+attestationColumns+`)`, `(id)`, []any{
			a.GetId(), a.GetBaseline(), a.GetClause(), a.GetTargetId(), a.GetSite(), int64(a.GetStatement()), clean(a.GetRemark()), clean(string(evidence)),
			clean(by.Actor), ms(s.now()), msOf(a.GetUntil()), a.GetTimeZone(), int64(pb.AttestationState_ATTESTATION_STATE_STATED), "", 0, "", 0,
		})
	})
}

const attestationAuthor = `SELECT stated_by FROM attestations WHERE id = $1`

// ConfirmAttestation lets a statement count, before its end has come; who confirms it is the entry's actor.
func (s *Store) ConfirmAttestation(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "confirm attestation "+id, func(tx *txn) error {
		who := clean(by.Actor)
		changed := must(tx.ExecContext(ctx, `UPDATE attestations SET state = 2, confirmed_by = $1, confirmed_at = $2
			WHERE id = $3 AND state = 1 AND stated_by <> $1 AND until_at > $2`, who, ms(s.now()), id))
		return unchanged(ctx, tx, changed, attestationAuthor, id, who)
	})
}

// WithdrawAttestation takes a statement back.
func (s *Store) WithdrawAttestation(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "withdraw attestation "+id, func(tx *txn) error {
		changed := must(tx.ExecContext(ctx, `UPDATE attestations SET state = 3, withdrawn_by = $1, withdrawn_at = $2
			WHERE id = $3 AND state IN (1, 2) AND until_at > $2`, clean(by.Actor), ms(s.now()), id))
		return unchanged(ctx, tx, changed, attestationAuthor, id, "")
	})
}

// An AttestationFilter picks attestations; what is empty picks all.
type AttestationFilter struct {
	// State is as it is now: of what has come to its end, EXPIRED.
	State                          pb.AttestationState
	Baseline, Clause, Target, Site string
}

// Attestations lists attestations, the latest first.
func (s *Store) Attestations(ctx context.Context, filter AttestationFilter, page Page) (found []*pb.Attestation, next string, err error) {
	now := ms(s.now())
	var w where
	switch filter.State {
	case pb.AttestationState_ATTESTATION_STATE_UNSPECIFIED:
	case pb.AttestationState_ATTESTATION_STATE_EXPIRED:
		w.add("state IN (1, 2) AND until_at <= ?", now)
	case pb.AttestationState_ATTESTATION_STATE_WITHDRAWN:
		w.add("state = ?", int64(filter.State))
	default:
		w.add("state = ? AND until_at > ?", int64(filter.State), now)
	}
	w.is("baseline", filter.Baseline)
	w.is("clause", filter.Clause)
	w.is("target_id", filter.Target)
	w.is("site", filter.Site)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(stated_at, id) < (?, ?)", at.N, at.ID)
	}
	found, err = s.attestations(ctx, fmt.Sprintf("SELECT %s FROM attestations%s ORDER BY stated_at DESC, id DESC LIMIT %d", attestationColumns, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list attestations", err)
	}
	found, next = cut(found, page.limit(), func(a *pb.Attestation) place { return place{msOf(a.GetStatedAt()), a.GetId()} })
	return found, next, nil
}

// Attestation gives one attestation.
func (s *Store) Attestation(ctx context.Context, id string) (*pb.Attestation, error) {
	found, err := s.attestations(ctx, `SELECT `+attestationColumns+` FROM attestations WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read attestation %s: %w", id, err)
	}
	return found[0], nil
}

func (s *Store) attestations(ctx context.Context, query string, args ...any) ([]*pb.Attestation, error) {
	var out []*pb.Attestation
	now := ms(s.now())
	err := each(ctx, s.read, func(r scanner) error {
		a := &pb.Attestation{}
		var evidence string
		var stated, until, confirmed, withdrawn int64
		err := r.Scan(&a.Id, &a.Baseline, &a.Clause, &a.TargetId, &a.Site, &a.Statement, &a.Remark, &evidence, &a.StatedBy, &stated, &until, &a.TimeZone,
			&a.State, &a.ConfirmedBy, &confirmed, &a.WithdrawnBy, &withdrawn)
		if err != nil {
			return err
		}
		a.StatedAt, a.Until, a.ConfirmedAt, a.WithdrawnAt = stamp(stated), stamp(until), stamp(confirmed), stamp(withdrawn)
		if a.State != pb.AttestationState_ATTESTATION_STATE_WITHDRAWN && now >= until {
			a.State = pb.AttestationState_ATTESTATION_STATE_EXPIRED
		}
		if a.Evidence, err = evidenceOf(evidence); err != nil {
			return fmt.Errorf("the evidence of %s: %w", a.Id, err)
		}
		out = append(out, a)
		return nil
	}, query, args...)
	return out, err
}

func evidenceOf(text string) ([]*pb.EvidenceFile, error) {
	var files []evidenceFile
	if err := json.Unmarshal([]byte(text), &files); err != nil {
		return nil, err
	}
	var out []*pb.EvidenceFile
	for _, f := range files {
		sum, err := hex.DecodeString(f.SHA256)
		if err != nil {
			return nil, err
		}
		out = append(out, &pb.EvidenceFile{Name: f.Name, Size: f.Size, Sha256: sum})
	}
	return out, nil
}
