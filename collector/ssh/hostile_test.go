package ssh

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// scan does what a collector does with one device: dial, terminal, questions, close.
func scan(ctx context.Context, c Config, d *pluginpb.DescribeResponse) (answers []*pluginpb.Answer, err error) {
	conn, err := Dial(ctx, c)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	term, err := conn.Terminal(ctx, d, TerminalOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, term.Close()) }()
	for _, command := range d.GetCommands() {
		ans, err := term.Answer(ctx, driver.Command(command))
		if err != nil {
			return answers, err
		}
		answers = append(answers, ans)
	}
	return answers, nil
}

// What each hostile device must come to: an error of the dial or the terminal, or an incomplete configuration.
var outcomes = map[sshtest.Hostile][]error{
	sshtest.SilentAccept: {ErrUnreachable}, sshtest.DripVersion: {ErrUnreachable}, sshtest.EndlessPreBanner: {ErrNotSSH},
	sshtest.EndlessPreLine: {ErrNotSSH}, sshtest.HTTPServer: {ErrNotSSH}, sshtest.ResetOnAccept: {ErrUnreachable},
	sshtest.ResetAfterKex: {ErrUnreachable}, sshtest.StallAtLogin: {ErrUnreachable}, sshtest.EndlessBanner: {ErrHostile},
	sshtest.RefuseChannel: {ErrBusy}, sshtest.RefusePTY: {ErrLost}, sshtest.ResetAtShell: {ErrLost}, sshtest.LoginSilent: {ErrNoPrompt},
	sshtest.LoginEndless: {ErrHostile}, sshtest.LoginFlood: {ErrHostile, ErrNoPrompt}, sshtest.LoginChanging: {ErrNoPrompt}, sshtest.NoEcho: {ErrNoPrompt, ErrOutOfSync},
	// These are whole after all: only the parting is rude.
	sshtest.IgnoreLogout: {nil},
}

var reasons = map[sshtest.Hostile]pb.Reason{
	sshtest.ConfigStall: pb.Reason_REASON_TIMEOUT, sshtest.ConfigDrip: pb.Reason_REASON_TIMEOUT, sshtest.ConfigEndless: pb.Reason_REASON_TOO_LARGE,
	sshtest.ConfigLongLine: pb.Reason_REASON_TOO_LARGE, sshtest.ConfigPager: pb.Reason_REASON_TOO_LARGE, sshtest.ConfigPagerOnly: pb.Reason_REASON_TOO_LARGE,
	sshtest.ConfigReset: pb.Reason_REASON_TRUNCATED, sshtest.ConfigEOF: pb.Reason_REASON_TRUNCATED, sshtest.ConfigCut: pb.Reason_REASON_TRUNCATED,
	sshtest.ConfigQuestion: pb.Reason_REASON_TIMEOUT, sshtest.ConfigOverwrite: pb.Reason_REASON_NOT_UNDERSTOOD,
	sshtest.ConfigANSI: pb.Reason_REASON_TIMEOUT, sshtest.ConfigRekey: pb.Reason_REASON_TIMEOUT, sshtest.ConfigStderr: pb.Reason_REASON_TIMEOUT,
	sshtest.ConfigRequests: pb.Reason_REASON_TIMEOUT, sshtest.ConfigWindow: pb.Reason_REASON_TIMEOUT,
}

// S8: whatever a device does, it ends in time, in bounded memory, with everything closed, and never with a whole configuration.
func TestS8Hostile(t *testing.T) {
	kinds := sshtest.Hostiles()
	if len(kinds) < 20 {
		t.Fatalf("only %d hostile modes", len(kinds))
	}
	var waiting sync.WaitGroup
	for _, h := range kinds {
		if !movesMuch(h) {
			waiting.Go(func() { meet(t, h, false) }) // those that only wait, wait together
		}
	}
	waiting.Wait()
	for _, h := range kinds {
		if movesMuch(h) {
			meet(t, h, true)
		}
	}
}

