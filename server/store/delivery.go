package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Delivery is one snapshot as a sender's spool holds it. Sender, Epoch and Sequence are its key: a second delivery with the same
// key changes nothing.
type Delivery struct {
	// Sender is the id of the identity that delivered.
	Sender string
	Epoch  uint64
	// SenderName and Certificate say how it proved who it is: its name and its certificate's serial.
	SenderName, Certificate string
	// Sequence counts from 1.
	Sequence uint64
	// Body is a serialized Snapshot, compressed with zstd. It is kept as it is.
	Body []byte
	// Received is when it came, by the server's clock.
	Received time.Time
	// Refusal, where it is set, says why the caller does not take it; it is then kept as a refusal, unread.
	Refusal *pb.Text
}

// ID is the name of the delivery and of its snapshot; the same after a restore.
func (d *Delivery) ID() string { return deliveryID(d.Sender, d.Epoch, d.Sequence) }

func deliveryID(sender string, epoch, sequence uint64) string {
	return sender + "." + strconv.FormatUint(epoch, 16) + "." + strconv.FormatUint(sequence, 10)
}

func (d *Delivery) check() error {
	switch {
	case d.Sender == "" || len(d.Sender) > maxWord || !fits(d.Sender):
		return errors.New("a delivery without a sender's id that can be kept")
	case len(d.SenderName) > maxWord || !fits(d.SenderName) || len(d.Certificate) > maxWord || !fits(d.Certificate):
		return fmt.Errorf("delivery %s: its sender's name or serial cannot be kept", d.ID())
	case d.Sequence == 0 || d.Sequence > math.MaxInt64:
		return fmt.Errorf("delivery %s: the sequence counts from 1", d.ID())
	case d.Received.IsZero():
		return fmt.Errorf("delivery %s: without the time it came", d.ID())
	}
	return nil
}

// Longest names that are taken: an index of PostgreSQL holds no more than about 2,700 bytes.
const (
	maxWord  = 256
	maxScope = 4096
)

// fits says whether PostgreSQL stores the text; protobuf has already seen to it that it is UTF-8.
func fits(s string) bool { return strings.IndexByte(s, 0) < 0 }

// entry is what is kept of a finding in a snapshot.
type entry struct {
	id      [16]byte
	outcome pb.Outcome
	reason  pb.Reason
	finding *pb.Finding
}

func (e *entry) status() byte { return byte(e.outcome)<<5 | byte(min(e.reason, 31)) }

// statusOf is the inverse of entry.status.
func statusOf(b byte) (pb.Outcome, pb.Reason) { return pb.Outcome(b >> 5), pb.Reason(b & 31) }

// reading is a delivery that was opened.
type reading struct {
	delivery *Delivery
	id       string
	sha256   [32]byte
	size     int
	snapshot *pb.Snapshot
	target   string
	zone     string
	at       int64
	// list is the baselines, a line each; set its digest; judged their ids.
	list   string
	set    []byte
	judged map[string]bool
	// entries are sorted by id, each id once; ids and status follow their order, shape is the digest of ids.
	entries []entry
	ids     []byte
	status  []byte
	shape   []byte
	// missed: the target was not questioned.
	missed bool
	// refusal says why it is not taken.
	refusal *pb.Text
}

// read opens a delivery. What it holds that cannot be kept makes it a refusal.
func read(d *Delivery) *reading {
	r := &reading{delivery: d, id: d.ID(), sha256: sha256.Sum256(d.Body), size: len(d.Body), refusal: d.Refusal}
	if r.refusal != nil {
		return r
	}
	snapshot, err := OpenBody(d.Body)
	switch {
	case errors.Is(err, errTooLarge):
		r.refusal = checks.Say("快照过大：%v", "the snapshot is too large: %v", err)
		return r
	case err != nil:
		r.refusal = checks.Say("快照无法读取：%v", "the snapshot cannot be read: %v", err)
		return r
	}
	r.snapshot, r.target, r.zone = snapshot, snapshot.GetTarget().GetId(), snapshot.GetTarget().GetZone()
	if r.refusal = r.head(); r.refusal == nil {
		r.refusal = r.findings()
	}
	return r
}

