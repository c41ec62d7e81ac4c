package linux

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// loginTopics are those on who gets in and how.
var loginTopics = []topic{platformTopic, accountsTopic, passwordTopic, lockoutTopic, sudoTopic, localAccessTopic, sessionTopic}

// Files that somebody hostile or mistaken wrote, given for every question on who gets in and how: reading ends soon,
// and what is stated can be sent.
func TestHostileLoginFiles(t *testing.T) {
	const size = maxConf - 100 // more is not looked into
	for name, text := range map[string]string{
		"one long line":       strings.Repeat("x", 40*size),
		"open braces":         strings.Repeat("{", size),
		"open quotes":         strings.Repeat("\"", size),
		"open substitutions":  strings.Repeat("$(", size/2),
		"open brackets":       "auth " + strings.Repeat("[", size),
		"no end of ifs":       strings.Repeat("if ", size/3),
		"many conditions":     strings.Repeat("if x; then TMOUT=1; else TMOUT=2; fi\n", size/40),
		"many cases":          strings.Repeat("case $x in a) TMOUT=1;; b) TMOUT=2\n", size/36),
		"many sourced":        strings.Repeat(". /etc/profile\n. /etc/profile\nTMOUT=1\n", 1000),
		"many modules":        strings.Repeat("auth sufficient pam_strange.so\npassword sufficient pam_strange.so\n", size/80),
		"many unknown ways":   strings.Repeat("auth [success=2 default=1] pam_succeed_if.so rhost = x\nauth required pam_tally2.so deny=3\npassword [success=1] pam_odd.so\n", 500),
		"includes in circles": strings.Repeat("@include login\nauth include login\nauth substack login\npassword include passwd\n@include /etc/pam.d/login\n", 200),
		"far jumps":           strings.Repeat("auth [default=2000] pam_permit.so\n", 5000),
		"many accounts":       strings.Repeat("a:x:1000:1000::/home/a:/bin/bash\n", 3000),
		"many aliases":        "User_Alias A0 = a\n" + numbered("User_Alias A%d = A0, A0, A0\n", 3000) + "A0 ALL = ALL\n",
		"alias of itself":     "User_Alias A = A, A, A, A, A, A, A, A\nCmnd_Alias C = C, C, C, C, C, C\nA ALL = C, C, C, C\n",
		"sudo in circles":     strings.Repeat("@include /etc/sudoers\n@includedir /etc/sudoers.d\n", 100),
		"many colons":         strings.Repeat(":", size),
		"many grants":         "a ALL = " + strings.Repeat("(b) NOPASSWD: c, ", 20000) + "d\n",
		"continued for ever":  strings.Repeat("auth \\\n", size/7),
		"GBK":                 strings.Repeat("\xd6\xd0\xce\xc4:x:0:0:\xbf\xda:/\xc1\xee:/bin/bash\nauth required \xd6\xd0.so\nTMOUT=\xd6\xd0\n\xd6\xd0 ALL=(ALL) \xd6\xd0\nminlen = \xd6\n", 100),
		"binary":              strings.Repeat("\x00\xff\x07\x00\x01", size/5),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			asked := map[string]bool{}
			var answers []*pluginpb.Answer
			for range 3 {
				a := driver.Index(answers)
				for _, topic := range loginTopics {
					for _, q := range topic.ask(a) {
						n := driver.Text(q)
						if asked[n] || len(asked) >= 3000 {
							continue
						}
						asked[n] = true
						body := text
						if q.GetGlob() != "" {
							body = driver.FormatEntry(driver.Entry{Path: strings.ReplaceAll(q.GetGlob(), "*", "x"), Kind: "file", Mode: 0o644, Size: 1}) + "\n"
						}
						answers = append(answers, &pluginpb.Answer{Question: q, Body: []byte(body), Complete: true})
					}
				}
			}
			r := &reader{Answers: driver.Index(answers), facts: newFacts()}
			for _, topic := range loginTopics {
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
