package linux

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// patience is how long hostile input may keep the driver busy before it counts as hanging: what is proved is that reading
// ends, on a slow and busy machine and with the race detector too. How fast it is, the benchmarks say.
const patience = 3 * time.Minute

// Files that somebody hostile or mistaken wrote: whatever stands in them, reading ends soon, and what is stated can be
// sent.
func TestHostileFiles(t *testing.T) {
	const size = 1 << 17
	listing := func(path string) string {
		return driver.FormatEntry(driver.Entry{Path: path, Kind: "file", Mode: 0o644, Size: 1}) + "\n"
	}
	for name, text := range map[string]string{
		"one long line":     strings.Repeat("x", size),
		"open braces":       strings.Repeat("{", size),
		"open quotes":       strings.Repeat("\"", size),
		"many selectors":    strings.Repeat("*.* /var/log/x\n", size/15),
		"many conditions":   strings.Repeat("if x then ", size/10),
		"no then":           strings.Repeat("if ", size/3),
		"many words":        strings.Repeat("linux a audit=1 ", size/16) + "\n",
		"many menu lines":   strings.Repeat("linux /v a=1 audit=1\n", size/21),
		"many rules":        strings.Repeat("-a always,exit -F arch=b64 -S execve -F auid=7\n", size/47),
		"many blocks":       strings.Repeat("/var/log/{a,b}{a,b}{a,b}*.log {\n}\n", size/34),
		"many includes":     strings.Repeat("include /etc/*.d/*.conf\n$IncludeConfig /etc/*\n", size/48),
		"many limits":       numbered("u%d hard nproc 1\n", size/18),
		"many repositories": numbered("[r%d]\nbaseurl=x\n", size/17),
		"many watched":      numbered("/p%d X\n", size/9),
		"GBK":               strings.Repeat("\xd6\xd0\xce\xc4 = \xbf\xda\xc1\xee\n[\xd6\xd0]\n*.* /var/log/\xd6\xd0\n* hard \xd6\xd0 1\nserver \xd6\xd0\n", 100),
		"a listing":         strings.Repeat(listing("/etc/cron.d/\xd6\xd0"), 3) + listing("/etc/a\xff") + listing("/etc/b") + `0777 0 0 link 1 2026-01-01T00:00:00Z "/etc/c" "c"` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			var answers []*pluginpb.Answer
			for _, q := range hostile {
				answers = append(answers, &pluginpb.Answer{Question: driver.ParseQuestion(q), Body: []byte(text), Complete: true})
			}
			mine := []topic{auditTopic, logTopic, timeTopic, filesTopic, integrityTopic, updatesTopic, malwareTopic, removableTopic, kernelTopic, secretsTopic, bindingsTopic, limitsTopic}
			for _, topic := range mine {
				topic.ask(driver.Index(answers))
			}
			r := &reader{Answers: driver.Index(answers), facts: newFacts()}
			for _, topic := range mine {
				topic.read(r)
			}
			if _, err := proto.Marshal(r.facts); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > patience {
				t.Errorf("took %v", d)
			}
		})
	}
}

// hostile are the questions that each text answers: those that are read line by line.
var hostile = []string{
	auditList, auditStatus, auditdConf, "/etc/audit/audit.rules", "/proc/cmdline", "/boot/grub/grub.cfg", rsyslogConf, syslogNGConf, logrotateConf, "/etc/systemd/journald.conf",
	"/etc/chrony.conf", "/etc/ntp.conf", "/etc/crontab", chronyTracking, chronySources, "/etc/aide.conf", "glob /usr/sbin/aide", "glob /var/log/*", "glob /var/log", "/etc/passwd", "/etc/group",
	"/etc/apt/sources.list", "/etc/apt/apt.conf", "/etc/yum.conf", aptUpgrade, dnfUpgrades, "glob /var/lib/dpkg/status", "glob " + aptListsFiles, "glob /boot/vmlinuz-*",
	"/proc/modules", usbguardConf, usbguardRules, "/etc/security/limits.conf", "/etc/fstab", neighbours, clamHeaders[0], "probe processes", "probe clock", "probe host",
	"glob /etc/systemd/system/*", "glob /etc/systemd/system/*.wants/*", "glob /etc/shadow", "glob /home/*", "/etc/pam.d/sshd",
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Replace(format, "%d", string(rune('a'+i%26))+strings.Repeat("z", i%7)+time.Duration(i).String(), 1))
	}
	return b.String()
}
