package all_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink/all"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
)

// Every sink has its page, refuses what it does not know, and sends nothing before it was configured.
func TestEverySink(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range all.List() {
		if seen[b.Name] {
			t.Errorf("%s stands twice", b.Name)
		}
		seen[b.Name] = true
		if _, err := os.Stat(filepath.Join("..", b.Name, "README.md")); err != nil {
			t.Error(err)
		}
		s := b.New()
		if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 1)); n != 0 || err == nil {
			t.Errorf("%s: %d accepted before it was configured", b.Name, n)
		}
		if err := s.Configure(t.Context(), map[string]string{"no such setting": "x"}); err == nil {
			t.Errorf("%s takes any setting", b.Name)
		}
	}
	if len(seen) != 5 {
		t.Fatalf("%d sinks", len(seen))
	}
}
