// Package residual holds the check on what memory and disk keep of secrets once they are released. It sees the settings
// of the operating system; how applications and storage clear what they used is stated by people.
package residual

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Data}

// Data asks that memory be cleared before it is used again and that it not be dumped to disk.
var Data = &checks.Check{
	ID:       "residual.data",
	Controls: []string{"DAT-05"},
	Title:    checks.Say("内存与磁盘中的鉴别信息在释放前得到清除", "What memory and disk held of secrets is cleared before it is used again"),
	Rationale: checks.Say(
		"进程释放的内存和崩溃转储里会残留口令、密钥与客户数据；不清除就可能被下一个使用者或读取转储文件的人得到。",
		"Released memory and crash dumps still hold passwords, keys and customers' data; uncleared, the next user or whoever reads the dump has them."),
	Remedy: checks.Say(
		"Linux：/etc/sysctl.d/60-dump.conf 设 “fs.suid_dumpable = 0”；/etc/security/limits.d/60-core.conf 设 “* hard core 0”；systemd-coredump 在 /etc/systemd/coredump.conf 设 Storage=none、ProcessSizeMax=0；"+
			"内核启动参数加入 “init_on_alloc=1 init_on_free=1”（内核 5.3 及以上，/etc/default/grub 的 GRUB_CMDLINE_LINUX，随后 grub2-mkconfig 或 update-grub）；交换分区加密或关闭；下线磁盘用 “shred”“blkdiscard” 或物理销毁。\n"+
			"网络设备：退役前清除配置与密钥（华为 “reset saved-configuration”“factory-configuration”，H3C “restore factory-default”，思科 “write erase”“crypto key zeroize”）。",
		"Linux: `fs.suid_dumpable = 0` in /etc/sysctl.d/60-dump.conf; `* hard core 0` in /etc/security/limits.d/60-core.conf; for systemd-coredump Storage=none and ProcessSizeMax=0 in /etc/systemd/coredump.conf; "+
			"start the kernel with `init_on_alloc=1 init_on_free=1` (5.3 or later; GRUB_CMDLINE_LINUX in /etc/default/grub, then grub2-mkconfig or update-grub); encrypt swap or do without; `shred`, `blkdiscard` or destroy disks that leave.\n"+
			"Devices: erase configuration and keys before they leave (Huawei `reset saved-configuration`, `factory-configuration`; H3C `restore factory-default`; Cisco `write erase`, `crypto key zeroize`)."),
	Sees: checks.Say(
		"依据三类设置，各为一项：特权程序不产生转储（fs.suid_dumpable 为 0）；普通程序不产生转储（core 硬限制为 0，或 kernel.core_pattern 交给 /bin/false）；内核在分配或释放时清零内存（init_on_alloc 或 init_on_free 为 1）。"+
			"看不到：应用自身是否清零、交换分区与磁盘是否加密、介质如何处置。",
		"Reads three settings, each judged by itself: privileged programs leave no dump (fs.suid_dumpable is 0); others leave none (a hard core limit of 0, or kernel.core_pattern that hands it to /bin/false); the kernel clears memory when it is given out or back (init_on_alloc or init_on_free is 1). "+
			"Not seen: whether applications clear theirs, whether swap and disks are encrypted, what becomes of media."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		dumps := checks.Say("特权程序不产生内存转储", "privileged programs leave no dump")
		cores := checks.Say("程序崩溃不产生内存转储", "programs that crash leave no dump")
		zeroed := checks.Say("内核清零分配或释放的内存", "the kernel clears memory when it is given out or back")
		return []checks.Result{
			setting(f, "suid_dumpable", dumps, "0").As("privileged dumps"),
			as(checks.AnyOf(coreLimit(f, cores), setting(f, "core_pattern", cores, "|/bin/false", "|/usr/bin/false", "|/bin/true", "|/usr/bin/true")), cores).As("core dumps"),
			as(checks.AnyOf(setting(f, "init_on_alloc", zeroed, "1"), setting(f, "init_on_free", zeroed, "1")), zeroed).As("memory"),
		}
	},
}

func as(r checks.Result, expected *pb.Text) checks.Result {
	r.Expected = expected
	return r
}

// setting asks that a kernel setting have one of those values. One that was not listed is unknown: a list of settings is
// complete as to what was looked for, not as to what a kernel has.
func setting(f *pb.Facts, name string, expected *pb.Text, values ...string) checks.Result {
	list := f.GetKernelSettings()
	var parts []checks.Result
	for _, s := range list.GetItems() {
		if s.GetScope()[strings.LastIndexAny(s.GetScope(), "./")+1:] != name {
			continue
		}
		r := checks.Settle(s.GetValue(), expected, slices.Contains(values, strings.TrimSpace(s.GetValue().GetValue())))
		if facts.Known(s.GetValue()) {
			r.Observed = checks.Verbatim(s.GetScope() + " = " + s.GetValue().GetValue())
		}
		parts = append(parts, r)
	}
	if len(parts) > 0 {
		return checks.AllOf(parts...)
	}
	switch list.GetState() {
	case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT:
		return checks.Unknown(expected, pb.Reason_REASON_NOT_FOUND, name, list.GetEvidence()...)
	}
	return checks.Settle(list, expected, false)
}

// coreLimit asks that nobody's programs may leave a core file.
func coreLimit(f *pb.Facts, expected *pb.Text) checks.Result {
	none := checks.Failed(expected, checks.Say("未设置 core 硬限制", "there is no hard limit on core files"), f.GetResourceLimits().GetEvidence()...)
	return checks.Summary(checks.Where(f.GetResourceLimits(), func(l *pb.ResourceLimit) bool {
		words := strings.Fields(l.GetScope())
		return len(words) == 3 && words[0] == "*" && words[1] != "soft" && words[2] == "core"
	}), "", none, func(l *pb.ResourceLimit) checks.Result {
		r := checks.Settle(l.GetValue(), expected, l.GetValue().GetValue() == "0")
		if facts.Known(l.GetValue()) {
			r.Observed = checks.Verbatim(l.GetScope() + " " + l.GetValue().GetValue())
		}
		return r
	})
}
