package cli

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/program/programtest"
)

// TestEverythingIsSaidInBothLanguages: every command and flag has words in Chinese and in English.
func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	programtest.BothLanguages(t, own, "enrol", "run", "status", "scan", "check", "facts", "record", "ping", "trust", "drivers", "inventory", "seal")
}
