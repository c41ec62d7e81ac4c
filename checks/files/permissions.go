package files

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Permissions asks that important files be no laxer than the table allows.
var Permissions = &checks.Check{
	ID:       "files.permissions",
	Controls: []string{"FIL-01"},
	Title:    checks.Say("重要目录与文件的权限受到严格控制", "Rights on important files and directories are strict"),
	Rationale: checks.Say(
		"能改写账号、提权、计划任务或启动配置文件的普通用户等同于管理员；能读取口令散列与密钥的用户可以离线破解或冒用。",
		"A user who can change account, privilege, job or boot files is an administrator in all but name; one who can read password hashes and keys can crack or use them."),
	Remedy: checks.Say(
		"Linux（属主均为 root）：“chmod 644 /etc/passwd /etc/group”；“chmod 640 /etc/shadow /etc/gshadow”（RHEL/麒麟/openEuler 为 000，属组 root；Debian/Ubuntu/UOS 为 640，属组 shadow）；“chmod 440 /etc/sudoers /etc/sudoers.d/*”；"+
			"“chmod 600 /etc/ssh/sshd_config /etc/ssh/ssh_host_*_key”（RHEL 的主机密钥也可 640，属组 ssh_keys）；“chmod 600 /etc/crontab”，“chmod 700 /etc/cron.{d,hourly,daily,weekly,monthly}”；“chmod 600 /boot/grub2/grub.cfg”（Debian 为 /boot/grub/grub.cfg）；"+
			"“chmod 700 /root”；“chmod 1777 /tmp /var/tmp”；日志见 logging.access。软件包更新可能恢复默认权限，Debian 可用 dpkg-statoverride 固定。\n"+
			"网络设备不适用。",
		"Linux (root owns all): `chmod 644 /etc/passwd /etc/group`; `chmod 640 /etc/shadow /etc/gshadow` (RHEL, Kylin, openEuler 000, group root; Debian, Ubuntu, UOS 640, group shadow); `chmod 440 /etc/sudoers /etc/sudoers.d/*`; "+
			"`chmod 600 /etc/ssh/sshd_config /etc/ssh/ssh_host_*_key` (host keys of RHEL may be 640, group ssh_keys); `chmod 600 /etc/crontab`, `chmod 700 /etc/cron.{d,hourly,daily,weekly,monthly}`; `chmod 600 /boot/grub2/grub.cfg` (Debian: /boot/grub/grub.cfg); "+
			"`chmod 700 /root`; `chmod 1777 /tmp /var/tmp`; logs: see logging.access. Updates may restore a package's own modes; on Debian dpkg-statoverride keeps yours.\n"+
			"Does not apply to network devices."),
	Sees: checks.Say(
		"依据：驱动列出的文件与目录的权限位、属主和属组，逐位与下表比较（属主自己的位不论，root 总能读写；其他用户可写的目录必须有粘滞位；表中文件不得有 SUID/SGID 位；属组只在其权限多于其他用户时比较）。"+
			"表中没有而驱动列出的路径，只要求其他用户不可写。不存在的文件不适用。链接只在发行版惯用之处接受，按其指向的目标判断。POSIX ACL、SELinux 与全盘的 SUID、无主文件不在此列。%s",
		"Reads mode, owner and group of the files and directories that the driver lists and compares them bit by bit with the table below (the owner's own bits do not matter, root can always read and write; a directory that others can write needs the sticky bit; "+
			"files in the table may not be set-user-id or set-group-id; the group matters where it may do more than others). Of other listed paths only that others cannot write them is asked. A file that does not exist does not apply. Links are accepted where distributions use them, and judged by what they point to. "+
			"POSIX ACLs, SELinux, and set-user-id or unowned files elsewhere are not seen.%s", describe()),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		list := f.GetFiles()
		if list == nil && checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备不以文件权限管理配置", "a network device does not guard its configuration by file modes"),
				f.GetPlatform().GetKind().GetEvidence()...)}
		}
		byScope := map[string][]*pb.FilePermission{}
		for _, it := range list.GetItems() {
			s, _ := find(it.GetScope())
			byScope[s.scope] = append(byScope[s.scope], it)
		}
		var out []checks.Result
		for _, s := range append(slices.Clone(table), others) {
			if items := byScope[s.scope]; len(items) > 0 {
				seen := &pb.FilePermissionList{State: pb.FactState_FACT_STATE_KNOWN, Items: items}
				expected := checks.Say("%s的权限不宽于规定", "%s are no laxer than allowed", s.name)
				out = append(out, checks.Summary(seen, s.scope, checks.Nothing(expected), file))
			}
		}
		// What the list itself says: that it is not complete, or that there was nothing.
		whole := checks.Each(checks.Where(list, func(*pb.FilePermission) bool { return false }),
			checks.Nothing(checks.Say("重要文件的权限不宽于规定", "important files are no laxer than allowed")), file)
		if complete := list.GetState() == pb.FactState_FACT_STATE_KNOWN || list.GetState() == pb.FactState_FACT_STATE_ABSENT; !complete || len(out) == 0 {
			out = append(out, whole...)
		}
		return out
	},
}

