package linux

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// Hosts that sshd runs on.
const (
	debianSSH = `-- /etc/os-release --
ID=debian
VERSION_ID="12"
-- /var/lib/dpkg/status --
Package: openssh-server
Status: install ok installed
Architecture: amd64
Version: 1:9.2p1-2+deb12u3

-- /usr/sbin/sshd --
-- /usr/lib/systemd/system/ssh.service --
[Service]
EnvironmentFile=-/etc/default/ssh
ExecStart=/usr/sbin/sshd -D $SSHD_OPTS
-- /etc/systemd/system/multi-user.target.wants/ssh.service --
`
	rhelSSH = `-- /usr/sbin/sshd --
-- /usr/lib/systemd/system/sshd.service --
[Service]
EnvironmentFile=-/etc/crypto-policies/back-ends/opensshserver.config
EnvironmentFile=-/etc/sysconfig/sshd
ExecStart=/usr/sbin/sshd -D $OPTIONS $CRYPTO_POLICY
-- /etc/systemd/system/multi-user.target.wants/sshd.service --
`
	imageOnly = `-- probe processes ! offline --
-- probe listeners ! offline --
-- systemctl list-units --all --full --no-legend --no-pager --plain --type=service,socket,timer,path ! offline --
-- nft list ruleset ! offline --
-- iptables-save ! offline --
-- ip6tables-save ! offline --
-- firewall-cmd --list-all-zones ! offline --
-- firewall-cmd --get-default-zone ! offline --
-- sshd -T ! offline --
`
	hostRunning = `-- probe processes --
1 name=systemd uid=0 exe=/usr/lib/systemd/systemd
-- probe listeners --
tcp 0.0.0.0:22 pid=812 process=sshd uid=0 unit=ssh.service
-- systemctl list-units --all --full --no-legend --no-pager --plain --type=service,socket,timer,path --
ssh.service loaded active running OpenBSD Secure Shell server
-- iptables-save ! not_found --
-- ip6tables-save ! not_found --
-- nft list ruleset --
`
)

func rhelRelease(version string) string {
	return "-- /etc/os-release --\nID=\"rhel\"\nVERSION_ID=\"" + version + "\"\n"
}

