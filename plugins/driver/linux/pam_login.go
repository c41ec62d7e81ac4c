package linux

import (
	"slices"
	"strconv"
	"strings"
)

// login is one try to get in, walked through an auth stack. What is said of the user holds for somebody whom no
// configuration names: a member of no group, of uid 1001, or root.
type login struct {
	service string
	root    bool
	// password is right, wrong, or empty: the account has none and none is given.
	password string
	// second says that whatever else is asked for (one-time password, token) is given.
	second bool
	// failures were counted before; tallies are the settings of the modules that count.
	failures int64
	tallies  map[*pamEntry]tally
	// named is a condition on the user's name or group that is taken to hold for him.
	named *pamEntry
	*choices

	// What modules answer that only prepare something, and those that serve remote users; 0 is not chosen yet.
	neutral, away int

	counted  bool
	deniers  []*pamEntry
	unknowns []*pamEntry
}

// attempt walks the stack once and says whether it lets the user in.
func (l *login) attempt(entries []pamEntry) bool { return runStack(entries, l.answer) == pamSuccess }

// What modules do in an auth stack, by name.
var (
	// preparing ones set something up or look at something else than the proof of who it is.
	pamPreparing = words(`pam_env pam_faildelay pam_keyinit pam_group pam_cap pam_nologin pam_issue pam_motd pam_mail pam_echo pam_warn
		pam_securetty pam_shells pam_selinux pam_loginuid pam_limits pam_mkhomedir pam_oddjob_mkhomedir pam_gnome_keyring pam_kwallet pam_kwallet5
		pam_umask pam_lastlog pam_lastlog2 pam_xauth pam_systemd pam_namespace pam_tty_audit pam_sepermit pam_setquota pam_ecryptfs pam_mount
		pam_time pam_access pam_reauthorize pam_postgresok pam_elogind pam_debug_delay pam_exec_quiet pam_apparmor pam_cgfs`)
	// remote ones decide on users that are not local, and know nothing of local ones.
	pamRemote = words(`pam_sss pam_sss_gss pam_ldap pam_winbind pam_krb5 pam_nslcd pam_lsass pam_centrifydc pam_systemd_home pam_himmelblau`)
	// absent ones find no hardware or no agent, and leave it to the others.
	pamHardware = words(`pam_fprintd pam_ssh_agent_auth pam_biometric pam_rhosts pam_timestamp`)
	// second ones ask for another kind of proof than a password.
	pamSecond = map[string]string{
		"pam_google_authenticator": "otp", "pam_oath": "otp", "pam_otpw": "otp", "pam_yubico": "otp", "pam_duo": "otp", "pam_privacyidea": "otp",
		"pam_linotp": "otp", "pam_radius_auth": "radius", "pam_radius": "radius", "pam_tacplus": "tacacs", "pam_u2f": "certificate",
		"pam_pkcs11": "certificate", "pam_p11": "certificate", "pam_securid": "otp",
	}
)

func words(s string) []string { return strings.Fields(s) }

func (l *login) answer(e *pamEntry) string {
	yes := func(ok bool) string {
		if ok {
			return pamSuccess
		}
		return "auth_err"
	}
	switch e.module {
	case "pam_unix", "pam_unix_auth", "pam_pwdb", "pam_unix2":
		return yes(l.password == "right" || l.password == "empty" && takesEmpty(e))
	case "pam_permit":
		return pamSuccess
	case "pam_deny":
		return "auth_err"
	case "pam_faillock":
		return l.faillock(e)
	case "pam_tally2", "pam_tally":
		return l.tally(e)
	case "pam_rootok":
		return "auth_err" // whoever calls is not root yet
	case "pam_localuser":
		return pamSuccess
	case "pam_usertype":
		return yes(e.has("issystem") == l.root)
	case "pam_wheel":
		if e.has("trust") && e == l.named {
			return pamSuccess
		}
		return "ignore"
	case "pam_succeed_if":
		return l.condition(e)
	case "pam_listfile":
		return yes(e != l.named)
	}
	if slices.Contains(pamPreparing, e.module) {
		if l.neutral == 0 { // some say success, some ignore, and it changed over the versions: both, but all alike
			l.neutral = 1 + l.pick(2)
		}
		return []string{"ignore", pamSuccess}[l.neutral-1]
	}
	if slices.Contains(pamRemote, e.module) {
		return l.remote(e)
	}
	if slices.Contains(pamHardware, e.module) {
		return "authinfo_unavail"
	}
	if kind, ok := pamSecond[e.module]; ok {
		return l.other(e, kind)
	}
	if !slices.Contains(l.unknowns, e) {
		l.unknowns = append(l.unknowns, e)
	}
	return []string{"auth_err", pamSuccess, "ignore"}[l.pick(3)]
}

