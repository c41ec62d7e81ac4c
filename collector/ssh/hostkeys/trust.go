package hostkeys

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/ssh"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
)

// A Seen is a key that a target showed.
type Seen struct {
	Target, Address string
	Key             ssh.PublicKey
}

// A Status is how a seen key stands to what is known.
type Status string

const (
	// New means: nothing is known of the target.
	New Status = "new"
	// Known means: it is pinned, or in known_hosts.
	Known Status = "known"
	// Another means: the target has pins, none of this kind of key.
	Another Status = "another"
	// Changed means: another key of this kind is pinned or in known_hosts.
	Changed Status = "changed"
	// Revoked means: known_hosts revokes it.
	Revoked Status = "revoked"
)

// A Pending is a seen key with its status and what is pinned for its target.
type Pending struct {
	Seen
	Status      Status
	Fingerprint string
	Pinned      []Pin
}

// Pending says how keys that were seen stand, for a person to decide.
func (s *Store) Pending(seen ...Seen) ([]Pending, error) {
	out := make([]Pending, 0, len(seen))
	for _, k := range seen {
		pins, err := s.of(k.Target)
		if err != nil {
			return nil, err
		}
		p := Pending{Seen: k, Fingerprint: ssh.FingerprintSHA256(bare(k.Key)), Pinned: slices.Clone(pins)}
		err = s.Check(k.Target, k.Address, k.Key)
		switch {
		case err == nil:
			p.Status = Known
		case errors.Is(err, ErrRevokedKey):
			p.Status = Revoked
		case errors.Is(err, sshasker.ErrChangedKey) && len(pins) > 0 && !sameKind(pins, k.Key):
			p.Status = Another
		case errors.Is(err, sshasker.ErrChangedKey):
			p.Status = Changed
		default:
			p.Status = New
		}
		out = append(out, p)
	}
	return out, nil
}

func sameKind(pins []Pin, key ssh.PublicKey) bool {
	return slices.ContainsFunc(pins, func(p Pin) bool { return p.Key.Type() == bare(key).Type() })
}

// List gives the pins, all or those of some targets, by target and kind.
func (s *Store) List(targets ...string) ([]Pin, error) {
	if _, err := s.of(""); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Pin
	for target, pins := range s.pins {
		if len(targets) == 0 || slices.Contains(targets, target) {
			out = append(out, pins...)
		}
	}
	slices.SortFunc(out, func(a, b Pin) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Key.Type(), b.Key.Type()), cmp.Compare(a.Line, b.Line))
	})
	return out, nil
}

// A Mode says what may become of the pins that a target has.
type Mode int

const (
	// Add pins a key besides those of other kinds. It never takes the place of one.
	Add Mode = iota
	// Replace pins a key instead of all that the target has: somebody found that its keys were renewed.
	Replace
)

// ErrPinned says that another key of the kind is pinned or known, and Replace was not asked for.
var ErrPinned = errors.New("another key is pinned")

// Accept pins a key for a target, on the word of who. The key of a certificate is pinned itself.
func (s *Store) Accept(target, address string, key ssh.PublicKey, who string, when time.Time, mode Mode) error {
	for _, v := range []string{target, address, who} {
		if v == "" || len(v) > 300 || v != strings.TrimSpace(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return failed("目标、地址与接受人不能为空、过长或含控制字符", "target, address and who accepts must be stated, short and without control characters")
		}
	}
	if strings.HasPrefix(target, "#") {
		return failed("目标标识不能以 # 开头", "the id of a target cannot begin with #")
	}
	if err := s.Check(target, address, key); errors.Is(err, ErrRevokedKey) {
		return err
	} else if errors.Is(err, sshasker.ErrChangedKey) && mode != Replace {
		// Another kind beside the pinned ones may be added; in known_hosts no such thing is seen.
		if pins, ofErr := s.of(target); ofErr != nil || len(pins) == 0 {
			return pinned(err)
		}
	}
	pin := Pin{Target: target, Address: address, Key: bare(key), When: when.UTC().Truncate(time.Second), Who: who}
	return s.change(func(lines []line) ([]line, error) {
		var kept []line
		for _, l := range lines {
			switch {
			case l.pin == nil || l.pin.Target != target:
			case same(l.pin.Key, key) && mode == Add:
				return lines, nil
			case mode == Replace:
				continue
			case l.pin.Key.Type() == pin.Key.Type():
				return nil, pinned(&KeyError{Target: target, Address: address, Shown: of(key), Known: []Held{{of(l.pin.Key), s.file}}, kind: sshasker.ErrChangedKey})
			}
			kept = append(kept, l)
		}
		return append(kept, line{text: pin.line()}), nil
	})
}

func pinned(err error) error { return errors.Join(ErrPinned, err) }

// Remove takes pins of a target away: all, or the one with a fingerprint. It says how many there were.
func (s *Store) Remove(target, fingerprint string) (int, error) {
	removed := 0
	err := s.change(func(lines []line) ([]line, error) {
		removed = 0
		var kept []line
		for _, l := range lines {
			if l.pin != nil && l.pin.Target == target && (fingerprint == "" || l.pin.Fingerprint() == fingerprint) {
				removed++
				continue
			}
			kept = append(kept, l)
		}
		return kept, nil
	})
	return removed, err
}
