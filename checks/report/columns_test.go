package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"abc": 3, "口令": 4, "a口b": 4, "": 0, "é": 1, "e\u0301": 1, "，": 2, "\x1b[31m": 4} {
		if got := columns(s); got != want {
			t.Errorf("columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestWrapKeepsWordsAndWidth(t *testing.T) {
	for _, s := range []string{
		"the password must have at least 8 characters", "口令长度不小于 8 位，且包含字母、数字和符号。", "/etc/security/pwquality.conf:11 minlen = 6",
		strings.Repeat("x", 300), strings.Repeat("长", 100), "", "a", "混合 mixed 文字 text，逗号，逗号。",
	} {
		for n := 10; n < 60; n += 7 {
			lines := wrap(s, n)
			if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.ReplaceAll(s, " ", ""); got != want {
				t.Fatalf("wrap(%q, %d) lost or added something: %q", s, n, got)
			}
			for i, line := range lines {
				// A line may pass the width by the one mark that may not begin the next.
				if columns(line) > n+2 {
					t.Errorf("wrap(%q, %d): line %q has %d columns", s, n, line, columns(line))
				}
				if first, _ := utf8.DecodeRuneInString(line); i > 0 && strings.ContainsRune("，。、；：", first) {
					t.Errorf("wrap(%q, %d): line begins with %q", s, n, line)
				}
			}
		}
	}
}

func TestCleanTakesControlOut(t *testing.T) {
	got := clean("a\x1b[2Jb\nc\u202ed")
	if strings.ContainsAny(got, "\x1b\n\u202e") {
		t.Errorf("clean left a control character: %q", got)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("口令 password，abc", 10)
	f.Fuzz(func(t *testing.T, s string, n int) {
		s = strings.ToValidUTF8(clean(s), "")
		n = min(max(n, 4), 200)
		got := strings.ReplaceAll(strings.Join(wrap(s, n), ""), " ", "")
		if want := strings.ReplaceAll(s, " ", ""); got != want {
			t.Errorf("wrap(%q, %d) lost or added something: %q", s, n, got)
		}
	})
}
