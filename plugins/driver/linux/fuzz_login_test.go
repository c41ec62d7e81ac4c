package linux

import (
	"testing"

	"google.golang.org/protobuf/proto"

	checkfacts "github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// fuzzFile gives broken content for one question, with a few sound answers beside it: the topics may say nothing, but
// they must not panic or hang, must say the same twice, and what they say can be sent.
func fuzzFile(f *testing.F, path string, beside []*pluginpb.Answer, seeds ...string) {
	if len(seeds) == 0 {
		f.Fatal("no seed")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answers := append([]*pluginpb.Answer{{Question: driver.ParseQuestion(path), Body: body, Complete: true}}, beside...)
		read := func() string {
			a := driver.Index(answers)
			r := &reader{Answers: a, facts: newFacts()}
			for _, topic := range loginTopics {
				topic.ask(a)
				topic.read(r)
			}
			if _, err := proto.Marshal(r.facts); err != nil {
				t.Error(err)
			}
			return checkfacts.Flat(r.facts)
		}
		if first, second := read(), read(); first != second {
			t.Errorf("reading twice gave other facts:\n%s\nand\n%s", first, second)
		}
	})
}

func answered(path, body string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: driver.ParseQuestion(path), Body: []byte(body), Complete: true}
}

func FuzzPAM(f *testing.F) {
	fuzzFile(f, "/etc/pam.d/login", []*pluginpb.Answer{answered("/etc/pam.d/system-auth", systemAuth9), answered("/etc/pam.d/passwd", "@include login\n")},
		systemAuth9, faillockAuth, "@include login\n", "auth substack system-auth\npassword include system-auth\n",
		"auth [success=1 default=ignore user_unknown=die] pam_unix.so nullok \\\n try_first_pass [a b]\nauth\n-auth optional x\n")
}

func FuzzPwquality(f *testing.F) {
	fuzzFile(f, "/etc/security/pwquality.conf", []*pluginpb.Answer{answered("/etc/pam.d/passwd", systemAuth9), answered("/etc/os-release", "ID=debian\nVERSION_ID=12\n")},
		"# minlen = 8\nminlen = 12\ndcredit=-1\nenforce_for_root\nbadwords = a b\n", "minclass 9\nenforcing=\n")
}

func FuzzFaillock(f *testing.F) {
	fuzzFile(f, "/etc/security/faillock.conf", []*pluginpb.Answer{answered("/etc/pam.d/login", systemAuth9)}, "deny = 5\nunlock_time=never\neven_deny_root\n", "fail_interval = 0\n")
}

func FuzzPasswd(f *testing.F) {
	fuzzFile(f, passwdPath, []*pluginpb.Answer{answered(shadowPath, "root:!:1:2:3:4:5:6:\n")}, "root:x:0:0:root:/root:/bin/bash\n+::::::\n", "a::1::::\nb:$1$a$b:9:9::/:\n")
}

func FuzzShadow(f *testing.F) {
	fuzzFile(f, shadowPath, []*pluginpb.Answer{answered(passwdPath, "root:x:0:0:root:/root:/bin/bash\n"), answered("probe clock", "utc=2025-01-01T00:00:00Z\n")},
		"root:$y$j9T$salt$hash:19700:0:90:7:30:20000:\n", "root:*LK*:::::::\n", "root:!!:99999999999::::::\n")
}

func FuzzSudoers(f *testing.F) {
	fuzzFile(f, sudoersPath, []*pluginpb.Answer{answered("/etc/sudoers.d/x", "a ALL=ALL\n"), answered("/etc/group", "wheel:x:10:a\n")},
		sudoHost, "User_Alias A = B : B = A\nA ALL = (ALL : ALL) NOPASSWD: SETENV: ALL, !/bin/su\n", "Defaults:a !authenticate\n\"a b\" ALL = CWD=/ \\\n ALL\n@include /etc/sudoers.d/x\n")
}

func FuzzProfile(f *testing.F) {
	fuzzFile(f, profilePath, []*pluginpb.Answer{answered("/etc/bashrc", "TMOUT=5\n")},
		debianProfile, redHatProfile, "case $- in *i*) readonly TMOUT=600 ;; esac\n", "f() { TMOUT=$((5*60)); }\nif ! true; then :; elif [ -n \"$TMOUT\" ]; then declare -xr TMOUT; fi\n. /etc/bashrc\n", "cat <<E\nTMOUT=1\nE\nx && { TMOUT=1; } || TMOUT=2\n\\")
}

func FuzzWtmp(f *testing.F) {
	passwd := answered(passwdPath, "root:x:0:0::/root:/bin/bash\n")
	fuzzFile(f, wtmpPath, []*pluginpb.Answer{passwd}, string(make([]byte, layout32.wtmp)), string(make([]byte, layout64.wtmp*2)), "junk")
}

func FuzzLastlog(f *testing.F) {
	passwd := answered(passwdPath, "root:x:0:0::/root:/bin/bash\nlast:x:4294967295:0::/:/bin/sh\n")
	fuzzFile(f, lastlogPath, []*pluginpb.Answer{passwd}, string(make([]byte, layout32.lastlog)), string(make([]byte, layout64.lastlog*3)), "junk")
}

func FuzzOSRelease(f *testing.F) {
	fuzzFile(f, "/etc/os-release", []*pluginpb.Answer{answered("/etc/redhat-release", "CentOS release 6.10 (Final)\n")}, "ID=debian\nVERSION_ID=\"12\"\n", "ID=\xff\nID_LIKE=a b\n")
}
