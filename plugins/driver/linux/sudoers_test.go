package linux

import "testing"

const sudoHost = `all files are here
-- /etc/sudoers --
# Hosts and users
Defaults	env_reset
Defaults	mail_badpass, secure_path="/usr/sbin:/usr/bin"
Host_Alias	WEB = web1, web2
User_Alias	ADMINS = alice, bob : OPS = carol, ADMINS, !bob
Cmnd_Alias	SERVICES = /bin/systemctl restart *, \
			/bin/systemctl status *
Runas_Alias	DB = oracle, postgres
root	ALL=(ALL:ALL) ALL
%wheel ALL=(ALL) NOPASSWD: ALL
OPS WEB = (DB) NOPASSWD: SERVICES, PASSWD: /usr/bin/id
#1005 ALL = /bin/ls
%#27 ALL=(ALL:ALL) ALL
"dom\user one" ALL = CWD=/tmp NOEXEC: /bin/cat /etc/shadow
deploy web1 = (:www) /bin/chmod : web2 = (root) NOPASSWD: /bin/chown
@includedir /etc/sudoers.d
-- /etc/sudoers.d/90-cloud --
ubuntu ALL=(ALL) NOPASSWD:ALL
-- /etc/sudoers.d/old.bak --
mallory ALL=(ALL) NOPASSWD:ALL
-- /etc/sudoers.d/more~ --
mallory ALL=(ALL) NOPASSWD:ALL
`

