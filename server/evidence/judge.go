package evidence

import (
	"strings"
	"sync"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Basis says how far a verdict could be worked out again from the facts.
type Basis string

// The bases.
const (
	// Same: the facts give the same verdict again.
	Same Basis = "same"
	// NotReached: the target was not questioned, so that every verdict must be unknown, and is.
	NotReached Basis = "not_reached"
	// OtherBaseline: it was judged by a baseline, or a version of one, that this program does not have.
	OtherBaseline Basis = "other_baseline"
	// BySite: it rests on what the site stated (networks, servers, approved ports), which a snapshot quotes but does not hold.
	BySite Basis = "by_site"
	// ByFigures: it was judged by figures that no profile of the baseline gives: somebody set them.
	ByFigures Basis = "by_figures"
	// Differs: the facts give another verdict.
	Differs Basis = "differs"
)

// Bases are all of them.
func Bases() []Basis { return []Basis{Same, NotReached, OtherBaseline, BySite, ByFigures, Differs} }

// Text says it for people.
func (b Basis) Text() *pb.Text {
	switch b {
	case Same:
		return checks.Say("由事实重新判断，结论一致", "judged again from the facts, with the same verdict")
	case NotReached:
		return checks.Say("目标未能读取，结论均为未知", "the target was not read, and the verdict is unknown as it must be")
	case OtherBaseline:
		return checks.Say("未重新判断：本程序没有所用版本的基线", "not judged again: this program does not have that version of the baseline")
	case BySite:
		return checks.Say("未重新判断：取决于场所信息，快照只引用而不包含", "not judged again: it rests on what the site stated, which the snapshot quotes but does not hold")
	case ByFigures:
		return checks.Say("未重新判断：所用数值由用户指定", "not judged again: by figures that somebody set")
	}
	return checks.Say("由事实重新判断，结论不同", "judged again from the facts, with another verdict")
}

// weight says which of two answers, by two profiles, holds.
func (b Basis) weight() int {
	switch b {
	case Same:
		return 3
	case Differs:
		return 2
	case BySite:
		return 1
	}
	return 0
}

// bySite are the checks that ask what the site stated; those that end with a dot are whole subjects. A test holds the list to the
// checks' source. The last sums up others, of which some ask.
var bySite = []string{
	"accounts.", "access.sources", "dedicated.server", "logging.access", "logging.remote", "malware.present", "monitoring.host",
	"network.bindings", "network.redundancy", "ports.listening", "services.unneeded", "software.sources", "time.source",
	"config.baseline_met",
}

func asksSite(check string) bool {
	for _, c := range bySite {
		if c == check || strings.HasSuffix(c, ".") && strings.HasPrefix(check, c) {
			return true
		}
	}
	return false
}

// A judge works verdicts out again. It is safe for concurrent use.
type judge struct {
	known []*checks.Check
	mu    sync.Mutex
	plans map[planKey][]checks.Rule
}

type planKey struct {
	baseline string
	profile  baseline.Profile
	kind     baseline.Kind
}

func (j *judge) rules(b *baseline.Baseline, p baseline.Profile, kind baseline.Kind) []checks.Rule {
	j.mu.Lock()
	defer j.mu.Unlock()
	key := planKey{b.ID, p, kind}
	rules, ok := j.plans[key]
	if !ok {
		rules, _ = b.Rules(j.known, kind, baseline.Options{Profile: p}) // without rules nothing is judged again, which is said
		j.plans[key] = rules
	}
	return rules
}

// verdict is what became of one finding.
type verdict struct {
	basis Basis
	// again is the outcome that the facts give, where it differs.
	again pb.Outcome
}

// again judges a snapshot's findings from its facts, and gives besides the findings that the facts give and the snapshot lacks although
// it has others of their clause and check.
func (j *judge) again(s *pb.Snapshot) (verdicts []verdict, missing []*pb.Finding) {
	found := s.GetFindings()
	verdicts = make([]verdict, len(found))
	missed := s.GetVisit() != nil && s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED
	judged := map[string]*baseline.Baseline{}
	for _, stated := range s.GetBaselines() {
		id, digest, _ := strings.Cut(stated, "@")
		if b := baseline.ByID(id); b != nil && b.Digest == digest {
			judged[id] = b
		}
	}
	ofBaseline := map[string][]int{}
	for i, f := range found {
		switch {
		case judged[f.GetBaseline()] == nil:
			verdicts[i].basis = OtherBaseline
		case missed:
			verdicts[i].basis = NotReached
			if f.GetOutcome() != pb.Outcome_OUTCOME_UNKNOWN {
				verdicts[i] = verdict{Differs, pb.Outcome_OUTCOME_UNKNOWN}
			}
		default:
			ofBaseline[f.GetBaseline()] = append(ofBaseline[f.GetBaseline()], i)
		}
	}
	for id, places := range ofBaseline {
		missing = append(missing, j.baseline(judged[id], s, places, verdicts)...)
	}
	return verdicts, missing
}

// baseline judges the findings of one baseline, by its profiles in turn until all are accounted for.
func (j *judge) baseline(b *baseline.Baseline, s *pb.Snapshot, places []int, verdicts []verdict) (missing []*pb.Finding) {
	kind := baseline.Host
	if checks.Device(s.GetFacts()) {
		kind = baseline.Device
	}
	for _, i := range places {
		verdicts[i] = verdict{basis: ByFigures}
	}
	most := -1
	for _, profile := range baseline.Profiles() {
		fresh := j.judge(s, j.rules(b, profile, kind))
		same, left := 0, 0
		for _, i := range places {
			f := s.GetFindings()[i]
			if v := compare(f, fresh[f.GetId()]); v.basis.weight() > verdicts[i].basis.weight() {
				verdicts[i] = v
			}
			if other := fresh[f.GetId()]; other != nil && other.GetOutcome() == f.GetOutcome() {
				same++
			}
			if verdicts[i].basis != Same {
				left++
			}
		}
		if same > most {
			most, missing = same, lacking(s, b.ID, places, fresh)
		}
		if left == 0 {
			break
		}
	}
	return missing
}

// judge gives the findings that the rules make of a snapshot's facts, by id.
func (j *judge) judge(s *pb.Snapshot, rules []checks.Rule) map[string]*pb.Finding {
	env := checks.Env{Role: s.GetTarget().GetRole(), Zone: s.GetTarget().GetZone(), Now: s.GetStartedAt().AsTime()}
	if s.GetStartedAt() == nil {
		env.Now = s.GetFinishedAt().AsTime()
	}
	fresh, err := checks.Judge(s.GetTarget().GetId(), rules, s.GetFacts(), env)
	if err != nil {
		return nil
	}
	out := make(map[string]*pb.Finding, len(fresh))
	for _, f := range fresh {
		out[f.GetId()] = f
	}
	return out
}

// compare says what a finding comes to beside the one that the facts give.
func compare(f, fresh *pb.Finding) verdict {
	switch {
	case fresh != nil && f.GetOutcome() == fresh.GetOutcome() && alike(f.GetExpected(), fresh.GetExpected()):
		return verdict{basis: Same}
	case asksSite(f.GetCheck()) || len(f.GetSiteFacts()) > 0:
		return verdict{basis: BySite}
	case fresh == nil || !alike(f.GetExpected(), fresh.GetExpected()):
		return verdict{basis: ByFigures}
	}
	return verdict{Differs, fresh.GetOutcome()}
}

func alike(a, b *pb.Text) bool { return a.GetEn() == b.GetEn() && a.GetZh() == b.GetZh() }

// lacking are the findings that the facts give for a clause and check of which the snapshot has only others.
func lacking(s *pb.Snapshot, id string, places []int, fresh map[string]*pb.Finding) []*pb.Finding {
	have, subjects := map[string]bool{}, map[string]bool{}
	for _, i := range places {
		f := s.GetFindings()[i]
		have[f.GetId()], subjects[f.GetClause()+"\x00"+f.GetCheck()] = true, true
	}
	var out []*pb.Finding
	for _, f := range fresh {
		if !have[f.GetId()] && subjects[f.GetClause()+"\x00"+f.GetCheck()] && f.GetBaseline() == id && !asksSite(f.GetCheck()) {
			out = append(out, f)
		}
	}
	return out
}
