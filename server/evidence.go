package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/store"
)

// Files in the state folder: the key that signs evidence, and the checkpoints where no other place is named.
const (
	evidenceFile    = "evidence.pem"
	checkpointsFile = "checkpoints"
)

// EvidenceKeyFile is where the key lies that signs evidence.
func (c *Config) EvidenceKeyFile() string { return filepath.Join(c.StateDir, evidenceFile) }

// checkpoints is the file that takes checkpoints.
func (c *Config) checkpoints() string {
	if c.Evidence.Checkpoints != "" {
		return c.Evidence.Checkpoints
	}
	return filepath.Join(c.StateDir, checkpointsFile)
}

// OpenLedger opens the evidence log over the store: for a server, which appends checkpoints to a file, and for commands.
func OpenLedger(s *store.Store, c *Config, file string, now func() time.Time, log *slog.Logger, version string) (*ledger.Ledger, error) {
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	keys, err := evidence.OpenKeys(c.EvidenceKeyFile())
	if err != nil {
		return nil, err
	}
	l, err := ledger.New(ledger.Config{Store: s, Keys: keys, File: file, Version: version, Now: now, Log: log})
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return l, nil
}

// Actions by which a server's own life is on record.
const (
	actionStart = "server.start"
	actionStop  = "server.stop"
)

// began puts the start of the server on record, with when it last stopped or, where it did not say so, when it was last heard of: what
// lies between is the gap. A server that cannot write it does not serve.
func (s *Server) began(ctx context.Context) error {
	last, err := s.lastLife(ctx)
	if err != nil {
		return err
	}
	detail := map[string]any{"version": s.version, "clean": last == nil || last.Action == actionStop}
	if newest, _, err := s.store.Records(ctx, store.AuditFilter{}, store.Page{Limit: 1}); err != nil {
		return err
	} else if last != nil {
		detail["last"] = newest[0].At.Format(time.RFC3339)
	}
	return s.live(ctx, actionStart, detail)
}

// lastLife is the last record of a start or a stop of the server on this host.
func (s *Server) lastLife(ctx context.Context) (*store.Record, error) {
	var last *store.Record
	for _, action := range []string{actionStart, actionStop} {
		found, _, err := s.store.Records(ctx, store.AuditFilter{Action: action, Object: hostName()}, store.Page{Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && (last == nil || found[0].N > last.N) {
			last = &found[0]
		}
	}
	return last, nil
}

func (s *Server) live(ctx context.Context, action string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	_, err = s.store.Append(ctx, store.Entry{Actor: "server", Action: action, Object: hostName(), Detail: string(text)})
	return err
}

// ended puts the stop on record.
func (s *Server) ended(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	detail := map[string]any{}
	if cause != nil {
		detail["cause"] = strings.ToValidUTF8(cause.Error(), "?")
	}
	if err := s.live(ctx, actionStop, detail); err != nil {
		return fmt.Errorf("put the stop on record: %w", err)
	}
	return s.ledger.Finish(ctx)
}

func hostName() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "unknown"
}
