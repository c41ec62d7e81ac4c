// Package programtest holds the command line of every program to being said in both languages. It is for tests only.
package programtest

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/plugins/program"
)

// BothLanguages fails for every command or flag that lacks its words in Chinese or in English, and for each of the commands named
// that the program does not have.
func BothLanguages(t *testing.T, own func(*program.App) *cobra.Command, commands ...string) {
	build := func(lang program.Language) *cobra.Command {
		sys := program.System{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Version: "test"}
		return (&program.App{System: sys, Name: "plumbline-test", Lang: lang, Checks: all.List()}).Command(own)
	}
	en, zh := build(program.English), build(program.Chinese)
	for _, name := range commands {
		if c, _, err := en.Find([]string{name}); err != nil || c == en {
			t.Errorf("there is no command %s", name)
		}
	}
	walk(t, en, zh)
}

func walk(t *testing.T, en, zh *cobra.Command) {
	for _, pair := range [][2]string{{en.Short, zh.Short}, {en.Long, zh.Long}, {en.Example, zh.Example}} {
		differ(t, en.CommandPath(), pair[0], pair[1])
	}
	en.LocalFlags().VisitAll(func(f *pflag.Flag) {
		differ(t, en.CommandPath()+" --"+f.Name, f.Usage, zh.Flag(f.Name).Usage)
		if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" && !strings.Contains(f.Usage, f.DefValue) {
			t.Errorf("%s --%s: its default %q is not said", en.CommandPath(), f.Name, f.DefValue)
		}
	})
	for i, c := range en.Commands() {
		walk(t, c, zh.Commands()[i])
	}
}

// differ holds two texts to being there both or not at all, one with Chinese characters and the other without.
func differ(t *testing.T, what, en, zh string) {
	t.Helper()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
	}
	if (en == "") != (zh == "") || han(en) || zh != "" && !han(zh) {
		t.Errorf("%s is not said in both languages: %q, %q", what, en, zh)
	}
}
