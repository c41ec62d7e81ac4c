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
privilege_rules[#1005].who = "#1005"  # /etc/sudoers:12
`, "privilege_rules")
}
