package sshtest

import (
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// talk logs in with the bare library, types and gives what came.
func talk(t *testing.T, s *Server, password, typed string) (string, error) {
	t.Helper()
	client, err := ssh.Dial("tcp", s.Addr, &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{
		ssh.Password(password), ssh.KeyboardInteractive(func(_, _ string, q []string, _ []bool) ([]string, error) {
			return []string{password}[:len(q)], nil
		}),
	}, HostKeyCallback: ssh.FixedHostKey(s.HostKey)})
	if err != nil {
		return "", err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	session.Stdin = strings.NewReader(typed)
	out, err := session.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := session.RequestPty("vt100", 24, 80, nil); err != nil {
		return "", err
	}
	if err := session.Shell(); err != nil {
		return "", err
	}
	b, _ := io.ReadAll(out)
	return string(b), nil
}

// What the fake is trusted for must show when it happens: a changed configuration, a failed login, a wrong answer.
func TestTheFakeNotices(t *testing.T) {
	s := Start(t, Device{Methods: []string{"password", "keyboard-interactive"}, Config: "display current-configuration",
		Answers: map[string]string{"display current-configuration": "#\nreturn\n"}, Dialogues: []Dialogue{{Ask: "Change now? [Y/N]:", Want: "N"}}})
	before := s.Digest()
	got, err := talk(t, s, "Pa55-word", "N\ndisplay current-configuration\nquit\n")
	if err != nil || got != "Change now? [Y/N]:N\r\n<HUAWEI>display current-configuration\r\n#\r\nreturn\r\n<HUAWEI>quit\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	if s.Digest() != before || len(s.Wrong()) != 0 {
		t.Errorf("%q, %q", s.Configured(), s.Wrong())
	}
	if _, err := talk(t, s, "Pa55-word", "Y\nN\nsystem-view\nundo info-center enable\nquit\n"); err != nil {
		t.Error(err)
	}
	if s.Digest() == before || len(s.Configured()) != 2 {
		t.Errorf("not noticed: %q", s.Configured())
	}
	if w := s.Wrong(); len(w) != 1 || !strings.HasSuffix(w[0], "Y") {
		t.Errorf("not noticed: %q", w)
	}
	// The library with two methods fails twice: the trap that the collector must avoid.
	if _, err := talk(t, s, "nope", ""); err == nil || s.Failures("admin") != 2 {
		t.Errorf("%v, %d failures", err, s.Failures("admin"))
	}
	if sessions, logouts := s.Sessions(); sessions != 2 || logouts != 2 || s.OpenSessions() != 0 {
		t.Errorf("%d sessions, %d logouts, %d open", sessions, logouts, s.OpenSessions())
	}
}

// The pager of each personality takes its key, and its words come between the lines.
func TestPagers(t *testing.T) {
	answer := strings.Repeat("line\n", 30)
	paged := 0
	for _, p := range Personalities() {
		if p.Pager == "" {
			continue
		}
		paged++
		s := Start(t, Device{Personality: p, Answers: map[string]string{"show": answer}})
		got, err := talk(t, s, "Pa55-word", "show\n  "+p.Logout[0]+"\n")
		if err != nil || !strings.Contains(got, p.Pager+p.Erase) {
			t.Errorf("%s: %q, %v", p.Name, got, err)
		}
	}
	if paged < 10 {
		t.Errorf("only %d pagers", paged)
	}
}
