package vault

import (
	"path"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Rule gives a credential to targets. Every list that is stated must fit; words are patterns as of path.Match.
type Rule struct {
	Credential     string
	SNMPCredential string
	Targets        []string
	Drivers        []string
	Zones          []string
	Roles          []string
	Labels         map[string]string
}

func (r Rule) fits(t *pb.Target) bool {
	if !fit(r.Targets, t.GetId()) || !fit(r.Drivers, t.GetDriver()) || !fit(r.Zones, t.GetZone()) || !fit(r.Roles, t.GetRole()) {
		return false
	}
	for key, want := range r.Labels {
		if have, ok := t.GetLabels()[key]; !ok || !fit([]string{want}, have) {
			return false
		}
	}
	return true
}

func fit(patterns []string, word string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, word); ok {
			return true
		}
	}
	return len(patterns) == 0
}

// A Use is what a credential is wanted for.
type Use int

const (
	// ForSSH is a login.
	ForSSH Use = iota
	// ForSNMP is a community or a version 3 user.
	ForSNMP
)

// Choose gives the name of the credential for a target: the one its inventory names, else that of the first rule that fits
// and speaks of the use.
func (c *Config) Choose(t *pb.Target, use Use, named string) (string, error) {
	if named != "" {
		if !ValidName(named) {
			return "", &Fault{Text: checks.Say("目标“%s”的凭据名称无效", "target %q: the name of its credential is not one", t.GetId()), kind: ErrUnknownName}
		}
		return named, nil
	}
	for _, r := range c.Rules {
		name := r.Credential
		if use == ForSNMP {
			name = r.SNMPCredential
		}
		if name != "" && r.fits(t) {
			return name, nil
		}
	}
	key := "credential"
	if use == ForSNMP {
		key = "snmp_credential"
	}
	return "", &Fault{Text: checks.Say("目标“%s”没有适用的凭据：清单未指定 %s，也没有规则匹配（驱动 %s，区域 %s，角色 %s）", "target %q has no credential: its inventory states no %s and no rule fits (driver %q, zone %q, role %q)",
		t.GetId(), key, t.GetDriver(), t.GetZone(), t.GetRole()), kind: ErrNoRule}
}

// fitFor says what a credential lacks for a use; nil: nothing.
func (c *Credential) fitFor(use Use) *pb.Text {
	if use == ForSNMP && c.SNMP.Version == "" {
		return checks.Say("没有 SNMP 参数，不能用于 SNMP", "holds no SNMP settings")
	}
	if use == ForSSH && c.User == "" {
		return checks.Say("没有登录账户，不能用于 SSH", "holds no account for SSH")
	}
	return nil
}
