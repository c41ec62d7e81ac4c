// Package hostkeys remembers which host key each target has. A target's key is pinned when a person accepted it, with who and
// when; known_hosts files are believed for targets without a pin. A key that is not known, or another than the known one, is
// refused: nothing here ever accepts a key on its own.
//
// The pin file has a line a key, its values divided by tabs: target, address, algorithm, key in base64, time, who.
// Several processes may read and write it at the same time.
package hostkeys

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"github.com/plumbline/plumbline/checks"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ErrRevokedKey says that a known_hosts file revokes the key. It is an ErrChangedKey too.
var ErrRevokedKey = fmt.Errorf("%w: revoked", sshasker.ErrChangedKey)

// A Store decides about host keys. It may be used by many goroutines.
type Store struct {
	file  string
	known *knownhosts.HostKeyDB

	mu    sync.RWMutex
	pins  map[string][]Pin
	stamp stamp
}

var _ sshasker.HostKeys = (*Store)(nil)

// A Pin is a key that a person accepted for a target.
type Pin struct {
	Target, Address string
	Key             ssh.PublicKey
	When            time.Time
	Who             string
	// Line is where it stands in the pin file.
	Line int
}

// Fingerprint is the SHA-256 fingerprint as ssh-keygen prints it.
func (p Pin) Fingerprint() string { return ssh.FingerprintSHA256(p.Key) }

// Open reads our own pin file, which need not exist yet, then known_hosts files, which must. Hashed names, @revoked,
// @cert-authority and ports are understood. Lines that cannot be read are all told, and nothing is used.
func Open(files ...string) (*Store, error) {
	if len(files) == 0 || files[0] == "" {
		return nil, failed("未指定主机密钥文件", "no pin file is named")
	}
	s := &Store{file: files[0]}
	for _, f := range files[1:] {
		if err := trusted(f); errors.Is(err, fs.ErrNotExist) {
			return nil, failed("%s 不存在", "%s does not exist", f)
		} else if err != nil {
			return nil, err
		}
	}
	if len(files) > 1 {
		known, err := knownhosts.NewDB(files[1:]...)
		if err != nil {
			return nil, failed("known_hosts 无法读取：%s", "known_hosts cannot be read: %s", err.Error())
		}
		s.known = known
	}
	if err := s.reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Algorithms are those of the target's pinned keys, then all others: so a device with several keys shows the pinned one, and
// one that lost it shows another, which Check then names. Nil if no key is known.
func (s *Store) Algorithms(target, address string) []string {
	pins, err := s.of(target)
	if err != nil {
		return nil // Check tells it, before anything is sent
	}
	var first []string
	for _, p := range pins {
		first = append(first, algorithms(p.Key.Type())...)
	}
	if len(pins) == 0 && s.known != nil {
		first = s.known.HostKeyAlgorithms(withPort(address))
	}
	if len(first) == 0 {
		return nil
	}
	for _, a := range ssh.SupportedAlgorithms().HostKeys {
		if !strings.Contains(a, "-cert-") && !slices.Contains(first, a) {
			first = append(first, a)
		}
	}
	return first
}

// algorithms are those that a key of a type can sign with.
func algorithms(keyType string) []string {
	if keyType == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return []string{keyType}
}

// Check accepts a key that is pinned for the target or, if the target has no pin, known for its address.
func (s *Store) Check(target, address string, key ssh.PublicKey) error {
	pins, err := s.of(target)
	if err != nil {
		return fmt.Errorf("%w: %w", sshasker.ErrUnknownKey, err)
	}
	var known error
	if s.known != nil {
		known = s.known.HostKeyCallback()(withPort(address), remote(withPort(address)), key)
	}
	var revoked *xknownhosts.RevokedError
	var other *xknownhosts.KeyError
	refuse := func(kind error, have ...Held) error {
		return &KeyError{Target: target, Address: address, Shown: of(key), Known: have, kind: kind}
	}
	switch {
	case errors.As(known, &revoked):
		return refuse(ErrRevokedKey, Held{of(revoked.Revoked.Key), place(revoked.Revoked)})
	case slices.ContainsFunc(pins, func(p Pin) bool { return same(p.Key, key) }):
		return nil
	case len(pins) > 0:
		have := make([]Held, len(pins))
		for i, p := range pins {
			have[i] = Held{of(p.Key), fmt.Sprintf("%s:%d", s.file, p.Line)}
		}
		return refuse(sshasker.ErrChangedKey, have...)
	case s.known == nil:
		return refuse(sshasker.ErrUnknownKey)
	case known == nil:
		return nil
	case errors.As(known, &other) && len(other.Want) > 0:
		var have []Held
		for _, w := range other.Want {
			have = append(have, Held{of(w.Key), place(w)})
		}
		return refuse(sshasker.ErrChangedKey, have...)
	}
	return refuse(sshasker.ErrUnknownKey)
}

// of gives the pins of a target, after looking whether the file was changed by another process.
func (s *Store) of(target string) ([]Pin, error) {
	now, err := stampOf(s.file)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	pins, fresh := s.pins[target], s.stamp.same(now)
	s.mu.RUnlock()
	if fresh {
		return pins, nil
	}
	if err := s.reload(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pins[target], nil
}

// same says whether a key is the pinned one, shown by itself or in a certificate.
func same(pinned, shown ssh.PublicKey) bool {
	return string(pinned.Marshal()) == string(bare(shown).Marshal())
}

// bare is the key in a certificate, or the key itself.
func bare(key ssh.PublicKey) ssh.PublicKey {
	if c, ok := key.(*ssh.Certificate); ok {
		return c.Key
	}
	return key
}

func withPort(address string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), "22")
}

