package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

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

// keyFile is where an installation keeps the key of its fingerprints.
const keyFile = "/var/lib/plumbline/mask.key"

// keyLen is how many bytes make a key.
const keyLen = 32

// MaskKey gives the installation's own key, if there is one that only its owner can read, or else one for this run only:
// its fingerprints then say "the same secret" within one report and nothing beyond.
func MaskKey() []byte {
	if key, ok := readKey(keyFile); ok {
		return key
	}
	key := make([]byte, keyLen)
	rand.Read(key) // never fails: crypto/rand
	return key
}

func readKey(name string) ([]byte, bool) {
	f, err := os.OpenFile(name, openFlags, 0)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode()&fs.FileMode(0o077) != 0 {
		return nil, false
	}
	key := make([]byte, keyLen)
	n, err := f.Read(key)
	return key, err == nil && n == keyLen
}
