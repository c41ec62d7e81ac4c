package store

import (
	"context"
	"fmt"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Judgement is how one clause stood in a snapshot, by the worst of its findings.
type Judgement struct {
	Baseline, Clause string
	Outcome          pb.Outcome
	Reason           pb.Reason
}

// Judgements says how each clause stood in a snapshot, and which baselines it was judged by, as "id@digest".
func (s *Store) Judgements(ctx context.Context, snapshot string) (baselines []string, judged []Judgement, err error) {
	var target, list string
	var ids, status []byte
	err = one(ctx, s.read, `SELECT s.target_id, coalesce(b.list, ''), h.ids, s.status FROM snapshots s
		LEFT JOIN baseline_sets b ON b.digest = s.baselines LEFT JOIN shapes h ON h.digest = s.shape WHERE s.id = $1`, []any{snapshot}, &target, &list, &ids, &status)
	if err != nil {
		return nil, nil, wrap("read snapshot "+snapshot, err)
	}
	if list != "" {
		baselines = strings.Split(list, "\n")
	}
	names, err := s.clausesOf(ctx, target)
	if err != nil {
		return nil, nil, wrap("read the findings of "+target, err)
	}
	at := map[[2]string]int{}
	for i, b := range status {
		var id [16]byte
		if copy(id[:], ids[min(16*i, len(ids)):]) < 16 {
			return nil, nil, fmt.Errorf("read snapshot %s: it has %d findings and %d bytes of ids", snapshot, len(status), len(ids))
		}
		name, ok := names[hexID(id)]
		if !ok {
			// It came late, and newer ones never held the finding: only its body knows.
			return s.judgedInBody(ctx, snapshot, baselines)
		}
		o, r := statusOf(b)
		judged = worsen(judged, at, Judgement{name[0], name[1], o, r})
	}
	return baselines, judged, nil
}

func (s *Store) clausesOf(ctx context.Context, target string) (map[string][2]string, error) {
	names := map[string][2]string{}
	err := each(ctx, s.read, func(r scanner) error {
		var id string
		var name [2]string
		err := r.Scan(&id, &name[0], &name[1])
		names[id] = name
		return err
	}, `SELECT id, baseline, clause FROM findings WHERE target_id = $1`, target)
	return names, err
}

func (s *Store) judgedInBody(ctx context.Context, snapshot string, baselines []string) ([]string, []Judgement, error) {
	opened, err := s.Opened(ctx, snapshot)
	if err != nil {
		return nil, nil, err
	}
	var judged []Judgement
	at := map[[2]string]int{}
	for _, f := range opened.GetFindings() {
		judged = worsen(judged, at, Judgement{f.GetBaseline(), f.GetClause(), f.GetOutcome(), f.GetReasonCode()})
	}
	return baselines, judged, nil
}

// worsen adds a judgement, or makes the one of its clause as bad as it is.
func worsen(list []Judgement, at map[[2]string]int, j Judgement) []Judgement {
	key := [2]string{j.Baseline, j.Clause}
	i, known := at[key]
	if !known {
		at[key] = len(list)
		return append(list, j)
	}
	if severity(j.Outcome) > severity(list[i].Outcome) {
		list[i] = j
	}
	return list
}
