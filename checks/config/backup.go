package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Backup asks that copies of the configuration leave the device by themselves.
var Backup = &checks.Check{
	ID:       "config.backup",
	Controls: []string{"BAK-01"},
	Title:    checks.Say("配置自动备份到设备之外", "Configurations are copied off the device by themselves"),
	Rationale: checks.Say(
		"设备损坏或被误改时，只有存放在别处的最新配置才能恢复业务；存放在设备自身存储上的副本会随设备一起丢失。",
		"When a device breaks or is changed by mistake, only a recent copy that is somewhere else brings the service back; a copy on its own storage goes with it."),
	Remedy: checks.Say(
		"华为：set save-configuration backup-to-server server 地址 transport-type sftp user 用户 password …。H3C：archive configuration server scp 地址 与 archive configuration interval。Cisco：archive 下 path scp://地址/$h-$t、write-memory、time-period 1440。由网管系统定期拉取配置的，以证明材料登记。",
		"Huawei: set save-configuration backup-to-server server ADDRESS transport-type sftp user USER password …. H3C: archive configuration server scp ADDRESS and archive configuration interval. Cisco: under archive path scp://ADDRESS/$h-$t, write-memory, time-period 1440. Where a management system fetches the configurations, record that as an attestation."),
	Sees: checks.Say(
		"查看设备自动把配置发往何处；仅存于本机存储的不算备份。网管系统主动拉取、备份的离线保存和安全存放看不到，由人证明。主机不适用。",
		"Reads where the device sends copies by itself; copies on its own storage are no backup. A management system that fetches them, offline copies and how they are kept are not seen, and people attest them. Does not apply to hosts."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		a := f.GetSaved().GetArchives()
		if isHost(f) && a.GetState() == pb.FactState_FACT_STATE_UNSPECIFIED {
			return []checks.Result{checks.NotApplicable(checks.Say("主机备份由备份系统负责", "backing up hosts is the backup system's work"))}
		}
		away := slices.ContainsFunc(a.GetValue(), func(to string) bool { return !onDevice.MatchString(strings.TrimSpace(to)) })
		r := checks.Settle(a, checks.Say("自动发送到其他主机", "sent to another machine by themselves"), away)
		switch {
		case a.GetState() == pb.FactState_FACT_STATE_ABSENT, facts.Known(a) && len(a.GetValue()) == 0:
			r.Observed = checks.Say("未配置自动备份", "nothing sends copies")
		case facts.Known(a) && !away:
			r.Observed = checks.Say("仅存于设备自身：%s", "on the device itself only: %s", strings.Join(a.GetValue(), ", "))
		}
		return []checks.Result{r}
	},
}

// onDevice are the names that platforms give to their own storage.
var onDevice = regexp.MustCompile(`(?i)^(/|(file|local|localhost|flash|bootflash|slavebootflash|sdflash|nvram|disk|slot|cfcard|cfa|usb|harddisk|hda|hd|media|unix|chassis)\d*(#\w+)?(:|/|$))`)
