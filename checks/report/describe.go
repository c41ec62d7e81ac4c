package report

import (
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// describe says how a target stands against one baseline.
func describe(b *baseline.Baseline, findings []*pb.Finding, l lang) Baseline {
	s := b.Score(findings)
	out := Baseline{
		ID: b.ID, Title: l.of(b.Title), Version: b.Version, Digest: b.Digest, Clauses: len(b.Clauses),
		Judged:  s.Pass + s.Fail + s.Unknown + s.NotApplicable,
		Summary: Counts{Pass: s.Pass, Fail: s.Fail, Unknown: s.Unknown, NotApplicable: s.NotApplicable},
		Score:   s.Points, Known: 100 * s.Judged, from: b,
	}
	for i := range b.Clauses {
		switch {
		case b.Clauses[i].NotObservable != nil:
			out.NotObservable++
		case b.Clauses[i].Attested != nil:
			out.Attested++
		}
	}
	return out
}
