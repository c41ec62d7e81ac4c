package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// TargetID gives the name that the scanned system has in findings.
func TargetID(ctx context.Context, cfg Config) (string, error) {
	asker, done, err := cfg.asker()
	if err != nil {
		return "", err
	}
	defer done()
	target, err := cfg.target(ctx, asker)
	return target.GetId(), err
}

// target describes what is scanned.
func (cfg Config) target(ctx context.Context, a driver.Asker) (*pb.Target, error) {
	id := cfg.Target
	if id == "" {
		var err error
		if id, err = cfg.targetID(ctx, a); err != nil {
			return nil, err
		}
	}
	return &pb.Target{Id: id, Driver: cfg.Driver.Describe().GetName(), Zone: cfg.Zone, Role: cfg.Role}, nil
}

// machineIDLen is the length of a set-up machine's number: 32 hex digits. An image has an empty file, or a word.
const machineIDLen = 32

// targetID names the target for ever: by the machine's own number, hashed because systemd wants the number kept from
// others, or by the host's name where there is no number.
func (cfg Config) targetID(ctx context.Context, a driver.Asker) (string, error) {
	read := func(name string) (string, error) {
		ans, err := a.Answer(ctx, driver.File(name))
		if err != nil {
			return "", err
		}
		line, _, _ := strings.Cut(string(ans.GetBody()), "\n")
		return strings.TrimSpace(line), nil
	}
	number, err := read("/etc/machine-id")
	if err != nil {
		return "", err
	}
	if len(number) == machineIDLen {
		sum := sha256.Sum256([]byte("plumbline target\x00" + number))
		return "host-" + hex.EncodeToString(sum[:8]), nil
	}
	if cfg.Root == "" {
		if name, err := os.Hostname(); err == nil && name != "" {
			return name, nil
		}
	}
	name, err := read("/etc/hostname")
	if err != nil {
		return "", err
	}
	if name == "" {
		name = filepath.Base(cfg.Root)
	}
	return strings.ToValidUTF8(name, "\uFFFD"), nil
}
