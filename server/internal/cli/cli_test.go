package cli

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/program/programtest"
)

// TestEverythingIsSaidInBothLanguages: every command and flag has words in Chinese and in English.
func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	programtest.BothLanguages(t, own,
		"serve", "token", "revoke", "user", "identity", "secret", "sweep", "schedule", "snapshot", "findings", "snapshots", "diff", "report", "targets", "target",
		"waiver", "attest", "score", "rejudge",
		"retain", "site",
		"audit", "outlet", "bundle", "verify", "evidence", "backup", "restore")
}
