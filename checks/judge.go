package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Rule ties a clause of a baseline to a check with the clause's figures.
type Rule struct {
	Baseline, Clause, Level string
	// Control is the one of the clause's controls under which the check stands.
	Control string
	Check   *Check
	// Params are the values that the clause sets, by parameter.
	Params map[string]string
	// Partial: the check decides only part of what the clause demands.
	Partial bool
}

// Judge runs rules over the facts of one target, and then those that conclude from the findings of their baseline. Rules
// with the same check and figures are judged once and told of each clause. A check that panics gives an unknown for its
// rule; the others are judged.
func Judge(targetID string, rules []Rule, f *pb.Facts, env Env) ([]*pb.Finding, error) {
	type key struct {
		check  *Check
		params string
	}
	judged := map[key][]Result{}
	ofBaseline := map[string][]*pb.Finding{}
	found := make([][]*pb.Finding, len(rules))
	for i, rule := range rules {
		p, err := rule.Check.ReadParams(rule.Params, env)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", rule.Baseline, rule.Clause, err)
		}
		if rule.Check.Run == nil {
			continue
		}
		k := key{rule.Check, p.String()}
		results, ok := judged[k]
		if !ok {
			results = guard(rule.Check, func() []Result { return rule.Check.Run(f, p) })
			for i, r := range results {
				results[i] = r.proved()
			}
			judged[k] = results
		}
		found[i] = rule.findings(targetID, results)
		ofBaseline[rule.Baseline] = append(ofBaseline[rule.Baseline], found[i]...)
	}
	var out []*pb.Finding
	for i, rule := range rules {
		if rule.Check.Conclude != nil {
			p, err := rule.Check.ReadParams(rule.Params, env)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", rule.Baseline, rule.Clause, err)
			}
			found[i] = rule.findings(targetID, guard(rule.Check, func() []Result { return rule.Check.Conclude(ofBaseline[rule.Baseline], p) }))
		}
		out = append(out, found[i]...)
	}
	return out, nil
}

func (rule Rule) findings(targetID string, results []Result) []*pb.Finding {
	out := make([]*pb.Finding, 0, len(results))
	for _, r := range results {
		out = append(out, &pb.Finding{
			Id:       ID(targetID, rule.Baseline, rule.Clause, rule.Check.ID, r.Scope),
			TargetId: targetID, Baseline: rule.Baseline, Clause: rule.Clause, Level: rule.Level,
			Check: rule.Check.ID, Control: rule.Control, Scope: r.Scope, Outcome: r.Outcome,
			Expected: r.Expected, Observed: r.Observed, Reason: r.Reason, ReasonCode: r.ReasonCode,
			Evidence: r.Evidence, Partial: rule.Partial, SiteFacts: r.SiteFacts,
		})
	}
	return out
}

// guard runs a check and sees to it that a broken one says unknown.
func guard(c *Check, run func() []Result) (results []Result) {
	defer func() {
		if e := recover(); e != nil {
			results = []Result{Unknown(nil, pb.Reason_REASON_FAILED, fmt.Sprintf("%s: %v", c.ID, e))}
		}
	}()
	results = run()
	if len(results) == 0 {
		results = []Result{Unknown(nil, pb.Reason_REASON_UNSPECIFIED, "")}
	}
	for i := range results {
		if results[i].Outcome == pb.Outcome_OUTCOME_UNSPECIFIED {
			results[i].Outcome = pb.Outcome_OUTCOME_UNKNOWN
		}
	}
	return results
}

// proved is the result, but for a pass that rests on nothing: it is unknown, whatever check or driver said so.
func (r Result) proved() Result {
	if r.Outcome != pb.Outcome_OUTCOME_PASS || len(r.Evidence) > 0 || len(r.SiteFacts) > 0 {
		return r
	}
	r.Outcome, r.ReasonCode = pb.Outcome_OUTCOME_UNKNOWN, pb.Reason_REASON_NO_EVIDENCE
	r.Reason = ReasonText(r.ReasonCode, "")
	return r
}

// ID is the stable name of a finding: 32 hex digits of the SHA-256 of its parts.
func ID(target, baseline, clause, check, scope string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{target, baseline, clause, check, scope}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Judged is what a snapshot records of how it was judged: what was planned, and by which site file. Nothing planned is nothing judged.
func Judged(plan *pb.Judging, s *site.Site) *pb.Judging {
	if plan == nil {
		return nil
	}
	out := proto.Clone(plan).(*pb.Judging)
	if s != nil {
		out.SiteSha256 = s.SHA256
	}
	return out
}

// Unreached makes the findings of a target that was not questioned say so: nothing was seen, so nothing is known but what the check named
// except found out on the way there.
func Unreached(findings []*pb.Finding, except string, why *pb.Text) {
	for _, f := range findings {
		if f.GetCheck() == except {
			continue
		}
		f.Outcome, f.ReasonCode = pb.Outcome_OUTCOME_UNKNOWN, pb.Reason_REASON_NOT_REACHED
		f.Reason = Say("%s：%s", "%s: %s", ReasonText(pb.Reason_REASON_NOT_REACHED, ""), why)
		f.Observed, f.Evidence = nil, nil
	}
}
