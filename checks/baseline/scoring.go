package baseline

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A ScoringTable is a list of indicators with weights by which people are given points. The one built in follows the Shanghai
// guideline: 16 indicators, 100 points. No indicator is awarded by a program alone; Appraiser says what findings and
// attestations prove of it, and what is missing.
type ScoringTable struct {
	ID, Baseline string
	Title        *pb.Text
	Indicators   []Indicator
}

// An Indicator is one line of a scoring table.
type Indicator struct {
	ID          string
	Group, Name *pb.Text
	// Weight is how many points it can bring.
	Weight int
	Text   *pb.Text
	// Clauses of the guideline that it rests on.
	Clauses []string
	// Controls are those whose findings can feed it; none: documents only.
	Controls []string
	// Share says what findings are worth here.
	Share *pb.Text
	// Evidence is what the table demands to be shown.
	Evidence []*pb.Text
}

// ShanghaiScoring is the scoring table of the Shanghai guideline. Nobody may change it.
func ShanghaiScoring() *ScoringTable { return &scoring }
