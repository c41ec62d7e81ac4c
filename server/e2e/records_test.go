package e2e

import (
	"slices"
	"testing"

	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/server/secrets"
)

// What the server seals as a credential has the keys that collectors read, in the same spelling.
func TestRecordsAreThoseOfCollectors(t *testing.T) {
	ours, theirs := slices.Sorted(slices.Values(secrets.Keys())), slices.Sorted(slices.Values(vault.Keys()))
	if len(ours) == 0 || !slices.Equal(ours, theirs) {
		t.Errorf("the server keeps %v, collectors read %v", ours, theirs)
	}
}
