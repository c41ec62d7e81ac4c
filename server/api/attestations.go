package api

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

var attestationStates = []string{"stated", "confirmed", "withdrawn", "expired"}

func attestationState(s pb.AttestationState) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "ATTESTATION_STATE_"))
}

func statementWord(s pb.Statement) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "STATEMENT_"))
}

// evidenceFile names a file that people keep; its content is not taken.
type evidenceFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// claim is what somebody states of a clause: met, partly, not_met or not_applicable. Without a target and a site it is of the whole
// organisation; until is a day, of which it is the last, or a minute in the time zone.
type claim struct {
	Baseline  string         `json:"baseline"`
	Clause    string         `json:"clause"`
	Target    string         `json:"target,omitempty"`
	Site      string         `json:"site,omitempty"`
	Statement string         `json:"statement"`
	Remark    string         `json:"remark,omitempty"`
	Evidence  []evidenceFile `json:"evidence,omitempty"`
	Until     string         `json:"until"`
	TimeZone  string         `json:"time_zone"`
}

// attestation is a statement as it is kept. State is as it is now; only a confirmed one counts.
type attestation struct {
	ID          string         `json:"id"`
	State       string         `json:"state"`
	Baseline    string         `json:"baseline"`
	Clause      string         `json:"clause"`
	Target      string         `json:"target,omitempty"`
	Site        string         `json:"site,omitempty"`
	Statement   string         `json:"statement"`
	Remark      string         `json:"remark,omitempty"`
	Evidence    []evidenceFile `json:"evidence"`
	StatedBy    string         `json:"stated_by"`
	StatedAt    time.Time      `json:"stated_at"`
	Until       time.Time      `json:"until"`
	TimeZone    string         `json:"time_zone"`
	ConfirmedBy string         `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time      `json:"confirmed_at,omitzero"`
	WithdrawnBy string         `json:"withdrawn_by,omitempty"`
	WithdrawnAt time.Time      `json:"withdrawn_at,omitzero"`
}

func newAttestation(a *pb.Attestation) attestation {
	out := attestation{
		ID: a.GetId(), State: attestationState(a.GetState()), Baseline: a.GetBaseline(), Clause: a.GetClause(), Target: a.GetTargetId(), Site: a.GetSite(),
		Statement: statementWord(a.GetStatement()), Remark: a.GetRemark(), Evidence: []evidenceFile{}, StatedBy: a.GetStatedBy(), StatedAt: timeOf(a.GetStatedAt()),
		Until: timeOf(a.GetUntil()), TimeZone: a.GetTimeZone(), ConfirmedBy: a.GetConfirmedBy(), ConfirmedAt: timeOf(a.GetConfirmedAt()),
		WithdrawnBy: a.GetWithdrawnBy(), WithdrawnAt: timeOf(a.GetWithdrawnAt()),
	}
	for _, f := range a.GetEvidence() {
		out.Evidence = append(out.Evidence, evidenceFile{f.GetName(), f.GetSize(), hex.EncodeToString(f.GetSha256())})
	}
	return out
}

func (c *call) getAttestations() (any, error) {
	filter := store.AttestationFilter{Target: c.query.word("target"), Baseline: c.query.word("baseline"), Clause: c.query.word("clause"), Site: c.query.word("site")}
	filter.State = pb.AttestationState(pb.AttestationState_value["ATTESTATION_STATE_"+strings.ToUpper(c.query.word("state"))])
	found, next, err := c.Store.Attestations(c.ctx(), filter, c.query.page())
	return listOf(found, next, newAttestation), err
}

func (c *call) getAttestation() (any, error) {
	a, err := c.Store.Attestation(c.ctx(), c.path("id"))
	return newAttestation(a), err
}

func (c *call) postAttestation() (any, error) {
	b, err := readBody[claim](c)
	if err != nil {
		return nil, err
	}
	words := map[string]string{"baseline": b.Baseline, "clause": b.Clause, "time_zone": b.TimeZone}
	for field, word := range map[string]string{"target": b.Target, "site": b.Site} {
		if word != "" {
			words[field] = word
		}
	}
	files := make([]*pb.EvidenceFile, len(b.Evidence))
	for i, f := range b.Evidence {
		words["evidence"] = f.Name
		sum, err := hex.DecodeString(f.SHA256)
		if err != nil {
			return nil, invalid("sha256 须为 64 位十六进制数", "sha256 is 64 hex digits")
		}
		if err := checkWord("evidence", f.Name); err != nil {
			return nil, err
		}
		files[i] = &pb.EvidenceFile{Name: f.Name, Size: f.Size, Sha256: sum}
	}
	for field, word := range words {
		if err := checkWord(field, word); err != nil {
			return nil, err
		}
	}
	if err := checkText("remark", b.Remark); err != nil {
		return nil, err
	}
	made, err := c.waivers.Attest(c.ctx(), c.entry("attestation.add", "", map[string]any{"attestation": b}), waiver.Claim{
		Baseline: b.Baseline, Clause: b.Clause, Target: b.Target, Site: b.Site, Remark: b.Remark, Evidence: files, Until: b.Until, TimeZone: b.TimeZone,
		Statement: pb.Statement(pb.Statement_value["STATEMENT_"+strings.ToUpper(b.Statement)]),
	})
	if err != nil {
		return nil, err
	}
	return created{newAttestation(made)}, nil
}

func (c *call) confirmAttestation() (any, error) {
	return nil, c.waivers.Confirm(c.ctx(), c.entry("attestation.confirm", "", nil), c.path("id"))
}

// withdrawAttestation takes back one's own statement, and for Security anybody's.
func (c *call) withdrawAttestation() (any, error) {
	return nil, c.waivers.Retract(c.ctx(), c.entry("attestation.withdraw", "", nil), c.path("id"), c.who.role == Security)
}

// gap is a clause that a person has to attest and nobody has. Had is its newest attestation, which does not count or not for all.
type gap struct {
	Clause   string       `json:"clause"`
	Text     *text        `json:"text"`
	Expected *text        `json:"expected_evidence"`
	Partly   bool         `json:"checks_decide_a_part"`
	Had      *attestation `json:"had,omitempty"`
}

func (c *call) getMissing() (any, error) {
	b := baseline.ByID(c.query.word("baseline"))
	if b == nil {
		return nil, invalid("须指定一套内置基线", "name a built-in baseline")
	}
	found, err := c.waivers.Missing(c.ctx(), b)
	return listOf(found, "", func(g waiver.Gap) gap {
		out := gap{Clause: g.Clause.ID, Text: textOf(g.Clause.Text), Expected: textOf(g.Clause.Evidence()), Partly: len(g.Clause.Checks) > 0}
		if g.Had != nil {
			had := newAttestation(g.Had)
			out.Had = &had
		}
		return out
	}), err
}
