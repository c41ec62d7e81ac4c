package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// soak says that the figures of the goals are wanted, rather than those that fit every commit.
func soak(full, usual int) int {
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		return full
	}
	return usual
}

// S1: whatever is asked that is not letter by letter on the list, not a byte is typed.
func TestS1AllowList(t *testing.T) {
	p := sshtest.VRP()
	s := sshtest.Start(t, sshtest.Device{Personality: p, Config: showConfig, Answers: map[string]string{showConfig: sampleConfig(3, "return"), showVersion: "V5\n"}})
	d := p.Describe(showConfig, showVersion, "display this | tee flash:/x", "display a\nsystem-view", "display clock > x", "display ?")
	term := open(t, configFor(s), d)
	before := len(s.Received())
	rng := rand.New(rand.NewPCG(1, 2))
	base := []string{showConfig, showVersion}
	twists := []func(string) string{
		func(c string) string { return c + " | redirect tftp://10.0.0.1/x" }, func(c string) string { return c + " | tee flash:x" },
		func(c string) string { return c + " > flash:x" }, func(c string) string { return c + " | save x" }, func(c string) string { return c + "\n" },
		func(c string) string { return c + "\nsystem-view" }, func(c string) string { return c + "\x1a" }, func(c string) string { return c + "\t" },
		func(c string) string { return c + "?" }, func(c string) string { return c + "\r" }, func(c string) string { return " " + c }, func(c string) string { return c + " " },
		func(c string) string { return c[:1+rng.IntN(len(c)-1)] }, func(c string) string { return strings.Replace(c, "i", "і", 1) }, // Cyrillic
		func(c string) string { return strings.ToUpper(c) }, func(c string) string { return strings.Replace(c, " ", "  ", 1) },
		func(c string) string { return strings.Replace(c, " ", "\u00a0", 1) }, func(c string) string { return c + strings.Repeat("x", 1<<rng.IntN(16)) },
		func(string) string { return "" }, func(c string) string { return c + ";reboot" }, func(c string) string { return c + "\x00" },
		func(c string) string {
			b := []byte(c)
			b[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
			return string(b)
		},
		func(string) string { return d.GetCommands()[2+rng.IntN(4)] },
		func(string) string {
			b := make([]byte, rng.IntN(40))
			for i := range b {
				b[i] = byte(rng.IntN(256))
			}
			return string(b)
		},
	}
	for i := range soak(1_000_000, 100_000) {
		c := twists[i%len(twists)](base[rng.IntN(2)])
		if slices.Contains(base, c) {
			continue
		}
		ans, err := term.Answer(t.Context(), driver.Command(c))
		if err != nil || ans.GetReason() != pb.Reason_REASON_NOT_ASKED || len(ans.GetBody()) > 0 || ans.GetComplete() {
			t.Fatalf("%q: %v, %v", c, ans, err)
		}
	}
	for _, q := range []*pluginpb.Question{driver.File("/etc/passwd"), driver.Walk("1.3"), driver.Glob("/*"), driver.Probe(pluginpb.Probe_PROBE_HOST), {}, nil} {
		if ans, err := term.Answer(t.Context(), q); err != nil || ans.GetReason() != pb.Reason_REASON_NOT_ASKED {
			t.Errorf("%v: %v, %v", q, ans, err)
		}
	}
	time.Sleep(20 * time.Millisecond)
	if got := s.Received(); len(got) != before {
		t.Errorf("typed %q", got[before:])
	}
	if ans := ask(t, term, showVersion); !ans.GetComplete() {
		t.Errorf("the session does not go on: %v", ans)
	}
}

// S7 and S15: when the collector is told to stop, every session is logged out and none stays.
func TestS7Cancel(t *testing.T) {
	t.Parallel()
	n := soak(200, 25)
	p := sshtest.VRP()
	for _, paged := range []bool{false, true} {
		if paged {
			p.PagerOff = nil
		}
		s := sshtest.Start(t, sshtest.Device{
			Personality: p, Config: showConfig, Chunk: 500, ChunkDelay: 5 * time.Millisecond, Coalesce: true,
			Answers: map[string]string{showConfig: sampleConfig(20000, "return")},
		})
		ctx, cancel := context.WithCancel(t.Context())
		d := p.Describe(showConfig)
		ready := make(chan bool, n)
		var work sync.WaitGroup
		for range n {
			work.Go(func() {
				conn, err := Dial(ctx, configFor(s))
				if err != nil {
					t.Errorf("dial: %v", err)
					ready <- false
					return
				}
				defer conn.Close()
				term, err := conn.Terminal(ctx, d, TerminalOptions{})
				ready <- true
				if err != nil {
					t.Errorf("terminal: %v", err)
					return
				}
				defer term.Close()
				if ans, err := term.Answer(ctx, driver.Command(showConfig)); !errors.Is(err, context.Canceled) {
					t.Errorf("answer: %.80v, %v", ans, err)
				}
			})
		}
		for range n {
			<-ready
		}
		time.Sleep(50 * time.Millisecond)
		start := time.Now()
		cancel()
		work.Wait()
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("paged=%v: it took %v to stop", paged, took)
		}
		for range 100 {
			if s.OpenSessions() == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		sessions, logouts := s.Sessions()
		if s.OpenSessions() != 0 || sessions != n {
			t.Errorf("paged=%v: %d of %d sessions stay open", paged, s.OpenSessions(), sessions)
		}
		if received := strings.Count(string(s.Received()), "quit\n"); !paged && received != n {
			t.Errorf("%d logouts typed of %d (%d obeyed)", received, n, logouts)
		}
	}
}

// Idle sessions log out, too.
func TestS7CloseLogsOut(t *testing.T) {
	s := sshtest.Start(t, sshtest.Device{})
	for range 20 {
		conn, err := Dial(t.Context(), configFor(s))
		if err != nil {
			t.Fatal(err)
		}
		term, err := conn.Terminal(t.Context(), sshtest.VRP().Describe(showConfig), TerminalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(term.Close(), term.Close(), conn.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
		if _, err := term.Answer(t.Context(), driver.Command(showConfig)); !errors.Is(err, ErrLost) {
			t.Errorf("after close: %v", err)
		}
	}
	if sessions, logouts := s.Sessions(); sessions != 20 || logouts != 20 {
		t.Errorf("%d sessions, %d logouts", sessions, logouts)
	}
}

// S10: a prompt within the output never ends an answer unnoticed, however the output is broken into pieces.
func TestS10PromptSpoofing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const promptLine = "<HUAWEI>"
	whole, noticed := 0, 0
	var work sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan bool, 16)
	for i := range soak(1000, 150) {
		var b strings.Builder
		b.WriteString("#\n sysname HUAWEI\n")
		for range 20 {
			b.WriteString([]string{
				"interface Vlanif1\n", " description <HUAWEI>\n", "<HUAWEI>\n", "<HUAWEI>display version\n", "[~HUAWEI]\n", "header login information \"\n<HUAWEI>\n\"\n",
				"return\n", "return\n<HUAWEI>\n", "  ---- More ----\n", " local-user <HUAWEI> password cipher x\n", "HRP_M<HUAWEI>\n", "<HUAWEI>quit\n",
			}[rng.IntN(12)])
		}
		b.WriteString("return\n")
		config := b.String()
		device := sshtest.Device{Config: showConfig, Coalesce: true, Answers: map[string]string{showConfig: config, showVersion: "Version 5\n"}}
		// Break the output just after a prompt that is not one, and wait there.
		wire := strings.ReplaceAll(config, "\n", "\r\n")
		var at []int
		for from := 0; ; {
			k := strings.Index(wire[from:], promptLine)
			if k < 0 {
				break
			}
			from += k + len(promptLine)
			at = append(at, from)
		}
		if len(at) > 0 {
			device.Cuts = []int{at[rng.IntN(len(at))]}
			device.ChunkDelay = []time.Duration{time.Millisecond, 3 * time.Millisecond, 20 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond}[i%5]
		}
		slots <- true
		work.Go(func() {
			defer func() { <-slots }()
			s, err := sshtest.Listen(device)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			answers, err := scan(t.Context(), configFor(s), sshtest.VRP().Describe(showConfig, showVersion))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if !errors.Is(err, ErrOutOfSync) {
					t.Errorf("%v", err)
				}
				noticed++
				return
			}
			if ok := string(answers[0].GetBody()) == config; answers[0].GetComplete() && !ok {
				t.Errorf("unnoticed: %q of %q, pieces %v after %v", answers[0].GetBody(), config, device.Cuts, device.ChunkDelay)
			} else if ok {
				whole++
			} else {
				noticed++
			}
			if answers[1].GetComplete() && string(answers[1].GetBody()) != "Version 5\n" {
				t.Errorf("credited to the wrong command: %q", answers[1].GetBody())
			}
		})
	}
	work.Wait()
	t.Logf("%d whole, %d noticed", whole, noticed)
	if whole == 0 || noticed == 0 {
		t.Error("the pieces were too kind or too cruel to prove anything")
	}
}

