package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// disguises are the forms in which a secret may stand somewhere: as it is, in hex, as part of a URL, and in base64 wherever it begins.
func disguises(secret string) [][]byte {
	forms := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), url.QueryEscape(secret)}
	for _, code := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			text := code.EncodeToString(append(bytes.Repeat([]byte{0}, shift), secret...))
			// The first and the last characters depend on what stands around it.
			forms = append(forms, text[(shift*8+5)/6:len(text)-1])
		}
	}
	out := make([][]byte, len(forms))
	for i, f := range forms {
		out[i] = []byte(f)
	}
	return out
}

// canary holds files and folders, and the command lines and environments of all our processes, to not holding a secret in any disguise:
// canary SECRET-FILE PATH... (the secret is the last word of the file).
func canary(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: canary SECRET-FILE PATH...")
	}
	words := strings.Fields(ts.ReadFile(args[0]))
	if len(words) == 0 || len(words[len(words)-1]) < 8 {
		ts.Fatalf("%s holds no secret that could be looked for", args[0])
	}
	forms := disguises(words[len(words)-1])
	looked := 0
	look := func(name string) {
		text, err := os.ReadFile(name)
		if err != nil {
			return // it is gone meanwhile, or a socket
		}
		looked++
		for i, form := range forms {
			if bytes.Contains(text, form) {
				ts.Fatalf("%s holds the secret of %s (form %d)", name, args[0], i)
			}
		}
	}
	for _, root := range args[1:] {
		before := looked
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				look(path)
			}
			return nil
		}))
		if looked == before {
			ts.Fatalf("%s: no file was looked at", root)
		}
	}
	processes := 0
	all, err := filepath.Glob("/proc/[0-9]*/exe")
	ts.Check(err)
	for _, exe := range all {
		to, err := os.Readlink(exe)
		if err != nil || !strings.HasPrefix(to, programs) && !strings.HasPrefix(to, "/memfd:") {
			continue
		}
		processes++
		look(filepath.Join(filepath.Dir(exe), "cmdline"))
		look(filepath.Join(filepath.Dir(exe), "environ"))
	}
	if _, err := os.Stat("/proc/self/exe"); err == nil && processes == 0 {
		ts.Fatalf("no process of ours was looked at")
	}
}

// TestC1Disguises: the search finds what it is there to find.
func TestC1Disguises(t *testing.T) {
	const secret = "Pa55-word/with+more"
	for shift := range 4 {
		for _, code := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := []byte(code.EncodeToString(append(bytes.Repeat([]byte("x"), shift), secret+"and what follows"...)))
			found := false
			for _, form := range disguises(secret) {
				found = found || bytes.Contains(text, form)
			}
			if !found {
				t.Errorf("not found in %s", text)
			}
		}
	}
}
