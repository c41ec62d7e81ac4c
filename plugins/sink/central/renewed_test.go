package central

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

// A line of before a renewal is not used any more: the server is to see the new key.
func TestLineOfOldKey(t *testing.T) {
	id := &identity.Identity{}
	if l := (&line{renewals: id.Renewals()}); l.stale(id) {
		t.Error("a line of the current key is given up")
	}
	if l := (&line{renewals: id.Renewals() + 1}); !l.stale(id) {
		t.Error("a line of another key is kept")
	}
	if l := (&line{err: errEpoch}); !l.stale(id) {
		t.Error("a line that ended is kept")
	}
}
