package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// conduct interviews a host with the Linux driver.
func conduct(t testing.TB, a *Asker, d driver.Driver) *driver.Interview {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	iv, err := driver.Conduct(ctx, d, a, []byte("a key for this test"))
	if err != nil {
		t.Fatal(err)
	}
	return iv
}

// moving are the facts that may differ between an agent and us on one host at one time.
var moving = regexp.MustCompile(`^(` + strings.Join([]string{
	`clock\.(synchronised|offset) `, // a system call that SSH does not reach: unknown here
	`processes\.names `,             // the agent sees itself, we see the server that lets us in
}, "|") + `)`)

// alike makes two statements of one fact alike: a masked secret is keyed anew in each run, and why nobody is seen to hold a
// socket is told less exactly by the agent where even root may not look.
func alike(l string) string {
	l = fingerprint.ReplaceAllString(strings.TrimSpace(l), "#")
	if strings.HasPrefix(l, "listeners[") {
		l, _, _ = strings.Cut(l, "  # ")
		if head, _, ok := strings.Cut(l, "unknown: "); ok {
			l = head + "unknown"
		}
	}
	return l
}

var loopback = regexp.MustCompile(`^listeners\[(tcp|udp) (127\.|\[::1\])`)

// fingerprint is what stands for a masked secret: its key is another in each run.
var fingerprint = regexp.MustCompile(`[0-9a-f]{8,}`)

// What is stated over SSH is what the agent states on the same host: as ourselves through Debian's sshd, and as somebody
// without any right.
func TestFactsEqualTheAgents(t *testing.T) {
	dir := folder(t)
	bin := filepath.Join(dir, "agent")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/plumbline/plumbline/agent/plumbline-agent").CombinedOutput(); err != nil {
		t.Fatalf("build the agent: %v\n%s", err, out)
	}
	address, login := sshd(t)
	t.Run("ourselves", func(t *testing.T) {
		own, got := bothFacts(t, bin, uint32(os.Geteuid()), address, dial(t, address, login))
		if l := "listeners[tcp " + address + "].process = sshd"; !slices.Contains(own, l) || !slices.Contains(got, l) {
			t.Errorf("not by both: %s", l)
		}
	})
	t.Run("without rights", func(t *testing.T) {
		s := &server{uid: asNobody(t)}
		s.sftp = s.realSFTP
		own, got := bothFacts(t, bin, s.uid, address, s.connect(t))
		denied := func(l string) bool { return strings.Contains(l, "unknown: not_permitted") }
		if s.uid == nobody && (!slices.ContainsFunc(own, denied) || !slices.ContainsFunc(got, denied)) {
			t.Error("nothing was denied")
		}
	})
}

// bothFacts compares the facts that the agent states as this user with those that are stated over this connection.
func bothFacts(t *testing.T, bin string, uid uint32, address string, client *ssh.Client) (own, got []string) {
	t.Helper()
	cmd := exec.Command(bin, "facts")
	cmd.Env, cmd.Dir = append(os.Environ(), "LC_ALL=C"), "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	out, err := cmd.Output()
	must(t, err)
	a := New(client, linux.Driver{}.Describe(), Options{})
	defer a.Close()
	iv := conduct(t, a, a.Ahead(linux.Driver{}))
	for l := range strings.Lines(string(out)) {
		own = append(own, alike(l))
	}
	for l := range strings.Lines(facts.Flat(iv.Facts)) {
		got = append(got, alike(l))
	}
	if len(own) < 100 || len(got) < 100 {
		t.Fatalf("%d facts of the agent, %d of ours", len(own), len(got))
	}
	missing := func(name string, from, in []string) {
		for _, l := range from {
			// Tests beside this one come and go on loopback.
			others := loopback.MatchString(l) && !strings.HasPrefix(l, "listeners[tcp "+address+"]")
			if !slices.Contains(in, l) && !moving.MatchString(l) && !others {
				t.Errorf("only %s: %s", name, l)
			}
		}
	}
	missing("the agent", own, got)
	missing("by SSH", got, own)
	if f := iv.Facts.GetClock().GetSynchronised(); f.GetState() == pb.FactState_FACT_STATE_KNOWN && f.GetValue() {
		t.Errorf("the clock is said to be synchronised: %v", f)
	}
	return own, got
}