func TestSSHFromFiles(t *testing.T) {
	const path = "access_paths[ssh]."
	for _, c := range []struct {
		name, conf string
		want       []string
	}{
		{"nothing set", "# all as delivered\n", []string{
			path + "enabled = true", path + "encrypted = true", path + "remote = true", path + "port = 22", path + "admin_login = keys-only",
			path + "empty_passwords = false", path + "methods = [publickey, password, keyboard-interactive]", path + "factors = 1",
			path + "banner = false", path + "versions = [SSH 2]", path + "sources = absent", "session_policies[ssh].max_sessions = 10",
			"no session_policies[ssh].idle_timeout",
			path + "ciphers = [chacha20-poly1305@openssh.com, aes128-ctr, aes192-ctr, aes256-ctr, aes128-gcm@openssh.com, aes256-gcm@openssh.com]",
		}},
		{"first value wins", "PermitRootLogin no\nPermitRootLogin yes\n", []string{path + "admin_login = no  # /etc/ssh/sshd_config:1"}},
		{"the other way round", "PermitRootLogin yes\nPermitRootLogin no\n", []string{path + "admin_login = yes"}},
		{"only a comment", "#PermitRootLogin no\n", []string{path + "admin_login = keys-only"}},
		{"comment behind", "PermitRootLogin no # never\n", []string{path + "admin_login = no"}},
		{"equals sign, quotes, case, blanks", "\t permitROOTlogin = \"NO\"  \r\nPermitEmptyPasswords=yes\n", []string{path + "admin_login = no", path + "empty_passwords = true", path + "authenticated = false"}},
		{"old word", "PermitRootLogin without-password\n", []string{path + "admin_login = keys-only"}},
		{"forced commands", "PermitRootLogin forced-commands-only\n", []string{path + "admin_login = commands-only"}},
		{"a word that sshd refuses", "PermitRootLogin nope\n", []string{path + "admin_login = unknown: not_understood: PermitRootLogin nope"}},
		{"an open quote", "PermitRootLogin \"no\n", []string{path + "admin_login = unknown: not_understood: /etc/ssh/sshd_config"}},
		{"Match for root weakens", "PermitRootLogin no\nMatch User admin,root\n  PermitRootLogin yes\n", []string{path + "admin_login = yes  # /etc/ssh/sshd_config:2; /etc/ssh/sshd_config:3"}},
		{"Match for others does not", "PermitRootLogin no\nMatch User deploy\n  PermitRootLogin yes\n", []string{path + "admin_login = no"}},
		{"Match but not root", "PermitRootLogin no\nMatch User *,!root\n  PermitRootLogin yes\n", []string{path + "admin_login = no"}},
		{"Match by address may be root", "PermitRootLogin no\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n", []string{path + "admin_login = yes"}},
		{"Match for all strengthens", "PermitRootLogin yes\nMatch all\n  PermitRootLogin no\n", []string{path + "admin_login = no"}},
		{"Match for root strengthens", "PermitRootLogin yes\nMatch User root\n  PermitRootLogin no\n", []string{path + "admin_login = no"}},
		{"what stands in a Match is not global", "Match User deploy\n  PermitRootLogin no\n  PasswordAuthentication no\n", []string{
			path + "admin_login = keys-only", path + "methods = [publickey, password, keyboard-interactive]",
		}},
		{"the first Match counts", "Match Address 10.1.0.0/16\n PermitRootLogin no\nMatch User root\n PermitRootLogin yes\n", []string{path + "admin_login = yes"}},
		{"password switched on for some", "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMatch Group staff\nPasswordAuthentication yes\n", []string{path + "methods = [publickey, password]"}},
		{"old name", "ChallengeResponseAuthentication no\nPasswordAuthentication no\n", []string{path + "methods = [publickey]"}},
		{"two factors", "AuthenticationMethods publickey,password publickey,keyboard-interactive:pam\n", []string{path + "factors = 2", path + "methods = [publickey, password, keyboard-interactive]"}},
		{"one alternative is weaker", "AuthenticationMethods publickey,password password\n", []string{path + "factors = 1"}},
		{"the same kind twice", "AuthenticationMethods publickey,publickey\n", []string{path + "factors = 1"}},
		{"password twice", "AuthenticationMethods password,keyboard-interactive\n", []string{path + "factors = 1"}},
		{"spared by a Match", "AuthenticationMethods publickey,password\nMatch User svc\nAuthenticationMethods any\n", []string{path + "factors = 1"}},
		{"empty passwords without passwords", "PermitEmptyPasswords yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n", []string{path + "empty_passwords = false"}},
		{"empty passwords in a Match", "Match User guest\nPermitEmptyPasswords yes\n", []string{path + "empty_passwords = true", path + "authenticated = false"}},
		{"denied by list", "PermitRootLogin yes\nDenyUsers ro?t\n", []string{path + "admin_login = no"}},
		{"denied only from somewhere", "PermitRootLogin yes\nDenyUsers root@10.*\n", []string{path + "admin_login = yes"}},
		{"not on the list", "PermitRootLogin yes\nAllowUsers alice bob\nAllowUsers carol\n", []string{path + "admin_login = no", path + "sources = absent"}},
		{"on the list", "PermitRootLogin yes\nAllowUsers alice\nAllowUsers r*\n", []string{path + "admin_login = yes"}},
		{"hosts on the list", "AllowUsers alice@10.1.0.0/16 *@192.0.2.7\n", []string{path + "sources = [10.1.0.0/16, 192.0.2.7]"}},
		{"one of them from anywhere", "AllowUsers alice@10.1.0.0/16 bob\n", []string{path + "sources = absent"}},
		{"other port", "Port 2222\nPort 22\n", []string{path + "port = 2222  # /etc/ssh/sshd_config:1; /etc/ssh/sshd_config:2"}},
		{"port in the address", "ListenAddress 10.0.0.1:2022\n", []string{path + "port = 2022", path + "remote = true"}},
		{"local only", "ListenAddress 127.0.0.1\nListenAddress ::1\n", []string{path + "remote = false"}},
		{"algorithms taken away", "Ciphers -chacha20*,*-gcm@openssh.com\n", []string{path + "ciphers = [aes128-ctr, aes192-ctr, aes256-ctr]"}},
		{"algorithms added", "Ciphers +3des-cbc\n", []string{path + "ciphers = [chacha20-poly1305@openssh.com, aes128-ctr, aes192-ctr, aes256-ctr, aes128-gcm@openssh.com, aes256-gcm@openssh.com, 3des-cbc]"}},
		{"algorithms named", "MACs hmac-sha2-512,hmac-sha2-256\n", []string{path + "macs = [hmac-sha2-512, hmac-sha2-256]  # /etc/ssh/sshd_config:1"}},
		{"keeping alive is not idling", "ClientAliveInterval 300\nClientAliveCountMax 0\n", []string{"no session_policies[ssh].idle_timeout"}},
		{"idle channels are closed", "ChannelTimeout session=10m x11-connection=5m\n", []string{"session_policies[ssh].idle_timeout = 10m"}},
		{"all channels", "ChannelTimeout *=900\n", []string{"session_policies[ssh].idle_timeout = 15m"}},
		{"not the session's", "ChannelTimeout x11-connection=5m\n", []string{"no session_policies[ssh].idle_timeout"}},
		{"sessions", "MaxSessions 2\nMatch User bulk\nMaxSessions 40\n", []string{"session_policies[ssh].max_sessions = 40"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\n", c.conf, "-- /etc/nftables.conf ! not_found --\n"), c.want...)
		})
	}
}

