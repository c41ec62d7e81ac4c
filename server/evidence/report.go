package evidence

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Verdict is what Verify comes to.
type Verdict string

// The verdicts.
const (
	// Good: everything is as it was signed, and stands in the log.
	Good Verdict = "good"
	// Tampered: something is not as it was signed, or contradicts itself.
	Tampered Verdict = "tampered"
	// Unchecked: nothing was found to be wrong, but what was asked could not all be checked.
	Unchecked Verdict = "unchecked"
)

// Status is the exit status of a program that verifies.
func (v Verdict) Status() int {
	switch v {
	case Good:
		return 0
	case Tampered:
		return 1
	}
	return 2
}

// A Note says what is wrong, or could not be checked, and where.
type Note struct {
	Part    string   `json:"part,omitempty"`
	Finding string   `json:"finding,omitempty"`
	Text    *pb.Text `json:"-"`
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
}

// maxNotes is how many notes of a kind are kept; the rest is counted.
const maxNotes = 1000

// A Report is what Verify found.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Tampered and Unchecked say what is wrong and what could not be checked, by part; More counts those left out.
	Tampered  []Note `json:"tampered"`
	Unchecked []Note `json:"unchecked"`
	More      int    `json:"more,omitempty"`

	Log       string    `json:"log,omitempty"`
	Key       string    `json:"key,omitempty"`
	KeyGiven  bool      `json:"key_given"`
	MadeAt    time.Time `json:"made_at,omitzero"`
	MadeBy    string    `json:"made_by,omitempty"`
	Sweep     string    `json:"sweep,omitempty"`
	LogSize   int64     `json:"log_size"`
	LoggedAt  time.Time `json:"logged_at,omitzero"`
	Parts     int       `json:"parts"`
	Snapshots int       `json:"snapshots"`
	Findings  int64     `json:"findings"`
	// Commissions say on whose behalf the snapshots were taken; at most maxExamples of them.
	Commissions []Commission `json:"commissions,omitempty"`
	// Verdicts counts findings by how far their verdicts could be worked out again; Examples names a few of those that were not.
	Verdicts map[Basis]int64    `json:"verdicts"`
	Examples map[Basis][]string `json:"examples,omitempty"`
	// Older are the sizes of the caller's checkpoints that the log was proved to begin with.
	Older []int64 `json:"older_checkpoints,omitempty"`

	mu sync.Mutex
}

// A Commission is who asked for a sweep, and who authorised it, as the snapshots themselves say.
type Commission struct {
	Sweep        string `json:"sweep"`
	RequestedBy  string `json:"requested_by"`
	AuthorisedBy string `json:"authorised_by"`
	Reason       string `json:"reason"`
}

func (r *Report) commissioned(by *pb.Commission) {
	if by == nil {
		return
	}
	c := Commission{by.GetSweepId(), by.GetRequestedBy(), by.GetAuthorisedBy(), by.GetReason()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.Commissions) < maxExamples && !slices.Contains(r.Commissions, c) {
		r.Commissions = append(r.Commissions, c)
	}
}

func (r *Report) tampered(part, finding, zh, en string, args ...any) {
	r.note(&r.Tampered, part, finding, checks.Say(zh, en, args...))
}

func (r *Report) unchecked(part, finding, zh, en string, args ...any) {
	r.note(&r.Unchecked, part, finding, checks.Say(zh, en, args...))
}

func (r *Report) note(to *[]Note, part, finding string, text *pb.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(*to) == maxNotes {
		r.More++
		return
	}
	*to = append(*to, Note{Part: part, Finding: finding, Text: text, Zh: text.GetZh(), En: text.GetEn()})
}

// maxExamples is how many findings stand for those of a basis.
const maxExamples = 5

func (r *Report) count(b Basis, example string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Verdicts[b]++
	if b != Same && b != NotReached && len(r.Examples[b]) < maxExamples {
		r.Examples[b] = append(r.Examples[b], example)
	}
}

// close puts the notes in order and concludes.
func (r *Report) close() *Report {
	for _, notes := range []*[]Note{&r.Tampered, &r.Unchecked} {
		slices.SortStableFunc(*notes, func(a, b Note) int { return cmp.Compare(a.Part, b.Part) })
		if *notes == nil {
			*notes = []Note{}
		}
	}
	for _, examples := range r.Examples {
		slices.Sort(examples)
	}
	switch {
	case len(r.Tampered) > 0:
		r.Verdict = Tampered
	case len(r.Unchecked) > 0:
		r.Verdict = Unchecked
	default:
		r.Verdict = Good
	}
	return r
}
