package linux

import "testing"

// The layouts are written after the vendors' documentation, each broken in one thing at a time.

const debian12 = `all files are here
-- /etc/os-release --
ID=debian
VERSION_ID="12"
NAME="Debian GNU/Linux"
-- /etc/login.defs --
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0
PASS_WARN_AGE	7
ENCRYPT_METHOD YESCRYPT
-- /etc/pam.d/passwd --
@include common-password
-- /etc/pam.d/login --
auth optional pam_faildelay.so delay=3000000
auth requisite pam_nologin.so
@include common-auth
account required pam_access.so
@include common-account
@include common-password
-- /etc/pam.d/common-account --
account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
account	requisite			pam_deny.so
account	required			pam_permit.so
`

const debianAuth = `-- /etc/pam.d/common-auth --
auth	[success=1 default=ignore]	pam_unix.so nullok
auth	requisite			pam_deny.so
auth	required			pam_permit.so
auth	optional			pam_cap.so
`

const debianPassword = `-- /etc/pam.d/common-password --
password	[success=1 default=ignore]	pam_unix.so obscure yescrypt
password	requisite			pam_deny.so
password	required			pam_permit.so
`

const debianQuality = `-- /etc/pam.d/common-password --
password	requisite			pam_pwquality.so retry=3
password	required	pam_pwhistory.so remember=5 use_authtok enforce_for_root
password	[success=1 default=ignore]	pam_unix.so obscure use_authtok try_first_pass yescrypt
password	requisite			pam_deny.so
password	required			pam_permit.so
-- /etc/security/pwquality.conf --
# minlen = 8
minlen = 12
dcredit = -1
ucredit=-1
lcredit -1
enforce_for_root
`

func TestPasswordPolicy(t *testing.T) {
	for name, c := range map[string]struct{ archive, want string }{
		"debian 12 as delivered": {debian12 + debianAuth + debianPassword, `
password_policies = complete
password_policies[local users].enforced = true  # /etc/pam.d/common-password:1
password_policies[local users].min_length = 6  # /etc/pam.d/common-password:1; default: Debian pam_unix(8), minlen
password_policies[local users].max_length = absent  # /etc/pam.d/common-password:1
password_policies[local users].min_classes = absent  # /etc/pam.d/common-password:1
password_policies[local users].required_classes = absent  # /etc/pam.d/common-password:1
password_policies[local users].dictionary_check = absent  # /etc/pam.d/common-password:1
password_policies[local users].user_name_check = absent  # /etc/pam.d/common-password:1
password_policies[local users].max_age = forever  # /etc/login.defs:1
password_policies[local users].min_age = 0s  # /etc/login.defs:2
password_policies[local users].warn_before = 7d  # /etc/login.defs:3
password_policies[local users].history = absent  # /etc/pam.d/common-password:1
password_policies[local users].first_login_change = not applicable
password_policies[local users].covers_admins = false  # /etc/pam.d/common-password:1
password_policies[local users].scheme = yescrypt  # /etc/pam.d/common-password:1
`},
		"debian 12 hardened": {debian12 + debianAuth + debianQuality, `
password_policies = complete
password_policies[local users].enforced = true  # /etc/pam.d/common-password:1; /etc/pam.d/common-password:3
password_policies[local users].min_length = 12  # /etc/security/pwquality.conf:2; /etc/security/pwquality.conf:5; /etc/security/pwquality.conf:4; /etc/security/pwquality.conf:3; /etc/pam.d/common-password:1
password_policies[local users].max_length = absent  # /etc/pam.d/common-password:3
password_policies[local users].min_classes = 3  # /etc/security/pwquality.conf:5; /etc/security/pwquality.conf:4; /etc/security/pwquality.conf:3; default: libpwquality pwquality.conf(5); /etc/pam.d/common-password:1
password_policies[local users].required_classes = [letter, lower, upper, digit]  # /etc/security/pwquality.conf:5; /etc/security/pwquality.conf:4; /etc/security/pwquality.conf:3; default: libpwquality pwquality.conf(5); /etc/pam.d/common-password:1
password_policies[local users].dictionary_check = true  # default: libpwquality pwquality.conf(5); /etc/pam.d/common-password:1
password_policies[local users].user_name_check = true  # default: libpwquality pwquality.conf(5); /etc/pam.d/common-password:1
password_policies[local users].max_age = forever  # /etc/login.defs:1
password_policies[local users].min_age = 0s  # /etc/login.defs:2
password_policies[local users].warn_before = 7d  # /etc/login.defs:3
password_policies[local users].history = 5  # /etc/pam.d/common-password:2
password_policies[local users].first_login_change = not applicable
password_policies[local users].covers_admins = true  # /etc/security/pwquality.conf:6; /etc/pam.d/common-password:1
password_policies[local users].scheme = yescrypt  # /etc/pam.d/common-password:3
`},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.archive, c.want, "password_policies") })
	}
}

