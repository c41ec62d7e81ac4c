// Package agent reads and judges the host it runs on, or a folder that holds an unpacked or mounted one. It is the one
// place that touches a host: files, published commands and the operating system's own interfaces, for reading only.
//
// [Scan] is the whole job. [Local] and [Root] are the askers behind it, for those who bring their own driver. The package
// knows no platform (see plugins/driver), judges nothing itself (see checks), opens no connection and writes no file.
// What takes rights that it does not have is unknown in its report, never a pass.
package agent

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Config says what to scan and how to judge it.
type Config struct {
	// Driver knows the platform.
	Driver driver.Driver
	// Root is a folder to read instead of the host; "": the host itself.
	Root string
	// Rules to judge by; none: facts only.
	Rules []checks.Rule
	// Baselines that the rules are from, "id@digest", for the record.
	Baselines []string
	// Judging is what else decides, for the record; nil: nothing is judged.
	Judging *pb.Judging
	// Site is what people stated about the site; nil if nothing was.
	Site *site.Site
	// Role and Zone of the host in the site.
	Role, Zone string
	// Target is the host's name in findings; "": one that stays the same on the same machine (see targetID).
	Target string
	// Version of the program, for the record.
	Version string
	// MaskKey keys the fingerprints of secrets; nil: a key for this scan only.
	MaskKey []byte
	// Asked is told of each question before it is asked; may be nil.
	Asked func(question string)
}

// Scan reads the host and judges it. What could not be read is in the snapshot as unknown; an error means that there is
// no snapshot.
func Scan(ctx context.Context, cfg Config) (*pb.Snapshot, error) {
	started := time.Now()
	asker, done, err := cfg.asker()
	if err != nil {
		return nil, err
	}
	defer done()
	target, err := cfg.target(ctx, asker)
	if err != nil {
		return nil, err
	}
	key := cfg.MaskKey
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key) // never fails: crypto/rand
	}
	iv, err := driver.Conduct(ctx, cfg.Driver, told{asker, cfg.Asked}, key)
	if err != nil {
		return nil, fmt.Errorf("read the host: %w", err)
	}
	env := checks.Env{Site: cfg.Site, Role: cfg.Role, Zone: cfg.Zone, Now: started}
	findings, err := checks.Judge(target.GetId(), cfg.Rules, iv.Facts, env)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	_, offset := started.Zone()
	return &pb.Snapshot{
		Target:    target,
		UtcOffset: int32(offset / 60),
		StartedAt: timestamppb.New(started), FinishedAt: timestamppb.Now(),
		DriverVersion: cfg.Driver.Describe().GetVersion(), ProgramVersion: cfg.Version,
		Facts: iv.Facts, Findings: findings, Unread: iv.Unread, Answers: iv.Digests(), Baselines: cfg.Baselines,
		Judging: checks.Judged(cfg.Judging, cfg.Site),
	}, nil
}

// asker gives the asker that the configuration means, and what ends its use.
func (cfg Config) asker() (driver.Asker, func(), error) {
	if cfg.Root == "" {
		return NewLocal(cfg.Driver.Describe()), func() {}, nil
	}
	r, err := OpenRoot(cfg.Root)
	if err != nil {
		return nil, nil, err
	}
	return r, func() { _ = r.Close() }, nil
}

// told says each question before it is asked.
type told struct {
	driver.Asker
	asked func(question string)
}

func (t told) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	if t.asked != nil {
		t.asked(driver.Text(q))
	}
	return t.Asker.Answer(ctx, q)
}