// meet scans one hostile device and judges what came of it.
func meet(t *testing.T, h sshtest.Hostile, alone bool) {
	p := sshtest.VRP()
	if h == sshtest.ConfigPager || h == sshtest.ConfigPagerOnly {
		p.PagerOff = nil
	}
	s, err := sshtest.Listen(sshtest.Device{
		Hostile: h, Config: showConfig, Personality: p,
		Answers: map[string]string{showConfig: sampleConfig(100, "return"), showVersion: "V5\n"},
	})
	if err != nil {
		t.Error(err)
		return
	}
	c := configFor(s)
	c.Limits = limitsFor(h)
	d := p.Describe(showConfig, showVersion)

	var peak uint64
	var watching sync.WaitGroup
	stop := make(chan struct{})
	if alone {
		runtime.GC()
		watching.Go(func() { watchHeap(stop, &peak) })
	}
	start := time.Now()
	answers, err := scan(t.Context(), c, d)
	took := time.Since(start)
	close(stop)
	watching.Wait()
	if most := c.Limits.Handshake + c.Limits.Session + partingTime; took > most {
		t.Errorf("%s: took %v", h, took)
	}
	for _, a := range answers {
		if a.GetComplete() && driver.Text(a.GetQuestion()) == showConfig && h != sshtest.IgnoreLogout {
			t.Errorf("%s: a whole configuration", h)
		}
	}
	want, ends := outcomes[h]
	switch {
	case ends && want[0] == nil:
		if err != nil || !answers[0].GetComplete() {
			t.Errorf("%s: got %v", h, err)
		}
	case ends:
		if !isAny(err, want...) {
			t.Errorf("%s: got %v, want %v", h, err, want)
		}
	case len(answers) > 0 && movesMuch(h) && answers[0].GetReason() == pb.Reason_REASON_TIMEOUT: // on a slow machine the time is over first
	case len(answers) == 0 || answers[0].GetReason() != reasons[h] || reasons[h] == 0:
		t.Errorf("%s: got %.200v, %v; want %v", h, answers, err, reasons[h])
	}
	if n := s.Failures("admin"); n > 0 {
		t.Errorf("%s: %d failed logins", h, n)
	}
	for _, line := range s.Lines() {
		if !typed(d, admin())[line] {
			t.Errorf("%s: typed %q", h, line)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("%s: %v", h, err)
	}
	// The answer's 32 MiB, and as much again that the collector has not yet swept.
	if peak > 96<<20 {
		t.Errorf("%s: heap grew to %d MiB", h, peak>>20)
	}
	t.Logf("%s: %v, heap %d MiB: %v", h, took.Round(time.Millisecond), peak>>20, err)
}

// limitsFor lets a mode end soon if time is what ends it, and leaves it time, on a slow machine, if something else does.
func limitsFor(h sshtest.Hostile) Limits {
	l := Limits{Connect: 5 * time.Second, Handshake: 5 * time.Second, Command: 6 * time.Second, Config: 6 * time.Second, Idle: 1500 * time.Millisecond, Session: 10 * time.Second, Pages: 20}
	switch h {
	case sshtest.SilentAccept, sshtest.DripVersion, sshtest.StallAtLogin:
		l.Handshake = time.Second
	case sshtest.ConfigDrip, sshtest.ConfigANSI, sshtest.ConfigRekey, sshtest.ConfigEndless:
		l.Config = 1500 * time.Millisecond
	case sshtest.LoginSilent:
		l.Command = 1500 * time.Millisecond
	}
	return l
}

// movesMuch says that a mode moves much data, and is measured by itself.
func movesMuch(h sshtest.Hostile) bool {
	switch h {
	case sshtest.ConfigEndless, sshtest.ConfigLongLine, sshtest.LoginEndless, sshtest.LoginFlood, sshtest.ConfigANSI:
		return true
	}
	return false
}

func watchHeap(stop chan struct{}, peak *uint64) {
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*peak = max(*peak, m.HeapInuse)
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
