package agent_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Whatever secret stands in a host's files, none of it leaves in facts or in any format of the report.
func TestNoSecretLeaves(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/passwd":                     "root:x:0:0::/root:/bin/bash\nli:x:1000:1000::/home/li:/bin/bash\n",
		"etc/shadow":                     "root:$y$j9T$c4n4ry01salt$c4n4ry02c4n4ry02c4n4ry02c4n4ry02c4n4ry02:20000:0:90:7:::\nli:c4n4ry03dEsH1:20000:0:90:7:::\n",
		"etc/group":                      "root:x:0:\nli:x:1000:\n",
		"etc/gshadow":                    "root:$6$c4n4ry04$c4n4ry05c4n4ry05:root:\n",
		"etc/snmp/snmpd.conf":            "rocommunity c4n4ry06\nrwcommunity c4n4ry07 10.0.0.0/8\ncom2sec local default c4n4ry08\ncreateUser op SHA c4n4ry09 AES c4n4ry10\nodd community c4n4ry11\n",
		"root/.netrc":                    "machine x login y password c4n4ry12\n",
		"root/.pgpass":                   "h:5432:d:u:c4n4ry13\n",
		"root/.my.cnf":                   "[client]\npassword=c4n4ry14\n",
		"etc/fstab":                      "//s/x /x cifs username=u,password=c4n4ry15 0 0\n",
		"etc/chrony/chrony.keys":         "1 SHA1 HEX:c4n4ry16\n",
		"etc/ssh/ssh_host_ed25519_key":   "-----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ry17\n-----END OPENSSH PRIVATE KEY-----\n",
		"etc/apt/sources.list":           "deb http://u:c4n4ry18@mirror.test/debian bookworm main\n",
		"etc/yum.repos.d/a.repo":         "[a]\nname=a\nbaseurl=http://u:c4n4ry19@mirror.test/a\npassword=c4n4ry20\n",
		"etc/rsyslog.conf":               "*.* action(type=\"omrelp\" target=\"192.0.2.1\" password=\"c4n4ry21\")\n",
		"boot/grub/grub.cfg":             "password_pbkdf2 root grub.pbkdf2.sha512.10000.c4n4ry22.c4n4ry23\nlinux /v root=/dev/sda1\n",
		"etc/security/pwquality.conf":    "minlen = c4n4ry24password=c4n4ry25\n",
		"etc/ppp/chap-secrets":           "u * c4n4ry26 *\n",
		"etc/profile.d/x.sh":             "export DB_PASSWORD=c4n4ry27 TMOUT=600\n",
		"etc/sudoers":                    "li ALL=(ALL) /usr/bin/mysql --password=c4n4ry28\n",
		"etc/snmp/snmptrapd.conf":        "authCommunity log c4n4ry29\n",
		"etc/NetworkManager/x.nmconnect": "psk=c4n4ry30\n",
	} {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	var rules []checks.Rule
	for _, c := range all.List() {
		rules = append(rules, checks.Rule{Baseline: "test", Clause: c.ID, Check: c})
	}
	s, err := agent.Scan(t.Context(), agent.Config{Driver: linux.Driver{}, Root: root, Rules: rules, Target: "test", MaskKey: []byte("key")})
	must(t, err)
	said := map[string]string{"facts": facts.Flat(s.GetFacts())}
	for _, format := range report.Formats {
		var b bytes.Buffer
		must(t, report.Write(&b, format, []*pb.Snapshot{s}, report.Options{Lang: "zh", Checks: all.List(), Show: []pb.Outcome{0, 1, 2, 3, 4}}))
		said[format] = b.String()
	}
	if !strings.Contains(said["facts"], "--password=***") {
		t.Error("the password in sudoers does not stand masked in the facts: it was not read, or not masked")
	}
	for where, text := range said {
		if len(text) < 1000 {
			t.Errorf("%s says next to nothing", where)
		}
		for rest := text; ; {
			i := strings.Index(rest, "c4n4ry")
			if i < 0 {
				break
			}
			t.Errorf("%s holds a secret: …%s…", where, rest[max(0, i-80):min(len(rest), i+20)])
			rest = rest[i+8:]
		}
	}
}
