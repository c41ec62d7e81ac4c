package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// asking gives an asker of these commands on a server.
func asking(t testing.TB, s *server, o Options, commands ...string) *Asker {
	t.Helper()
	a := New(s.connect(t), &pluginpb.DescribeResponse{Commands: commands, Privileged: []string{"ls /root/not-there"}}, o)
	t.Cleanup(func() { a.Close() })
	return a
}

func ask(t testing.TB, a *Asker, q *pluginpb.Question) *pluginpb.Answer {
	t.Helper()
	ans, err := a.Answer(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", driver.Text(q), err)
	}
	return ans
}

// What the agent's own test of commands wants, over SSH, with every login shell that is here.
func TestCommands(t *testing.T) {
	shells := []string{"/bin/sh", "/bin/bash"}
	for _, s := range []string{"/bin/csh", "/bin/tcsh", "/usr/bin/fish", "/bin/zsh", "/bin/ksh"} {
		if _, err := os.Stat(s); err == nil {
			shells = append(shells, s)
		}
	}
	for command, want := range map[string]struct {
		reason      pb.Reason
		body, error string
	}{
		`printf "%s|" "a b" c ""`:    {body: "a b|c||"},
		`printf "x\ty\n"`:            {body: "x\ty\n"},
		`printf $HOME;*`:             {body: "$HOME;*"},
		`printf "$(id) && (b) <c>#"`: {body: "$(id) && (b) <c>#"},
		`pwd`:                        {body: "/\n"},
		`cat`:                        {},
		`nice`:                       {body: nicer(t)},
		`false`:                      {reason: pb.Reason_REASON_FAILED, error: "exit status 1"},
		`ls /not/there`:              {reason: pb.Reason_REASON_FAILED, error: "exit status 2: ls: cannot access '/not/there': No such file or directory"},
		`plumbline-not-there -x`:     {reason: pb.Reason_REASON_NOT_FOUND, error: "plumbline-not-there: not installed"},
		`/bin/true`:                  {reason: pb.Reason_REASON_FAILED, error: `"/bin/true" is not a command`},
		`../bin/true`:                {reason: pb.Reason_REASON_FAILED, error: `"../bin/true" is not a command`},
		`printf "open`:               {reason: pb.Reason_REASON_FAILED, error: `"printf \"open" is not a command`},
		`printf it's`:                {reason: pb.Reason_REASON_FAILED, error: `"it's" cannot be put on a command line`},
		`printf a!b`:                 {reason: pb.Reason_REASON_FAILED, error: `"a!b" cannot be put on a command line`},
		"printf a\nid":               {reason: pb.Reason_REASON_FAILED, error: `"a\nid" cannot be put on a command line`},
		` `:                          {reason: pb.Reason_REASON_FAILED, error: `" " is not a command`},
	} {
		for _, shell := range shells {
			s := &server{uid: asNobody(t), shell: shell, env: []string{"PLUMBLINE_NOT_FOR_COMMANDS=x", "LC_ALL=zh_CN.UTF-8"}}
			a := ask(t, asking(t, s, Options{}, command), driver.Command(command))
			if a.GetReason() != want.reason || string(a.GetBody()) != want.body || a.GetError() != want.error {
				t.Errorf("%s %q: %s %q %q, want %s %q %q", shell, command, a.GetReason(), a.GetBody(), a.GetError(), want.reason, want.body, want.error)
			}
			if whole := want.reason == 0 || want.reason == pb.Reason_REASON_NOT_FOUND; a.GetComplete() != whole {
				t.Errorf("%s %q: complete is %v", shell, command, a.GetComplete())
			}
		}
	}
}

func TestCommandEnvironment(t *testing.T) {
	a := ask(t, asking(t, &server{uid: asNobody(t), env: []string{"PLUMBLINE_NOT_FOR_COMMANDS=x"}}, Options{}, "env"), driver.Command("env"))
	lines := strings.Fields(string(a.GetBody()))
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "_=") }) // sh's own
	slices.Sort(lines)
	if want := []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}

// A failed command keeps what it printed; a privileged one is said to lack privilege.
func TestFailedCommands(t *testing.T) {
	commands := []string{`ls / /not/there`, "ls /root/not-there"}
	a := asking(t, &server{uid: asNobody(t)}, Options{}, commands...)
	if ans := ask(t, a, driver.Command(commands[0])); ans.GetReason() != pb.Reason_REASON_FAILED || len(ans.GetBody()) == 0 || ans.GetError() != "exit status 2" {
		t.Errorf("%v", ans)
	}
	if ans := ask(t, a, driver.Command(commands[1])); ans.GetReason() != pb.Reason_REASON_NOT_PERMITTED {
		t.Errorf("%v", ans)
	}
}