// file judges one file by its rule.
func file(it *pb.FilePermission) checks.Result {
	_, r := find(it.GetScope())
	kind := it.GetKind().GetValue()
	expected := checks.Say("权限不宽于 %s", "no laxer than %s", r.upTo(kind == "directory"))
	mode := it.GetMode()
	settled := checks.Settle(mode, expected, false)
	if mode.GetState() == pb.FactState_FACT_STATE_ABSENT {
		return checks.NotApplicable(checks.Say("不存在", "does not exist"), mode.GetEvidence()...)
	}
	if settled.Outcome != pb.Outcome_OUTCOME_FAIL {
		return settled
	}
	if kind == "link" && r.linked && mode.GetValue() == "0777" { // its own mode: what it points to has another name
		return checks.NotApplicable(checks.Say("是链接", "a link"), mode.GetEvidence()...)
	}
	if kind == "link" && !r.linked {
		return checks.Undecided(expected, checks.Say("是链接", "a link"), pb.Reason_REASON_UNSAFE_FILE,
			checks.Say("它指向的文件未读取", "what it points to was not read"), mode.GetEvidence()...)
	}
	bits, err := strconv.ParseUint(strings.TrimPrefix(mode.GetValue(), "0o"), 8, 32)
	if err != nil || bits > 0o7777 {
		return checks.Unknown(expected, pb.Reason_REASON_NOT_UNDERSTOOD, mode.GetValue(), mode.GetEvidence()...)
	}
	return checks.AllOf(r.bits(uint32(bits), it.GetKind(), expected, mode.GetEvidence()), owner(it, r), group(it, r, uint32(bits)))
}

// bits compares the permission bits with the rule.
func (r rule) bits(mode uint32, kind *pb.TextFact, expected *pb.Text, ev []*pb.Evidence) checks.Result {
	seen := checks.Verbatim(fmt.Sprintf("%04o", mode))
	const (
		writableByOthers = 0o002
		sticky           = 0o1000
		setID            = 0o6000
	)
	special := mode&setID != 0 && !r.special || mode&writableByOthers != 0 // right for directories, at most
	switch {
	case mode&0o077&^r.most != 0:
		return checks.Failed(expected, checks.Say("%s，最宽 %s", "%s, at most %s", seen, r.upTo(kind.GetValue() == "directory")), ev...)
	case mode&writableByOthers != 0 && mode&sticky == 0:
		return checks.Failed(expected, checks.Say("%s，其他用户可写且没有粘滞位", "%s, others can write it and it is not sticky", seen), ev...)
	case special && (kind.GetState() != pb.FactState_FACT_STATE_KNOWN || kind.GetValue() == "link"):
		return checks.Unknown(expected, kind.GetReason(), kind.GetDetail(), ev...)
	case special && kind.GetValue() != "directory":
		return checks.Failed(expected, checks.Say("%s，不应有的特殊位或其他用户写权限", "%s, with a special bit or writable by others", seen), ev...)
	}
	return checks.Passed(expected, seen, ev...)
}

func owner(it *pb.FilePermission, r rule) checks.Result {
	if r.owners == nil {
		return checks.Result{Outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE}
	}
	res := checks.Settle(it.GetOwner(), checks.Say("属主为 %s", "owned by %s", names(r.owners)), slices.Contains(r.owners, it.GetOwner().GetValue()))
	return res.About(checks.Say("属主", "owner"))
}

// group matters where it may do what others may not.
func group(it *pb.FilePermission, r rule, mode uint32) checks.Result {
	if r.groups == nil || mode>>3&0o7&^(mode&0o7) == 0 {
		return checks.Result{Outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE}
	}
	res := checks.Settle(it.GetGroup(), checks.Say("属组为 %s", "group %s", names(r.groups)), slices.Contains(r.groups, it.GetGroup().GetValue()))
	return res.About(checks.Say("属组", "group"))
}
