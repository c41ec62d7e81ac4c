package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Longest names that a snapshot may bear, in bytes.
const (
	maxName  = 256
	maxScope = 4096
)

var errTooLarge = errors.New("too large")

// open decompresses and reads a snapshot. What its sender wrote can be anything; the text says why it is not one.
func open(body []byte) (*pb.Snapshot, *pb.Text) {
	if len(body) == 0 {
		return nil, checks.Say("快照为空", "the snapshot is empty")
	}
	if len(body) > MaxCompressed {
		return nil, checks.Say("压缩后的快照超过 %d MiB", "the compressed snapshot is larger than %d MiB", MaxCompressed>>20)
	}
	raw, err := decompress(body)
	if errors.Is(err, errTooLarge) {
		return nil, checks.Say("解压后的快照超过 %d MiB，或压缩比异常", "the opened snapshot is larger than %d MiB or compressed beyond belief", MaxOpened>>20)
	}
	if err != nil {
		return nil, checks.Say("快照无法解压", "the snapshot cannot be decompressed")
	}
	s := &pb.Snapshot{}
	if err := (proto.UnmarshalOptions{RecursionLimit: 100}).Unmarshal(raw, s); err != nil {
		return nil, checks.Say("快照无法解析", "the snapshot cannot be read")
	}
	return s, nil
}

// openedLimit is how large a body of that size may become.
func openedLimit(compressed int) int64 {
	return min(MaxOpened, 1<<20+int64(compressed)*maxRatio)
}

func decompress(body []byte) ([]byte, error) {
	limit := openedLimit(len(body))
	d, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(MaxOpened), zstd.WithDecoderMaxWindow(16<<20))
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	defer d.Close()
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(d, limit+1))
	if n > limit || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return out.Bytes(), nil
}

// check says why a snapshot cannot be taken, whoever sent it.
func check(s *pb.Snapshot) *pb.Text {
	target := s.GetTarget().GetId()
	if !isName(target) {
		return checks.Say("快照未指明有效的目标", "the snapshot names no valid target")
	}
	for _, w := range append([]string{s.GetTarget().GetZone(), s.GetTarget().GetDriver(), s.GetDriverVersion(), s.GetProgramVersion()}, s.GetBaselines()...) {
		if len(w) > maxName || strings.IndexByte(w, 0) >= 0 {
			return checks.Say("快照中的名称过长或含有空字符", "a name in the snapshot is too long or holds a zero byte")
		}
	}
	if s.GetStartedAt().CheckValid() != nil || s.GetFinishedAt().CheckValid() != nil || s.GetStartedAt().GetSeconds() <= 0 ||
		s.GetFinishedAt().AsTime().Before(s.GetStartedAt().AsTime()) {
		return checks.Say("快照没有有效的起止时间", "the snapshot has no valid times of start and end")
	}
	if _, known := pb.VisitState_name[int32(s.GetVisit().GetState())]; !known {
		return checks.Say("快照的访问状态未知", "the state of the visit is not known")
	}
	if n := len(s.GetFindings()); n > MaxFindings {
		return checks.Say("快照含有 %d 条结果，上限为 %d", "the snapshot holds %d findings, and at most %d are taken", n, MaxFindings)
	}
	seen := make(map[string]bool, len(s.GetFindings()))
	for i, f := range s.GetFindings() {
		if why := checkFinding(target, i+1, f); why != nil {
			return why
		}
		if seen[f.GetId()] {
			return checks.Say("第 %d 条结果重复", "finding %d is there twice", i+1)
		}
		seen[f.GetId()] = true
	}
	return nil
}

func checkFinding(target string, n int, f *pb.Finding) *pb.Text {
	if f.GetTargetId() != target {
		return checks.Say("第 %d 条结果属于另一目标", "finding %d is of another target", n)
	}
	for _, w := range []string{f.GetBaseline(), f.GetClause(), f.GetCheck()} {
		if !isName(w) {
			return checks.Say("第 %d 条结果的基线、条款或检查项无效", "finding %d has no valid baseline, clause or check", n)
		}
	}
	for _, w := range []string{f.GetControl(), f.GetLevel()} {
		if len(w) > maxName || strings.IndexByte(w, 0) >= 0 {
			return checks.Say("第 %d 条结果中的名称过长或含有空字符", "finding %d: a name is too long or holds a zero byte", n)
		}
	}
	if len(f.GetScope()) > maxScope || strings.IndexByte(f.GetScope(), 0) >= 0 {
		return checks.Say("第 %d 条结果的范围无效", "finding %d has no valid scope", n)
	}
	if f.GetOutcome() < pb.Outcome_OUTCOME_PASS || f.GetOutcome() > pb.Outcome_OUTCOME_NOT_APPLICABLE {
		return checks.Say("第 %d 条结果没有结论", "finding %d has no outcome", n)
	}
	// The id ties a finding to its target for ever, so a sender does not choose it.
	if f.GetId() != checks.ID(target, f.GetBaseline(), f.GetClause(), f.GetCheck(), f.GetScope()) {
		return checks.Say("第 %d 条结果的编号与其内容不符", "finding %d: its id is not that of its content", n)
	}
	return nil
}

// isName says whether a word can be a name: not empty, not too long, and nothing in it that is not seen.
func isName(w string) bool {
	return w != "" && len(w) <= maxName && utf8.ValidString(w) && strings.IndexFunc(w, isUnseen) < 0
}

func isUnseen(r rune) bool {
	if r < utf8.RuneSelf { // nearly always
		return r < ' ' || r == 0x7f
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}