func (r *reading) head() *pb.Text {
	s := r.snapshot
	words := []string{
		r.target, r.zone, s.GetTarget().GetDriver(), s.GetDriverVersion(), s.GetProgramVersion(),
		s.GetCommission().GetOrderId(),
	}
	words = append(words, s.GetBaselines()...)
	for _, w := range words {
		if len(w) > maxWord || !fits(w) {
			return checks.Say("快照中的名称过长或含有空字符：%.40q", "a name in the snapshot is too long or holds a zero byte: %.40q", w)
		}
	}
	if r.target == "" {
		return checks.Say("快照未指明目标", "the snapshot names no target")
	}
	ended := s.GetFinishedAt()
	if ended == nil {
		ended = s.GetStartedAt()
	}
	if ended == nil || ended.CheckValid() != nil || (s.GetStartedAt() != nil && s.GetStartedAt().CheckValid() != nil) {
		return checks.Say("快照没有有效的时间", "the snapshot has no valid time")
	}
	// A clock that runs ahead must not outlive the snapshots that come after it was set right.
	r.at = min(ended.AsTime().UnixMilli(), r.delivery.Received.UnixMilli())
	if r.at <= 0 {
		return checks.Say("快照没有有效的时间", "the snapshot has no valid time")
	}
	if v := s.GetVisit(); v != nil {
		r.missed = v.GetState() != pb.VisitState_VISIT_STATE_QUESTIONED
	}
	return nil
}

func (r *reading) findings() *pb.Text {
	r.judged = map[string]bool{}
	r.list = strings.Join(r.snapshot.GetBaselines(), "\n")
	sum := sha256.Sum256([]byte(r.list))
	r.set = sum[:16]
	for _, b := range r.snapshot.GetBaselines() {
		id, _, _ := strings.Cut(b, "@")
		r.judged[id] = true
	}
	r.entries = make([]entry, 0, len(r.snapshot.GetFindings()))
	for i, f := range r.snapshot.GetFindings() {
		e := entry{outcome: f.GetOutcome(), reason: f.GetReasonCode(), finding: f}
		if refusal := r.finding(i+1, f, &e); refusal != nil {
			return refusal
		}
		r.entries = append(r.entries, e)
	}
	r.arrange()
	return nil
}

func (r *reading) finding(n int, f *pb.Finding, e *entry) *pb.Text {
	for _, w := range []string{f.GetBaseline(), f.GetClause(), f.GetCheck(), f.GetControl(), f.GetLevel()} {
		if len(w) > maxWord || !fits(w) {
			return checks.Say("第 %d 条结果中的名称过长或含有空字符", "finding %d: a name is too long or holds a zero byte", n)
		}
	}
	if len(f.GetScope()) > maxScope || !fits(f.GetScope()) {
		return checks.Say("第 %d 条结果的范围名过长或含有空字符", "finding %d: its scope is too long or holds a zero byte", n)
	}
	if f.GetOutcome() < pb.Outcome_OUTCOME_PASS || f.GetOutcome() > pb.Outcome_OUTCOME_NOT_APPLICABLE {
		return checks.Say("第 %d 条结果没有结论", "finding %d has no outcome", n)
	}
	if f.GetReasonCode() < 0 {
		return checks.Say("第 %d 条结果的原因代码无效", "finding %d has no valid reason code", n)
	}
	// The id ties a finding to its target for ever, so a sender does not choose it.
	id := findingID(r.target, f.GetBaseline(), f.GetClause(), f.GetCheck(), f.GetScope())
	if f.GetTargetId() != r.target || f.GetId() != hexID(id) {
		return checks.Say("第 %d 条结果的编号与其目标、条款、检查项和范围不符", "finding %d: its id is not that of its target, clause, check and scope", n)
	}
	e.id = id
	return nil
}