func TestSudoers(t *testing.T) {
	expect(t, sudoHost, `
privilege_rules = complete  # /etc/sudoers; /etc/sudoers.d/90-cloud
privilege_rules[#1005].who = #1005  # /etc/sudoers:12
privilege_rules[#1005].run_as = [root]  # /etc/sudoers:12
privilege_rules[#1005].commands = [/bin/ls]  # /etc/sudoers:12
privilege_rules[#1005].no_password = false  # /etc/sudoers:12
privilege_rules[#1005].everything = false  # /etc/sudoers:12
privilege_rules[%#27].who = %#27  # /etc/sudoers:13
privilege_rules[%#27].run_as = [ALL]  # /etc/sudoers:13
privilege_rules[%#27].commands = [ALL]  # /etc/sudoers:13
privilege_rules[%#27].no_password = false  # /etc/sudoers:13
privilege_rules[%#27].everything = true  # /etc/sudoers:13
privilege_rules[%wheel].who = %wheel  # /etc/sudoers:10
privilege_rules[%wheel].run_as = [ALL]  # /etc/sudoers:10
privilege_rules[%wheel].commands = [ALL]  # /etc/sudoers:10
privilege_rules[%wheel].no_password = true  # /etc/sudoers:10
privilege_rules[%wheel].everything = true  # /etc/sudoers:10
privilege_rules[alice].who = alice  # /etc/sudoers:11
privilege_rules[alice].run_as = [oracle, postgres]  # /etc/sudoers:11
privilege_rules[alice].commands = [/usr/bin/id]  # /etc/sudoers:11
privilege_rules[alice].no_password = false  # /etc/sudoers:11
privilege_rules[alice].everything = false  # /etc/sudoers:11
privilege_rules[alice 2].who = alice  # /etc/sudoers:11
privilege_rules[alice 2].run_as = [oracle, postgres]  # /etc/sudoers:11
privilege_rules[alice 2].commands = [/bin/systemctl restart *, /bin/systemctl status *]  # /etc/sudoers:11
privilege_rules[alice 2].no_password = true  # /etc/sudoers:11
privilege_rules[alice 2].everything = false  # /etc/sudoers:11
privilege_rules[carol].who = carol  # /etc/sudoers:11
privilege_rules[carol].run_as = [oracle, postgres]  # /etc/sudoers:11
privilege_rules[carol].commands = [/usr/bin/id]  # /etc/sudoers:11
privilege_rules[carol].no_password = false  # /etc/sudoers:11
privilege_rules[carol].everything = false  # /etc/sudoers:11
privilege_rules[carol 2].who = carol  # /etc/sudoers:11
privilege_rules[carol 2].run_as = [oracle, postgres]  # /etc/sudoers:11
privilege_rules[carol 2].commands = [/bin/systemctl restart *, /bin/systemctl status *]  # /etc/sudoers:11
privilege_rules[carol 2].no_password = true  # /etc/sudoers:11
privilege_rules[carol 2].everything = false  # /etc/sudoers:11
privilege_rules[deploy].who = deploy  # /etc/sudoers:15
privilege_rules[deploy].run_as = [:www]  # /etc/sudoers:15
privilege_rules[deploy].commands = [/bin/chmod]  # /etc/sudoers:15
privilege_rules[deploy].no_password = false  # /etc/sudoers:15
privilege_rules[deploy].everything = false  # /etc/sudoers:15
privilege_rules[deploy 2].who = deploy  # /etc/sudoers:15
privilege_rules[deploy 2].run_as = [root]  # /etc/sudoers:15
privilege_rules[deploy 2].commands = [/bin/chown]  # /etc/sudoers:15
privilege_rules[deploy 2].no_password = true  # /etc/sudoers:15
privilege_rules[deploy 2].everything = false  # /etc/sudoers:15
privilege_rules[dom\user one].who = dom\user one  # /etc/sudoers:14
privilege_rules[dom\user one].run_as = [root]  # /etc/sudoers:14
privilege_rules[dom\user one].commands = [/bin/cat /etc/shadow]  # /etc/sudoers:14
privilege_rules[dom\user one].no_password = false  # /etc/sudoers:14
privilege_rules[dom\user one].everything = false  # /etc/sudoers:14
privilege_rules[root].who = root  # /etc/sudoers:9
privilege_rules[root].run_as = [ALL]  # /etc/sudoers:9
privilege_rules[root].commands = [ALL]  # /etc/sudoers:9
privilege_rules[root].no_password = false  # /etc/sudoers:9
privilege_rules[root].everything = true  # /etc/sudoers:9
privilege_rules[ubuntu].who = ubuntu  # /etc/sudoers.d/90-cloud:1
privilege_rules[ubuntu].run_as = [ALL]  # /etc/sudoers.d/90-cloud:1
privilege_rules[ubuntu].commands = [ALL]  # /etc/sudoers.d/90-cloud:1
privilege_rules[ubuntu].no_password = true  # /etc/sudoers.d/90-cloud:1
privilege_rules[ubuntu].everything = true  # /etc/sudoers.d/90-cloud:1
`, "privilege_rules")

	host := func(sudoers string) string { return "all files are here\n-- /etc/sudoers --\n" + sudoers }
	const admin = "%admin ALL=(ALL) ALL\n"
	for name, c := range map[string]struct{ archive, prefix, want string }{
		"no sudo":               {"all files are here\n", "privilege_rules", `privilege_rules = complete  # /etc/sudoers`},
		"needs root":            {"all files are here\n-- /etc/sudoers ! not_permitted --\n", "privilege_rules", `privilege_rules = unknown: not_permitted: /etc/sudoers`},
		"a drop-in needs root":  {host(admin+"#includedir /etc/sudoers.d\n") + "-- /etc/sudoers.d/x ! not_permitted --\n", "privilege_rules =", `privilege_rules = unknown: not_permitted: /etc/sudoers.d/x`},
		"the folder needs root": {host(admin+"@includedir /etc/sudoers.d\n") + "-- glob /etc/sudoers.d/* ! not_permitted --\n", "privilege_rules =", `privilege_rules = unknown: not_permitted: glob /etc/sudoers.d/*`},
		"an include":            {host("@include /etc/sudoers.local\n") + "-- /etc/sudoers.local --\nzoe ALL=ALL\n", "privilege_rules[zoe].every", `privilege_rules[zoe].everything = true  # /etc/sudoers.local:1`},
		"a missing include":     {host("@include sudoers.local\n"), "privilege_rules =", `privilege_rules = unknown: not_found: /etc/sudoers.local`},
		"in a circle":           {host("@include /etc/sudoers\n" + admin), "privilege_rules =", `privilege_rules = unknown: not_understood: /etc/sudoers: includes are nested too deeply  # /etc/sudoers:1`},
		"not understood":        {host("who knows what\n" + admin), "privilege_rules =", `privilege_rules = unknown: not_understood: /etc/sudoers  # /etc/sudoers:1`},
		"nobody is asked":       {host("Defaults !authenticate\n" + admin), "privilege_rules[%admin].no", `privilege_rules[%admin].no_password = true  # /etc/sudoers:2; /etc/sudoers:1`},
		"taken back":            {host("Defaults !authenticate\nDefaults authenticate\n" + admin), "privilege_rules[%admin].no", `privilege_rules[%admin].no_password = false  # /etc/sudoers:3`},
		"one is not asked":      {host("Defaults:%admin !authenticate\n" + admin), "privilege_rules[%admin].no", `privilege_rules[%admin].no_password = true  # /etc/sudoers:2; /etc/sudoers:1`},
		"a member is not asked": {host("Defaults:amy !authenticate\n"+admin) + "-- /etc/group --\nadmin:x:9:amy\n", "privilege_rules[%admin].no", `privilege_rules[%admin].no_password = true  # /etc/sudoers:2; /etc/sudoers:1`},
		"a group is exempt":     {host("Defaults exempt_group = admin\n" + admin), "privilege_rules[%admin].no", `privilege_rules[%admin].no_password = true  # /etc/sudoers:2; /etc/sudoers:1`},
		"continued":             {host("amy \\\n  ALL = \\\n  NOPASSWD: ALL\n"), "privilege_rules[amy].no", `privilege_rules[amy].no_password = true  # /etc/sudoers:1-3`},
		"all but one":           {host("amy ALL=(ALL) ALL, !/bin/su\n"), "privilege_rules[amy].commands", `privilege_rules[amy].commands = [ALL, !/bin/su]  # /etc/sudoers:1`},
		"rules of a directory":  {host(admin) + "-- /etc/nsswitch.conf --\nsudoers: files ldap\n", "privilege_rules =", `privilege_rules = unknown: elsewhere: nsswitch.conf: ldap  # /etc/nsswitch.conf:1`},
		"nothing was asked":     {"nothing\n", "privilege_rules", `privilege_rules = unknown: not_asked: /etc/sudoers`},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.archive, c.want, c.prefix) })
	}
}
