package linux

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const accountHost = `all files are here
-- /etc/passwd --
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:x:1000:1000:,,,:/home/alice:/bin/bash
locked:x:1001:100::/home/locked:/bin/bash
keyed:x:1002:100::/home/keyed:/bin/bash
gone:x:1003:100::/home/gone:/bin/bash
old:abcdefghijklm:1004:100::/home/old:
empty::1005:100::/home/empty:/bin/sh
noshadow:x:1006:100::/home/noshadow:/bin/bash
stale:x:1007:100::/home/stale:/bin/bash
oracle:x:1008:100::/home/oracle:/bin/bash
odd:x:1009:100::/home/odd:/bin/bash
-- /etc/shadow --
root:$6$salt$hashhashhash:19700:0:99999:7:::
daemon:*:19700:0:99999:7:::
alice:$y$j9T$salt$hash:0:1:90:7:30::
locked:!$5$salt$hash:19700:0:90:7:::
keyed:!!:19700::::::
gone:$1$salt$hash:19700:0:90:7::19800:
stale:$2b$10$hashhash:19700:0:90:7:30::
oracle:$sm3$salt$hash:19700:0:x:7:30::
odd:$zz$salt$hash:19700:0:90:7:30::
-- /etc/group --
root:x:0:
daemon:x:1:
adm:x:4:alice,syslog
users:x:100:
alice:x:1000:
sudo:x:27:alice
-- /home/keyed/.ssh/authorized_keys --
# mine
ssh-ed25519 AAAA one

ssh-rsa BBBB two
`

const newYear2025 = `-- probe clock --
utc=2025-01-01T00:00:00Z zone=UTC
`

