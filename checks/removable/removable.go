// Package removable holds the check on plugged-in storage. It sees settings; which media were plugged in and whether they
// were scanned is not judged.
package removable

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Storage}

// Storage asks that USB storage be blocked, or limited to listed devices.
var Storage = &checks.Check{
	ID:       "removable.storage",
	Controls: []string{"MAL-06"},
	Title:    checks.Say("限制使用移动存储介质", "The use of removable storage is limited"),
	Rationale: checks.Say(
		"U 盘是恶意代码越过网络边界进入生产环境、数据被带出的常见途径。",
		"USB sticks carry malware past every network border into production, and data out of it."),
	Remedy: checks.Say(
		"Linux：/etc/modprobe.d/usb-storage.conf 写入 “install usb-storage /bin/false” 与 “blacklist usb-storage”（另加 uas），“modprobe -r usb-storage uas”，并重建 initramfs；"+
			"确需使用时改用 usbguard：“dnf install usbguard && usbguard generate-policy > /etc/usbguard/rules.conf && systemctl enable --now usbguard”，只放行登记的设备。桌面环境关闭自动挂载。\n"+
			"网络设备：关闭 USB 口开局与自动加载（华为 “undo set usb-autorun enable” 一类命令，H3C “usb disable”，思科 “no usb …”，以版本文档为准），并封闭物理端口。",
		"Linux: `install usb-storage /bin/false` and `blacklist usb-storage` (likewise uas) in /etc/modprobe.d/usb-storage.conf, `modprobe -r usb-storage uas`, rebuild the initramfs; "+
			"where storage is needed, use usbguard: `dnf install usbguard && usbguard generate-policy > /etc/usbguard/rules.conf && systemctl enable --now usbguard`, and let listed devices only in. Switch automatic mounting off on desktops.\n"+
			"Devices: switch deployment and loading from USB off (H3C `usb disable`; for others see the documentation of the version), and close the ports physically."),
	Sees: checks.Say(
		"依据：USB 存储是否被禁用或仅允许登记的设备。自动挂载会写明但不影响结论。光驱、SD 卡、虚拟机的直通设备以及物理端口管理不在此列。",
		"Reads whether USB storage is blocked or only listed devices are let in. Automatic mounting is told but does not decide. Optical drives, cards, devices passed through to virtual machines and closed ports are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		s := f.GetRemovableStorage()
		r := checks.Is(s.GetBlocked(), true, checks.Say("移动存储被禁用或仅允许登记的设备", "removable storage is blocked or limited to listed devices"))
		if !facts.Known(s.GetBlocked()) {
			return []checks.Result{r}
		}
		r.Observed = checks.Say("未限制", "not limited")
		if s.GetBlocked().GetValue() {
			r.Observed = checks.Say("已限制", "limited")
		}
		if by := s.GetMechanism(); facts.Known(by) && by.GetValue() != "none" {
			r.Observed = checks.Say("%s（%s）", "%s (%s)", r.Observed, by.GetValue())
		}
		if auto := s.GetAutomount(); facts.Known(auto) && auto.GetValue() {
			r.Observed = checks.Say("%s；插入即自动挂载", "%s; media are mounted by themselves", r.Observed)
		}
		return []checks.Result{r}
	},
}
