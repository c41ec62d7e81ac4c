package evidence

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// opened is a snapshot with the bytes of each of its findings.
type opened struct {
	snapshot *pb.Snapshot
	findings [][]byte
}

func read(text []byte) (*opened, error) {
	s := &opened{snapshot: &pb.Snapshot{}}
	if err := proto.Unmarshal(text, s.snapshot); err != nil {
		return nil, err
	}
	var err error
	if s.findings, err = findingBytes(text); err != nil {
		return nil, err
	}
	if len(s.findings) != len(s.snapshot.GetFindings()) {
		return nil, errors.New("its findings cannot be told apart")
	}
	return s, nil
}

// snapshot checks the three parts of one.
func (v *verification) snapshot(n int) {
	at := folder(n)
	leaf := v.delivery(n, at+deliveryName)
	body, intact := v.fetch(at + snapshotName)
	list, listed := v.fetch(at + findingsName)
	var s *opened
	var text []byte
	if body != nil {
		var err error
		if text, err = inflate(body); err == nil {
			s, err = read(text)
		}
		if err != nil && intact {
			v.malformed(at+snapshotName, err)
		} else if err != nil {
			v.tampered(at+snapshotName, "", "快照已无法打开，不能指出是哪条结果：%v", "the snapshot cannot be opened any more, so it cannot be told which finding: %v", err)
		}
	}
	if list != nil {
		opened, err := inflate(list)
		if err != nil && listed {
			v.malformed(at+findingsName, err)
		}
		if list = opened; err != nil {
			list = nil
		}
	}
	if s != nil && list != nil {
		v.differences(at, string(list), s, intact, listed)
	}
	if s == nil || !intact {
		return
	}
	v.mu.Lock()
	v.Findings += int64(len(s.findings))
	v.mu.Unlock()
	if leaf != nil && (leaf.Opened != digestOf(text) || leaf.OpenedSize != int64(len(text)) || leaf.Target != s.snapshot.GetTarget().GetId()) {
		v.tampered(at+snapshotName, "", "不是日志所记的快照：SHA-256、长度或目标不符", "it is not the snapshot that was logged: its SHA-256, length or target is another")
	}
	v.commissioned(s.snapshot.GetCommission())
	v.ids(at+snapshotName, s.snapshot)
	v.verdicts(at+snapshotName, s.snapshot)
}

// delivery checks the place of a snapshot in the log, and gives its leaf if that is to be trusted.
func (v *verification) delivery(n int, part string) *Leaf {
	body, intact := v.fetch(part)
	if !intact {
		return nil
	}
	var d delivery
	leaf := &Leaf{}
	err := strict(body, &d)
	if err == nil {
		err = strict([]byte(d.Leaf), leaf)
	}
	if err == nil && leaf.Kind != "snapshot" {
		err = fmt.Errorf("the leaf is about a %q", leaf.Kind)
	}
	if err != nil {
		v.malformed(part, err)
		return nil
	}
	if v.head.Format != "" && (n > len(v.head.Snapshots) || v.head.Snapshots[n-1] != leaf.Snapshot) {
		v.tampered(part, "", "此处应为另一快照，而非 %s", "another snapshot than %s should be here", leaf.Snapshot)
	}
	if id := leaf.Sender + "." + leaf.Epoch + "." + fmt.Sprint(leaf.Sequence); id != leaf.Snapshot {
		v.tampered(part, "", "快照编号 %s 与上报键 %s 不符", "the snapshot's id %s is not its delivery's key %s", leaf.Snapshot, id)
	}
	if v.checkpoint == nil {
		return leaf
	}
	if len(d.Proof) > maxProof || d.Index < 0 || d.Index >= v.checkpoint.Size ||
		tlog.CheckRecord(d.Proof, v.checkpoint.Size, v.checkpoint.Root, d.Index, tlog.RecordHash([]byte(d.Leaf))) != nil {
		v.tampered(part, "", "快照 %s 不在检查点所示的日志中", "the snapshot %s is not in the log of the checkpoint", leaf.Snapshot)
	}
	return leaf
}

// ids works out the findings' ids again: they tie each to its target, clause, check and scope.
func (v *verification) ids(part string, s *pb.Snapshot) {
	target := s.GetTarget().GetId()
	for _, f := range s.GetFindings() {
		if want := checks.ID(target, f.GetBaseline(), f.GetClause(), f.GetCheck(), f.GetScope()); f.GetId() != want || f.GetTargetId() != target {
			v.tampered(part, f.GetId(), "结果编号与其目标、条款、检查项和范围不符，应为 %s（%s）", "its id is not that of its target, clause, check and scope, which is %s (%s)", want, nameOf(f))
		}
	}
}