func TestSSHIncludes(t *testing.T) {
	const path = "access_paths[ssh]."
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"the folder comes first", "-- /etc/ssh/sshd_config --\nInclude /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n-- /etc/ssh/sshd_config.d/50-cloud.conf --\nPermitRootLogin yes\n", []string{path + "admin_login = yes  # /etc/ssh/sshd_config.d/50-cloud.conf:1"}},
		{"in the order of names", "-- /etc/ssh/sshd_config --\nInclude sshd_config.d/*.conf\n-- /etc/ssh/sshd_config.d/20.conf --\nPermitRootLogin yes\n-- /etc/ssh/sshd_config.d/10.conf --\nPermitRootLogin no\n-- /etc/ssh/sshd_config.d/05.txt --\nPermitRootLogin yes\n-- /etc/ssh/sshd_config.d/.01.conf --\nPermitRootLogin yes\n", []string{path + "admin_login = no  # /etc/ssh/sshd_config.d/10.conf:1"}},
		{"a folder that nothing includes", "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/ssh/sshd_config.d/10.conf --\nPermitRootLogin yes\n", []string{path + "admin_login = no"}},
		{"nested", "-- /etc/ssh/sshd_config --\nInclude a.conf\n-- /etc/ssh/a.conf --\nInclude /etc/other/*.c[!x]\n-- /etc/other/z.cf --\nPermitRootLogin no\n-- /etc/other/a.cx --\nPermitRootLogin yes\n", []string{path + "admin_login = no  # /etc/other/z.cf:1"}},
		{"a Match ends with its file", "-- /etc/ssh/sshd_config --\nInclude a.conf\nPermitRootLogin no\n-- /etc/ssh/a.conf --\nMatch User deploy\nPasswordAuthentication no\n", []string{path + "admin_login = no"}},
		{"included under a Match", "-- /etc/ssh/sshd_config --\nPermitRootLogin no\nMatch User deploy\nInclude a.conf\n-- /etc/ssh/a.conf --\nPermitRootLogin yes\nMatch all\nPermitRootLogin yes\n", []string{path + "admin_login = no"}},
		{"a circle", "-- /etc/ssh/sshd_config --\nPermitRootLogin no\nInclude a.conf\n-- /etc/ssh/a.conf --\nInclude a.conf a.conf\n", []string{path + "admin_login = unknown: unsafe_file: /etc/ssh/a.conf: Include"}},
		{"not readable", "-- /etc/ssh/sshd_config --\nInclude a.conf\nPermitRootLogin no\n-- /etc/ssh/a.conf ! not_permitted --\n", []string{path + "admin_login = unknown: not_permitted: /etc/ssh/a.conf", path + "methods = unknown: not_permitted: /etc/ssh/a.conf"}},
		{"cut short", "-- /etc/ssh/sshd_config ~ --\nPermitRootLogin no\n", []string{path + "admin_login = unknown: truncated: /etc/ssh/sshd_config", path + "empty_passwords = unknown: truncated: /etc/ssh/sshd_config"}},
		{"not allowed", "-- /etc/ssh/sshd_config ! not_permitted --\n", []string{path + "admin_login = unknown: not_permitted: /etc/ssh/sshd_config", path + "authenticated = unknown: not_permitted: /etc/ssh/sshd_config"}},
		{"not there", "", []string{path + "admin_login = unknown: not_found: /etc/ssh/sshd_config"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, sections(debianSSH, imageOnly, c.files), c.want...) })
	}
}

