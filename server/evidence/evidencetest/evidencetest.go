// Package evidencetest makes evidence bundles for tests: a log in memory, snapshots that real checks judged, and bundles of them.
package evidencetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
)

// Version is that of the program that took the snapshots.
const Version = "test"

// Epoch0 is when time begins.
var Epoch0 = time.Date(2026, 3, 1, 10, 0, 0, 0, time.FixedZone("", 8*3600))

// A World is a log with its keys and the snapshots in it.
type World struct {
	Keys   *evidence.Keys
	hashes []tlog.Hash
	size   int64
	// Notes are the checkpoints, one after each snapshot.
	Notes  []string
	leaves []evidence.Logged
	ids    []string
	now    time.Time
	// again makes a snapshot anew, for logs too large to keep all of them.
	again func(i int) *pb.Snapshot
}

// New gives an empty one.
func New(tb testing.TB) *World {
	keys, err := evidence.NewKeys()
	must(tb, err)
	return &World{Keys: keys, now: Epoch0}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Copy is the world as it stands: an old database to put back, or one to rewrite.
func (w *World) Copy() *World {
	c := *w
	c.hashes, c.Notes, c.leaves, c.ids = clone(w.hashes), clone(w.Notes), clone(w.leaves), clone(w.ids)
	return &c
}

func clone[T any](list []T) []T { return append([]T(nil), list...) }

// ReadHashes is what package tlog asks for.
func (w *World) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(w.hashes)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		out[i] = w.hashes[index]
	}
	return out, nil
}

// Judged is a host's snapshot as an agent makes it.
func Judged(tb testing.TB, target string, minLength int64, at time.Time) *pb.Snapshot {
	tb.Helper()
	b := baseline.ByID("jrt0068-2012")
	plan, err := b.Plan(all.List(), baseline.Host, baseline.Options{})
	must(tb, err)
	f := &pb.Facts{
		Platform: &pb.Platform{Kind: facts.Text("host")},
		PasswordPolicies: &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.PasswordPolicy{
			{Scope: "local users", Enforced: facts.Bool(true), MinLength: facts.Int(minLength, facts.Line("/etc/security/pwquality.conf", 3, fmt.Sprintf("minlen = %d", minLength)))},
		}},
	}
	findings, err := checks.Judge(target, plan.Rules, f, checks.Env{Now: at})
	must(tb, err)
	answer := sha256.Sum256([]byte(fmt.Sprintf("minlen = %d\n", minLength)))
	_, offset := at.Zone()
	return &pb.Snapshot{
		Target: &pb.Target{Id: target, Address: "192.0.2.7", Driver: "linux"}, StartedAt: timestamppb.New(at), FinishedAt: timestamppb.New(at.Add(2 * time.Second)),
		DriverVersion: "1.4.0", ProgramVersion: Version, Facts: f, Findings: findings, Baselines: []string{b.ID + "@" + b.Digest},
		Answers:    []*pb.AnswerDigest{{Question: "/etc/security/pwquality.conf", Sha256: answer[:], Size: 12}},
		Visit:      &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED, Transport: "ssh", HostKey: "SHA256:" + target, Account: "plumbline"},
		Commission: &pb.Commission{SweepId: "sweep-1", OrderId: "order-1", RequestedBy: "wang", Reason: "年度检查", AuthorisedBy: "zhang"},
		UtcOffset:  int32(offset / 60),
	}
}

// Add logs a snapshot.
func (w *World) Add(tb testing.TB, s *pb.Snapshot) {
	tb.Helper()
	w.add(tb, s)
	w.Notes = append(w.Notes, w.Checkpoint(tb, w.size))
}