// GOALS S1: only published commands reach the wire.
func TestS1OnlyPublishedCommands(t *testing.T) {
	s := &server{uid: asNobody(t)}
	a := asking(t, s, Options{}, "uname -r", "touch")
	for _, command := range []string{"touch /x", "uname -r ", "uname", "uname -r; id", "uname -r\n", "UNAME -r", "", "uname  -r", "uname\t-r", "uname -r | tee", "unаme -r", strings.Repeat("uname -r", 100000)} {
		q := &pluginpb.Question{Kind: &pluginpb.Question_Command{Command: command}}
		if ans := ask(t, a, q); ans.GetReason() != pb.Reason_REASON_NOT_ASKED || len(ans.GetBody()) > 0 {
			t.Errorf("%.40q: %v", command, ans.GetReason())
		}
	}
	if lines := s.seen(); len(lines) > 0 {
		t.Errorf("reached the host: %q", lines)
	}
	if ans := ask(t, a, driver.Command("uname -r")); !ans.GetComplete() {
		t.Errorf("the published command: %v", ans)
	}
	if len(s.seen()) == 0 {
		t.Error("the server saw nothing")
	}
}

// What stands around the output is not taken for it, and what replaces it is not taken for an answer.
func TestSessionsThatDoOtherThings(t *testing.T) {
	say := func(text string, status uint32) func(string, ssh.Channel) bool {
		return func(line string, ch ssh.Channel) bool {
			if strings.HasSuffix(line, " /proc/self/mountinfo") {
				_, _ = ch.Write([]byte("plumbline:begin 7\n" + mountinfo + "plumbline:end 0\n"))
				exited(ch, 0)
				return true
			}
			_, _ = ch.Write([]byte(strings.ReplaceAll(text, "LINE", line)))
			exited(ch, status)
			return true
		}
	}
	for name, c := range map[string]struct {
		exec  func(string, ssh.Channel) bool
		wants pb.Reason
	}{
		"a forced command":         {say("welcome\n", 0), pb.Reason_REASON_FAILED},
		"nothing":                  {say("", 0), pb.Reason_REASON_FAILED},
		"an echo of the line":      {say("LINE\n", 0), pb.Reason_REASON_FAILED},
		"no login":                 {say("This account is currently not available.\n", 1), pb.Reason_REASON_FAILED},
		"cut output":               {say("plumbline:begin 7\npart", 0), pb.Reason_REASON_FAILED},
		"cut mark":                 {say("plumbline:begin 7\npart\nplumbline:end 0", 0), pb.Reason_REASON_FAILED},
		"cut behind a forged mark": {say("plumbline:begin 7\nplumbline:end 0\nmore", 0), pb.Reason_REASON_FAILED},
		"another status":           {say("plumbline:begin 7\nall\nplumbline:end 0\n", 3), pb.Reason_REASON_FAILED},
		"output after the end":     {say("plumbline:begin 7\nall\nplumbline:end 0\nx\n", 0), pb.Reason_REASON_FAILED},
		"a status that is none":    {say("plumbline:begin 7\nall\nplumbline:end +0\n", 0), pb.Reason_REASON_FAILED},
		"a long greeting":          {say(strings.Repeat("x", 9000)+"\nplumbline:begin 7\nall\nplumbline:end 0\n", 0), pb.Reason_REASON_FAILED},
		"no exit status": {func(_ string, ch ssh.Channel) bool {
			_, _ = ch.Write([]byte("plumbline:begin 7\nall\nplumbline:end 0\n"))
			return true
		}, pb.Reason_REASON_FAILED},
		"a greeting and the command": {say("\x1b]0;host\x07hello\r\nplumbline:begin 7\nall\nplumbline:end 0\n", 0), pb.Reason_REASON_UNSPECIFIED},
	} {
		ans := ask(t, asking(t, &server{exec: c.exec}, Options{}, "uname"), driver.Command("uname"))
		if ans.GetReason() != c.wants || ans.GetComplete() != (c.wants == 0) {
			t.Errorf("%s: %s %v %q", name, ans.GetReason(), ans.GetComplete(), ans.GetError())
		}
		if c.wants == 0 && string(ans.GetBody()) != "all\n" {
			t.Errorf("%s: %q", name, ans.GetBody())
		}
	}
}

