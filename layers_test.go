// Package plumbline holds no code: the tests here hold the tree to its shape.
package plumbline

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/plumbline/plumbline/"

// mayImport says which of our own top-level folders each may import. agent, collector and server never import one
// another.
var mayImport = map[string][]string{
	"proto":     {"proto"},
	"checks":    {"proto", "checks"},
	"plugins":   {"proto", "checks", "plugins"},
	"agent":     {"proto", "checks", "plugins", "agent"},
	"collector": {"proto", "checks", "plugins", "collector"},
	"server":    {"proto", "checks", "plugins", "server"},
}

// A driver is pure: it reads words and reaches nothing. These packages reach.
var reaching = []string{
	"net", "net/http", "os", "os/exec", "syscall", "google.golang.org/grpc", "golang.org/x/crypto/ssh",
	"github.com/gosnmp/gosnmp", "golang.org/x/sys/unix",
}

// Not drivers, although they stand among them.
var notDrivers = []string{"drivertest", "all"}

func TestLayers(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	own := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module)
		layer, _, _ := strings.Cut(pkg, "/")
		if words[0] == strings.TrimSuffix(module, "/") {
			continue
		}
		if mayImport[layer] == nil {
			t.Errorf("%s stands outside the folders that DESIGN names", pkg)
		}
		for _, imported := range words[1:] {
			if to, ok := strings.CutPrefix(imported, module); ok {
				own++
				to, _, _ = strings.Cut(to, "/")
				if !slices.Contains(mayImport[layer], to) {
					t.Errorf("%s imports %s: %s may import only %s", pkg, imported, layer, strings.Join(mayImport[layer], ", "))
				}
			}
			if strings.HasSuffix(imported, "gopsutil/v3") || strings.Contains(imported, "gopsutil/v3/") {
				if pkg != "agent/internal/hostfacts" {
					t.Errorf("%s imports %s: only agent/internal/hostfacts may", pkg, imported)
				}
			}
			if strings.Contains(imported, "twmb/franz-go") && pkg != "plugins/sink/kafka" {
				t.Errorf("%s imports %s: only plugins/sink/kafka may", pkg, imported)
			}
			if to, ok := strings.CutPrefix(imported, module); ok && to == "plugins/sink/kafka" && layer != "server" {
				t.Errorf("%s imports %s: only the server may", pkg, imported)
			}
			if driver, ok := strings.CutPrefix(pkg, "plugins/driver/"); ok {
				name, _, _ := strings.Cut(driver, "/")
				if !slices.Contains(notDrivers, name) && slices.Contains(reaching, imported) {
					t.Errorf("driver %s imports %s: a driver is pure", driver, imported)
				}
			}
		}
	}
	if own == 0 {
		t.Fatal("no import was looked at")
	}
}

// The top level is fixed.
func TestTopLevel(t *testing.T) {
	allowed := []string{"agent", "collector", "checks", "plugins", "server", "proto", "go.mod", "go.sum", "README.md", "LICENSE", "Makefile", "layers_test.go", "bin"}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) == 0 {
		t.Fatalf("nothing here: %v", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}

// Every driver's folder has what a newcomer and a test need.
func TestDriverFolders(t *testing.T) {
	dirs, err := filepath.Glob("plugins/driver/*/testdata")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no driver found: %v", err)
	}
	for _, d := range dirs {
		dir := filepath.Dir(d)
		if slices.Contains(notDrivers, filepath.Base(dir)) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
			t.Errorf("%s has no README.md", dir)
		}
		if cases, _ := filepath.Glob(filepath.Join(d, "*.txtar")); len(cases) == 0 {
			t.Errorf("%s has no case", dir)
		}
		fuzz := false
		tests, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
		for _, f := range tests {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			fuzz = fuzz || strings.Contains(string(text), "func Fuzz")
		}
		if !fuzz {
			t.Errorf("%s has no fuzz target", dir)
		}
	}
}
