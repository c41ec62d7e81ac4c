package pdf

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/report"
)

// No character is lost where a line is broken, and none stands where Chinese typesetting does not want it.
func TestLines(t *testing.T) {
	measure := func(r rune) float64 {
		if wide(r) {
			return 2
		}
		return 1
	}
	for _, text := range []string{
		"口令长度不得小于 8 位，且应为字母、数字与特殊字符的组合；见《JR/T 0068-2012》6.1.4.2.c.6（基本要求）。",
		"display current-configuration:1234 local-aaa-user-password-policy", strings.Repeat("长", 50), strings.Repeat("x", 50), "，。、", "", "a", "（（（（（（（（（（（（",
	} {
		for width := 4.0; width < 40; width++ {
			got := lines(text, width, measure)
			if want := strings.ReplaceAll(text, " ", ""); strings.ReplaceAll(strings.Join(got, ""), " ", "") != want {
				t.Fatalf("width %v: %q became %q", width, text, got)
			}
			for _, line := range got {
				used := 0.0
				for _, r := range line {
					used += measure(r)
				}
				if used > width {
					t.Errorf("width %v: %q is %v wide", width, line, used)
				}
			}
		}
	}
	got := lines("网络访问控制，见（一）。", 12, measure)
	if want := []string{"网络访问控", "制，见", "（一）。"}; !slices.Equal(got, want) && !slices.Equal(got, []string{"网络访问控", "制，见（一）。"}) {
		t.Errorf("%q", got)
	}
	for _, line := range got[1:] {
		if strings.ContainsRune(notFirst, []rune(line)[0]) {
			t.Errorf("a line begins with %q", line)
		}
	}
}

// A font that will not do is refused with the reason.
func TestFonts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "font")
	for begin, want := range map[string]string{"ttcf....": "collection", "OTTO....": "PostScript", "no font": "no TrueType font"} {
		if err := os.WriteFile(name, []byte(begin), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readFonts(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "reports.font") {
			t.Errorf("%s: %v", begin, err)
		}
	}
	if _, err := readFonts(name + "-none"); err == nil {
		t.Error("a font that is not there was read")
	}
}

func TestTooLarge(t *testing.T) {
	r := &report.Report{Findings: make([]report.Finding, MaxFindings)}
	if err := Write(io.Discard, func(yield func(*report.Report, error) bool) { yield(r, nil) }, Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