func TestSSHTested(t *testing.T) {
	const path = "access_paths[ssh]."
	const printed = "-- sshd -T --\nport 22\nlistenaddress [::]:22\nlistenaddress 0.0.0.0:22\nusepam no\nmaxsessions 3\npermitrootlogin without-password\npubkeyauthentication yes\npasswordauthentication no\nkbdinteractiveauthentication no\npermitemptypasswords no\nciphers aes256-gcm@openssh.com\nbanner none\nauthenticationmethods any\n"
	live := sections(debianSSH, hostRunning)
	t.Run("sshd's own word counts", func(t *testing.T) {
		claims(t, sections(live, printed, "-- /etc/ssh/sshd_config --\nPermitRootLogin prohibit-password\n"),
			path+"admin_login = keys-only", path+"methods = [publickey]", path+"ciphers = [aes256-gcm@openssh.com]  # sshd -T:11",
			path+"remote = true", path+"port = 22", "session_policies[ssh].max_sessions = 3")
	})
	t.Run("both are cited", func(t *testing.T) {
		claims(t, sections(live, printed, "-- /etc/ssh/sshd_config --\n\nCiphers aes256-gcm@openssh.com\n"), path+"ciphers = [aes256-gcm@openssh.com]  # sshd -T:11; /etc/ssh/sshd_config:2")
	})
	t.Run("what Match changes comes from the file", func(t *testing.T) {
		claims(t, sections(live, printed, "-- /etc/ssh/sshd_config --\nMatch Address 10.*\nPermitRootLogin yes\n"), path+"admin_login = yes  # /etc/ssh/sshd_config:1; /etc/ssh/sshd_config:2")
	})
	t.Run("without the file a Match may hide", func(t *testing.T) {
		claims(t, sections(live, printed, "-- /etc/ssh/sshd_config ! not_permitted --\n"), path+"admin_login = unknown: not_permitted: /etc/ssh/sshd_config")
	})
	t.Run("the command failed", func(t *testing.T) {
		claims(t, sections(live, "-- sshd -T ! failed: exit status 255 --\n-- /etc/ssh/sshd_config --\nPermitRootLogin no\n"), path+"admin_login = no  # /etc/ssh/sshd_config:1")
	})
}

