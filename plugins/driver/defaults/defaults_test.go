package defaults_test

import (
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A default holds only for the versions its document is about, and only where all of the configuration was seen.
func TestCite(t *testing.T) {
	whole := driver.Document{Source: "show", Answer: &pluginpb.Answer{Body: []byte("x"), Complete: true}}
	table := []defaults.Statement{defaults.Stated("idle", 500, 502, "Guide 5, idle"), defaults.Stated("idle", 700, 702, "Guide 7, idle"), defaults.Stated("any", 0, 999, "Guide, any")}
	for _, c := range []struct {
		doc     driver.Document
		version int
		topic   string
		want    string
	}{
		{whole, 502, "idle", "Guide 5, idle"}, {whole, 701, "idle", "Guide 7, idle"}, {whole, 600, "idle", ""}, {whole, 0, "idle", ""},
		{whole, 0, "any", "Guide, any"}, {whole, 502, "other", ""}, {whole.Cut(), 502, "idle", ""},
	} {
		s := defaults.Set{Doc: c.doc, Version: c.version, Statements: table}
		if got := s.Cite(c.topic); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.version, c.topic, got, c.want)
		}
		if f := s.Span(c.topic, time.Minute); facts.Known(f) != (c.want != "") {
			t.Errorf("%d %s: %v", c.version, c.topic, f)
		}
	}
}