// S11: text in any encoding keeps its bytes, wherever the packets break.
func TestS11Encodings(t *testing.T) {
	texts := map[string]string{
		"gbk":     "#\n sysname \xba\xcb\xd0\xc4\xbd\xbb\xbb\xbb\xbb\xfa\n description \xc9\xcf\xc1\xaa\x5c\x81\x5b\xb5\xbd\x81\x7e\n#\n",
		"gb18030": "#\n description \x81\x30\x81\x30\x95\x32\x82\x36 \xfe\x5d\n#\n",
		"utf-8":   "#\n sysname 核心交换机\n description 上联到“总行”—1\n#\n",
		"mixed":   "#\n description 核心 \xba\xcb\xd0\xc4 \xff\xfe \x9b31m \x85\n#\n",
		"c1":      "#\n description \x80\x84\x85\x88\x8d\x90\x9b\x9c\x9d\x9e\x9f\n#\n",
	}
	p := mustPrepare(t, sshtest.VRP().Describe(showConfig))
	n := 0
	for name, text := range texts {
		for _, host := range []string{"HUAWEI", "\xba\xcb\xd0\xc4", "核心"} {
			wire := "<" + host + ">" + showConfig + "\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "return\r\n<" + host + ">"
			for cut := range len(wire) {
				s := screen{maxLine: 1 << 20, maxText: 1 << 20}
				if err := errors.Join(s.write([]byte(wire[:cut])), s.write([]byte(wire[cut:]))); err != nil {
					t.Fatal(err)
				}
				_, body, _ := bytes.Cut(s.text, []byte("\n"))
				if string(body) != text+"return\n" || s.garbled || s.redrawn {
					t.Fatalf("%s, cut at %d: %q", name, cut, body)
				}
				if !p.samePrompt(s.tail(), "<"+host+">") {
					t.Fatalf("%s: prompt %q", name, s.tail())
				}
				n++
			}
		}
	}
	t.Logf("%d transcripts", n)
	for _, host := range []string{"\xba\xcb\xd0\xc4\xbd\xbb\xbb\xbb\xbb\xfa", "核心交换机"} {
		for _, size := range []int{1, 3} {
			s := sshtest.Start(t, sshtest.Device{Hostname: host, Chunk: size, Config: showConfig, Answers: map[string]string{showConfig: texts["gbk"] + "return\n"}})
			term := open(t, configFor(s), sshtest.VRP().Describe(showConfig))
			if ans := ask(t, term, showConfig); !ans.GetComplete() || string(ans.GetBody()) != texts["gbk"]+"return\n" {
				t.Errorf("%q in pieces of %d: %v %q", host, size, ans.GetReason(), ans.GetBody())
			}
		}
	}
}