func (w *World) add(tb testing.TB, s *pb.Snapshot) {
	tb.Helper()
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
	must(tb, err)
	w.now = w.now.Add(time.Minute)
	sum, delivered := sha256.Sum256(text), sha256.Sum256(append([]byte("z"), text...))
	n := uint64(w.size + 1)
	id := fmt.Sprintf("c0ffee.7.%d", n)
	leaf, err := json.Marshal(evidence.Leaf{
		Kind: "snapshot", Snapshot: id, Target: s.GetTarget().GetId(), Sender: "c0ffee", SenderName: "edge-1", Certificate: "1a2b3c", Epoch: "7", Sequence: n,
		Received: w.now.UTC(), SHA256: hex.EncodeToString(delivered[:]), Size: int64(len(text)) / 3, Opened: hex.EncodeToString(sum[:]), OpenedSize: int64(len(text)),
	})
	must(tb, err)
	stored, err := tlog.StoredHashes(w.size, leaf, w)
	must(tb, err)
	w.hashes = append(w.hashes, stored...)
	w.leaves = append(w.leaves, evidence.Logged{Leaf: string(leaf), Index: w.size, Opened: text})
	w.ids = append(w.ids, id)
	w.size++
}

// Fill logs n snapshots that are made when they are needed, and no checkpoints.
func (w *World) Fill(tb testing.TB, n int, snapshot func(i int) *pb.Snapshot) {
	tb.Helper()
	w.again = snapshot
	for i := range n {
		w.add(tb, snapshot(i))
		w.leaves[i].Opened = nil
	}
}

// Root is the tree's hash at a size.
func (w *World) Root(tb testing.TB, size int64) tlog.Hash {
	tb.Helper()
	root, err := tlog.TreeHash(size, w)
	must(tb, err)
	return root
}

// Checkpoint signs one.
func (w *World) Checkpoint(tb testing.TB, size int64) string {
	tb.Helper()
	note, err := w.Keys.Checkpoint(size, w.Root(tb, size), w.now)
	must(tb, err)
	return note
}

// Write writes a bundle of the snapshots numbered from and up to but not including until, with proofs from older sizes.
func (w *World) Write(tb testing.TB, to io.Writer, from, until int, older ...int64) {
	tb.Helper()
	var grown []evidence.Growth
	for _, size := range older {
		if size >= w.size {
			continue
		}
		proof, err := tlog.ProveTree(w.size, size, w)
		must(tb, err)
		grown = append(grown, evidence.Growth{Size: size, Proof: proof})
	}
	head := evidence.Head{
		MadeAt: w.now.Add(time.Second), MadeBy: "li", Program: Version, Snapshots: w.ids[from:until],
		Sweep: &evidence.Sweep{ID: "sweep-1", State: "done", RequestedBy: "wang", Reason: "年度检查", AuthorisedBy: "zhang", Created: Epoch0},
	}
	out, err := evidence.NewWriter(to, w.Keys, head, w.Checkpoint(tb, w.size), grown)
	must(tb, err)
	for i := from; i < until; i++ {
		one := w.leaves[i]
		one.Proof, err = tlog.ProveRecord(w.size, one.Index, w)
		must(tb, err)
		if one.Opened == nil {
			one.Opened, err = proto.MarshalOptions{Deterministic: true}.Marshal(w.again(i))
			must(tb, err)
		}
		must(tb, out.Add(one))
	}
	must(tb, out.Close())
}

// Bundle is Write into memory.
func (w *World) Bundle(tb testing.TB, from, until int, older ...int64) []byte {
	tb.Helper()
	var b bytes.Buffer
	w.Write(tb, &b, from, until, older...)
	return b.Bytes()
}

// Options are those of somebody who has the key and these checkpoints.
func (w *World) Options(checkpoints ...string) evidence.Options {
	return evidence.Options{Keys: w.Keys.Public(), Checkpoints: checkpoints, Checks: all.List(), Version: Version}
}

// Verify verifies what is in memory.
func Verify(tb testing.TB, bundle []byte, o evidence.Options) *evidence.Report {
	tb.Helper()
	r, err := evidence.Verify(bytes.NewReader(bundle), int64(len(bundle)), o)
	must(tb, err)
	return r
}

// Forward lets time pass.
func (w *World) Forward(hours int) { w.now = w.now.Add(time.Duration(hours) * time.Hour) }