// takesEmpty says whether pam_unix lets accounts without a password in. Older versions know nullok_secure, which is
// nullok on local terminals; newer ones take it for nullok.
func takesEmpty(e *pamEntry) bool {
	return slices.ContainsFunc(e.args, func(a string) bool { return strings.HasPrefix(a, "nullok") })
}

func (l *login) remote(e *pamEntry) string {
	if e.has("ignore_unknown_user") && e.has("ignore_authinfo_unavail") {
		return "ignore"
	}
	if l.away == 0 {
		l.away = 1 + l.pick(2)
	}
	return []string{"user_unknown", "authinfo_unavail"}[l.away-1]
}

// other is a module that asks for another proof. With nullok, a user who never enrolled passes it.
func (l *login) other(e *pamEntry, kind string) string {
	if kind != "radius" && kind != "tacacs" && e.has("nullok") {
		return []string{"ignore", pamSuccess}[l.pick(2)]
	}
	if l.second {
		return pamSuccess
	}
	return "auth_err"
}

// condition evaluates pam_succeed_if for a user whom nothing names.
func (l *login) condition(e *pamEntry) string {
	var terms []string
	for _, a := range e.args {
		if !slices.Contains([]string{"debug", "use_uid", "quiet", "quiet_fail", "quiet_success", "audit"}, a) {
			terms = append(terms, a)
		}
	}
	if len(terms) == 0 {
		return pamSuccess
	}
	if len(terms)%3 != 0 {
		return "service_err"
	}
	for i := 0; i < len(terms); i += 3 {
		holds, ok := l.term(strings.ToLower(terms[i]), strings.ToLower(terms[i+1]), terms[i+2], e == l.named)
		if !ok {
			holds = l.pick(2) == 0
		}
		if !holds {
			return "auth_err"
		}
	}
	return pamSuccess
}

// term evaluates one condition; not ok means that it depends on what cannot be foreseen.
func (l *login) term(left, op, right string, named bool) (holds, ok bool) {
	switch left {
	case "uid", "gid":
		n, err := strconv.Atoi(right)
		if err != nil {
			return false, false
		}
		id := 1001
		if l.root {
			id = 0
		}
		return compare(id, op, n)
	case "user", "login", "name":
		me := "?"
		if l.root {
			me = "root"
		}
		switch op {
		case "=", "=~", "glob":
			return right == me || named, true
		case "!=", "!~", "noglob":
			return right != me && !named, true
		case "in":
			return slices.Contains(strings.Split(right, ":"), me) || named, true
		case "notin":
			return !slices.Contains(strings.Split(right, ":"), me) && !named, true
		case "ingroup":
			return named, true
		case "notingroup":
			return !named, true
		}
	case "service":
		switch op {
		case "=":
			return right == l.service, true
		case "!=":
			return right != l.service, true
		case "in":
			return slices.Contains(strings.Split(right, ":"), l.service), true
		case "notin":
			return !slices.Contains(strings.Split(right, ":"), l.service), true
		}
	}
	return false, false
}

func compare(a int, op string, b int) (holds, ok bool) {
	switch op {
	case "<", "lt":
		return a < b, true
	case "<=", "le":
		return a <= b, true
	case ">", "gt":
		return a > b, true
	case ">=", "ge":
		return a >= b, true
	case "eq", "=":
		return a == b, true
	case "ne", "!=":
		return a != b, true
	}
	return false, false
}

func (l *login) faillock(e *pamEntry) string {
	t := l.tallies[e]
	if !t.denies(l.root, l.failures) {
		if e.has("authfail") {
			l.counted = true
			return "ignore"
		}
		return pamSuccess
	}
	l.deniers = append(l.deniers, e)
	return "auth_err"
}

// tally: pam_tally2 counts each login before it is known whether it succeeds, and refuses when there were too many.
func (l *login) tally(e *pamEntry) string {
	t := l.tallies[e]
	l.counted = true
	if t.denies(l.root, l.failures) {
		l.deniers = append(l.deniers, e)
		return "auth_err"
	}
	return pamSuccess
}
