// Package rejudge judges stored facts once more: as it was recorded, to see that the same facts give the same verdicts, or by another
// baseline, profile or site file. No target is asked anything.
//
// Delivered findings stay as they were delivered: what comes out here stands beside them.
package rejudge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Sites finds the site files that verdicts were decided by.
type Sites interface {
	Site(ctx context.Context, version int64) (store.Site, error)
	SiteBySHA256(ctx context.Context, sum string) (store.Site, error)
}

// A Missing says what is not here that the same verdicts need.
type Missing struct{ text *pb.Text }

// Error says it in English.
func (m *Missing) Error() string { return m.text.GetEn() }

// Say says it in both languages.
func (m *Missing) Say() *pb.Text { return m.text }

func missing(zh, en string, args ...any) error { return &Missing{checks.Say(zh, en, args...)} }

// As says by what to judge; what is empty is as it was recorded.
type As struct {
	Baselines []string
	Profile   string
	// Site is a version of the server's site file; 0: the one that was recorded.
	Site int64
}

// Again judges a snapshot's facts as it was recorded. Whatever that needs and is not here is a *Missing.
func Again(ctx context.Context, sites Sites, s *pb.Snapshot) ([]*pb.Finding, error) {
	j := s.GetJudging()
	switch {
	case j == nil:
		return nil, missing("快照由较早的程序生成，未记录判断方式", "the snapshot is of an older program, which did not record how it judged")
	case j.GetPartial():
		return nil, missing("当时只选做了部分检查项", "only some checks were asked for at the time")
	}
	var baselines []*baseline.Baseline
	for _, stated := range s.GetBaselines() {
		id, digest, _ := strings.Cut(stated, "@")
		b := baseline.ByID(id)
		if b == nil || b.Digest != digest {
			return nil, missing("本服务器没有当时所用版本的基线 %s", "this server does not have the version of baseline %s that judged", id)
		}
		baselines = append(baselines, b)
	}
	stated, err := recordedSite(ctx, sites, j.GetSiteSha256())
	if err != nil {
		return nil, err
	}
	return judge(s, baselines, baseline.Options{Profile: baseline.Profile(j.GetProfile()), Set: settings(j.GetSet())}, stated)
}

// By judges a snapshot's facts by something else.
func By(ctx context.Context, sites Sites, s *pb.Snapshot, as As) ([]*pb.Finding, error) {
	names := as.Baselines
	if len(names) == 0 {
		for _, stated := range s.GetBaselines() {
			id, _, _ := strings.Cut(stated, "@")
			names = append(names, id)
		}
	}
	var baselines []*baseline.Baseline
	for _, id := range names {
		b := baseline.ByID(id)
		if b == nil {
			return nil, missing("没有内置基线 %q", "there is no built-in baseline %q", id)
		}
		baselines = append(baselines, b)
	}
	name := as.Profile
	if name == "" {
		name = s.GetJudging().GetProfile()
	}
	profile, err := baseline.ParseProfile(name)
	if err != nil {
		return nil, missing("没有方案 %q", "there is no profile %q", name)
	}
	var stated *site.Site
	if as.Site > 0 {
		file, err := sites.Site(ctx, as.Site)
		if errors.Is(err, store.ErrNotFound) {
			return nil, missing("场所信息没有第 %d 版", "there is no version %d of the site file", as.Site)
		}
		if err != nil {
			return nil, err
		}
		if stated, err = site.Parse("site", []byte(file.Text)); err != nil {
			return nil, fmt.Errorf("read version %d of the site file: %w", as.Site, err)
		}
	} else if stated, err = recordedSite(ctx, sites, s.GetJudging().GetSiteSha256()); err != nil {
		return nil, err
	}
	return judge(s, baselines, baseline.Options{Profile: profile, Set: settings(s.GetJudging().GetSet())}, stated)
}

func recordedSite(ctx context.Context, sites Sites, sum string) (*site.Site, error) {
	if sum == "" {
		return nil, nil
	}
	file, err := sites.SiteBySHA256(ctx, sum)
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing("本服务器没有当时所用的场所信息（SHA-256 %s）", "this server does not have the site file that decided (SHA-256 %s)", sum)
	}
	if err != nil {
		return nil, err
	}
	return site.Parse("site", []byte(file.Text))
}

// settings are figures that a person set, by check and parameter.
func settings(recorded []string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, r := range recorded {
		name, value, _ := strings.Cut(r, "=")
		at := strings.LastIndexByte(name, '.')
		if at < 0 {
			continue
		}
		if out[name[:at]] == nil {
			out[name[:at]] = map[string]string{}
		}
		out[name[:at]][name[at+1:]] = value
	}
	return out
}

// reached is the baseline under which collectors judge what they saw when they reached a target.
const reached = "ad-hoc"

// judge does what agents and collectors do with facts.
func judge(s *pb.Snapshot, baselines []*baseline.Baseline, o baseline.Options, stated *site.Site) ([]*pb.Finding, error) {
	kind, ok := baseline.KindOf(s.GetJudging().GetKind())
	if !ok {
		kind = baseline.Host
		if checks.Device(s.GetFacts()) {
			kind = baseline.Device
		}
	}
	var rules []checks.Rule
	for _, b := range baselines {
		of, err := b.Rules(all.List(), kind, o)
		if err != nil {
			return nil, fmt.Errorf("plan %s: %w", b.ID, err)
		}
		rules = append(rules, of...)
	}
	if s.GetFacts().GetSession() != nil && len(rules) > 0 {
		rules = append(rules, checks.Rule{Baseline: reached, Clause: "-", Control: access.Session.Controls[0], Check: access.Session})
	}
	env := checks.Env{Site: stated, Role: s.GetTarget().GetRole(), Zone: s.GetTarget().GetZone(), Now: s.GetStartedAt().AsTime()}
	found, err := checks.Judge(s.GetTarget().GetId(), rules, s.GetFacts(), env)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	if v := s.GetVisit(); v != nil && v.GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
		checks.Unreached(found, access.Session.ID, v.GetDetail())
	}
	return found, nil
}

// Canonical writes findings so that equal ones are equal bytes: JSON, a finding a line, names sorted, no space.
func Canonical(found []*pb.Finding) ([]byte, error) {
	var out bytes.Buffer
	for _, f := range found {
		text, err := protojson.Marshal(f)
		if err != nil {
			return nil, fmt.Errorf("write finding %s: %w", f.GetId(), err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			return nil, fmt.Errorf("write finding %s: %w", f.GetId(), err)
		}
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if err := e.Encode(fields); err != nil {
			return nil, fmt.Errorf("write finding %s: %w", f.GetId(), err)
		}
	}
	return out.Bytes(), nil
}

// Digest is the SHA-256 of Canonical, hex.
func Digest(found []*pb.Finding) (string, error) {
	text, err := Canonical(found)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
