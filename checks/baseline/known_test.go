package baseline

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
)

// known are the checks that the tests know of, declared as the real ones are. A line is an id, its controls and its parameters
// with kind and default.
func known() []*checks.Check {
	var out []*checks.Check
	for line := range strings.Lines(declared) {
		w := strings.Fields(line)
		if len(w) == 0 {
			continue
		}
		c := &checks.Check{ID: w[0], Controls: strings.Split(w[1], ",")}
		for _, p := range w[2:] {
			name, rest, _ := strings.Cut(p, ":")
			kind, value, _ := strings.Cut(rest, "=")
			d := checks.Param{Name: name, Default: value}
			d.Kind = map[string]checks.Kind{"n": checks.Number, "s": checks.Span, "ws": checks.Words, "w": checks.Word}[kind]
			if d.Kind == checks.Word {
				d.Allowed = []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
			}
			c.Params = append(c.Params, d)
		}
		out = append(out, c)
	}
	return out
}

const declared = `
password.min_length PWD-01 length:n=8
password.complexity PWD-02 classes:ws=letter+digit+symbol
password.max_age PWD-03 age:s=90d
password.history PWD-04 remember:n=1
password.first_login_change PWD-05
password.storage PWD-06
password.empty PWD-07
password.default_credentials PWD-08
password.dictionary PWD-09
password.max_length PWD-52
password.exposed PWD-06
lockout.attempts LCK-01 attempts:n=6
lockout.duration LCK-02 duration:s=30m
lockout.covers_admins LCK-01
session.idle SES-01 idle:s=15m
session.limits SES-02
accounts.unique ACC-01
accounts.authenticated ACC-01,PWD-07
accounts.superuser ACC-01
accounts.shared ACC-02
accounts.stale ACC-03 after:s=90d
accounts.default_names ACC-04
accounts.default_rights ACC-04,ACC-06 admin_login:ws=no+keys-only+commands-only
accounts.separation ACC-05
accounts.least_privilege ACC-06
accounts.multi_factor ACC-07 factors:n=2
access.encrypted RMT-01
access.sources RMT-02
access.dial_in RMT-03
access.risky_protocols RMT-04 protocols:ws=telnet+ftp+http+tftp+rsh
ports.listening PRT-01
services.unneeded PRT-02
filter.port_granular PRT-03
filter.stateful NET-11
filter.default_deny PRT-03
logging.enabled LOG-01
logging.audit_coverage LOG-01 events:ws=user_actions+resource_abuse+commands+accounts+audit_policy+audit_lifecycle
logging.audit_users LOG-01
logging.retention LOG-02 keep:s=180d
logging.fields LOG-03 fields:ws=time+type+subject+object+result
logging.remote LOG-04
logging.access LOG-05
logging.integrity LOG-06
logging.protected LOG-07
logging.accounting LOG-01
time.source NTP-01
time.synchronised NTP-02 offset:s=1s
snmp.community SNMP-01
snmp.v3 SNMP-01
files.permissions FIL-01
files.integrity INT-01
patch.pending PAT-01 refresh:s=30d
version.recorded VER-01
malware.present MAL-01
malware.current MAL-02 age:s=7d
malware.managed MAL-04
limits.per_user RES-02
residual.data DAT-05
tls.versions TLS-01 min:w=TLSv1.2
tls.strength TLS-03 bits:n=128
tls.certificate TLS-02 rsa:n=2048 ecc:n=256
removable.storage MAL-06
dedicated.server SYS-01
network.bindings NET-01
network.redundancy NET-06
network.dos_protection NET-10
config.saved BAK-01
config.backup BAK-01
config.monitored CFG-01
monitoring.host NET-05,RES-01
software.sources SYS-02
`
