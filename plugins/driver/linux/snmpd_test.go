package linux

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
)

const snmpHost = "-- /usr/sbin/snmpd --\n-- /usr/lib/systemd/system/snmpd.service --\n-- /etc/systemd/system/multi-user.target.wants/snmpd.service --\n" + imageOnly

func TestSnmp(t *testing.T) {
	const c1 = "snmp_communities[community 1]."
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"a delivered name", "-- /etc/snmp/snmpd.conf --\nrocommunity public default -V systemonly\n", []string{
			"snmp_communities = complete", c1 + "default_name = true  # /etc/snmp/snmpd.conf:1", c1 + "access = ro", c1 + "sources = absent", c1 + "versions = [v1, v2c]",
			"access_paths[snmp].enabled = true", "access_paths[snmp].encrypted = false", "access_paths[snmp].authenticated = false", "access_paths[snmp].port = 161", "access_paths[snmp].versions = [SNMP v1, SNMP v2c]",
		}},
		{"another name, one host", "-- /etc/snmp/snmpd.conf --\nrwcommunity Xk29sfj2 10.0.0.9\n", []string{c1 + "default_name = false", c1 + "access = rw", c1 + "sources = [10.0.0.9]", "access_paths[snmp].sources = [10.0.0.9]"}},
		{"by views", "-- /etc/snmp/snmpd.conf --\ncom2sec notConfigUser default private\ngroup notConfigGroup v2c notConfigUser\nview all included .1\naccess notConfigGroup \"\" any noauth exact all all none\n", []string{
			c1 + "default_name = true", c1 + "access = rw", c1 + "versions = [v2c]",
		}},
		{"by views, nothing granted", "-- /etc/snmp/snmpd.conf --\ncom2sec notConfigUser 10.0.0.0/8 abc\ngroup notConfigGroup v1 notConfigUser\n", []string{c1 + "access = absent", c1 + "sources = [10.0.0.0/8]"}},
		{"by views, read only, with context", "-- /etc/snmp/snmpd.conf --\ncom2sec -Cn ctx sec default abc\ngroup g any sec\naccess g \"\" any noauth exact all none none\n", []string{c1 + "access = ro", c1 + "versions = [v1, v2c]"}},
		{"a user with both", "-- /etc/snmp/snmpd.conf --\ncreateUser monitor SHA-256 \"long passphrase\" AES otherphrase\nrouser monitor authpriv\n", []string{
			"snmp_communities = complete", "no " + c1 + "access", "snmp_users[monitor].auth = sha256", "snmp_users[monitor].priv = aes128", "snmp_users[monitor].level = authPriv", "snmp_users[monitor].access = ro",
			"access_paths[snmp].encrypted = true", "access_paths[snmp].authenticated = true", "access_paths[snmp].versions = [SNMP v3]",
		}},
		{"a user that need not encrypt", "-- /etc/snmp/snmpd.conf --\ncreateUser monitor MD5 passphrase1 DES\nrwuser monitor\n", []string{"snmp_users[monitor].level = authNoPriv", "snmp_users[monitor].auth = md5", "snmp_users[monitor].priv = des", "snmp_users[monitor].access = rw", "access_paths[snmp].encrypted = false"}},
		{"a user as snmpd keeps it", "-- /etc/snmp/snmpd.conf --\nrouser ops priv\n-- /var/lib/snmp/snmpd.conf --\nusmUser 1 3 0x80001f88 0x6f707300 0x6f707300 NULL .1.3.6.1.6.3.10.1.1.3 0xaabbcc .1.3.6.1.6.3.10.1.2.4 0xddeeff 0x\n", []string{
			"snmp_users[ops].auth = sha", "snmp_users[ops].priv = aes128", "snmp_users[ops].level = authPriv",
		}},
		{"a user by views", "-- /etc/snmp/snmpd.conf --\ncreateUser ops SHA abcdefgh AES\ngroup g usm ops\naccess g \"\" usm priv exact all none none\n", []string{"snmp_users[ops].level = authPriv", "snmp_users[ops].access = ro"}},
		{"a user that may nothing", "-- /etc/snmp/snmpd.conf --\ncreateUser ops SHA abcdefgh AES\n", []string{"snmp_users[ops].access = absent"}},
		{"only local", "-- /etc/snmp/snmpd.conf --\nagentaddress  127.0.0.1,[::1]\nrocommunity public\n", []string{"access_paths[snmp].remote = false"}},
		{"on another port", "-- /etc/snmp/snmpd.conf --\nagentAddress udp:10.0.0.1:1161\nrocommunity x\n", []string{"access_paths[snmp].remote = true", "access_paths[snmp].port = 1161"}},
		{"included folder", "-- /etc/snmp/snmpd.conf --\nincludeDir /etc/snmp/more\n-- /etc/snmp/more/a.conf --\nrocommunity public\n-- /etc/snmp/more/b.txt --\nrwcommunity private\n", []string{c1 + "access = ro  # /etc/snmp/more/a.conf:1", "no snmp_communities[community 2].access"}},
		{"not readable", "-- /etc/snmp/snmpd.conf ! not_permitted --\n", []string{"snmp_communities = unknown: not_permitted: /etc/snmp/snmpd.conf", "snmp_users = unknown: not_permitted: /etc/snmp/snmpd.conf", "access_paths[snmp].encrypted = unknown: not_permitted: /etc/snmp/snmpd.conf"}},
		{"its own file not readable", "-- /etc/snmp/snmpd.conf --\nrocommunity public\n-- /var/lib/snmp/snmpd.conf ! not_permitted --\n", []string{"snmp_communities = unknown: not_permitted: /var/lib/snmp/snmpd.conf", c1 + "default_name = true"}},
		{"a comment", "-- /etc/snmp/snmpd.conf --\n#rocommunity public\n", []string{"snmp_communities = complete", "no " + c1 + "access"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, snmpHost+c.files, c.want...) })
	}
	t.Run("not installed", func(t *testing.T) {
		claims(t, imageOnly+"-- /usr/lib/systemd/system/dbus.service --\n", "snmp_communities = complete", "no access_paths[snmp].enabled", "access_paths = complete")
	})
}