// GOALS S2: over a whole interview nothing reaches the host that Commands does not print. The same facts come with and without
// Ahead.
func TestS2OnlyPublishedLines(t *testing.T) {
	d := linux.Driver{}.Describe()
	s := &server{uid: asNobody(t)}
	s.sftp = s.realSFTP
	a := New(s.connect(t), d, Options{})
	defer a.Close()
	one := conduct(t, a, linux.Driver{})
	b := New((&server{uid: s.uid, sftp: s.sftp}).connect(t), d, Options{})
	defer b.Close()
	two := conduct(t, b, b.Ahead(linux.Driver{}))
	allowed := Commands(d.GetCommands(), d.GetPrivileged(), Options{})
	lines := s.seen()
	if len(lines) < 10 {
		t.Fatalf("only %q", lines)
	}
	for _, l := range lines {
		if !slices.Contains(allowed, l) {
			t.Errorf("not published: %s", l)
		}
	}
	for i, ans := range one.Answers {
		other := two.Answers[i]
		if q := driver.Text(ans.GetQuestion()); !strings.HasPrefix(q, "probe") && !strings.HasPrefix(q, "glob /tmp") && !strings.HasPrefix(q, "glob /var/log") && (!bytes.Equal(ans.GetBody(), other.GetBody()) || ans.GetReason() != other.GetReason()) {
			t.Errorf("%s: %s %d bytes, ahead %s %d bytes", q, ans.GetReason(), len(ans.GetBody()), other.GetReason(), len(other.GetBody()))
		}
	}
}

// An account without rights: what it may not see is unknown for that reason, and never absent.
func TestWithoutRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("the tests run without rights themselves")
	}
	for name, s := range means(t, asNobody(t)) {
		a := New(s.connect(t), linux.Driver{}.Describe(), Options{})
		for q, want := range map[string]pb.Reason{"/etc/shadow": pb.Reason_REASON_NOT_PERMITTED, "/root/.netrc": pb.Reason_REASON_NOT_PERMITTED, "glob /root/.ssh/*": pb.Reason_REASON_NOT_PERMITTED, "/etc/passwd": 0} {
			if ans := ask(t, a, driver.ParseQuestion(q)); ans.GetReason() != want || ans.GetComplete() != (want == 0) {
				t.Errorf("%s: %s: %s %v %q", name, q, ans.GetReason(), ans.GetComplete(), ans.GetError())
			}
		}
		ans := ask(t, a, driver.Probe(pluginpb.Probe_PROBE_LISTENERS))
		records, err := driver.Index([]*pluginpb.Answer{ans}).Probe(pluginpb.Probe_PROBE_LISTENERS).Records()
		must(t, err)
		for _, r := range records {
			if s.uid != 0 && r.Get("pid") != "?" && r.Get("user") == "root" {
				t.Errorf("%s: root's socket is told: %v", name, r)
			}
			if r.Get("pid") == "?" && r.Get("why") != whyDenied {
				t.Errorf("%s: %v", name, r)
			}
		}
		must(t, a.Close())
		lines := s.seen()
		if len(lines) < 3 {
			t.Errorf("%s: only %q", name, lines)
		}
		allowed := Commands(nil, nil, Options{})
		for _, l := range lines {
			if !slices.ContainsFunc(allowed, func(form string) bool { return isForm(form, l) }) {
				t.Errorf("%s: not published: %s", name, l)
			}
		}
	}
}

// isForm says whether a line is what Commands prints, with one quoted path in the place of PATH.
func isForm(form, line string) bool {
	at := strings.LastIndex(form, " PATH")
	if strings.HasPrefix(form[max(at, 0):], " PATH=") || at < 0 {
		return form == line
	}
	before, after := form[:at], form[at+len(" PATH"):]
	path, ok := strings.CutSuffix(strings.TrimPrefix(line, before+" "), after)
	if !ok || !strings.HasPrefix(line, before+" ") {
		return false
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(path, "'"), "'")
	quoted, err := quote(bare)
	return err == nil && quoted == path && strings.HasPrefix(bare, "/")
}

