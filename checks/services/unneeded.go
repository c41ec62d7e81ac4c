package services

import (
	"fmt"
	"path"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Unneeded asks that what no server needs is off, and what only some roles need is off unless the role needs it.
var Unneeded = &checks.Check{
	ID:       "services.unneeded",
	Controls: []string{"PRT-02"},
	Title:    checks.Say("不必要的服务和组件已停用、卸载", "Services and components that are not needed are off and removed"),
	Rationale: checks.Say(
		"每个多余的服务都增加攻击面。telnet、rsh、NIS、tftp、finger 等明文或无鉴别的服务在任何角色上都不应存在；打印、Avahi、NFS、Samba、Web 等服务仅应在确有业务需要的角色上运行。",
		"Every service too many is one more way in. Services that speak clear text or ask nobody who he is (telnet, rsh, NIS, tftp, finger, …) have no place on any role; printing, Avahi, NFS, Samba, web servers and the like belong only where the role needs them."),
	Remedy: checks.Say(
		"Linux：systemctl disable --now 服务名（套接字单元一并停用，如 telnet.socket、cups.socket、avahi-daemon.socket），必要时 systemctl mask；inetd/xinetd 中删除对应行或置 disable = yes。卸载软件包：RHEL/openEuler/麒麟 用 yum remove telnet-server rsh-server ypserv tftp-server talk-server，Debian/Ubuntu/UOS 用 apt purge telnetd rsh-server nis tftpd-hpa talkd。\n"+
			"Cisco：no service tcp-small-servers、no service udp-small-servers、no service pad、no ip bootp server、no ip finger、no vstack、no ip http server。华为：undo telnet server enable、undo ftp server、undo http server enable。H3C：undo telnet server enable、undo ftp server enable、undo ip http enable。\n"+
			"确属业务需要的服务，在场所文件 roles.角色.services 中声明；需要保留的软件包在 software 中声明。",
		"Linux: systemctl disable --now NAME (its socket units too: telnet.socket, cups.socket, avahi-daemon.socket), systemctl mask where it comes back; in inetd or xinetd remove the line or set disable = yes. Remove packages: yum remove telnet-server rsh-server ypserv tftp-server talk-server on RHEL, openEuler and Kylin; apt purge telnetd rsh-server nis tftpd-hpa talkd on Debian, Ubuntu and UOS.\n"+
			"Cisco: no service tcp-small-servers, no service udp-small-servers, no service pad, no ip bootp server, no ip finger, no vstack, no ip http server. Huawei: undo telnet server enable, undo ftp server, undo http server enable. H3C: undo telnet server enable, undo ftp server enable, undo ip http enable.\n"+
			"State services that a role really needs in the site file under roles.ROLE.services, and packages to be kept under software."),
	Sees: checks.Say(
		"查看服务（启用与运行状态）、inetd/xinetd 条目、设备功能及已安装软件包，按已知名单判断；名单外的服务不作判断，由 ports.listening 按端口核对。邮件传输代理和 snmpd 不在名单内。",
		"Reads services (enabled, running), inetd and xinetd entries, features of devices and installed packages, and judges those on a list of known ones. What is not on the list is not judged here; ports.listening sees it by its port. Mail transfer agents and snmpd are not on the list."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		out := checks.EachWhere(f.GetServices(),
			checks.Passed(noneListed, checks.Say("共 %d 项服务，均无清单内的多余服务启用或运行", "%d services seen; none on the list is enabled or runs", len(f.GetServices().GetItems()))),
			func(s *pb.Service) bool { _, listed := OfService(s.GetScope()); return listed && StateOf(s) != Off },
			func(s *pb.Service) checks.Result { return unneeded(s, p.Env) })
		if checks.Device(f) && f.GetPackages() == nil {
			return out
		}
		return append(out, packages(f.GetPackages(), p.Site).As("packages"))
	},
}

var (
	noneListed = checks.Say("不启用多余服务", "no service that is not needed")
	noPackages = checks.Say("不安装多余组件", "no component that is not needed")
)

func unneeded(s *pb.Service, env checks.Env) checks.Result {
	k, _ := OfService(s.GetScope())
	state, ev := StateOf(s), Evidence(s)
	if k.Never {
		expected := checks.Say("任何角色均不启用 %s", "%s is off on every role", k.Name)
		if state == Unclear {
			return checks.Unknown(expected, Doubt(s).GetReason(), Doubt(s).GetDetail(), ev...)
		}
		return checks.Failed(expected, Told(s), ev...)
	}
	expected := checks.Say("%s 仅在角色需要时启用", "%s only where the role needs it", k.Name)
	role, stated := env.Site.Role(env.Role)
	if quote := approval(k, s.GetScope(), env.Role, role); quote != "" {
		return checks.Passed(expected, Told(s), ev...).Quoting(quote)
	}
	switch {
	case state == Unclear:
		return checks.Unknown(expected, Doubt(s).GetReason(), Doubt(s).GetDetail(), ev...)
	case !stated || role.Services == nil:
		return checks.Unstated(expected, Told(s), question(env.Role, Bare(s.GetScope())), ev...)
	}
	return checks.Failed(expected, Told(s), ev...).Quoting(fmt.Sprintf("roles.%s.services: [%s]", env.Role, strings.Join(role.Services, ", ")))
}

func question(role, service string) *pb.Text {
	if role == "" {
		return checks.Say("该目标是什么角色，是否需要 %s？请以 --role 或在清单中指定角色，并在场所文件 roles.角色.services 中列出允许的服务", "which role has this target, and does it need %s? Give it one (--role, or in the inventory) and list what may run under roles.ROLE.services", service)
	}
	return checks.Say("角色 %[1]s 是否需要 %[2]s？请在场所文件 roles.%[1]s.services 中列出允许的服务（不需要任何服务则写 []）", "does a %[1]s need %[2]s? List what may run under roles.%[1]s.services ([] for nothing)", role, service)
}

// approval quotes the statement by which a role may run a service, "" if there is none.
func approval(k Known, scope, name string, role site.Role) string {
	bare := Bare(scope)
	for _, s := range role.Services {
		if s == scope || strings.EqualFold(s, k.Name) || Bare(s) == bare {
			return fmt.Sprintf("roles.%s.services: %s", name, s)
		}
	}
	for _, stated := range role.Ports {
		for _, own := range k.Ports {
			if covers(stated, own) {
				return fmt.Sprintf("roles.%s.ports: %s", name, stated)
			}
		}
	}
	return ""
}

func covers(stated, own string) bool {
	a, err1 := site.ParsePorts(stated)
	b, err2 := site.ParsePorts(own)
	return err1 == nil && err2 == nil && a.Protocol == b.Protocol && a.First <= b.First && b.Last <= a.Last
}

// packages is one verdict on what is installed: long lists of which people want the exceptions.
func packages(list *pb.PackageList, s *site.Site) checks.Result {
	var parts []checks.Result
	var asked []string
	var askedAt []*pb.Evidence
	for _, k := range list.GetItems() {
		known, listed := OfPackage(k.GetScope())
		if !listed {
			continue
		}
		name, _, _ := strings.Cut(k.GetScope(), ":")
		ev := k.GetVersion().GetEvidence()
		installed := checks.Say("已安装 %s", "%s is installed", name)
		switch quote, kept := keeps(s, name); {
		case kept:
			parts = append(parts, checks.Passed(noPackages, installed, ev...).Quoting(quote))
		case !known.Never && (s == nil || s.Software == nil):
			asked, askedAt = append(asked, name), append(askedAt, ev...)
		case !known.Never:
			parts = append(parts, checks.Failed(noPackages, installed, ev...).Quoting("software: ["+strings.Join(s.Software, ", ")+"]"))
		default:
			parts = append(parts, checks.Failed(noPackages, installed, ev...))
		}
	}
	if names := strings.Join(asked, ", "); names != "" {
		parts = append(parts, checks.Unstated(noPackages, checks.Say("已安装 %s", "%s installed", names),
			checks.Say("是否允许保留 %s？请在场所文件 software 中列出允许保留的软件包（没有则写 []）", "may %s be kept? List packages to be kept under software in the site file ([] for none)", names), askedAt...))
	}
	// What Each says of the list itself: that it is not complete, or that it is.
	all := checks.Passed(noPackages, checks.Say("共 %d 个软件包，无清单内的多余组件", "%d packages seen, none of them on the list", len(list.GetItems())), list.GetEvidence()...)
	about := checks.EachWhere(list, all, func(*pb.Package) bool { return false }, nil)
	if len(parts) == 0 || about[0].Outcome != pb.Outcome_OUTCOME_PASS {
		parts = append(parts, about...)
	}
	return checks.AllOf(parts...)
}

// keeps quotes the pattern by which the site keeps a package.
func keeps(s *site.Site, name string) (quote string, ok bool) {
	if s == nil {
		return "", false
	}
	for _, pattern := range s.Software {
		if match, err := path.Match(pattern, name); match && err == nil {
			return "software: " + pattern, true
		}
	}
	return "", false
}
