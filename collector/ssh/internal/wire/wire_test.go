package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/collector/vault"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func TestTypable(t *testing.T) {
	for _, c := range []string{"display current-configuration", "show running-config all", "show configuration | display set", "show configuration | display set | no-more", "get system status", "show run-config commands"} {
		if !Typable(c) {
			t.Errorf("%q is not typable", c)
		}
	}
	for _, c := range []string{
		"", " ", "show ?", "show run | redirect tftp://x", "show run | tee x", "show run | include (a|b)", "show run > x", "show\nreload", "show\rreload", "show\x1a", "show\t",
		"show; reload", "show & x", "show `x`", "show $(x)", "show ! x", "显示", "show\u00a0run", " show", "show ", "show |", strings.Repeat("x", 256), "show \x7f", "show \xff",
	} {
		if Typable(c) {
			t.Errorf("%q is typable", c)
		}
	}
}

func TestList(t *testing.T) {
	l, err := New(&pluginpb.DescribeResponse{Commands: []string{"show version", "show x | tee y"}, Dialect: &pluginpb.Dialect{
		OnOpen: []string{"terminal length 0"}, Logout: "exit", PagerKey: " ", Dialogues: []*pluginpb.Dialogue{{Pattern: "x", Answer: "N"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	wire := NewOut(&out)
	for _, c := range []string{"show version ", "show x | tee y", "SHOW VERSION", "show", ""} {
		if w, ok := l.Command(c); ok || wire.Type(w) == nil {
			t.Errorf("%q is on the list", c)
		}
	}
	w, ok := l.Command("show version")
	if !ok || w.Text() != "show version" || wire.Type(w) != nil || wire.Type(l.Answer(0)) != nil || wire.Type(l.Newline()) != nil {
		t.Error("what is on the list is not typed")
	}
	if got := out.String(); got != "show version\nN\n\n" {
		t.Errorf("typed %q", got)
	}
	if _, ok := l.Raise(); ok {
		t.Error("a raise command out of nothing")
	}
}

func TestBadDialects(t *testing.T) {
	for name, d := range map[string]*pluginpb.Dialect{
		"on open": {OnOpen: []string{"terminal length 0\nreload"}}, "logout": {Logout: "exit;x"}, "raise": {RaiseCommand: "enable\n"}, "key": {PagerKey: "xx"}, "control key": {PagerKey: "\x03"},
		"answer": {Dialogues: []*pluginpb.Dialogue{{Answer: "y\n"}}}, "long answer": {Dialogues: []*pluginpb.Dialogue{{Answer: strings.Repeat("y", 17)}}},
	} {
		if _, err := New(&pluginpb.DescribeResponse{Dialect: d}); !errors.Is(err, ErrWord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, _ := New(&pluginpb.DescribeResponse{})
	for _, s := range []string{"", "a\nb", "a\x03", strings.Repeat("x", 513)} {
		if _, err := l.Secret(vault.NewSecret(s)); err == nil || (s != "" && strings.Contains(err.Error(), s)) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// S1: whatever a driver lists and whatever is asked, what is typed is one line of it.
func FuzzAllowList(f *testing.F) {
	f.Add("display version", "display version")
	f.Add("show run | redirect x", "show run | redirect x")
	f.Add("a\nb", "a\nb")
	f.Fuzz(func(t *testing.T, listed, asked string) {
		l, err := New(&pluginpb.DescribeResponse{Commands: []string{listed}})
		if err != nil {
			t.Fatal(err)
		}
		w, ok := l.Command(asked)
		var out strings.Builder
		_ = NewOut(&out).Type(w)
		switch {
		case !ok && out.Len() > 0:
			t.Fatalf("typed %q", out.String())
		case ok && (asked != listed || out.String() != listed+"\n" || strings.ContainsAny(listed, "\n\r\t\x1a?><;")):
			t.Fatalf("asked %q of %q, typed %q", asked, listed, out.String())
		}
	})
}