func TestSSHDistributions(t *testing.T) {
	const path = "access_paths[ssh]."
	t.Run("RHEL 7 lets root in", func(t *testing.T) {
		claims(t, sections(rhelRelease("7.9"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nUsePAM yes\n"), path+"admin_login = yes  # /etc/ssh/sshd_config; default: sshd_config(5) of RHEL 7, OpenSSH 7.4p1, permitrootlogin",
			path+"versions = [SSH 2]", path+"sources = absent")
	})
	t.Run("RHEL 8 has its ciphers on the command line", func(t *testing.T) {
		claims(t, sections(rhelRelease("8.9"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin yes\nCiphers 3des-cbc\n",
			"-- /etc/crypto-policies/back-ends/opensshserver.config --\nCRYPTO_POLICY='-oCiphers=aes256-gcm@openssh.com,aes256-ctr -oMACs=hmac-sha2-256'\n"),
			path+"ciphers = [aes256-gcm@openssh.com, aes256-ctr]  # /etc/crypto-policies/back-ends/opensshserver.config:1", path+"macs = [hmac-sha2-256]",
			path+"key_exchanges = unknown: no_documented_default: kexalgorithms", path+"admin_login = yes")
	})
	t.Run("an administrator's option comes before the file", func(t *testing.T) {
		claims(t, sections(rhelRelease("8.9"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/sysconfig/sshd --\nOPTIONS=\"-u0 -o PermitRootLogin=yes -p 2222\"\n"),
			path+"admin_login = yes  # /etc/sysconfig/sshd:1", path+"port = 2222")
	})
	t.Run("options that cannot be read", func(t *testing.T) {
		claims(t, sections(rhelRelease("8.9"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/sysconfig/sshd ! not_permitted --\n"),
			path+"admin_login = unknown: not_permitted: /etc/sysconfig/sshd")
	})
	t.Run("RHEL 9 includes the policy", func(t *testing.T) {
		claims(t, sections(rhelRelease("9.3"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nInclude /etc/ssh/sshd_config.d/*.conf\n",
			"-- /etc/ssh/sshd_config.d/50-redhat.conf --\nInclude /etc/crypto-policies/back-ends/opensshserver.config\nUsePAM yes\n",
			"-- /etc/crypto-policies/back-ends/opensshserver.config --\nCiphers aes256-gcm@openssh.com\n"),
			path+"ciphers = [aes256-gcm@openssh.com]  # /etc/crypto-policies/back-ends/opensshserver.config:1", path+"admin_login = keys-only")
	})
	t.Run("Kylin without the version", func(t *testing.T) {
		claims(t, sections("-- /etc/os-release --\nID=\"kylin\"\nVERSION_ID=\"V10\"\n", rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitEmptyPasswords no\n"),
			path+"admin_login = unknown: no_documented_default: permitrootlogin", path+"empty_passwords = false  # /etc/ssh/sshd_config:1")
	})
	t.Run("openEuler", func(t *testing.T) {
		claims(t, sections("-- /etc/os-release --\nID=\"openEuler\"\nVERSION_ID=\"22.03\"\n", rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin yes\n"), path+"admin_login = yes")
	})
	t.Run("Ubuntu 24.04 waits at its socket", func(t *testing.T) {
		claims(t, sections("-- /etc/os-release --\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n-- /var/lib/dpkg/status --\nPackage: openssh-server\nStatus: install ok installed\nVersion: 1:9.6p1-3ubuntu13.5\n",
			"-- /usr/sbin/sshd --\n-- /usr/lib/systemd/system/ssh.service --\n[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n-- /usr/lib/systemd/system/ssh.socket --\n-- /etc/systemd/system/sockets.target.wants/ssh.socket --\n", imageOnly,
			"-- /etc/ssh/sshd_config --\nInclude /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\n-- /etc/ssh/sshd_config.d/50-cloud-init.conf --\nPasswordAuthentication yes\n"),
			path+"enabled = true", path+"admin_login = keys-only  # /etc/ssh/sshd_config; /etc/ssh/sshd_config.d/50-cloud-init.conf; default: sshd_config(5), OpenSSH 9.6, permitrootlogin",
			path+"methods = [publickey, password]", path+"ciphers = [chacha20-poly1305@openssh.com, aes128-ctr, aes192-ctr, aes256-ctr, aes128-gcm@openssh.com, aes256-gcm@openssh.com]")
	})
	t.Run("Debian 12 gained a key exchange in an update", func(t *testing.T) {
		const rest = "curve25519-sha256, curve25519-sha256@libssh.org, ecdh-sha2-nistp256, ecdh-sha2-nistp384, ecdh-sha2-nistp521, diffie-hellman-group-exchange-sha256, diffie-hellman-group16-sha512, diffie-hellman-group18-sha512, diffie-hellman-group14-sha256]"
		host := sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n")
		claims(t, host, path+"key_exchanges = [sntrup761x25519-sha512@openssh.com, "+rest)
		claims(t, strings.Replace(host, "deb12u3", "deb12u10", 1), path+"key_exchanges = [sntrup761x25519-sha512, sntrup761x25519-sha512@openssh.com, "+rest)
	})
	t.Run("UOS is built on Debian", func(t *testing.T) {
		claims(t, sections("-- /etc/os-release --\nID=uos\nID_LIKE=debian\nVERSION_ID=\"20\"\n-- /var/lib/dpkg/status --\nPackage: openssh-server\nStatus: install ok installed\nVersion: 1:7.9p1.13-deepin1\n", rhelSSH, imageOnly,
			"-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/hosts.allow --\nsshd: 10.0.0.0/8\n-- /etc/hosts.deny --\nsshd: ALL\n"),
			path+"admin_login = no", path+"sources = [10.0.0.0/8]  # /etc/hosts.allow:1; /etc/hosts.deny:1", path+"versions = [SSH 2]")
	})
	t.Run("a drop-in changes the command line", func(t *testing.T) {
		claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/systemd/system/ssh.service.d/own.conf --\n[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n-- /etc/ssh/other --\nPermitRootLogin yes\n"),
			path+"admin_login = yes  # /etc/ssh/other:1")
	})
	t.Run("an sshd of its own", func(t *testing.T) {
		claims(t, sections(debianSSH, hostRunning, "-- probe processes --\n812 name=sshd uid=0 exe=/usr/local/sbin/sshd\n-- /etc/ssh/sshd_config --\nPermitRootLogin no\n"),
			path+"admin_login = unknown: not_understood: /usr/local/sbin/sshd", path+"enabled = true")
	})
}

func TestSSHEnabled(t *testing.T) {
	const conf = "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n"
	for name, c := range map[string]struct{ host, want string }{
		"not installed":                    {sections("-- /var/lib/dpkg/status --\nPackage: bash\nStatus: install ok installed\nVersion: 5\n", imageOnly), "false"},
		"installed, not started":           {sections("-- /usr/sbin/sshd --\n-- /usr/lib/systemd/system/ssh.service --\n[Service]\n", imageOnly, conf), "false"},
		"by its socket":                    {sections("-- /usr/sbin/sshd --\n-- /usr/lib/systemd/system/ssh.service --\n-- /usr/lib/systemd/system/ssh.socket --\n-- /etc/systemd/system/sockets.target.wants/ssh.socket --\n", imageOnly, conf), "true"},
		"masked":                           {sections("-- /usr/sbin/sshd --\n-- glob /etc/systemd/system/* --\n0777 0 0 link 9 2026-01-02T03:04:05Z \"/etc/systemd/system/ssh.service\" \"/dev/null\"\n", imageOnly, conf), "false"},
		"by hand":                          {sections("-- /usr/sbin/sshd --\n-- /usr/lib/systemd/system/ssh.service --\n", hostRunning, conf), "true"},
		"units not seen":                   {sections("-- /usr/sbin/sshd --\n-- glob /etc/systemd/system/* ! not_permitted --\n", imageOnly, conf), "unknown: not_permitted: glob /etc/systemd/system/*"},
		"config left behind":               {sections("-- /var/lib/dpkg/status --\nPackage: bash\nStatus: install ok installed\nVersion: 5\n", imageOnly, conf), "false"},
		"only a config, packages not seen": {sections("-- glob /etc/systemd/system/* ! not_permitted --\n", imageOnly, conf), "unknown: not_permitted: glob /etc/systemd/system/*"},
	} {
		t.Run(name, func(t *testing.T) { claims(t, c.host, "access_paths[ssh].enabled = "+c.want) })
	}
}

func TestSSHWrappers(t *testing.T) {
	for name, c := range map[string]struct{ allow, deny, want string }{
		"closed but for some":   {"sshd: 10.0.0.0/8, 192.168.1.\n", "ALL: ALL\n", "[10.0.0.0/8, 192.168.1.]"},
		"nothing denied":        {"sshd: 10.0.0.0/8\n", "", "absent"},
		"others denied":         {"", "vsftpd: ALL\n", "absent"},
		"deny in allow":         {"sshd: 10. [fe80::1] : allow\nALL: ALL: DENY\n", "", `[10., "[fe80::1]"]`},
		"exceptions":            {"sshd: ALL EXCEPT 10.\n", "ALL: ALL\n", "unknown: not_understood: \"sshd: ALL EXCEPT 10.\""},
		"everybody is let in":   {"ALL: ALL\n", "sshd: ALL\n", "absent"},
		"only some are refused": {"", "sshd: 10.9.\n", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			want := strings.ReplaceAll(c.want, `"sshd: ALL EXCEPT 10."`, `sshd: ALL EXCEPT 10.`)
			claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/hosts.allow --\n"+c.allow+"-- /etc/hosts.deny --\n"+c.deny), "access_paths[ssh].sources = "+want)
		})
	}
	t.Run("RHEL 9 has none", func(t *testing.T) {
		claims(t, sections(rhelRelease("9.3"), rhelSSH, imageOnly, "-- /etc/ssh/sshd_config --\nPermitRootLogin no\n-- /etc/hosts.allow --\nsshd: 10.\n-- /etc/hosts.deny --\nALL: ALL\n"), "access_paths[ssh].sources = absent")
	})
}

func TestSSHBanner(t *testing.T) {
	for name, c := range map[string]struct{ conf, want string }{
		"shown":                  {"Banner /etc/issue.net\n-- /etc/issue.net --\n警告：未经授权不得登录\n", "true"},
		"the file is empty":      {"Banner /etc/issue.net\n-- /etc/issue.net --\n\n", "false"},
		"the file is missing":    {"Banner /etc/issue.net\n", "false"},
		"not readable":           {"Banner /etc/issue.net\n-- /etc/issue.net ! not_permitted --\n", "unknown: not_permitted: /etc/issue.net"},
		"taken back for some":    {"Banner /etc/issue.net\nMatch User x\nBanner none\n-- /etc/issue.net --\nstop\n", "false"},
		"none, in so many words": {"Banner none\n", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\n", c.conf), "access_paths[ssh].banner = "+c.want)
		})
	}
}

func TestSSHSecondFactor(t *testing.T) {
	const conf = "-- /etc/ssh/sshd_config --\nUsePAM yes\nPubkeyAuthentication no\n"
	pam := func(lines string) string { return "-- /etc/pam.d/sshd --\n" + lines }
	for name, c := range map[string]struct{ pam, want string }{
		"password and code":       {"auth required pam_unix.so\nauth required pam_google_authenticator.so\naccount required pam_unix.so\n", "2"},
		"code for those who like": {"auth required pam_unix.so\nauth required pam_google_authenticator.so nullok\n", "1"},
		"one or the other":        {"auth sufficient pam_google_authenticator.so\nauth required pam_unix.so\n", "1"},
		"password alone":          {"auth required pam_unix.so\n", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			claims(t, sections(debianSSH, imageOnly, conf, pam(c.pam)), "access_paths[ssh].factors = "+c.want)
		})
	}
	t.Run("a key alone will do", func(t *testing.T) {
		claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\nUsePAM yes\n", pam("auth required pam_unix.so\nauth required pam_google_authenticator.so\n")), "access_paths[ssh].factors = 1")
	})
	t.Run("PAM lets everybody in", func(t *testing.T) {
		claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\nUsePAM yes\n", pam("auth sufficient pam_permit.so\n")), "access_paths[ssh].authenticated = false")
	})
}

func TestSSHWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "[]",
		"  # comment":                  "[]",
		"Port 22":                      "[Port 22]",
		"Port=22":                      "[Port 22]",
		"Port  =  22":                  "[Port 22]",
		`Banner "/etc/my issue"`:       "[Banner /etc/my issue]",
		`AllowUsers a\ b 'c d' e#f #x`: "[AllowUsers a b c d e#f]",
		"X11Forwarding\tyes\f":         "[X11Forwarding yes]",
	} {
		if got, ok := sshWords(in); fmt.Sprint(got) != want || !ok {
			t.Errorf("%q: got %v %v, want %s", in, got, ok, want)
		}
	}
}

func TestSSHTime(t *testing.T) {
	for in, want := range map[string]time.Duration{"600": 10 * time.Minute, "10m": 10 * time.Minute, "1h30m": 90 * time.Minute, "1w2d": 9 * 24 * time.Hour, "90M": 90 * time.Minute} {
		if got, ok := sshTime(in); got != want || !ok {
			t.Errorf("%s: got %v %v", in, got, ok)
		}
	}
	for _, in := range []string{"x", "1x", "-5", "99999999999999999999", "m"} {
		if got, ok := sshTime(in); ok {
			t.Errorf("%s: got %v", in, got)
		}
	}
}

func TestSSHHostileInput(t *testing.T) {
	long := "PermitRootLogin no\n" + strings.Repeat("a", 10<<20) + "\nInclude " + strings.Repeat("a.conf ", 1000) + "\nInclude *\n"
	start := time.Now()
	for _, body := range []string{long, "\xb9\xdc\xc0\xed PermitRootLogin no\nPermitRootLogin no\n", strings.Repeat("Match User a\n", 200000), "\x00\x01\x02"} {
		claims(t, sections(debianSSH, imageOnly, "-- /etc/ssh/sshd_config --\n"+strings.ReplaceAll(body, "\n-- ", "\n--")), "access_paths[ssh].enabled = true")
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzSSHDConfig(f *testing.F) {
	others := readableHost()
	readsAnything(f, driver.File(sshdConfig), others, "Include /etc/ssh/sshd_config.d/*.conf\nMatch User root,!x Address 10.*\n PermitRootLogin=yes\nAuthenticationMethods a,b c\n",
		"AllowUsers a@b \"c d\"\nCiphers +x\nListenAddress [::1]:22\nChannelTimeout session=5m\n", "Include sshd_config\nMatch all\nMatch\nPort\n")
}

func FuzzSSHDTested(f *testing.F) {
	readsAnything(f, driver.Command(sshTest), readableHost(), "port 22\npermitrootlogin no\nlistenaddress [::]:22\nallowusers a@b\n", "ciphers \nmaxsessions x\n")
}
