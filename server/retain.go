package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// retainEvery is how often rules are run.
const retainEvery = 24 * time.Hour

// RetentionRule is how long the bodies of snapshots are kept.
type RetentionRule struct {
	// Name stands on what is left of a removed one.
	Name string `yaml:"name"`
	// Zone is whose targets it is for; all if left out.
	Zone string `yaml:"zone"`
	// KeepDays is at least 183.
	KeepDays int `yaml:"keep_days"`
}

// A Retainer removes bodies of old snapshots by rules; *store.Store is one.
type Retainer interface {
	Retain(ctx context.Context, by store.Entry, rule store.Retention) (int64, error)
	Retainable(ctx context.Context, rule store.Retention) (int64, error)
}

// Retained is what a rule did, or would do.
type Retained struct {
	Rule    store.Retention
	Removed int64
}

// Retain runs all rules of the configuration, or with dry says only what they would remove. by is who the audit log names.
func Retain(ctx context.Context, s Retainer, c *Config, by string, dry bool) ([]Retained, error) {
	var out []Retained
	for _, rule := range c.rules() {
		n, err := s.Retainable(ctx, rule)
		if err == nil && n > 0 && !dry {
			n, err = s.Retain(ctx, store.Entry{Actor: by, Action: "retention.run", Object: rule.Name}, rule)
		}
		if err != nil {
			return out, fmt.Errorf("retention rule %s: %w", rule.Name, err)
		}
		out = append(out, Retained{rule, n})
	}
	return out, nil
}

// retain is the daily run.
func (s *Server) retain(ctx context.Context) error {
	done, err := Retain(ctx, s.store, s.config, "server", false)
	for _, r := range done {
		if r.Removed > 0 {
			s.log.LogAttrs(ctx, slog.LevelInfo, "bodies of old snapshots removed", slog.String("rule", r.Rule.Name), slog.Int64("snapshots", r.Removed))
		}
	}
	return err
}

func (c *Config) rules() []store.Retention {
	var out []store.Retention
	for _, r := range c.Retention {
		zone := r.Zone
		if zone == "" {
			zone = store.AllZones
		}
		out = append(out, store.Retention{Name: r.Name, Zone: zone, Keep: days(r.KeepDays)})
	}
	return out
}
