// Package software judges where installed software comes from. What is installed is judged in checks/services, and
// whether it is up to date in checks/patch.
package software

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Sources}

// Sources asks that software comes from repositories that the site trusts, and is verified.
var Sources = &checks.Check{
	ID:       "software.sources",
	Controls: []string{"SYS-02"},
	Title:    checks.Say("软件来源可靠并校验签名", "Software comes from trusted sources and is verified"),
	Rationale: checks.Say(
		"来源不明或未校验签名的软件包可能被植入后门。软件源应限于本单位认可的镜像，并强制校验签名。",
		"A package from somewhere, or one that nobody verified, may carry a back door. Repositories are those that the firm trusts, and signatures are checked."),
	Remedy: checks.Say(
		"RHEL/openEuler/麒麟：/etc/yum.conf（dnf.conf）及 /etc/yum.repos.d/*.repo 中 gpgcheck=1，删除不认可的源。Debian/Ubuntu/UOS：删除源中的 [trusted=yes] 与 apt 配置中的 AllowUnauthenticated、AllowInsecureRepositories，用 signed-by 指定密钥。\n"+
			"在场所文件 repositories 中声明认可的软件源（主机名或 URL 前缀）。",
		"RHEL, openEuler, Kylin: gpgcheck=1 in /etc/yum.conf (dnf.conf) and /etc/yum.repos.d/*.repo, and remove repositories that are not trusted. Debian, Ubuntu, UOS: remove [trusted=yes] from sources, AllowUnauthenticated and AllowInsecureRepositories from apt's configuration, and name keys with signed-by.\n"+
			"State trusted repositories under repositories in the site file, as hosts or beginnings of URLs."),
	Sees: checks.Say(
		"查看在用的软件源及是否全部校验签名，并与场所文件 repositories 核对。不经软件源安装的程序看不到。网络设备由 version.recorded 判断。",
		"Reads the repositories in use and whether all are verified by signature, and compares them with repositories in the site file. Programs installed without a repository are not seen. Network devices are judged by version.recorded."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		if checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备不使用软件源", "network devices use no repositories"))}
		}
		signed := checks.Is(f.GetPatches().GetSignedSources(), true, checks.Say("全部软件源校验签名", "every repository is verified by signature")).As("signatures")
		return []checks.Result{signed, trusted(f.GetPatches().GetSources(), p.Site).As("repositories")}
	},
}

func trusted(f *pb.TextsFact, s *site.Site) checks.Result {
	expected := checks.Say("软件源均为认可的来源", "every repository is a trusted one")
	switch {
	case f.GetState() == pb.FactState_FACT_STATE_ABSENT, facts.Known(f) && len(f.GetValue()) == 0:
		return checks.NotApplicable(checks.Say("未使用软件源", "no repository is in use"), f.GetEvidence()...)
	case !facts.Known(f):
		return checks.Settle(f, expected, false)
	}
	seen := checks.Verbatim(strings.Join(f.GetValue(), ", "))
	if s == nil || s.Repositories == nil {
		return checks.Unstated(expected, seen, checks.Say("这些软件源是否可靠？请在场所文件 repositories 中列出认可的软件源", "are these repositories trusted? List those that are under repositories in the site file"), f.GetEvidence()...)
	}
	quote := fmt.Sprintf("repositories: [%s]", strings.Join(s.Repositories, ", "))
	var strange []string
	for _, source := range f.GetValue() {
		if !slices.ContainsFunc(s.Repositories, func(stated string) bool { return from(source, stated) }) {
			strange = append(strange, source)
		}
	}
	if len(strange) > 0 {
		return checks.Failed(expected, checks.Say("未声明：%s", "not stated: %s", strings.Join(strange, ", ")), f.GetEvidence()...).Quoting(quote)
	}
	return checks.Passed(expected, seen, f.GetEvidence()...).Quoting(quote)
}

// from says whether a source is, or lies below, what was stated: a host, or the beginning of a URL up to a whole part.
func from(source, stated string) bool {
	if !strings.Contains(stated, "://") {
		u, err := url.Parse(address(source))
		return err == nil && u.Hostname() != "" && strings.EqualFold(u.Hostname(), stated)
	}
	a, err1 := url.Parse(address(source))
	b, err2 := url.Parse(stated)
	if err1 != nil || err2 != nil || !strings.EqualFold(a.Scheme, b.Scheme) || !strings.EqualFold(a.Host, b.Host) || strings.Contains(a.Path, "..") {
		return false
	}
	root := strings.TrimSuffix(b.Path, "/")
	return a.Path == root || strings.HasPrefix(a.Path, root+"/")
}

// address is the URL in a source as a driver states it, which may stand among other words.
func address(source string) string {
	for word := range strings.FieldsSeq(source) {
		if strings.Contains(word, ":/") {
			return word
		}
	}
	return source
}
