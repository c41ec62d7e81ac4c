package linux

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// linesFrom makes the lines of a file for a parser's test.
func linesFrom(source, text string) []confLine {
	return linesOf(driver.Document{Source: source, Answer: &pluginpb.Answer{Body: []byte(text), Complete: true}})
}

func rulesFrom(t *testing.T, text string) auditRules {
	t.Helper()
	list, _, odd := parseAuditRules(linesFrom(auditList, text))
	if len(odd) > 0 {
		t.Fatalf("not understood: %q", odd[0].text)
	}
	return auditRules{list: list, widths: []string{"b64", "b32"}}
}

const (
	exec64 = "-a always,exit -F arch=b64 -S execve -F key=cmd\n"
	exec32 = "-a always,exit -F arch=b32 -S execve -F key=cmd\n"
)

func TestAuditRulesCoverCommands(t *testing.T) {
	human := func(x auditRule) bool { return x.narrows() <= humanUsers }
	for name, c := range map[string]struct {
		rules string
		want  bool
	}{
		"none":                            {"No rules\n", false},
		"both widths":                     {exec64 + exec32, true},
		"64 bits only":                    {exec64, false},
		"people, both widths":             {strings.ReplaceAll(exec64+exec32, "-F key", "-F auid>=1000 -F auid!=-1 -F key"), true},
		"people from 500 on":              {strings.ReplaceAll(exec64+exec32, "-F key", "-F auid>=500 -F auid!=4294967295 -F key"), true},
		"some people":                     {strings.ReplaceAll(exec64+exec32, "-F key", "-F auid>=2000 -F key"), false},
		"one person":                      {strings.ReplaceAll(exec64+exec32, "-F key", "-F auid=1000 -F key"), false},
		"by real user":                    {strings.ReplaceAll(exec64+exec32, "-F key", "-F uid>=1000 -F key"), false},
		"root only":                       {strings.ReplaceAll(exec64+exec32, "-F key", "-F euid=0 -F key"), false},
		"changed user only":               {strings.ReplaceAll(exec64+exec32, "-F key", "-C uid!=euid -F euid=0 -F key"), false},
		"failed only":                     {strings.ReplaceAll(exec64+exec32, "-F key", "-F success=0 -F key"), false},
		"one folder":                      {strings.ReplaceAll(exec64+exec32, "-F key", "-F dir=/usr/bin -F key"), false},
		"all system calls":                {"-a always,exit -S all\n", true},
		"without an architecture":         {"-a always,exit -S execve\n", false},
		"other architecture":              {"-a always,exit -F arch!=b64 -S execve\n" + exec32, false},
		"another system call":             {"-a always,exit -F arch=b64 -S execveat\n" + exec32, false},
		"in a list":                       {"-a always,exit -F arch=b64 -S open,execve -S openat\n" + exec32, true},
		"no task":                         {"-a never,task\n" + exec64 + exec32, false},
		"no task, at the end":             {exec64 + exec32 + "-a never,task\n", false},
		"never before":                    {"-a never,exit -F arch=b64 -S execve\n" + exec64 + exec32, false},
		"never all before":                {"-a never,exit -S all\n" + exec64 + exec32, false},
		"never after":                     {exec64 + exec32 + "-a never,exit -S all\n", true},
		"somebody is spared":              {"-a never,exit -F auid=1005\n" + exec64 + exec32, false},
		"daemons are spared":              {"-a never,exit -F arch=b64 -S adjtimex -F auid=-1 -F uid=chrony\n" + exec64 + exec32, true},
		"never on a file":                 {"-a never,exit -F path=/usr/bin/x\n" + exec64 + exec32, true},
		"for the wrong list":              {"-a always,user -S execve\n", false},
		"order of words":                  {"-a exit,always -F arch=b64 -S execve\n-a exit,always -F arch=b32 -S execve\n", true},
		"architecture by its number":      {"-a always,exit -F arch=c000003e -S execve\n-a always,exit -F arch=40000003 -S execve\n", true},
		"one width narrow, another broad": {exec64 + "-a always,exit -F arch=b32 -S execve -F auid=0\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rulesFrom(t, c.rules).syscall("execve", human).ok; got != c.want {
				t.Errorf("covered: %v, want %v, by\n%s", got, c.want, c.rules)
			}
		})
	}
}

