package access

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Session asks that reaching the target showed no danger by itself: its host key is the pinned one, the algorithms that were agreed
// on are sound, and the login did not ask for an initial password to be changed.
var Session = &checks.Check{
	ID:       "access.session",
	Controls: []string{"RMT-01"},
	Title:    checks.Say("检查时的登录会话未发现隐患", "The session that read the target showed no danger"),
	Rationale: checks.Say(
		"主机密钥改变可能是设备被替换或有人在中间截获口令；双方协商到的过时算法可被破解；登录时要求修改初始口令说明该账户仍在使用交付时的口令。这些是配置中看不到的事实。",
		"A changed host key may mean another device, or somebody in between who collects passwords. Outdated algorithms that were agreed on can be broken. A login that asks for the initial password to be changed shows that the account still has the one it was delivered with. No configuration says so."),
	Remedy: checks.Say(
		"主机密钥：由设备管理员在控制台核对指纹，确认是更换设备或重新生成密钥后，用 plumbline-collector trust 重新登记。\n"+
			"算法：设备上停用 SHA-1、CBC、3DES、RC4、1024 位及以下的密钥交换（华为 ssh server cipher/hmac/key-exchange，H3C ssh2 algorithm，Cisco ip ssh server algorithm），必要时升级版本。\n"+
			"初始口令：由账户使用人登录设备修改，再更新采集器的凭据。",
		"Host key: have the device's administrator compare the fingerprint at the console; if the device or its key was replaced, accept it with plumbline-collector trust.\n"+
			"Algorithms: switch off SHA-1, CBC, 3DES, RC4 and key exchanges of 1024 bits or less on the device (Huawei ssh server cipher/hmac/key-exchange, H3C ssh2 algorithm, Cisco ip ssh server algorithm), upgrade if it takes that.\n"+
			"Initial password: have the account's user log in and change it, then update the collector's credential."),
	Sees: checks.Say(
		"采集器连接目标时的亲眼所见：主机密钥与登记的是否一致、协商到的算法、登录对话是否要求修改口令。本机检查和读取配置文件时没有这样的会话，不适用。",
		"What the collector itself saw when it reached the target: whether the host key is the pinned one, which algorithms were agreed on, whether the login asked for a change of password. A host that checks itself and a saved configuration have no such session: not applicable."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		s := f.GetSession()
		if s == nil {
			return []checks.Result{checks.NotApplicable(checks.Say("未经网络登录", "not reached over the network"))}
		}
		pinned := checks.Say("与登记的主机密钥一致", "the host key that was pinned")
		sound := checks.Say("未使用过时算法", "no outdated algorithm")
		settled := checks.Say("登录时未要求修改口令", "the login asks for no change of password")
		algorithms := checks.Settle(s.GetWeakAlgorithms(), sound, len(s.GetWeakAlgorithms().GetValue()) == 0)
		if s.GetWeakAlgorithms().GetState() == pb.FactState_FACT_STATE_ABSENT {
			algorithms = checks.Passed(sound, checks.Say("均为现行算法", "none"), s.GetWeakAlgorithms().GetEvidence()...)
		}
		return []checks.Result{
			checks.Is(s.GetHostKeyPinned(), true, pinned).As("host key"),
			algorithms.As("algorithms"),
			checks.Is(s.GetPasswordChangeDemanded(), false, settled).As("password"),
		}
	},
}