// In a folder that the account is confined to, neither what is missing nor what is there counts.
func TestConfinedCommands(t *testing.T) {
	s := &server{uid: asNobody(t), exec: func(line string, ch ssh.Channel) bool {
		if strings.HasSuffix(line, " /proc/self/mountinfo") {
			_, _ = ch.Write([]byte("plumbline:begin 7\nplumbline:end 1\n"))
			exited(ch, 1)
			return true
		}
		return false
	}}
	a := asking(t, s, Options{}, "plumbline-not-there", "true")
	for _, c := range a.commands {
		if ans := ask(t, a, driver.Command(c)); ans.GetReason() != pb.Reason_REASON_NOT_PERMITTED || ans.GetComplete() {
			t.Errorf("%s: %v", c, ans)
		}
	}
}

// GOALS S8: commands that never end or never stop printing, and servers that do not answer.
func TestS8Commands(t *testing.T) {
	const soon = 300 * time.Millisecond
	stuck := func(s *server) func(string, ssh.Channel) bool {
		return func(_ string, ch ssh.Channel) bool {
			_, _ = ch.Write([]byte("plumbline:begin 7\nsome"))
			<-s.ended
			return true
		}
	}
	s := &server{}
	s.exec = stuck(s)
	started := time.Now()
	ans := ask(t, asking(t, s, Options{CommandTimeout: soon}, "uname"), driver.Command("uname"))
	if ans.GetReason() != pb.Reason_REASON_TIMEOUT || ans.GetComplete() || string(ans.GetBody()) != "some" || time.Since(started) > soon+time.Second {
		t.Errorf("never ends: %v after %v", ans, time.Since(started))
	}
	s = &server{exec: func(_ string, ch ssh.Channel) bool {
		_, _ = ch.Write([]byte("plumbline:begin 7\n"))
		for part := make([]byte, 1<<20); ; {
			if _, err := ch.Write(part); err != nil {
				return true
			}
		}
	}}
	ans = ask(t, asking(t, s, Options{}, "uname"), driver.Command("uname"))
	if ans.GetReason() != pb.Reason_REASON_TOO_LARGE || ans.GetComplete() || len(ans.GetBody()) > maxOutput+maxComplaint {
		t.Errorf("flood: %s, %d bytes", ans.GetReason(), len(ans.GetBody()))
	}
	s = &server{exec: func(_ string, ch ssh.Channel) bool {
		for part := make([]byte, 1<<20); ; {
			if _, err := ch.Stderr().Write(part); err != nil {
				return true
			}
		}
	}}
	ans = ask(t, asking(t, s, Options{CommandTimeout: soon}, "uname"), driver.Command("uname"))
	if ans.GetReason() != pb.Reason_REASON_TIMEOUT || ans.GetComplete() {
		t.Errorf("flood of complaints: %s", ans.GetReason())
	}
}

// The host itself ends a command with all that it started.
func TestHostEndsCommands(t *testing.T) {
	words := strings.Replace(frameStart+frameUser+frameEnd, "KILL 60", "KILL 1", 1)
	marker := filepath.Join(t.TempDir(), "alive")
	out, err := exec.Command("/bin/sh", "-c", words+` sh -c '(sleep 3; : >`+marker+`) & sleep 30'`).Output()
	r, framed := unframe(out)
	if framed != framedWhole || r.status != 137 {
		t.Fatalf("%q %v", out, err)
	}
	time.Sleep(3 * time.Second)
	if _, err := os.Stat(marker); err == nil {
		t.Error("what the command had started went on")
	}
}

func TestLostConnection(t *testing.T) {
	s := &server{uid: asNobody(t)}
	s.sftp = s.realSFTP
	a := asking(t, s, Options{}, "uname")
	if ans := ask(t, a, driver.File("/etc/passwd")); !ans.GetComplete() {
		t.Fatal(ans)
	}
	a.shell.client.Close()
	if _, err := a.Answer(t.Context(), driver.Command("uname")); !isLost(err) {
		t.Errorf("command: %v", err)
	}
	_, _ = a.Answer(t.Context(), driver.File("/etc/hosts"))
	if _, err := a.Answer(t.Context(), driver.File("/etc/group")); !isLost(err) {
		t.Errorf("file: %v", err)
	}
}

// nicer is how much a command gives way: ten steps more than this test itself, nineteen at the most.
func nicer(t *testing.T) string {
	own, err := exec.Command("nice").Output()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(own)))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintln(min(n+10, 19))
}
