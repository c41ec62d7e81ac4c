package snmp

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// V3 asks that SNMP is version 3 with authentication and encryption, and no other.
var V3 = &checks.Check{
	ID:       "snmp.v3",
	Controls: []string{"SNMP-01"},
	Title:    checks.Say("仅使用带鉴别和加密的 SNMPv3", "SNMP is version 3 with authentication and encryption"),
	Rationale: checks.Say(
		"SNMP v1/v2c 的团体名和数据均为明文，可被窃听和伪造。SNMPv3 的 authPriv 级别同时提供鉴别和加密；MD5、DES 已不安全。",
		"Communities and data of SNMP v1 and v2c are clear text, to be read and forged. Version 3 at the level authPriv authenticates and encrypts; MD5 and DES no longer protect."),
	Remedy: checks.Say(
		"Linux：snmpd.conf 删除 rocommunity/rwcommunity/com2sec，net-snmp-create-v3-user -ro -a SHA-256 -x AES 用户名，并以 rouser 用户名 priv 要求加密。\n"+
			"华为：snmp-agent sys-info version v3，undo snmp-agent community 全部团体名，snmp-agent group v3 组名 privacy，snmp-agent usm-user v3 用户 group 组名，authentication-mode sha2-256、privacy-mode aes256。\n"+
			"H3C：snmp-agent sys-info version v3，snmp-agent group v3 组名 privacy，snmp-agent usm-user v3 用户 组名 simple authentication-mode sha … privacy-mode aes128 …。Cisco：no snmp-server community 全部团体名，snmp-server group 组名 v3 priv，snmp-server user 用户 组名 v3 auth sha … priv aes 128 …。",
		"Linux: remove rocommunity, rwcommunity and com2sec from snmpd.conf, net-snmp-create-v3-user -ro -a SHA-256 -x AES USER, and demand encryption with rouser USER priv.\n"+
			"Huawei: snmp-agent sys-info version v3, undo snmp-agent community for all of them, snmp-agent group v3 GROUP privacy, snmp-agent usm-user v3 USER group GROUP, authentication-mode sha2-256, privacy-mode aes256.\n"+
			"H3C: snmp-agent sys-info version v3, snmp-agent group v3 GROUP privacy, snmp-agent usm-user v3 USER GROUP simple authentication-mode sha … privacy-mode aes128 …. Cisco: no snmp-server community for all of them, snmp-server group GROUP v3 priv, snmp-server user USER GROUP v3 auth sha … priv aes 128 …."),
	Sees: checks.Say(
		"查看是否存在可用的 v1/v2c 团体名，以及每个 v3 用户的安全级别、鉴别算法（须为 SHA 系列）和加密算法（须为 AES）。SNMP 未启用或团体名、用户均确认为空时不适用。",
		"Reads whether a v1 or v2c community can be used, and of each v3 user the level, the authentication (a SHA) and the encryption (AES). Does not apply where SNMP is off, or where it was seen that there are neither communities nor users."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		if r, ok := off(f); ok {
			return []checks.Result{r}
		}
		communities, users := f.GetSnmpCommunities(), f.GetSnmpUsers()
		var out []checks.Result
		if _, only := onlyV3(f); !only {
			for _, c := range communities.GetItems() {
				if v := c.GetVersions(); facts.Known(v) && len(v.GetValue()) == 0 {
					continue
				}
				out = append(out, checks.Failed(onlyText, checks.Say("存在可用的 v1/v2c 团体名", "a v1 or v2c community can be used"), evidence(c)...).As(c.GetScope()))
			}
			out = append(out, incomplete(communities, "communities")...)
		}
		for _, u := range users.GetItems() {
			out = append(out, user(u).As("user "+u.GetScope()))
		}
		out = append(out, incomplete(users, "users")...)
		if len(out) == 0 {
			return []checks.Result{checks.NotApplicable(checks.Say("未配置 SNMP 团体名和用户", "neither communities nor users are configured"), users.GetEvidence()...)}
		}
		return out
	},
}

var onlyText = checks.Say("仅 SNMPv3，且鉴别并加密", "SNMPv3 alone, authenticated and encrypted")

func incomplete(list facts.Fact, scope string) []checks.Result {
	switch list.GetState() {
	case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT, pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return nil
	}
	r := checks.Unknown(onlyText, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
	r.Observed = checks.Say("清单不完整", "the list is not complete")
	return []checks.Result{r.As(scope)}
}

func evidence(c *pb.SnmpCommunity) []*pb.Evidence {
	for _, f := range []facts.Fact{c.GetVersions(), c.GetAccess(), c.GetDefaultName(), c.GetSources()} {
		if len(f.GetEvidence()) > 0 {
			return f.GetEvidence()
		}
	}
	return nil
}

func user(u *pb.SnmpUser) checks.Result {
	level := checks.OneOf(u.GetLevel(), "authPriv").About(checks.Say("安全级别", "level"))
	auth := checks.OneOf(u.GetAuth(), "sha", "sha224", "sha256", "sha384", "sha512", "sm3").About(checks.Say("鉴别", "authentication"))
	priv := checks.OneOf(u.GetPriv(), "aes", "aes128", "aes192", "aes256", "sm4").About(checks.Say("加密", "encryption"))
	return checks.AllOf(level, auth, priv)
}
