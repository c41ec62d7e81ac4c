package config

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Saved asks that what runs is what a restart would load.
var Saved = &checks.Check{
	ID:       "config.saved",
	Controls: []string{"BAK-01"},
	Title:    checks.Say("运行配置已保存", "The running configuration is saved"),
	Rationale: checks.Say(
		"未保存的变更在重启后丢失，设备可能回到不安全的旧配置；与保存配置的差异也可能是未经批准的变更。",
		"A change that is not saved is lost at the next restart, and the device may come up with an old, unsafe configuration; a difference may also be a change that nobody approved."),
	Remedy: checks.Say(
		"华为：核对 compare configuration 后执行 save。H3C：display diff current-configuration startup-configuration 后 save。Cisco：show archive config differences 后 copy running-config startup-config。",
		"Huawei: compare configuration, then save. H3C: display diff current-configuration startup-configuration, then save. Cisco: show archive config differences, then copy running-config startup-config."),
	Sees: checks.Say(
		"查看运行配置与启动配置是否一致；读不到时比较最近一次保存与变更的时间。主机的配置即文件，不适用。",
		"Whether the running configuration equals the one a restart loads; where that cannot be read, when it was last saved and last changed. Does not apply to hosts, whose configuration is its files."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		s := f.GetSaved()
		if isHost(f) && s.GetRunningIsSaved().GetState() == pb.FactState_FACT_STATE_UNSPECIFIED {
			return []checks.Result{checks.NotApplicable(checks.Say("主机的配置即其文件", "a host's configuration is its files"))}
		}
		r := checks.Is(s.GetRunningIsSaved(), true, savedText)
		saved, changed := s.GetLastSaved(), s.GetLastChanged()
		if r.Outcome != pb.Outcome_OUTCOME_UNKNOWN || !facts.Known(saved) || !facts.Known(changed) {
			return []checks.Result{r}
		}
		ev := append(append([]*pb.Evidence{}, saved.GetEvidence()...), changed.GetEvidence()...)
		at, last := saved.GetValue().AsTime(), changed.GetValue().AsTime()
		observed := checks.Say("最近变更 %s，最近保存 %s", "changed %s, saved %s", last.Format(time.RFC3339), at.Format(time.RFC3339))
		if at.Before(last) {
			return []checks.Result{checks.Failed(savedText, observed, ev...)}
		}
		return []checks.Result{checks.Passed(savedText, observed, ev...)}
	},
}

var savedText = checks.Say("运行配置与启动配置一致", "what runs is what a restart would load")

func isHost(f *pb.Facts) bool {
	kind := f.GetPlatform().GetKind()
	return facts.Known(kind) && kind.GetValue() == "host"
}
