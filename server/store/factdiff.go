package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A FactChange is a fact that is not the same in two snapshots, as facts.Flat prints it.
type FactChange struct {
	Path string
	// From and To are its values or states; empty where the snapshot says nothing of it.
	From, To string
	// Before and After are where it was read.
	Before, After []*pb.Evidence
}

// factChanges says which facts differ in value or state; that a line moved is no change.
func factChanges(from, to *pb.Snapshot) []FactChange {
	if from == nil || to == nil {
		return nil
	}
	before, after := linesByPath(from), linesByPath(to)
	var out []FactChange
	for path, a := range before {
		if b, there := after[path]; !there || a.Value != b.Value {
			out = append(out, FactChange{plainPath(path), a.Value, b.Value, a.Evidence, b.Evidence})
		}
	}
	for path, b := range after {
		if _, there := before[path]; !there {
			out = append(out, FactChange{Path: plainPath(path), To: b.Value, After: b.Evidence})
		}
	}
	slices.SortFunc(out, func(a, b FactChange) int { return strings.Compare(a.Path+"\x00"+a.From, b.Path+"\x00"+b.From) })
	return out
}

// linesByPath tells scopes of one name apart by their order.
func linesByPath(s *pb.Snapshot) map[string]facts.Stated {
	out := map[string]facts.Stated{}
	for _, l := range facts.Each(s.GetFacts()) {
		path := l.Path
		for n := 2; ; n++ {
			if _, taken := out[path]; !taken {
				break
			}
			path = fmt.Sprintf("%s\x00%d", l.Path, n)
		}
		out[path] = l
	}
	return out
}

func plainPath(path string) string {
	plain, _, _ := strings.Cut(path, "\x00")
	return plain
}

// maxFacts is how many facts of one finding are named.
const maxFacts = 20

// restingOn picks the facts on which a finding rests: those read where its evidence points, before or after.
func restingOn(changes []FactChange, before, after *pb.Finding) []FactChange {
	var out []FactChange
	for _, c := range changes {
		if len(out) < maxFacts && (meet(c.Before, before.GetEvidence()) || meet(c.After, after.GetEvidence())) {
			out = append(out, c)
		}
	}
	return out
}

// meet says whether two lists of evidence point at one place.
func meet(a, b []*pb.Evidence) bool {
	for _, x := range a {
		for _, y := range b {
			if x.GetSource() != y.GetSource() || x.GetDefaultStatedIn() != y.GetDefaultStatedIn() {
				continue
			}
			if x.GetFirstLine() == 0 && y.GetFirstLine() == 0 || x.GetFirstLine() <= last(y) && y.GetFirstLine() <= last(x) && x.GetFirstLine() > 0 && y.GetFirstLine() > 0 {
				return true
			}
		}
	}
	return false
}

func last(e *pb.Evidence) uint32 { return max(e.GetFirstLine(), e.GetLastLine()) }
