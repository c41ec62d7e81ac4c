//go:build unix

package agent

import (
	"slices"
	"strings"
	"testing"
)

// FuzzSplit: whatever a plugin publishes as a command, no word of it is a path to a program, and no blank or quote is lost
// or made up.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{`uname -r`, `dpkg-query -W -f "${Package} ${Version}\n"`, `a ""`, `"`, ` `, `/bin/sh`, "a\x00b", `a"b c"d`, "a\tb", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		words, err := split(command)
		if err != nil {
			return
		}
		if len(words) == 0 || words[0] == "" || strings.Contains(words[0], "/") || slices.ContainsFunc(words, func(w string) bool { return strings.ContainsAny(w, "\x00\"") }) {
			t.Errorf("%q: %q", command, words)
		}
		if bare := strings.NewReplacer(" ", "", `"`, "").Replace; bare(strings.ToValidUTF8(command, "\uFFFD")) != bare(strings.Join(words, "")) && strings.ToValidUTF8(command, "") == command {
			t.Errorf("%q: %q", command, words)
		}
	})
}
