// Package version holds the check that the target's software version is on record. Whether a version has known holes takes
// a vendor's advisories, which are not facts of the target.
package version

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Recorded}

// Recorded asks that system and version be known.
var Recorded = &checks.Check{
	ID:       "version.recorded",
	Controls: []string{"VER-01"},
	Title:    checks.Say("系统软件名称与版本已掌握", "The system's software and its version are on record"),
	Rationale: checks.Say(
		"不知道运行的是哪个版本，就无法判断是否存在已公开的漏洞、是否仍受厂商支持。",
		"Without the version nobody can tell whether it has published holes or is still supported."),
	Remedy: checks.Say(
		"Linux：保留 /etc/os-release（含 ID 与 VERSION_ID）；网络设备：允许扫描账号执行 “display version”“display patch-information”（华为/H3C）或 “show version”（思科），或放通 SNMP sysDescr。"+
			"将采集到的版本与本单位批准的版本清单、厂商安全公告及停止支持日期定期核对，及时升级存在隐患的版本。",
		"Linux: keep /etc/os-release with ID and VERSION_ID. Devices: let the scanning account use `display version` and `display patch-information` (Huawei, H3C) or `show version` (Cisco), or let SNMP sysDescr through. "+
			"Compare the versions regularly with your list of approved ones, the vendors' advisories and the ends of support, and upgrade those with known holes."),
	Sees: checks.Say(
		"依据：系统名称与版本。每次扫描都会记录版本，形成核验记录；版本是否存在隐患须对照厂商公告或本单位批准清单，不在此判断。",
		"Reads the system's name and version. Every scan records them, which is the record of the review; whether a version is hazardous takes the vendor's advisories or your list and is not judged."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		p := f.GetPlatform()
		name := p.GetOsName()
		if !facts.Known(name) {
			name = p.GetOs()
		}
		if p.GetVersion().GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE {
			return []checks.Result{checks.Settle(p.GetVersion(), nil, false)}
		}
		r := checks.AllOf(
			checks.Settle(name, checks.Say("系统名称已知", "the system's name is known"), name.GetValue() != ""),
			checks.Settle(p.GetVersion(), checks.Say("版本已知", "its version is known"), p.GetVersion().GetValue() != ""))
		if r.Outcome == pb.Outcome_OUTCOME_PASS {
			r.Observed = checks.Verbatim(name.GetValue())
			if v := p.GetVersion().GetValue(); v != name.GetValue() {
				r.Observed = checks.Say("%s，版本 %s", "%s, version %s", name.GetValue(), v)
			}
		}
		return []checks.Result{r}
	},
}