// Stacks and settings broken, or mended, in one thing. Only what counts is compared.
func TestPasswordRules(t *testing.T) {
	stack := func(lines string) string { return debian12 + debianAuth + "-- /etc/pam.d/common-password --\n" + lines }
	quality := func(args string) string {
		return stack("password requisite pam_pwquality.so " + args + "\npassword required pam_unix.so use_authtok\n")
	}
	conf := func(text string) string { return "-- /etc/security/pwquality.conf --\n" + text }
	dropIn := func(name, text string) string { return "-- /etc/security/pwquality.conf.d/" + name + " --\n" + text }
	type values map[string]string
	for name, c := range map[string]struct {
		archive string
		want    values
	}{
		"defaults of libpwquality":          {quality(""), values{"enforced": "true", "min_length": "8", "required_classes": "[]", "min_classes": "1", "dictionary_check": "true", "covers_admins": "false"}},
		"arguments win":                     {quality("minlen=10 dcredit=-1") + conf("minlen=14\nocredit = -1\n"), values{"min_length": "10", "required_classes": "[digit, symbol]", "min_classes": "2"}},
		"credits shorten":                   {quality("") + conf("minlen=8\ndcredit=1\nucredit=1\nlcredit=1\nocredit=1\n"), values{"min_length": "6"}},
		"credits and demands":               {quality("") + conf("minlen=10\ndcredit=-1\nucredit=-1\nlcredit=5\n"), values{"min_length": "6"}},
		"too short is raised to six":        {quality("minlen=3"), values{"min_length": "6"}},
		"all four kinds":                    {quality("minclass=4"), values{"required_classes": "[letter, lower, upper, digit, symbol]", "min_classes": "4"}},
		"three kinds have a letter":         {quality("minclass=3"), values{"required_classes": "[letter]", "min_classes": "3"}},
		"the main file is read last":        {quality("") + conf("minlen=10\n") + dropIn("50-x.conf", "minlen=14\nminclass=3\n"), values{"min_length": "10", "min_classes": "3"}},
		"drop-ins in order":                 {quality("") + dropIn("10-a.conf", "minlen=14\n") + dropIn("20-b.conf", "minlen=9\n") + dropIn("30.conf.bak", "minlen=20\n"), values{"min_length": "9"}},
		"an unknown word ends the file":     {quality("") + conf("minlen=10\nminlenght=12\nminclass=4\n"), values{"min_length": "10", "min_classes": "1"}},
		"a bad number ends the file":        {quality("") + conf("minlen=10x\nminclass=4\n"), values{"min_length": "8", "min_classes": "1"}},
		"a bad drop-in hides the main file": {quality("") + conf("minlen=12\n") + dropIn("a.conf", "what = ever\n"), values{"min_length": "8"}},
		"not enforcing":                     {quality("") + conf("minlen=12\nenforcing = 0\n"), values{"enforced": "false", "min_length": "6", "required_classes": "absent"}},
		"dictionary off":                    {quality("dictcheck=0 usercheck=0"), values{"dictionary_check": "false", "user_name_check": "false"}},
		"the file is unreadable":            {quality("") + "-- /etc/security/pwquality.conf ! not_permitted --\n", values{"enforced": "unknown: not_permitted: /etc/security/pwquality.conf", "min_length": "unknown: not_permitted: /etc/security/pwquality.conf"}},
		"unreadable, but arguments":         {quality("minlen=12 enforcing=1 lcredit=0 ucredit=0 dcredit=-1 ocredit=0") + "-- /etc/security/pwquality.conf ! not_permitted --\n", values{"enforced": "true", "min_length": "12", "required_classes": "unknown: not_permitted: /etc/security/pwquality.conf"}},
		"only optional":                     {stack("password optional pam_pwquality.so minlen=12\npassword required pam_unix.so\n"), values{"enforced": "false", "min_length": "6"}},
		"optional, but use_authtok":         {stack("password optional pam_pwquality.so minlen=12\npassword required pam_unix.so use_authtok\n"), values{"enforced": "true", "min_length": "12"}},
		"required, and asked again":         {stack("password required pam_pwquality.so minlen=12\npassword required pam_unix.so\n"), values{"enforced": "false", "min_length": "6"}},
		"after the password is set":         {stack("password sufficient pam_unix.so\npassword required pam_pwquality.so minlen=12\n"), values{"enforced": "false", "min_length": "6"}},
		"required, after it is set":         {stack("password required pam_unix.so\npassword required pam_pwquality.so minlen=12\n"), values{"enforced": "false", "min_length": "6"}},
		"jumped over":                       {stack("password [success=1 default=ignore] pam_permit.so\npassword requisite pam_pwquality.so minlen=12\npassword required pam_unix.so\n"), values{"enforced": "false", "min_length": "6"}},
		"in another facility":               {stack("auth requisite pam_pwquality.so minlen=12\npassword required pam_unix.so\n"), values{"enforced": "true", "min_length": "6", "required_classes": "absent"}},
		"pam_unix asks for more":            {stack("password requisite pam_pwquality.so minlen=8\npassword required pam_unix.so use_authtok minlen=14\n"), values{"min_length": "14"}},
		"cracklib":                          {stack("password requisite pam_cracklib.so minlen=12 dcredit=-1 ucredit=-1 lcredit=-1 ocredit=-1 reject_username\npassword required pam_unix.so use_authtok\n"), values{"enforced": "true", "min_length": "12", "required_classes": "[letter, lower, upper, digit, symbol]", "user_name_check": "true"}},
		"cracklib's own defaults":           {stack("password requisite pam_cracklib.so\npassword required pam_unix.so use_authtok\n"), values{"min_length": "6", "required_classes": "[]", "user_name_check": "false"}},
		"passwdqc":                          {stack("password requisite pam_passwdqc.so min=disabled,24,11,8,7\npassword required pam_unix.so use_authtok\n"), values{"enforced": "true", "min_length": "7", "required_classes": "unknown: not_understood: pam_passwdqc", "covers_admins": "true"}},
		"an unknown module":                 {stack("password requisite pam_strange.so\npassword required pam_unix.so use_authtok\n"), values{"enforced": "unknown: not_understood: pam_strange"}},
		"nothing can be set":                {stack("password required pam_deny.so\n"), values{"enforced": "unknown: conflict: no new password can be set at passwd"}},
		"the stack is unreadable":           {debian12 + "-- /etc/pam.d/common-password ! not_permitted --\n", values{"enforced": "unknown: not_permitted: /etc/pam.d/common-password", "history": "unknown: not_permitted: /etc/pam.d/common-password", "max_age": "forever"}},
		"no passwd, no other":               {"all files are here\n", values{"enforced": "unknown: not_found: /usr/lib/pam.d/other", "max_age": "forever"}},

		"pam_unix remembers":               {stack("password required pam_unix.so remember=5 sha512\n"), values{"history": "5", "scheme": "sha512crypt"}},
		"pwhistory by itself":              {stack("password required pam_pwhistory.so\npassword required pam_unix.so use_authtok md5\n"), values{"history": "10", "scheme": "md5crypt"}},
		"pwhistory with nothing to use":    {stack("password required pam_pwhistory.so use_authtok\npassword required pam_unix.so use_authtok\n"), values{"history": "unknown: conflict: no new password can be set at passwd"}},
		"pwhistory is too late":            {stack("password sufficient pam_unix.so\npassword required pam_pwhistory.so remember=5\n"), values{"history": "absent"}},
		"pwhistory is asked again":         {stack("password required pam_pwhistory.so remember=5\npassword required pam_unix.so\n"), values{"history": "absent"}},
		"pwhistory remembers nothing":      {stack("password required pam_pwhistory.so remember=0\npassword required pam_unix.so\n"), values{"history": "absent"}},
		"pwhistory.conf is not read by 12": {stack("password required pam_pwhistory.so\npassword required pam_unix.so use_authtok\n") + "-- /etc/security/pwhistory.conf --\nremember = 24\n", values{"history": "10"}},

		"scheme of login.defs":   {stack("password required pam_unix.so\n"), values{"scheme": "yescrypt"}},
		"the last scheme counts": {stack("password required pam_unix.so sha512 md5\n"), values{"scheme": "md5crypt"}},

		"days":                     {"all files are here\n-- /etc/login.defs --\nPASS_MAX_DAYS 30\nPASS_MAX_DAYS 90\nPASS_MIN_DAYS 1\n#PASS_WARN_AGE 7\n", values{"max_age": "90d", "min_age": "1d", "warn_before": "0s"}},
		"no days":                  {"all files are here\n-- /etc/login.defs --\nPASS_MAX_DAYS -1\n", values{"max_age": "forever"}},
		"words as days":            {"all files are here\n-- /etc/login.defs --\nPASS_MAX_DAYS never\n", values{"max_age": "unknown: not_understood: PASS_MAX_DAYS never"}},
		"login.defs is unreadable": {"all files are here\n-- /etc/login.defs ! not_permitted --\n", values{"max_age": "unknown: not_permitted: /etc/login.defs"}},

		"red hat 9":                  {redHat9 + "-- /etc/pam.d/system-auth --\n" + systemAuth9 + "-- /etc/pam.d/password-auth --\n" + systemAuth9 + conf("minlen = 12\nminclass = 4\nenforce_for_root\n") + "-- /etc/security/pwhistory.conf --\nremember = 24\n", values{"enforced": "true", "min_length": "12", "history": "5", "scheme": "sha512crypt", "covers_admins": "true", "min_classes": "4"}},
		"red hat 9, by the file":     {redHat9 + "-- /etc/pam.d/system-auth --\npassword required pam_pwhistory.so\npassword required pam_unix.so use_authtok\n-- /etc/security/pwhistory.conf --\nremember = 24\n", values{"history": "24", "min_length": "absent"}},
		"centos 7":                   {centOS7, values{"enforced": "true", "min_length": "5", "scheme": "md5crypt", "history": "absent"}},
		"centos 7 reads no drop-ins": {centOS7 + dropIn("a.conf", "minlen=20\n"), values{"min_length": "5"}},
		"centos 7 knows no enforce_for_root in the file": {centOS7 + conf("enforce_for_root\nminlen=20\n"), values{"min_length": "5"}},
		"whose defaults hold is not known":               {"all files are here\n-- /etc/pam.d/passwd --\npassword requisite pam_pwquality.so\npassword required pam_unix.so use_authtok\n", values{"enforced": "true", "min_length": "unknown: no_documented_default: minlen"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := valuesOf(t, c.archive, "password_policies[local users]")
			for field, want := range c.want {
				if got[field] != want {
					t.Errorf("%s = %q, want %q", field, got[field], want)
				}
			}
		})
	}
}

// A host whose sshd sets passwords by other rules than passwd has two policies.
func TestPasswordRulesOfServices(t *testing.T) {
	weak := "password required pam_unix.so sha512\n"
	archive := redHat9 + "-- /etc/pam.d/system-auth --\n" + systemAuth9 + "-- /etc/pam.d/password-auth --\n" + weak
	if got := valuesOf(t, archive, "password_policies[local users]")["min_length"]; got != "8" {
		t.Errorf("passwd: min_length = %s", got)
	}
	if got := valuesOf(t, archive, "password_policies[local users via sshd]")["min_length"]; got != "absent" {
		t.Errorf("sshd: min_length = %s", got)
	}
}
