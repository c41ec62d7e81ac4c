package evidence

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The checks that ask what the site stated are those whose source does: a verdict of one that the list lacks would be taken for
// contradicted by its facts.
func TestChecksThatAskTheSite(t *testing.T) {
	asks := regexp.MustCompile(`\.Site\b|\bp\.Env\b|env\.Site`)
	id := regexp.MustCompile(`(?m)^\s+ID:\s+"([a-z]+\.[a-z_0-9]+)"`)
	files, err := filepath.Glob("../../checks/*/*.go")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	found := 0
	for _, name := range files {
		folder := filepath.Base(filepath.Dir(name))
		if strings.HasSuffix(name, "_test.go") || folder == "checktest" || folder == "baseline" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !asks.Match(text) {
			continue
		}
		ids := id.FindAllSubmatch(text, -1)
		if len(ids) == 0 && !asksSite(folder+".any") {
			t.Errorf("%s asks what the site stated for checks that cannot be told: list %s. whole", name, folder)
		}
		for _, one := range ids {
			found++
			if !asksSite(string(one[1])) {
				t.Errorf("%s: %s asks what the site stated", name, one[1])
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d checks were found: the pattern does not fit their source any more", found)
	}
}

// Checkpoints in a file are taken apart, whatever stands between them.
func TestSplitCheckpoints(t *testing.T) {
	one, two := "log\n1\nx\nat y\n\n— log AAAA\n", "log\n2\nx\nat y\n\n— log BBBB\n— witness CCCC\n"
	for text, want := range map[string]int{"": 0, one: 1, one + two: 2, one + "\n" + two + "\n\n": 2, "rubbish": 1} {
		got := SplitCheckpoints(text)
		if len(got) != want || want == 2 && (got[0] != one || got[1] != two) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Keys are read as they are written, and nothing else is.
func TestPublicKeys(t *testing.T) {
	for range 50 {
		keys, err := NewKeys()
		if err != nil {
			t.Fatal(err)
		}
		line := keys.Public()[0].String()
		read, err := ParsePublicKeys("# the server's\n\n" + line + "\n")
		if err != nil || len(read) != 1 || read[0].String() != line || read[0].ID() != keys.Public()[0].ID() {
			t.Fatalf("%s: %v, %v", line, read, err)
		}
		for _, bad := range []string{"", line[1:], line[:len(line)-1], "x", "a+b+c", strings.Replace(line, "+", "-", 1)} {
			if _, err := ParsePublicKeys(bad); err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
	}
}