func TestAuditRulesWatchFiles(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		want  bool
	}{
		"watch":                {"-w /etc/shadow -p wa -k identity\n", true},
		"without permissions":  {"-w /etc/shadow -k identity\n", true},
		"reading only":         {"-w /etc/shadow -p r\n", false},
		"without attributes":   {"-w /etc/shadow -p w\n", false},
		"the folder above":     {"-w /etc/ -p wa\n", true},
		"another with its end": {"-w /etc/shadow- -p wa\n", false},
		"as a rule":            {"-a always,exit -F path=/etc/shadow -F perm=wa -F key=x\n", true},
		"as rules by width":    {"-a always,exit -F arch=b64 -F path=/etc/shadow -F perm=wa\n-a always,exit -F arch=b32 -F path=/etc/shadow -F perm=wa\n", true},
		"one width":            {"-a always,exit -F arch=b64 -F path=/etc/shadow -F perm=wa\n", false},
		"a folder as a rule":   {"-a always,exit -F dir=/etc -F perm=wa\n", true},
		"some system calls":    {"-a always,exit -F arch=b64 -S openat -F path=/etc/shadow\n", false},
		"one user":             {"-a always,exit -F path=/etc/shadow -F perm=wa -F auid=0\n", false},
		"never before":         {"-a never,exit -F dir=/etc\n-w /etc/shadow -p wa\n", false},
		"never for a user":     {"-a never,exit -F auid=0\n-w /etc/shadow -p wa\n", false},
		"never task":           {"-w /etc/shadow -p wa\n-a never,task\n", false},
		"no rules":             {"No rules\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rulesFrom(t, c.rules).changes("/etc/shadow").ok; got != c.want {
				t.Errorf("covered: %v, want %v, by\n%s", got, c.want, c.rules)
			}
		})
	}
}

func TestAuditRulesDrop(t *testing.T) {
	for rule, want := range map[string]struct{ dropped, clear bool }{
		"-a always,exclude -F msgtype=USER_LOGIN":   {true, true},
		"-a always,exclude -F msgtype=1112":         {true, true},
		"-a never,exclude -F msgtype=USER_LOGIN":    {true, true},
		"-a always,exclude -F msgtype=CWD":          {false, true},
		"-a always,exclude -F msgtype>=USER_AUTH":   {true, false},
		"-a always,exclude -F auid=1000":            {true, true},
		"-a never,user":                             {true, true},
		"-a never,exit -S all":                      {false, true},
		"-a never,filesystem -F fstype=tracefs":     {false, true},
		"-a always,exclude -F msgtype=USER_LOGIN_X": {false, true},
	} {
		ev, clear := rulesFrom(t, rule).dropped("USER_LOGIN", "USER_AUTH")
		if (ev != nil) != want.dropped || clear != want.clear {
			t.Errorf("%s: dropped %v, clear %v; want %v", rule, ev != nil, clear, want)
		}
	}
}

func TestAuditRulesNotUnderstood(t *testing.T) {
	for _, bad := range []string{
		"-w", "-a", "-a always", "-a always,nowhere", "-a sometimes,exit", "-F arch=b64", "-S", "-a always,exit -F arch", "execve", "LIST_RULES: exit,always watch=/etc",
		"-a always,exit -F =x", "--unknown", "-k", "-p wa",
	} {
		if rules, _, odd := parseAuditRules(linesFrom(auditList, bad)); len(odd) != 1 || len(rules) != 0 {
			t.Errorf("%q: rules %v, not understood %d; want one line not understood", bad, rules, len(odd))
		}
	}
}

func TestVersionOrder(t *testing.T) {
	names := []string{"/r/100-x.rules", "/r/9-x.rules", "/r/10-base.rules", "/r/audit.rules", "/r/010-a.rules"}
	slices.SortStableFunc(names, versionOrder)
	if got, want := strings.Join(names, " "), "/r/9-x.rules /r/010-a.rules /r/10-base.rules /r/100-x.rules /r/audit.rules"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzAuditRules(f *testing.F) {
	f.Add([]byte(exec64 + exec32 + "-w /etc/shadow -p wa -k x\n-e 2\n-D\n-f 2\n"))
	f.Add([]byte("-a never,exclude -F msgtype>=1000\n-C uid!=euid\n-S \xff\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, _, _ := parseAuditRules(linesFrom(auditList, string(body)))
		rs := auditRules{list: list, widths: []string{"b64", "b32"}}
		rs.syscall("execve", func(auditRule) bool { return true })
		rs.changes("/etc/shadow")
		rs.refusedAccess()
		rs.dropped("USER_LOGIN")
	})
}

// fileAnswers is an interview in which one file was read.
func fileAnswers(file string, body []byte) []*pluginpb.Answer {
	return []*pluginpb.Answer{{Question: driver.File(file), Body: body, Complete: true}}
}