func TestAccounts(t *testing.T) {
	for name, c := range map[string]struct {
		archive  string
		prefixes []string
		want     string
	}{
		"the list is complete": {accountHost, []string{"accounts ="}, `accounts = complete  # /etc/passwd`},
		"everything of one": {accountHost + newYear2025, []string{"accounts[alice]"}, `
accounts[alice].uid = 1000  # /etc/passwd:3
accounts[alice].privileged = false  # /etc/passwd:3
accounts[alice].roles = [adm, alice, sudo]  # /etc/passwd:3; /etc/group
accounts[alice].login_enabled = true  # /etc/passwd:3; /etc/shadow:3
accounts[alice].password_state = set  # /etc/shadow:3
accounts[alice].password_scheme = yescrypt  # /etc/shadow:3
accounts[alice].default_name = false  # /etc/passwd:3
accounts[alice].last_change = absent  # /etc/shadow:3
accounts[alice].max_age = 90d  # /etc/shadow:3
accounts[alice].must_change = true  # /etc/shadow:3
accounts[alice].expires = absent  # /etc/shadow:3
accounts[alice].inactive_lock = 30d  # /etc/shadow:3
accounts[alice].last_login = unknown: not_found: /var/log/wtmp
accounts[alice].ssh_keys = 0  # /home/alice/.ssh/authorized_keys; /home/alice/.ssh/authorized_keys2
accounts[alice].shell = /bin/bash  # /etc/passwd:3
accounts[alice].home = /home/alice  # /etc/passwd:3
`},
		"locked, and a key": {accountHost, []string{"accounts[keyed].login", "accounts[keyed].password", "accounts[keyed].ssh"}, `
accounts[keyed].login_enabled = true  # /etc/passwd:5; /home/keyed/.ssh/authorized_keys; /home/keyed/.ssh/authorized_keys2
accounts[keyed].password_state = locked  # /etc/shadow:5
accounts[keyed].password_scheme = not applicable  # /etc/shadow:5
accounts[keyed].ssh_keys = 2  # /home/keyed/.ssh/authorized_keys; /home/keyed/.ssh/authorized_keys2
`},
		"locked, no key": {accountHost, []string{"accounts[locked].login", "accounts[locked].password"}, `
accounts[locked].login_enabled = false  # /etc/shadow:4; /etc/passwd:4
accounts[locked].password_state = locked  # /etc/shadow:4
accounts[locked].password_scheme = sha256crypt  # /etc/shadow:4
`},
		"no shell": {accountHost, []string{"accounts[daemon].login", "accounts[daemon].password", "accounts[daemon].default"}, `
accounts[daemon].login_enabled = false  # /etc/passwd:2
accounts[daemon].password_state = none  # /etc/shadow:2
accounts[daemon].password_scheme = not applicable  # /etc/shadow:2
accounts[daemon].default_name = true  # /etc/passwd:2
`},
		"the account has ended": {accountHost + newYear2025, []string{"accounts[gone].login", "accounts[gone].expires"}, `
accounts[gone].login_enabled = false  # /etc/shadow:6
accounts[gone].expires = 2024-03-18T00:00:00Z  # /etc/shadow:6
`},
		"whether it has ended depends on the clock": {accountHost, []string{"accounts[gone].login"}, `
accounts[gone].login_enabled = unknown: not_asked: probe clock
`},
		"the password has run out": {accountHost + newYear2025, []string{"accounts[stale].password", "accounts[stale].login"}, `
accounts[stale].login_enabled = false  # /etc/shadow:7; /etc/passwd:10
accounts[stale].password_state = expired  # /etc/shadow:7
accounts[stale].password_scheme = bcrypt  # /etc/shadow:7
`},
		"a hash in passwd": {accountHost, []string{"accounts[old].password", "accounts[old].shell", "accounts[old].max_age"}, `
accounts[old].password_state = set  # /etc/passwd:7
accounts[old].password_scheme = descrypt  # /etc/passwd:7
accounts[old].max_age = forever  # /etc/passwd:7
accounts[old].shell = /bin/sh  # /etc/passwd:7
`},
		"no password at all": {accountHost, []string{"accounts[empty].password", "accounts[empty].login"}, `
accounts[empty].login_enabled = true  # /etc/passwd:8
accounts[empty].password_state = empty  # /etc/passwd:8
accounts[empty].password_scheme = not applicable  # /etc/passwd:8
`},
		"no line in shadow": {accountHost, []string{"accounts[noshadow].password", "accounts[noshadow].login"}, `
accounts[noshadow].login_enabled = false  # /etc/passwd:9; /etc/shadow
accounts[noshadow].password_state = none  # /etc/passwd:9; /etc/shadow
accounts[noshadow].password_scheme = not applicable  # /etc/passwd:9; /etc/shadow
`},
		"a field that is no number": {accountHost, []string{"accounts[oracle].password", "accounts[oracle].max_age", "accounts[oracle].must", "accounts[oracle].default"}, `
accounts[oracle].password_state = set  # /etc/shadow:8
accounts[oracle].password_scheme = sm3crypt  # /etc/shadow:8
accounts[oracle].default_name = true  # /etc/passwd:11
accounts[oracle].max_age = unknown: not_understood: /etc/shadow  # /etc/shadow:8
accounts[oracle].must_change = unknown: not_understood: /etc/shadow  # /etc/shadow:8
`},
		"a hash of no known kind": {accountHost, []string{"accounts[odd].password"}, `
accounts[odd].password_state = set  # /etc/shadow:9
accounts[odd].password_scheme = unknown: not_understood: $zz$  # /etc/shadow:9
`},
		"shadow needs root": {`all files are here
-- /etc/passwd --
root:x:0:0:root:/root:/bin/bash
-- /etc/shadow ! not_permitted: permission denied --
-- /root/.ssh/authorized_keys ! not_permitted --
`, []string{"accounts"}, `
accounts = complete  # /etc/passwd
accounts[root].uid = 0  # /etc/passwd:1
accounts[root].privileged = true  # /etc/passwd:1
accounts[root].roles = unknown: not_found: /etc/group
accounts[root].login_enabled = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].password_state = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].password_scheme = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].default_name = false  # /etc/passwd:1
accounts[root].last_change = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].max_age = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].must_change = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].expires = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].inactive_lock = unknown: not_permitted: /etc/shadow: permission denied
accounts[root].last_login = unknown: not_found: /var/log/wtmp
accounts[root].ssh_keys = unknown: not_permitted: /root/.ssh/authorized_keys
accounts[root].shell = /bin/bash  # /etc/passwd:1
accounts[root].home = /root  # /etc/passwd:1
`},
		"passwd cut short": {"all files are here\n-- /etc/passwd ~ --\nroot:x:0:0:root:/root:/bin/bash\n", []string{"accounts ="}, `accounts = unknown: truncated: /etc/passwd`},
		"no passwd":        {"all files are here\n", []string{"accounts"}, `accounts = unknown: not_found: /etc/passwd`},
		"accounts of NIS":  {"all files are here\n-- /etc/passwd --\nroot:x:0:0:root:/root:/bin/bash\n+::::::\n", []string{"accounts ="}, `accounts = unknown: elsewhere: /etc/passwd takes in NIS  # /etc/passwd:2`},
		"a line that is none": {"all files are here\n-- /etc/passwd --\nroot:x:0:0:root:/root:/bin/bash\nwhat\n", []string{"accounts ="},
			`accounts = unknown: not_understood: /etc/passwd  # /etc/passwd:2`},
		"sss without sssd":   {accountHost + "-- /etc/nsswitch.conf --\npasswd:     sss files systemd\n", []string{"accounts ="}, `accounts = complete  # /etc/passwd`},
		"sss with a domain":  {accountHost + "-- /etc/nsswitch.conf --\npasswd: files sss\n-- /etc/sssd/sssd.conf --\n[sssd]\ndomains = corp\n[domain/corp]\nid_provider = ad\n", []string{"accounts ="}, `accounts = unknown: elsewhere: sssd id_provider = ad  # /etc/nsswitch.conf:1; /etc/sssd/sssd.conf:4`},
		"sssd needs root":    {accountHost + "-- /etc/nsswitch.conf --\npasswd: files sss\n-- /etc/sssd/sssd.conf ! not_permitted --\n", []string{"accounts ="}, `accounts = unknown: not_permitted: /etc/sssd/sssd.conf`},
		"ldap":               {accountHost + "-- /etc/nsswitch.conf --\n# passwd: nis\npasswd: files [NOTFOUND=continue] ldap\n", []string{"accounts ="}, `accounts = unknown: elsewhere: nsswitch.conf: ldap  # /etc/nsswitch.conf:2`},
		"an unknown service": {accountHost + "-- /etc/nsswitch.conf --\npasswd: files extrausers\n", []string{"accounts ="}, `accounts = unknown: not_understood: nsswitch.conf: extrausers  # /etc/nsswitch.conf:1`},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.archive, c.want, c.prefixes...) })
	}
}

