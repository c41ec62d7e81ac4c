package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// noTime is no moment.
var noTime time.Time

// maxDamage is how many stretches of damage are listed; all are counted.
const maxDamage = 1000

// recover reads what is in the folder. What is damaged is counted and left where it is.
func (s *Spool) recover() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	lost, restart := false, false
	if err := readState(s.dir, identityFile, &s.ident); errors.Is(err, fs.ErrNotExist) || errors.Is(err, errState) {
		lost, s.ident = true, identity{}
	} else if err != nil {
		return err
	}
	if err := readState(s.dir, ackedFile, &s.progress); errors.Is(err, fs.ErrNotExist) || errors.Is(err, errState) {
		s.progress, restart = progress{}, true // then everything is sent again, and the receiver knows it by its keys
	} else if err != nil {
		return err
	}
	torn := false
	for _, name := range names {
		if torn, err = s.read(name); err != nil {
			return err
		}
	}
	if restart {
		s.progress.Acked = max(s.began, 1) - 1
		if err := writeState(s.dir, ackedFile, s.progress); err != nil {
			return fmt.Errorf("record what was accepted: %w", err)
		}
	}
	found := len(s.entries) > 0
	last := s.order()
	for _, e := range s.entries {
		s.ident.Epoch = max(s.ident.Epoch, e.epoch)
	}
	s.next = max(last, s.progress.Acked) + 1
	// Whenever a sequence beyond the last one found may have been used, a new epoch keeps the keys apart.
	if lost || torn || !found || last < s.progress.Acked {
		s.ident = identity{newEpoch(s.opt.Now(), s.ident.Epoch), newSalt()}
		if err := writeState(s.dir, identityFile, s.ident); err != nil {
			return fmt.Errorf("begin an epoch: %w", err)
		}
	}
	return s.recoverRefused()
}

// names lists the segments, oldest first, and clears away what a crash left half-made.
func (s *Spool) names() ([]string, error) {
	found, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range found {
		switch {
		case isSegment(f.Name()):
			names = append(names, f.Name())
		case strings.HasSuffix(f.Name(), tempExt):
			if err := remove(filepath.Join(s.dir, f.Name())); err != nil {
				return nil, err
			}
		}
	}
	return names, nil // os.ReadDir sorts
}

// read takes one segment's records into the index. torn: its end is no sound record.
func (s *Spool) read(name string) (torn bool, err error) {
	g := &segment{path: filepath.Join(s.dir, name), salt: s.ident.Salt}
	b, err := os.ReadFile(g.path)
	if err != nil {
		return false, err
	}
	g.size = int64(len(b))
	from := 0 // without a sound head, records may begin anywhere
	if head, whole := readSegmentHead(b); whole {
		g.salt, from = head, segmentHead
	}
	newer := byte(0)
	count := 0
	flaws := scan(b, from, g.salt, func(offset int, r record, size int) {
		newer = max(newer, r.format)
		count++
		g.last = max(g.last, r.sequence)
		s.entries = append(s.entries, entry{r.sequence, r.epoch, r.at, g, int64(offset), size})
	})
	if newer > formatZstd {
		return false, fmt.Errorf("%w: %s has a record of format %d; this one reads up to %d. Start the newer version again, or give this one another folder", ErrNewer, name, newer, formatZstd)
	}
	if count == 0 && len(b) <= segmentHead {
		// Begun and never used. Its name may be wanted again.
		return false, remove(g.path)
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(name, segmentExt), 10, 63)
	if err == nil && n > 0 && (s.began == 0 || n < s.began) {
		s.began = n
	}
	for _, f := range flaws {
		torn = f.offset+f.size == len(b)
		s.report(Damage{name, f.offset, f.size, f.sequence, torn && f.sequence == 0})
	}
	s.sealed = append(s.sealed, g)
	s.bytes += g.size
	return torn, nil
}

// order puts the entries in order, each sequence once, and counts those that are missing. It gives the last sequence.
func (s *Spool) order() uint64 {
	slices.SortStableFunc(s.entries, func(a, b entry) int { return cmp.Compare(a.sequence, b.sequence) })
	s.entries = slices.CompactFunc(s.entries, func(a, b entry) bool { return a.sequence == b.sequence })
	before := s.progress.Acked
	epoch := uint64(0)
	for _, e := range s.pending() {
		// An epoch has no gaps of its own; between two there may be one.
		if e.epoch == epoch || epoch == 0 {
			s.damaged += max(e.sequence, before+1) - before - 1
		}
		before, epoch = max(before, e.sequence), e.epoch
	}
	last := s.progress.Acked
	if len(s.entries) > 0 {
		last = s.entries[len(s.entries)-1].sequence
	}
	for _, d := range s.damage {
		if d.Sequence > max(last, s.progress.Acked) {
			s.damaged++
			last = d.Sequence
		}
	}
	return last
}

func (s *Spool) report(d Damage) {
	if d.Torn {
		s.torn++
	}
	if len(s.damage) < maxDamage {
		s.damage = append(s.damage, d)
	}
}