// With sudo, what is privileged is read and run as root, by lines that Commands prints, and the rest as the account.
func TestSudo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can play sudo")
	}
	d := linux.Driver{}.Describe()
	var root server
	var asRootLines []string
	var mu sync.Mutex
	s := &server{uid: nobody}
	s.sftp = s.realSFTP
	s.exec = func(line string, ch ssh.Channel) bool {
		plain, direct := strings.CutPrefix(line, "sudo -n ")
		if !direct {
			plain = strings.Replace(line, " sudo -n timeout ", " timeout ", 1)
		}
		if plain == line {
			return false
		}
		mu.Lock()
		asRootLines = append(asRootLines, line)
		mu.Unlock()
		root.run(ch, "/bin/sh", "-c", plain)
		return true
	}
	root.ended = make(chan struct{})
	defer close(root.ended)
	o := Options{Sudo: true}
	a := New(s.connect(t), d, o)
	defer a.Close()
	if ans := ask(t, a, driver.File("/etc/shadow")); !ans.GetComplete() || len(ans.GetBody()) == 0 {
		t.Errorf("/etc/shadow: %s %s", ans.GetReason(), ans.GetError())
	}
	ask(t, a, driver.Command("sshd -T"))
	ask(t, a, driver.Probe(pluginpb.Probe_PROBE_LISTENERS))
	ask(t, a, driver.Command("ip -4 neigh show nud permanent"))
	allowed := Commands(d.GetCommands(), d.GetPrivileged(), o)
	if len(asRootLines) != 3 {
		t.Errorf("as root: %q", asRootLines)
	}
	for _, l := range s.seen() {
		if !slices.Contains(allowed, l) {
			t.Errorf("not published: %s", l)
		}
	}
	// A sudo that refuses leaves what the account may see, and says why the rest is unknown.
	refusing := &server{uid: nobody, exec: func(line string, ch ssh.Channel) bool {
		if strings.HasPrefix(line, "sudo ") {
			_, _ = ch.Stderr().Write([]byte("sudo: a password is required\n"))
			exited(ch, 1)
			return true
		}
		if strings.Contains(line, " sudo -n ") {
			_, _ = ch.Write([]byte("plumbline:begin 7\nplumbline:end 1\n"))
			_, _ = ch.Stderr().Write([]byte("plumbline:begin 7\nsudo: a password is required\n"))
			exited(ch, 1)
			return true
		}
		return false
	}}
	refusing.sftp = refusing.realSFTP
	b := New(refusing.connect(t), d, o)
	defer b.Close()
	for q, want := range map[string]pb.Reason{"/etc/shadow": pb.Reason_REASON_NOT_PERMITTED, "/etc/passwd": 0, "sshd -T": pb.Reason_REASON_NOT_PERMITTED, "probe processes": 0} {
		if ans := ask(t, b, driver.ParseQuestion(q)); ans.GetReason() != want {
			t.Errorf("refused, %s: %s %s", q, ans.GetReason(), ans.GetError())
		}
	}
}

// BenchmarkInterview measures whole interviews over a line with a round trip of 50 ms and of nothing, question by question and
// ahead, and says how many round trips the first is worth.
func BenchmarkInterview(b *testing.B) {
	address, login := sshd(b)
	for _, rtt := range []time.Duration{0, 50 * time.Millisecond} {
		for _, ahead := range []bool{true, false} {
			b.Run(fmt.Sprintf("rtt=%v/ahead=%v", rtt, ahead), func(b *testing.B) {
				at := address
				if rtt > 0 {
					at = slow(b, address, rtt)
				}
				client := dial(b, at, login)
				questions := 0
				for b.Loop() {
					a := New(client, linux.Driver{}.Describe(), Options{})
					d := driver.Driver(linux.Driver{})
					if ahead {
						d = a.Ahead(d)
					}
					questions = len(conduct(b, a, d).Answers)
					must(b, a.Close())
				}
				b.ReportMetric(float64(questions), "questions")
				if rtt > 0 {
					b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/rtt.Seconds(), "roundtrips")
				}
			})
		}
	}
}
