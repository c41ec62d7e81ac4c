package linux

import "testing"

const faillockAuth = `-- /etc/pam.d/common-auth --
auth	required	pam_faillock.so preauth
auth	[success=1 default=ignore]	pam_unix.so nullok
auth	[default=die]	pam_faillock.so authfail
auth	sufficient	pam_faillock.so authsucc
auth	requisite	pam_deny.so
auth	required	pam_permit.so
`

// redHat9 is what authselect writes for the sssd profile with-faillock.
const redHat9 = `all files are here
-- /etc/os-release --
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="9.4"
NAME="Red Hat Enterprise Linux"
-- /etc/pam.d/login --
auth       substack     system-auth
auth       include      postlogin
account    required     pam_nologin.so
account    include      system-auth
password   include      system-auth
-- /etc/pam.d/sshd --
auth       substack     password-auth
auth       include      postlogin
account    required     pam_sepermit.so
account    required     pam_nologin.so
account    include      password-auth
password   include      password-auth
-- /etc/pam.d/passwd --
auth       include      system-auth
account    include      system-auth
password   substack     system-auth
-password   optional    pam_gnome_keyring.so use_authtok
-- /etc/pam.d/postlogin --
session     optional                   pam_umask.so silent
-- /etc/pam.d/su --
auth		required	pam_env.so
auth            sufficient      pam_rootok.so
#auth           sufficient      pam_wheel.so trust use_uid
auth		substack	system-auth
auth		include		postlogin
`

const systemAuth9 = `auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        required                                     pam_faillock.so preauth silent
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient                                   pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_faillock.so authfail
auth        required                                     pam_deny.so

account     required                                     pam_faillock.so
account     required                                     pam_unix.so
password    requisite                                    pam_pwquality.so local_users_only
password    [default=1 ignore=ignore success=ok]         pam_localuser.so
password    requisite                                    pam_pwhistory.so use_authtok remember=5
password    sufficient                                   pam_unix.so sha512 shadow nullok use_authtok
password    [success=1 default=ignore]                   pam_sss.so use_authtok
password    required                                     pam_deny.so
`

// centOS7 is the layout of 7 with the lines that hardening guides tell to add.
const centOS7 = `all files are here
-- /etc/os-release --
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
-- /etc/pam.d/sshd --
auth	   required	pam_sepermit.so
auth       substack     password-auth
-- /etc/pam.d/passwd --
password   substack     system-auth
-- /etc/pam.d/system-auth --
password    requisite     pam_pwquality.so try_first_pass local_users_only retry=3 authtok_type=
password    sufficient    pam_unix.so md5 shadow nullok try_first_pass use_authtok
password    required      pam_deny.so
-- /etc/pam.d/password-auth --
`

