// Package dedicated holds the check that a server is not used as somebody's workstation. It does not judge which services
// share a server (see ports and services).
package dedicated

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Server}

// A use is a way of using a server as a workstation, told by packages and programs. Patterns are those of path.Match.
type use struct {
	name     *pb.Text
	patterns []string
}

// uses are looked for in this order. Names of libraries and server parts are left out on purpose.
var uses = []use{
	{checks.Say("浏览器", "browser"), []string{"firefox", "firefox-esr", "firefox-bin", "chromium", "chromium-browser", "chrome", "google-chrome", "google-chrome-*", "microsoft-edge*", "msedge", "opera", "opera-stable",
		"epiphany", "epiphany-browser", "konqueror", "midori", "falkon", "seamonkey", "lynx", "links", "links2", "elinks", "w3m", "browser360-cn*", "360se*", "qaxbrowser*", "org.deepin.browser", "deepin-browser"}},
	{checks.Say("邮件客户端", "mail client"), []string{"thunderbird", "thunderbird-bin", "evolution", "kmail", "geary", "claws-mail", "sylpheed", "mutt", "neomutt", "alpine", "deepin-mail", "org.deepin.mail", "foxmail*", "coremail*client*"}},
	{checks.Say("办公软件", "office suite"), []string{"libreoffice", "libreoffice-writer", "libreoffice-calc", "libreoffice-core", "soffice", "soffice.bin", "openoffice*", "wps-office*", "cn.wps.*", "wps", "et", "wpp", "yozo-office*", "calligra*", "abiword", "gnumeric"}},
	{checks.Say("即时通信", "instant messenger"), []string{"pidgin", "empathy", "telegram-desktop", "skypeforlinux*", "slack", "slack-desktop", "discord", "wechat*", "weixin*", "com.tencent.*", "linuxqq", "qq", "dingtalk*", "com.alibabainc.dingtalk", "feishu*", "bytedance-feishu*", "hexchat", "irssi"}},
	{checks.Say("下载与 P2P 工具", "download or P2P program"), []string{"transmission", "transmission-gtk", "transmission-daemon", "transmission-cli", "qbittorrent*", "deluge*", "amule*", "ktorrent", "rtorrent", "aria2", "aria2c", "com.xunlei.download", "xunlei*", "thunder", "baidunetdisk*", "com.baidu.baidunetdisk"}},
	{checks.Say("图形桌面", "graphical desktop"), []string{"gnome-shell", "gdm", "gdm3", "lightdm", "sddm", "plasma-desktop", "plasma-workspace", "plasmashell", "xfce4-session", "mate-session-manager", "mate-session", "cinnamon", "lxsession", "lxdm",
		"ukui-session-manager", "ukui-session", "dde-desktop", "dde-session-shell", "startdde", "kiran-session-manager"}},
}

// Server asks that no client software be installed on or run by a server.
var Server = &checks.Check{
	ID:       "dedicated.server",
	Controls: []string{"SYS-01"},
	Title:    checks.Say("服务器专用，不用于收发邮件、浏览网页等客户端用途", "The server is dedicated: no mail, browsing or other client use"),
	Rationale: checks.Say(
		"浏览网页、收发邮件和即时通信是恶意代码进入的主要途径；客户端软件与图形桌面还带来大量与业务无关的漏洞。",
		"Browsing, mail and messengers are the main ways in for malware; client programs and desktops bring holes that the service does not need."),
	Remedy: checks.Say(
		"卸载客户端软件：“dnf remove firefox thunderbird libreoffice\\*” 或 “apt purge …”；将默认启动目标改为多用户：“systemctl set-default multi-user.target”，并卸载显示管理器（gdm、lightdm、sddm）。"+
			"业务确需的软件包（如用于文档转换的 LibreOffice）写入场所文件 software。网络设备不适用。",
		"Remove client software: `dnf remove firefox thunderbird libreoffice\\*` or `apt purge …`; start without a desktop: `systemctl set-default multi-user.target`, and remove the display manager (gdm, lightdm, sddm). "+
			"List packages that the service needs (LibreOffice to convert documents, say) under software in the site file. Does not apply to network devices."),
	Sees: checks.Say(
		"依据：已安装的软件包与正在运行的程序，按名称与浏览器、邮件客户端、办公软件、即时通信、下载工具、图形桌面清单比对；场所文件 software 中允许的除外。不在清单中的、解压即用的程序只有运行时才可能看到；服务器是否混用多种业务见 ports.listening。",
		"Compares installed packages and running programs by name with lists of browsers, mail clients, office suites, messengers, download programs and desktops, except those that the site allows under software. Programs unpacked by hand are only seen while they run, if they are on the lists. Whether services are mixed: ports.listening."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		if f.GetPackages() == nil && f.GetProcesses() == nil && checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备上没有客户端软件", "there is no client software on a network device"), f.GetPlatform().GetKind().GetEvidence()...)}
		}
		var allowed []string
		if p.Site != nil {
			allowed = p.Site.Software
		}
		return []checks.Result{packages(f.GetPackages(), allowed).As("packages"), processes(f.GetProcesses().GetNames(), allowed).As("processes")}
	},
}

func packages(list *pb.PackageList, allowed []string) checks.Result {
	expected := checks.Say("未安装客户端软件", "no client software is installed")
	r := checks.Summary(list, "", checks.Nothing(expected), func(p *pb.Package) checks.Result {
		name, _, _ := strings.Cut(p.GetScope(), ":") // name:architecture
		if u := client(name); u != nil && !matches(allowed, name) {
			return checks.Failed(expected, u, p.GetVersion().GetEvidence()...)
		}
		return checks.Passed(expected, checks.Say("非客户端软件", "no client software"))
	})
	if r.Outcome == pb.Outcome_OUTCOME_PASS {
		r.Observed = checks.Say("%d 个软件包中没有客户端软件", "no client software among %d packages", len(list.GetItems()))
	}
	return quote(r, allowed)
}

func processes(f *pb.TextsFact, allowed []string) checks.Result {
	expected := checks.Say("未运行客户端软件", "no client software runs")
	var found []string
	for _, name := range f.GetValue() {
		if client(name) != nil && !matches(allowed, name) {
			found = append(found, name)
		}
	}
	r := checks.Settle(f, expected, len(found) == 0)
	switch {
	case !facts.Known(f):
	case len(f.GetValue()) == 0: // the reader itself runs
		return checks.Unknown(expected, pb.Reason_REASON_UNSPECIFIED, "", f.GetEvidence()...)
	case len(found) == 0:
		r.Observed = checks.Say("%d 个程序中没有客户端软件", "no client software among %d programs", len(f.GetValue()))
	default:
		slices.Sort(found)
		r.Observed = checks.Say("正在运行：%s", "running: %s", strings.Join(slices.Compact(found), ", "))
	}
	return quote(r, allowed)
}

func quote(r checks.Result, allowed []string) checks.Result {
	if len(allowed) == 0 {
		return r
	}
	return r.Quoting("software: " + strings.Join(allowed, ", "))
}

// client says what kind of client software a name is; nil if it is none.
func client(name string) *pb.Text {
	for _, u := range uses {
		if matches(u.patterns, strings.ToLower(name)) {
			return u.name
		}
	}
	return nil
}

// matches compares what stands before the first wildcard first: hardly any of the thousands of packages of a host gets past
// that.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		wild := strings.IndexAny(p, `*?[\`)
		if wild < 0 {
			return p == name
		}
		if !strings.HasPrefix(name, p[:wild]) {
			return false
		}
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
