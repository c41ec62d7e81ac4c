package program

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Ordered gives by what an order is judged: by what it says, else as is configured here. It names baselines by id: built-in ones, and those
// of the files that are configured. A server names no file of ours.
func (a *App) Ordered(o *pb.Order, here Judging, stated *site.Site) (Judging, *site.Site, error) {
	out := Judging{Baselines: here.Baselines, Profile: cmp.Or(o.GetProfile(), here.Profile)}
	if !slices.Contains(profileNames(), out.Profile) {
		return out, nil, unable("没有方案 %q", "there is no profile %q", out.Profile)
	}
	if len(o.GetBaselines()) > 0 {
		configured, err := a.chosenBaselines(here.Baselines)
		if err != nil {
			return out, nil, err
		}
		out.Baselines = nil
		for _, id := range o.GetBaselines() {
			name := id
			if i := slices.IndexFunc(configured, func(b *baseline.Baseline) bool { return b.ID == id }); i >= 0 && len(here.Baselines) > 0 {
				name = here.Baselines[i]
			} else if baseline.ByID(id) == nil {
				return out, nil, unable("此处没有基线 %q：既非内置，也未配置", "there is no baseline %q here: neither built in nor configured", id)
			}
			out.Baselines = append(out.Baselines, name)
		}
	}
	if o.GetSite() == "" {
		return out, stated, nil
	}
	if len(o.GetSite()) > maxSite {
		return out, nil, unable("任务所带的场所信息过大", "the site file of the order is too large")
	}
	s, err := site.Parse("site", []byte(o.GetSite()))
	if err != nil {
		return out, nil, unable("任务所带的场所信息有误：%s", "the site file of the order is wrong: %s", err.Error())
	}
	return out, s, nil
}

// Unable says in both languages why an order cannot be done.
type Unable struct{ text *pb.Text }

func unable(zh, en string, args ...any) error { return &Unable{checks.Say(zh, en, args...)} }

// Error says it in English.
func (e *Unable) Error() string { return e.text.GetEn() }

// Say says it in both languages.
func (e *Unable) Say() *pb.Text { return e.text }