// No community and no passphrase leaves the driver, not even before secrets are masked.
func TestSnmpKeepsSecrets(t *testing.T) {
	const conf = "rocommunity \"my S3cretA W0rdz\" default\ncom2sec a default S3cretB\ncreateUser u SHA S3cretC AES S3cretD\nauthcommunity log,execute S3cretE\nusmUser 1 3 0x80 \"u\" \"u\" NULL .1.3.6.1.6.3.10.1.1.3 0x53cre7 .1.3.6.1.6.3.10.1.2.4 0x53cre7 0x\n"
	answers := append(readableHost(), answer(driver.File("/var/lib/snmp/snmpd.conf"), conf))
	r, err := Driver{}.Read(answers)
	if err != nil {
		t.Fatal(err)
	}
	text := r.String()
	if !strings.Contains(text, "createUser u sha") {
		t.Fatal("the line was not read")
	}
	for _, secret := range []string{"S3cret", "53cre7", "W0rdz"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is told", secret)
		}
	}
}

func FuzzSnmp(f *testing.F) {
	readsAnything(f, driver.File(snmpFiles[0]), readableHost(), "rocommunity public 1.1.1.1\ncom2sec -Cn a b c d\ngroup g v1 b\naccess g \"\" any noauth exact a b c\n", "createUser -e 0x1 a SHA -m 0x2 AES -l 0x3\nrouser -s usm a\nusmUser 1 3 0x8 0x61 0x61 NULL .1 0x .2 0x 0x\n", "includeFile snmpd.conf\nincludeDir /etc/snmp\nagentaddress :\n")
}
