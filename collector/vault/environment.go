package vault

import (
	"context"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// environmentSource reads variables, one a key of the record.
type environmentSource struct {
	config Environment
	env    environ
}

func (*environmentSource) name() *pb.Text { return checks.Say("环境变量", "environment") }

func (*environmentSource) close() {}

// get looks for prefix, name and key: PLUMBLINE_CRED_CORE_SWITCH_PASSWORD.
func (s *environmentSource) get(_ context.Context, name string) (*Credential, error) {
	if !fitsVariables(name) {
		return nil, nil
	}
	stem := s.config.Prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
	values := map[string]string{}
	for _, key := range Keys() {
		if v, ok := s.env(stem + strings.ToUpper(key)); ok {
			values[key] = v
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	c, wrong := build(name, values)
	if len(wrong) > 0 {
		return nil, &failure{wrong[0].text()}
	}
	return c, nil
}

// fitsVariables says whether no other name could have the same variables: one letter case, no dots or underscores, and no
// end that begins a key (the password of core-snmp-auth would be the snmp_auth_password of core).
func fitsVariables(name string) bool {
	plain := !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
	return plain && !slices.ContainsFunc([]string{"-snmp", "-snmp-auth", "-snmp-priv"}, func(end string) bool { return strings.HasSuffix(name, end) })
}