func TestLockout(t *testing.T) {
	const debian = debian12 + debianPassword
	const dflt = "default: Linux-PAM pam_faillock(8), faillock.conf(5)"
	for name, c := range map[string]struct{ archive, want string }{
		"debian as delivered": {debian + debianAuth, `
lockout_policies = complete
lockout_policies[login].attempts = absent  # /etc/pam.d/login; /etc/pam.d/common-auth
lockout_policies[login].duration = absent  # /etc/pam.d/login; /etc/pam.d/common-auth
lockout_policies[login].window = absent  # /etc/pam.d/login; /etc/pam.d/common-auth
lockout_policies[login].covers_admins = absent  # /etc/pam.d/login; /etc/pam.d/common-auth
lockout_policies[login].exempt = absent  # /etc/pam.d/login; /etc/pam.d/common-auth
lockout_policies[login].locks = absent  # /etc/pam.d/login; /etc/pam.d/common-auth`},
		"faillock, file": {debian + faillockAuth + "-- /etc/security/faillock.conf --\n# deny = 3\ndeny = 5\nunlock_time=1800\neven_deny_root\n", `
lockout_policies = complete
lockout_policies[login].attempts = 5  # /etc/pam.d/common-auth:1; /etc/pam.d/common-auth:3; /etc/pam.d/common-auth:4; /etc/security/faillock.conf:2
lockout_policies[login].duration = 30m  # /etc/security/faillock.conf:3
lockout_policies[login].window = 15m  # ` + dflt + `
lockout_policies[login].covers_admins = true  # /etc/pam.d/common-auth:1; /etc/pam.d/common-auth:3; /etc/pam.d/common-auth:4; /etc/security/faillock.conf:3
lockout_policies[login].exempt = []  # /etc/pam.d/common-auth:1; /etc/pam.d/common-auth:3; /etc/pam.d/common-auth:4
lockout_policies[login].locks = account  # /etc/pam.d/common-auth:1; /etc/pam.d/common-auth:3; /etc/pam.d/common-auth:4`},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.archive, c.want, "lockout_policies") })
	}
	// Of the rest only what counts: attempts, duration, whether root is locked, who is spared.
	conf := func(text string) string { return "-- /etc/security/faillock.conf --\n" + text }
	auth := func(text string) string { return debian + "-- /etc/pam.d/common-auth --\n" + text }
	for name, c := range map[string]struct{ archive, scope, attempts, duration, admins, exempt string }{
		"defaults":                    {debian + faillockAuth, "login", "3", "10m", "false", "[root]"},
		"never unlocked":              {debian + faillockAuth + conf("unlock_time = never\n"), "login", "3", "forever", "false", "[root]"},
		"zero never unlocks":          {debian + faillockAuth + conf("unlock_time = 0\n"), "login", "3", "forever", "false", "[root]"},
		"switched off":                {debian + faillockAuth + conf("deny = 0\n"), "login", "absent", "absent", "absent", "absent"},
		"a time too long is none":     {debian + faillockAuth + conf("unlock_time = 9999999\n"), "login", "3", "10m", "false", "[root]"},
		"arguments win":               {auth("auth required pam_faillock.so preauth deny=4 unlock_time=1800 even_deny_root\nauth [success=2 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail deny=4\nauth requisite pam_deny.so\nauth required pam_permit.so\n") + conf("deny=9\n"), "login", "4", "30m", "true", "[]"},
		"admins by group":             {debian + faillockAuth + conf("admin_group = wheel\n"), "login", "3", "10m", "false", "[group wheel, root]"},
		"the file is unreadable":      {debian + faillockAuth + "-- /etc/security/faillock.conf ! not_permitted --\n", "login", "unknown: not_permitted: /etc/security/faillock.conf", "unknown: not_permitted: /etc/security/faillock.conf", "unknown: not_permitted: /etc/security/faillock.conf", "unknown: not_permitted: /etc/security/faillock.conf"},
		"no preauth and no authsucc":  {auth("auth sufficient pam_unix.so\nauth required pam_faillock.so authfail deny=3\nauth required pam_deny.so\n"), "login", "absent", "absent", "absent", "absent"},
		"authfail is jumped over":     {auth("auth required pam_faillock.so preauth\nauth [success=3 default=2] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n"), "login", "absent", "absent", "absent", "absent"},
		"no authfail":                 {auth("auth required pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth required pam_deny.so\n"), "login", "absent", "absent", "absent", "absent"},
		"preauth is only optional":    {auth("auth optional pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth required pam_permit.so\n"), "login", "absent", "absent", "absent", "absent"},
		"preauth comes too late":      {auth("auth sufficient pam_unix.so\nauth required pam_faillock.so preauth\nauth [default=die] pam_faillock.so authfail\n"), "login", "absent", "absent", "absent", "absent"},
		"authsucc alone refuses":      {auth("auth [success=1 default=bad] pam_unix.so\nauth [default=die] pam_faillock.so authfail deny=5\nauth sufficient pam_faillock.so authsucc deny=5\nauth required pam_deny.so\n"), "login", "5", "10m", "false", "[root]"},
		"in a comment":                {auth("#auth required pam_faillock.so preauth\nauth required pam_unix.so\n"), "login", "absent", "absent", "absent", "absent"},
		"tally2":                      {auth("auth required pam_tally2.so deny=5 unlock_time=1800 even_deny_root root_unlock_time=60\nauth required pam_unix.so\n"), "login", "5", "30m", "true", "[]"},
		"tally2 without a time":       {auth("auth required pam_tally2.so deny=5\nauth required pam_unix.so\n"), "login", "5", "forever", "false", "[root]"},
		"tally2 without a limit":      {auth("auth required pam_tally2.so unlock_time=300\nauth required pam_unix.so\n"), "login", "absent", "absent", "absent", "absent"},
		"tally2 too late":             {auth("auth sufficient pam_unix.so\nauth required pam_tally2.so deny=5\n"), "login", "absent", "absent", "absent", "absent"},
		"some are spared":             {auth("auth [success=2 default=ignore] pam_succeed_if.so user ingroup ops\nauth required pam_tally2.so deny=5 unlock_time=1800\nauth requisite pam_permit.so\nauth required pam_unix.so\n"), "login", "5", "30m", "false", "[pam_succeed_if user ingroup ops, root]"},
		"an unknown module":           {auth("auth required pam_strange.so\nauth required pam_unix.so\n"), "login", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange"},
		"an unknown module besides":   {auth("auth required pam_strange.so\nauth required pam_tally2.so deny=5 unlock_time=1800\nauth required pam_unix.so\n"), "login", "5", "30m", "false", "[root]"},
		"an unknown module may spare": {auth("auth sufficient pam_strange.so\nauth required pam_tally2.so deny=5 unlock_time=1800\nauth required pam_unix.so\n"), "login", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange"},
		"an include is missing":       {debian, "login", "absent", "absent", "absent", "absent"},
		"a control word unknown":      {auth("auth sometimes pam_unix.so\n"), "login", "unknown: not_understood: /etc/pam.d/common-auth", "unknown: not_understood: /etc/pam.d/common-auth", "unknown: not_understood: /etc/pam.d/common-auth", "unknown: not_understood: /etc/pam.d/common-auth"},
		"an include is unreadable":    {debian + "-- /etc/pam.d/common-auth ! not_permitted --\n", "login", "unknown: not_permitted: /etc/pam.d/common-auth", "unknown: not_permitted: /etc/pam.d/common-auth", "unknown: not_permitted: /etc/pam.d/common-auth", "unknown: not_permitted: /etc/pam.d/common-auth"},
		"includes in a circle":        {auth("@include common-auth\nauth required pam_unix.so\n"), "login", "unknown: not_understood: /etc/pam.d/common-auth: includes are nested too deeply", "unknown: not_understood: /etc/pam.d/common-auth: includes are nested too deeply", "unknown: not_understood: /etc/pam.d/common-auth: includes are nested too deeply", "unknown: not_understood: /etc/pam.d/common-auth: includes are nested too deeply"},
		"red hat 9, sshd":             {redHat9 + "-- /etc/pam.d/system-auth --\n" + systemAuth9 + "-- /etc/pam.d/password-auth --\n" + systemAuth9 + conf("deny = 6\nunlock_time = 1800\neven_deny_root\n"), "sshd", "6", "30m", "true", "[]"},
		"red hat 9, su":               {redHat9 + "-- /etc/pam.d/system-auth --\n" + systemAuth9 + conf("root_unlock_time = 60\neven_deny_root\n"), "su", "3", "10m", "true", "[]"},
		"sshd without PAM":            {redHat9 + "-- /etc/pam.d/password-auth --\n" + systemAuth9 + "-- /etc/ssh/sshd_config --\nUsePAM no\n", "sshd", "absent", "absent", "absent", "absent"},
		"sshd unreadable":             {redHat9 + "-- /etc/pam.d/password-auth --\n" + systemAuth9 + "-- /etc/ssh/sshd_config ! not_permitted --\n", "sshd", "unknown: not_permitted: /etc/ssh/sshd_config", "unknown: not_permitted: /etc/ssh/sshd_config", "unknown: not_permitted: /etc/ssh/sshd_config", "unknown: not_permitted: /etc/ssh/sshd_config"},
		"centos 7, arguments":         {centOS7 + "auth required pam_env.so\nauth required pam_faillock.so preauth silent audit deny=5 unlock_time=1800\nauth [success=1 default=bad] pam_unix.so\nauth [default=die] pam_faillock.so authfail audit deny=5 unlock_time=1800\nauth sufficient pam_faillock.so authsucc audit deny=5 unlock_time=1800\nauth required pam_deny.so\n", "sshd", "5", "30m", "false", "[root]"},
		"centos 7 reads no file":      {centOS7 + "auth required pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail\n" + conf("deny=9\n"), "sshd", "3", "10m", "false", "[root]"},
	} {
		t.Run(name, func(t *testing.T) {
			got := valuesOf(t, c.archive, "lockout_policies["+c.scope+"]")
			same(t, got["attempts"]+"\n"+got["duration"]+"\n"+got["covers_admins"]+"\n"+got["exempt"], c.attempts+"\n"+c.duration+"\n"+c.admins+"\n"+c.exempt)
		})
	}
}