// lastlogWith and wtmpWith write records as the C library does, in either layout.
func lastlogWith(l recordLayout, uids map[int]time.Time, size int) []byte {
	b := make([]byte, l.lastlog*size)
	for uid, at := range uids {
		binary.LittleEndian.PutUint32(b[uid*l.lastlog:], uint32(at.Unix()))
	}
	return b
}

func wtmpWith(l recordLayout, kind uint16, name string, at time.Time) []byte {
	b := make([]byte, l.wtmp)
	binary.LittleEndian.PutUint16(b, kind)
	copy(b[wtmpUser:], name)
	binary.LittleEndian.PutUint32(b[l.wtmpTime:], uint32(at.Unix()))
	return b
}

func TestLastLogin(t *testing.T) {
	spring, summer := time.Date(2025, 4, 1, 8, 0, 0, 0, time.UTC), time.Date(2025, 7, 1, 8, 0, 0, 0, time.UTC)
	whole := func(q string, b []byte) *pluginpb.Answer {
		return &pluginpb.Answer{Question: driver.ParseQuestion(q), Body: b, Complete: true}
	}
	missing := func(q string) *pluginpb.Answer {
		return &pluginpb.Answer{Question: driver.ParseQuestion(q), Reason: pb.Reason_REASON_NOT_FOUND, Complete: true}
	}
	passwd := whole(passwdPath, []byte("root:x:0:0::/root:/bin/bash\nbob:x:3:3::/home/bob:/bin/bash\nann:x:9:9::/home/ann:/bin/bash\n"))
	for name, c := range map[string]struct {
		answers []*pluginpb.Answer
		want    string
	}{
		"lastlog alone": {[]*pluginpb.Answer{whole(lastlogPath, lastlogWith(layout32, map[int]time.Time{3: spring}, 4)), missing(wtmpPath)}, `
accounts[ann].last_login = absent  # /var/log/lastlog
accounts[bob].last_login = 2025-04-01T08:00:00Z  # /var/log/lastlog
accounts[root].last_login = absent  # /var/log/lastlog`},
		"wtmp is newer": {[]*pluginpb.Answer{whole(lastlogPath, lastlogWith(layout32, map[int]time.Time{3: spring}, 4)), whole(wtmpPath, append(wtmpWith(layout32, 7, "bob", summer), wtmpWith(layout32, 8, "root", summer)...))}, `
accounts[ann].last_login = absent  # /var/log/lastlog
accounts[bob].last_login = 2025-07-01T08:00:00Z  # /var/log/wtmp
accounts[root].last_login = absent  # /var/log/lastlog`},
		"64-bit times": {[]*pluginpb.Answer{whole("probe host", []byte("arch=aarch64\n")), whole(lastlogPath, lastlogWith(layout64, map[int]time.Time{0: spring, 9: summer}, 10)), whole(wtmpPath, wtmpWith(layout64, 7, "bob", spring))}, `
accounts[ann].last_login = 2025-07-01T08:00:00Z  # /var/log/lastlog
accounts[bob].last_login = 2025-04-01T08:00:00Z  # /var/log/wtmp
accounts[root].last_login = 2025-04-01T08:00:00Z  # /var/log/lastlog`},
		"wtmp alone proves no absence": {[]*pluginpb.Answer{missing(lastlogPath), whole(wtmpPath, wtmpWith(layout32, 7, "bob", summer))}, `
accounts[ann].last_login = unknown: too_young: /var/log/wtmp
accounts[bob].last_login = 2025-07-01T08:00:00Z  # /var/log/wtmp
accounts[root].last_login = unknown: too_young: /var/log/wtmp`},
		"lastlog2 has taken over": {[]*pluginpb.Answer{whole("glob "+lastlog2Path, []byte("0644 0 0 file 4096 2025-01-02T03:04:05Z \"/var/lib/lastlog/lastlog2.db\"\n")),
			whole(lastlogPath, lastlogWith(layout32, map[int]time.Time{3: spring}, 4)), whole(wtmpPath, wtmpWith(layout32, 7, "bob", summer))}, `
accounts[ann].last_login = unknown: not_understood: /var/lib/lastlog/lastlog2.db
accounts[bob].last_login = 2025-07-01T08:00:00Z  # /var/log/wtmp
accounts[root].last_login = unknown: not_understood: /var/lib/lastlog/lastlog2.db`},
		"junk": {[]*pluginpb.Answer{whole(lastlogPath, []byte("junk")), whole(wtmpPath, []byte("more junk"))}, `
accounts[ann].last_login = unknown: not_understood: /var/log/lastlog
accounts[bob].last_login = unknown: not_understood: /var/log/lastlog
accounts[root].last_login = unknown: not_understood: /var/log/lastlog`},
		"too large: what is there counts": {[]*pluginpb.Answer{whole("probe host", []byte("arch=x86_64\n")), {Question: driver.File(lastlogPath), Body: lastlogWith(layout32, map[int]time.Time{3: spring}, 5), Reason: pb.Reason_REASON_TOO_LARGE}}, `
accounts[ann].last_login = unknown: too_large: /var/log/lastlog
accounts[bob].last_login = 2025-04-01T08:00:00Z  # /var/log/lastlog
accounts[root].last_login = absent  # /var/log/lastlog`},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, readAnswers(t, append(c.answers, passwd), "accounts[ann].last_login", "accounts[bob].last_login", "accounts[root].last_login"), c.want)
		})
	}
}