func mustPrepare(t testing.TB, d *pluginpb.DescribeResponse) *Platform {
	t.Helper()
	p, err := Prepare(d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// S12: a login dialogue hears the one safe answer or none.
func TestS12Dialogues(t *testing.T) {
	t.Parallel()
	const change = "The password needs to be changed. Change now? [Y/N]:"
	unchanged := []string{"initial password unchanged"}
	variants := []struct {
		name     string
		device   sshtest.Device
		err      error
		revealed []string
	}{
		{"change now", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "\nWarning: The initial password poses security risks.\n" + change, Want: "N"}}}, nil, unchanged},
		{"change it now", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Change it now? [Y/N]: ", Want: "N"}}}, nil, unchanged},
		{"change on a line of its own", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: change + "\n", Want: "N"}}}, nil, unchanged},
		{"asked twice", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: change, Want: "N"}, {Ask: change, Want: "N"}}}, nil, unchanged},
		{"disclaimer", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Authorised use only. Continue? [Y/N]:", Want: "N"}}}, nil, nil},
		{"press any key", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Press any key to continue", Key: true}}}, nil, nil},
		{"press enter", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Press ENTER to get started.\n", Want: ""}}}, nil, nil},
		{"press a key in Chinese", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "请按任意键继续", Key: true}}}, nil, nil},
		{"key, then change", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Press RETURN", Want: ""}, {Ask: change, Want: "N"}}}, nil, unchanged},
		{"forced change", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: change, Want: "N"}, {Ask: "Old password:", Want: "never"}}}, ErrPasswordChange, unchanged},
		{"new password", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Please configure a new password.\nEnter new password: ", Want: "never"}}}, ErrPasswordChange, nil},
		{"new password in Chinese", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "请输入新密码：", Want: "never"}}}, ErrPasswordChange, nil},
		{"confirm password", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Confirm password: ", Want: "never"}}}, ErrPasswordChange, nil},
		{"expired", sshtest.Device{AfterDialogues: "Error: Your password has expired.\n"}, ErrPasswordChange, nil},
		{"verification code", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Verification code: ", Want: "never"}}}, ErrMFA, nil},
		{"one-time password", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Enter one-time password:", Want: "never"}}}, ErrMFA, nil},
		{"code in Chinese", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "请输入短信验证码：", Want: "never"}}}, ErrMFA, nil},
		{"login again", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Username:", Want: "never"}}}, ErrRefused, nil},
		{"password again", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Password:", Want: "never"}}}, ErrRefused, nil},
		{"an unknown question", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Erase startup-config? [y/n]", Want: "never"}}}, ErrQuestion, nil},
		{"an unknown choice", sshtest.Device{Dialogues: []sshtest.Dialogue{{Ask: "Select terminal type (1-4)?", Want: "never"}}}, ErrQuestion, nil},
		{"a prompt, then a question", sshtest.Device{Motd: "<HUAWEI>", Dialogues: []sshtest.Dialogue{{Ask: "\nPress RETURN:", Want: ""}, {Ask: change, Want: "N"}}}, nil, unchanged},
		{"prompts in the banner", sshtest.Device{Motd: "<HUAWEI>\n[~HUAWEI]\n<NOTICE>\n# keep out >\n"}, nil, nil},
		{"question in the banner", sshtest.Device{Motd: "Are you allowed? [Y/N]\nContinue? [Y/N]\nbecause you must be.\n"}, nil, nil},
		{"busy", sshtest.Device{Motd: "Info: The max number of VTY users is 5, and the number\n      of current VTY users on line is 4.\n"}, ErrBusy, nil},
		{"not busy", sshtest.Device{Motd: "Info: The max number of VTY users is 5, and the number\n      of current VTY users on line is 1.\n"}, nil, nil},
	}
	if len(variants) < 20 {
		t.Fatalf("only %d variants", len(variants))
	}
	var work sync.WaitGroup
	for _, v := range variants {
		work.Go(func() {
			v.device.Config, v.device.Answers = showConfig, map[string]string{showConfig: sampleConfig(2, "return")}
			s, err := sshtest.Listen(v.device)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			c := configFor(s)
			c.Limits = Limits{Command: 6 * time.Second, Idle: 4 * time.Second}
			c.Credential.Raise = vault.Secret{}
			conn, err := Dial(t.Context(), c)
			if err != nil {
				t.Errorf("%s: %v", v.name, err)
				return
			}
			defer conn.Close()
			term, err := conn.Terminal(t.Context(), sshtest.VRP().Describe(showConfig), TerminalOptions{})
			if !errors.Is(err, v.err) {
				t.Errorf("%s: got %v, want %v", v.name, err, v.err)
			}
			var failed *LoginError
			switch {
			case errors.As(err, &failed):
				if !slices.Equal(failed.Revealed, v.revealed) {
					t.Errorf("%s: revealed %q", v.name, failed.Revealed)
				}
			case err == nil:
				if !slices.Equal(term.Revealed(), v.revealed) {
					t.Errorf("%s: revealed %q", v.name, term.Revealed())
				}
				if ans := ask(t, term, showConfig); !ans.GetComplete() {
					t.Errorf("%s: %v", v.name, ans)
				}
				if err := term.Close(); err != nil {
					t.Errorf("%s: %v", v.name, err)
				}
			}
			if wrong := s.Wrong(); len(wrong) > 0 {
				t.Errorf("%s: answered %q", v.name, wrong)
			}
		})
	}
	work.Wait()
}

// What a device refuses has its reason, and privilege that lacks proves no absence.
func TestRefusedCommands(t *testing.T) {
	s := sshtest.Start(t, sshtest.Device{Answers: map[string]string{
		showVersion: "Error: You do not have permission to run this command.\n", "display clock": "Error: The feature is busy.\n",
		"display logbuffer": "one\ntwo\nthree\nfour\nError: in a log line\nfive\nsix\n",
	}})
	d := sshtest.VRP().Describe(showConfig, showVersion, showNothing, "display clock", "display logbuffer")
	d.Privileged = []string{showConfig}
	term := open(t, configFor(s), d)
	for command, want := range map[string]pb.Reason{
		showVersion: pb.Reason_REASON_NOT_PERMITTED, showNothing: pb.Reason_REASON_NOT_FOUND, "display clock": pb.Reason_REASON_FAILED,
		"display logbuffer": pb.Reason_REASON_UNSPECIFIED,
	} {
		if ans := ask(t, term, command); ans.GetReason() != want {
			t.Errorf("%s: %v", command, ans)
		}
	}
	// The configuration's command, called unknown: no end mark, and too few rights rather than absent.
	if ans := ask(t, term, showConfig); ans.GetComplete() && ans.GetReason() == pb.Reason_REASON_UNSPECIFIED || ans.GetReason() == pb.Reason_REASON_NOT_FOUND {
		t.Errorf("%s: %v", showConfig, ans)
	}
}

// Slow devices that send byte by byte are read like the others.
func TestSlowDevices(t *testing.T) {
	t.Parallel()
	var work sync.WaitGroup
	for _, p := range []sshtest.Personality{sshtest.VRP(), sshtest.IOS(), sshtest.FortiOS(), sshtest.ASA(), sshtest.Hillstone()} {
		work.Go(func() {
			p.PagerOff = nil
			config := sampleConfig(10, p.EndMark())
			s, err := sshtest.Listen(sshtest.Device{Personality: p, Chunk: 7, ChunkDelay: 8 * time.Millisecond, Config: showConfig, Answers: map[string]string{showConfig: config}})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			answers, err := scan(t.Context(), configFor(s), p.Describe(showConfig))
			if err != nil || string(answers[0].GetBody()) != config {
				t.Errorf("%s: %v %.300v", p.Name, err, answers)
			}
		})
	}
	work.Wait()
}

// A prompt's marks may change within a session: the active firewall of a pair, a candidate configuration.
func TestPromptMarks(t *testing.T) {
	p := mustPrepare(t, sshtest.VRP().Describe())
	for _, c := range []struct {
		line, learned string
		same          bool
	}{
		{"<HUAWEI>", "<HUAWEI>", true}, {"HRP_S<USG>", "HRP_M<USG>", true}, {"HRP_M[~USG]", "HRP_S[*USG]", true}, {"[*HUAWEI]", "[~HUAWEI]", true},
		{"[HUAWEI]", "[~HUAWEI]", true}, {"<USG>", "HRP_M<USG>", true}, {"<OTHER>", "<HUAWEI>", false}, {"[HUAWEI]", "<HUAWEI>", false},
		{"<HUAWEI>x", "<HUAWEI>", false}, {"[~HUAWEI-aaa]", "[~HUAWEI]", false}, {"", "<HUAWEI>", false},
	} {
		if got := p.samePrompt([]byte(c.line), c.learned); got != c.same {
			t.Errorf("%q as %q: %v", c.line, c.learned, got)
		}
	}
}

// FuzzTerminal: any bytes in any pieces leave the screen within its bounds, without panic, and the same as in one piece.
func FuzzTerminal(f *testing.F) {
	for _, p := range sshtest.Personalities() {
		f.Add([]byte("\r\n"+fmt.Sprintf(p.Prompt, "h")+showConfig+"\r\n a\r\n"+p.Pager+p.Erase+" b\r\n"+fmt.Sprintf(p.Prompt, "h")), 7)
	}
	f.Add([]byte("\x1b[2J\x1b[1;1H\x1b]0;t\x07a\x1b[65535Cb\b\bc\r\x1b[K\x1b(B\xba\xcb"), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		const most = 1 << 17
		one, two := screen{maxLine: most, maxText: most}, screen{maxLine: most, maxText: most}
		cut = min(max(cut, 0), len(data))
		errOne := one.write(data)
		errTwo := errors.Join(two.write(data[:cut]))
		if errTwo == nil {
			errTwo = two.write(data[cut:])
		}
		if (errOne == nil) != (errTwo == nil) {
			t.Fatalf("%v, %v", errOne, errTwo)
		}
		if errOne == nil && (!bytes.Equal(one.text, two.text) || !bytes.Equal(one.line, two.line) || one.garbled != two.garbled) {
			t.Fatalf("%q %q, in pieces %q %q", one.text, one.line, two.text, two.line)
		}
		if len(one.line) > most+1<<16+4096 || one.col > len(one.line) {
			t.Fatalf("line %d, column %d", len(one.line), one.col)
		}
		if bytes.IndexByte(one.tail(), '\n') >= 0 {
			t.Fatal("a line end within the line")
		}
	})
}