// remote is the address as known_hosts wants it besides the name: the same.
type remote string

func (remote) Network() string  { return "tcp" }
func (r remote) String() string { return string(r) }

func place(k xknownhosts.KnownKey) string { return fmt.Sprintf("%s:%d", k.Filename, k.Line) }

// A Key is a key as people compare it.
type Key struct{ Algorithm, Fingerprint string }

func (k Key) String() string { return k.Algorithm + " " + k.Fingerprint }

func of(key ssh.PublicKey) Key { return Key{key.Type(), ssh.FingerprintSHA256(bare(key))} }

// A Held is a known key with its place.
type Held struct {
	Key
	// Place is the file and line.
	Place string
}

// A KeyError says why a key was refused: sshasker.ErrUnknownKey, sshasker.ErrChangedKey or ErrRevokedKey.
type KeyError struct {
	Target, Address string
	// Shown is what the target showed, Known what is pinned or in known_hosts, with its place.
	Shown Key
	Known []Held
	kind  error
}

// Error says it in English.
func (e *KeyError) Error() string { return e.Say().GetEn() }

// Unwrap gives the kind.
func (e *KeyError) Unwrap() error { return e.kind }

// Say says it in both languages, with what to do.
func (e *KeyError) Say() *pb.Text {
	var have []string
	for _, k := range e.Known {
		have = append(have, k.String()+" ("+k.Place+")")
	}
	list := strings.Join(have, ", ")
	switch {
	case errors.Is(e.kind, ErrRevokedKey):
		return checks.Say("目标“%s”（%s）出示的主机密钥 %s 已被吊销：%s；未发送任何口令", "target %q (%s) shows the host key %s, which is revoked: %s; no password was sent", e.Target, e.Address, e.Shown, list)
	case errors.Is(e.kind, sshasker.ErrChangedKey):
		return checks.Say("目标“%s”（%s）的主机密钥已变更：出示 %s，已登记 %s；未发送任何口令。请与设备管理员核对指纹，确属更换后再用 trust 替换", "the host key of target %q (%s) has changed: it shows %s, known is %s; no password was sent. Compare the fingerprint with the device's owner, and replace it with trust only if the key was renewed", e.Target, e.Address, e.Shown, list)
	}
	return checks.Say("目标“%s”（%s）的主机密钥未登记：%s；未发送任何口令。请核对指纹后用 trust 接受", "the host key of target %q (%s) is not known: %s; no password was sent. Compare the fingerprint, then accept it with trust", e.Target, e.Address, e.Shown)
}

// A Fault is what is wrong with a file, or with what was asked.
type Fault struct{ Text *pb.Text }

func (f *Fault) Error() string { return f.Text.GetEn() }

// Say says it in both languages.
func (f *Fault) Say() *pb.Text { return f.Text }

func failed(zh, en string, args ...any) error { return &Fault{checks.Say(zh, en, args...)} }
