package enrol_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The folder of an identity, as a crash may leave it.

func readState(t *testing.T, dir string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := map[string]any{}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func writeState(t *testing.T, dir string, s map[string]any) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "identity.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}