// nameOf names a finding for people.
func nameOf(f *pb.Finding) string {
	name := f.GetClause() + " " + f.GetCheck()
	if f.GetScope() != "" {
		name += " [" + plain(f.GetScope()) + "]"
	}
	return name
}

// verdicts judges the snapshot's facts again.
func (v *verification) verdicts(part string, s *pb.Snapshot) {
	again, missing := v.judge.again(s)
	note := v.unchecked
	if v.o.Version != "" && s.GetProgramVersion() == v.o.Version {
		note = v.tampered
	}
	for i, f := range s.GetFindings() {
		v.count(again[i].basis, s.GetTarget().GetId()+" "+nameOf(f))
		if again[i].basis == Differs {
			note(part, f.GetId(), "%s：记录为 %s，而其事实得出 %s（由 %s 版判断，本程序为 %s 版）", "%s: it says %s, and its facts give %s (judged by version %s; this is %s)",
				nameOf(f), outcomeWord(f.GetOutcome()), outcomeWord(again[i].again), orNone(s.GetProgramVersion()), orNone(v.o.Version))
		}
	}
	for _, f := range missing {
		note(part, f.GetId(), "%s：其事实得出 %s，而快照中没有这条结果（由 %s 版判断，本程序为 %s 版）", "%s: the facts give %s, and the snapshot lacks the finding (judged by version %s; this is %s)",
			nameOf(f), outcomeWord(f.GetOutcome()), orNone(s.GetProgramVersion()), orNone(v.o.Version))
	}
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// differences says which findings are not those of the list. Where the snapshot was changed the list says what was there, and the other
// way round.
func (v *verification) differences(at, list string, s *opened, intact, listed bool) {
	if intact == listed && !intact {
		return // neither is to be believed
	}
	part := at + snapshotName
	if !listed {
		part = at + findingsName
	}
	there := map[string]string{}
	var order []string
	for i, f := range s.snapshot.GetFindings() {
		line := lineOf(f, s.findings[i])
		there[f.GetId()] = line
		order = append(order, line)
	}
	said := strings.Split(strings.TrimSuffix(list, "\n"), "\n")
	if list == "" {
		said = nil
	}
	if strings.Join(said, "\n") == strings.Join(order, "\n") {
		if !intact {
			v.tampered(part, "", "结果均未改动；被改动的是事实或快照的其他内容", "no finding was changed; the facts or something else in the snapshot was")
		}
		return
	}
	if !listed {
		there, said = linesByID(said), order
	}
	found := 0
	for _, was := range said {
		id, _, _ := strings.Cut(was, "\t")
		is, ok := there[id]
		delete(there, id)
		if ok && is == was {
			continue
		}
		found++
		v.difference(part, id, was, is)
	}
	for id, is := range there {
		found++
		v.difference(part, id, "", is)
	}
	if found == 0 {
		v.tampered(part, "", "结果的顺序被改动，或有结果重复", "the findings were put in another order, or one is there twice")
	}
}

func linesByID(lines []string) map[string]string {
	out := map[string]string{}
	for _, line := range lines {
		id, _, _ := strings.Cut(line, "\t")
		out[id] = line
	}
	return out
}

// difference is one finding that was, by the one side, and is, by the other.
func (v *verification) difference(part, id, was, is string) {
	word := func(line string) (outcome, name string) {
		fields := strings.Split(line, "\t")
		if len(fields) < 7 {
			return "–", line
		}
		return fields[1], fields[4] + " " + fields[5] + " " + fields[6]
	}
	before, name := word(was)
	after, inserted := word(is)
	switch {
	case was == "":
		v.tampered(part, id, "后来插入的结果：%s（%s）", "an inserted finding: %s (%s)", inserted, after)
	case is == "":
		v.tampered(part, id, "结果被删除：%s（原为 %s）", "a finding was taken out: %s (it was %s)", name, before)
	case before != after:
		v.tampered(part, id, "结论被改动：%s，原为 %s，现为 %s", "the outcome was changed: %s was %s and is %s", name, before, after)
	default:
		v.tampered(part, id, "内容被改动（结论仍为 %s）：%s", "the content was changed (the outcome is still %s): %s", after, name)
	}
}
