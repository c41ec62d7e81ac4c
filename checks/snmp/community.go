package snmp

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Community asks that communities are not the delivered ones, cannot write, and serve stated addresses only.
var Community = &checks.Check{
	ID:       "snmp.community",
	Controls: []string{"SNMP-01"},
	Title:    checks.Say("SNMP 团体名非默认、只读并限定来源", "SNMP communities are not defaults, read only, and limited to addresses"),
	Rationale: checks.Say(
		"团体名就是 SNMP v1/v2c 的口令且明文传输。使用 public、private 等默认团体名、允许写入或不限来源，任何人都可读取甚至修改设备配置。",
		"A community is the password of SNMP v1 and v2c, and it travels in clear. With a delivered name such as public or private, with write access, or open to anybody, it lets strangers read and even change the configuration."),
	Remedy: checks.Say(
		"首选改用 SNMPv3 并删除全部团体名（见 snmp.v3）。仍需使用时：\n"+
			"Linux：/etc/snmp/snmpd.conf 删除 public、private 和所有 rwcommunity，改为 rocommunity 团体名 网管地址，重启 snmpd。\n"+
			"华为：undo snmp-agent community read public，acl 2000 仅允许网管地址，snmp-agent community read cipher 团体名 acl 2000。H3C：undo snmp-agent community public，snmp-agent community read cipher 团体名 acl 2000。Cisco：no snmp-server community public，access-list 10 permit 网管地址，snmp-server community 团体名 ro 10。",
		"Better use SNMPv3 and remove all communities (see snmp.v3). Where one is still needed:\n"+
			"Linux: in /etc/snmp/snmpd.conf remove public, private and every rwcommunity, write rocommunity NAME NMS-ADDRESS, restart snmpd.\n"+
			"Huawei: undo snmp-agent community read public, permit the NMS alone in acl 2000, snmp-agent community read cipher NAME acl 2000. H3C: undo snmp-agent community public, snmp-agent community read cipher NAME acl 2000. Cisco: no snmp-server community public, access-list 10 permit NMS-ADDRESS, snmp-server community NAME ro 10."),
	Sees: checks.Say(
		"查看每个团体名是否为默认名称、读写权限和允许的来源；团体名本身从不显示。SNMP 未启用或仅提供第 3 版时不适用。团体名是否易猜由人判断。",
		"Reads of each community whether its name is a delivered one, what it may do, and who may use it; the name itself is never shown. Does not apply where SNMP is off or answers version 3 alone. Whether a name is easy to guess is for people to say."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		if r, ok := off(f); ok {
			return []checks.Result{r}
		}
		if v, ok := onlyV3(f); ok {
			return []checks.Result{checks.NotApplicable(checks.Say("仅提供 SNMPv3，团体名不可用", "SNMPv3 alone is answered; no community can be used"), v.GetEvidence()...)}
		}
		expected := checks.Say("无团体名，或非默认、只读、限定来源", "no community, or one that is no default, read only and limited")
		return checks.Each(f.GetSnmpCommunities(), checks.Passed(expected, checks.Say("没有团体名", "there is no community")), community)
	},
}

func community(c *pb.SnmpCommunity) checks.Result {
	name := checks.Is(c.GetDefaultName(), false, checks.Say("不是默认名称", "not a delivered name"))
	if name.Outcome == pb.Outcome_OUTCOME_FAIL {
		name.Observed = checks.Say("默认团体名", "a delivered name")
	}
	rights := checks.OneOf(c.GetAccess(), "ro")
	rights.Expected = checks.Say("只读", "read only")
	return checks.AllOf(name, rights, limited(c.GetSources()))
}

func limited(f *pb.TextsFact) checks.Result {
	expected := checks.Say("限定来源", "limited to addresses")
	if by, everybody := access.Everybody(f.GetValue()); facts.Known(f) && everybody {
		return checks.Failed(expected, checks.Say("来源不限（%s）", "anybody may (%s)", by), f.GetEvidence()...)
	}
	r := checks.Settle(f, expected, true)
	if f.GetState() == pb.FactState_FACT_STATE_ABSENT {
		r.Observed = checks.Say("来源不限", "anybody may")
	} else if facts.Known(f) && len(f.GetValue()) > 0 {
		r.Observed = checks.Verbatim(strings.Join(f.GetValue(), ", "))
	}
	return r
}
