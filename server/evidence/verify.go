package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/plumbline/plumbline/checks"
)

// Options are what a bundle is verified against.
type Options struct {
	// Keys are the server's public keys, from a source other than the bundle. Without them the bundle is only held against itself.
	Keys []PublicKey
	// Checkpoints are those that the caller kept.
	Checkpoints []string
	// Checks are those that exist, and Version that of this program: a snapshot that the same version judged must be judged alike.
	Checks  []*checks.Check
	Version string
}

// verification is one bundle on its way.
type verification struct {
	*Report
	o     Options
	r     io.ReaderAt
	judge *judge
	// parts are where the parts lie; subjects what is signed of them.
	parts    map[string]entry
	subjects map[string]subject
	head     Head
	// checkpoint is nil where there is none to be trusted.
	checkpoint *Checkpoint
}

// Verify proves a bundle. It gives an error where the file cannot be read; whatever is wrong with what it holds stands in the report.
// It reads a snapshot per processor at a time, so its memory does not grow with the bundle but by a line a part.
func Verify(r io.ReaderAt, size int64, o Options) (*Report, error) {
	v := &verification{
		Report: &Report{KeyGiven: len(o.Keys) > 0, Verdicts: map[Basis]int64{}, Examples: map[Basis][]string{}},
		o:      o, r: r, judge: &judge{known: o.Checks, plans: map[planKey][]checks.Rule{}},
		parts: map[string]entry{}, subjects: map[string]subject{},
	}
	x, err := readIndex(r, size)
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	if len(x.entries) == 0 {
		v.foreign()
		return v.close(), nil
	}
	v.damaged(x)
	s, err := v.statement(x)
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	if s == nil {
		return v.close(), nil
	}
	v.compare(x, s)
	v.log()
	v.snapshots(s.Predicate.Snapshots)
	if v.Findings != s.Predicate.Findings && len(v.Tampered) == 0 {
		v.tampered(statementPart, "", "声明有 %d 条结果，实有 %d 条", "it states %d findings, and there are %d", s.Predicate.Findings, v.Findings)
	}
	if !v.KeyGiven {
		v.unchecked(statementPart, "", "未提供公钥，只核对了文件自身是否一致，不能证明由谁签名；请用 --key 指定从可信渠道取得的公钥",
			"no public key was given: the file agrees with itself, which does not prove who signed it; give the key, from a source you trust, with --key")
	}
	return v.close(), nil
}

// foreign is about a file in which no part is whole: what bears the marks of a bundle was one.
func (v *verification) foreign() {
	head := make([]byte, 64<<10)
	n, _ := v.r.ReadAt(head, 0) // what could be read is looked at
	if bytes.Contains(head[:n], []byte(readmePart+"\x00")) || bytes.Contains(head[:n], []byte("Plumbline evidence bundle")) {
		v.tampered("", "", "文件带有证据包的特征，但没有一个部分是完整的：文件头被改动或截断", "it bears the marks of a bundle, and no part of it is whole: its beginning was changed, or it was cut short")
		return
	}
	v.unchecked("", "", "该文件不是证据包", "the file is no evidence bundle")
}

// damaged says where bytes are that belong to no part.
func (v *verification) damaged(x *index) {
	for _, d := range x.damage {
		after := "–"
		if d.after >= 0 {
			after = x.entries[d.after].name
		}
		switch d.what {
		case badHeader:
			v.tampered(after, "", "此部分之后（第 %d 字节起）的文件头被改动", "what follows this part, from byte %d, is no header of a part: it was changed", d.offset)
		case badPadding:
			v.tampered(after, "", "此部分末尾的填充（第 %d 字节起）被改动", "the padding behind this part, from byte %d, was changed", d.offset)
		case cutShort:
			v.tampered(after, "", "文件在此部分之后（第 %d 字节）被截断", "the file was cut short behind this part, at byte %d", d.offset)
		case badEnd:
			v.tampered(after, "", "文件结尾（第 %d 字节）之后被添加了内容", "something was added behind the end of the file, at byte %d", d.offset)
		}
	}
}

// statement finds what is signed, and says by whom. It is nil where there is none that could be read.
func (v *verification) statement(x *index) (*statement, error) {
	at := slices.IndexFunc(x.entries, func(e entry) bool { return e.name == statementPart })
	if at < 0 {
		v.tampered(statementPart, "", "没有签名声明：文件被截断或声明被删除；最后一个部分是 %s", "there is no signed statement: the file was cut short, or it was taken out; the last part is %s", x.entries[len(x.entries)-1].name)
		return nil, nil
	}
	body, err := x.entries[at].part(v.r, maxStatement)
	if err != nil {
		return nil, err
	}
	s, by, err := unseal(body, v.o.Keys)
	switch {
	case errors.Is(err, errSignature):
		v.tampered(statementPart, "", "签名不是该公钥的签名：声明被改动，或由他人签名", "the signature is not that of the key: the statement was changed, or somebody else signed it")
	case err != nil:
		v.tampered(statementPart, "", "签名声明被改动：%v", "the signed statement was changed: %v", err)
		return nil, nil
	default:
		v.Key = by.String()
		if by.Name != s.Predicate.Log {
			v.tampered(statementPart, "", "声明的日志为 %q，公钥属于 %q", "it is about the log %q and the key is that of %q", s.Predicate.Log, by.Name)
		}
	}
	v.Log, v.MadeAt, v.MadeBy, v.Parts = s.Predicate.Log, s.Predicate.MadeAt, s.Predicate.MadeBy, len(s.Subject)
	return s, nil
}

// compare holds the list of parts against the one that is signed.
func (v *verification) compare(x *index, s *statement) {
	byDigest := map[string]string{}
	for _, one := range s.Subject {
		if _, twice := v.subjects[one.Name]; twice {
			v.tampered(statementPart, "", "声明中 %s 出现两次", "it lists %s twice", one.Name)
		}
		v.subjects[one.Name], byDigest[one.Digest.SHA256] = one, one.Name
	}
	var order []string
	for i, e := range x.entries {
		_, twice := v.parts[e.name]
		_, listed := v.subjects[e.name]
		switch {
		case e.name == statementPart && !twice:
			if i != len(x.entries)-1 {
				v.tampered(x.entries[i+1].name, "", "该部分位于签名声明之后，系后来添加", "it stands behind the signed statement: it was inserted")
			}
		case twice:
			v.tampered(e.name, "", "该部分出现两次：其一系后来插入", "the part is there twice: one was inserted")
			continue
		case !listed:
			v.tampered(e.name, "", "该部分不在签名声明之中：系后来插入", "the part is not in the signed statement: it was inserted")
			continue
		default:
			order = append(order, e.name)
		}
		v.parts[e.name] = e
	}
	var want []string
	for _, one := range s.Subject {
		if _, there := v.parts[one.Name]; there {
			want = append(want, one.Name)
		} else {
			v.tampered(one.Name, "", "该部分被删除", "the part was taken out")
		}
	}
	for i := range min(len(order), len(want)) {
		if order[i] != want[i] {
			v.tampered(order[i], "", "各部分的顺序被改动：此处应为 %s", "the parts were put in another order: here should be %s", want[i])
			break
		}
	}
	v.swapped(byDigest)
}

// swapped looks at parts of which the size is not the one signed, before they are read; it says nothing of the others.
func (v *verification) swapped(byDigest map[string]string) {
	for name, e := range v.parts {
		one, listed := v.subjects[name]
		if !listed || e.size == one.Annotations.Size || e.size > maxPart {
			continue
		}
		if body, err := e.part(v.r, maxPart); err == nil {
			if other := byDigest[digestOf(body)]; other != "" {
				v.tampered(name, "", "该部分的内容是 %s 的：二者被调换", "it holds what belongs into %s: they were swapped", other)
			}
		}
	}
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// fetch reads a part; intact says that it is what was signed. A part that is not there was reported.
func (v *verification) fetch(name string) (body []byte, intact bool) {
	e, there := v.parts[name]
	one, listed := v.subjects[name]
	if !there || !listed {
		if there == listed {
			v.tampered(name, "", "缺少该部分", "the part is missing")
		}
		return nil, false
	}
	body, err := e.part(v.r, maxPart)
	if err != nil {
		v.tampered(name, "", "无法读取该部分：%v", "the part cannot be read: %v", err)
		return nil, false
	}
	if digestOf(body) != one.Digest.SHA256 {
		v.tampered(name, "", "该部分的内容被改动：SHA-256 与签名声明不符", "the part was changed: its SHA-256 is not the one that is signed")
		return body, false
	}
	return body, true
}

// malformed is about a part that is as it was signed, and yet not what it must be: whoever signed it lied or erred.
func (v *verification) malformed(part string, err error) {
	v.tampered(part, "", "内容与签名相符，但格式不正确：%v", "it is as it was signed, but not what it must be: %v", err)
}

// log reads the head, the checkpoint and what leads to older ones.
func (v *verification) log() {
	v.fetch(readmePart)
	if body, intact := v.fetch(bundlePart); intact {
		if err := strict(body, &v.head); err != nil || v.head.Format != Format || v.head.Log != v.Log {
			v.malformed(bundlePart, fmt.Errorf("not the head of a bundle of this log: %w", err))
		}
		if v.head.Sweep != nil {
			v.Sweep = v.head.Sweep.ID
		}
	}
	if body, intact := v.fetch(checkpointPart); intact {
		keys := v.o.Keys
		if own, err := ParsePublicKey(v.Key); err == nil && len(keys) == 0 {
			keys = []PublicKey{own}
		}
		c, err := ParseCheckpoint(string(body), keys)
		switch {
		case err != nil:
			v.tampered(checkpointPart, "", "检查点无效：%v", "the checkpoint is not good: %v", err)
		case c.Log != v.Log:
			v.tampered(checkpointPart, "", "检查点属于另一日志 %q", "the checkpoint is of another log, %q", c.Log)
		default:
			v.checkpoint, v.LogSize, v.LoggedAt = &c, c.Size, c.At
		}
	}
	var older growths
	if body, intact := v.fetch(growthPart); intact {
		text, err := inflate(body)
		if err == nil {
			err = strict(text, &older)
		}
		if err != nil {
			v.malformed(growthPart, err)
		}
	}
	v.older(older.Older)
}

// older holds the log against the checkpoints that the caller kept.
func (v *verification) older(proofs []Growth) {
	if v.checkpoint == nil || len(v.o.Checkpoints) == 0 {
		return
	}
	unproved := int64(-1)
	for _, text := range v.o.Checkpoints {
		c, err := ParseCheckpoint(text, v.o.Keys)
		switch at := slices.IndexFunc(proofs, func(g Growth) bool { return g.Size == c.Size }); {
		case err != nil:
			v.unchecked(checkpointPart, "", "提供的检查点不能使用：%v", "a checkpoint that you gave is of no use: %v", err)
		case c.Log != v.Log:
			v.unchecked(checkpointPart, "", "提供的检查点属于另一日志 %s", "a checkpoint that you gave is of another log, %s", c.Log)
		case c.Size > v.checkpoint.Size && v.MadeAt.After(c.At):
			v.tampered(checkpointPart, "", "日志被回退：%s 时已有 %d 条，此后制作的证据包中只有 %d 条", "the log was set back: at %s it had %d entries, and in the bundle, which was made later, it has %d",
				c.At.Format("2006-01-02T15:04:05Z07:00"), c.Size, v.checkpoint.Size)
		case c.Size > v.checkpoint.Size:
			v.unchecked(checkpointPart, "", "提供的检查点（%d 条）晚于证据包（%d 条），无从比对", "a checkpoint that you gave (%d entries) is younger than the bundle (%d), which cannot be held against it", c.Size, v.checkpoint.Size)
		case c.Size == v.checkpoint.Size && c.Root == v.checkpoint.Root, c.Size == 0:
			v.Older = append(v.Older, c.Size)
		case c.Size == v.checkpoint.Size:
			v.rewritten(c)
		case at < 0:
			unproved = max(unproved, c.Size)
		case len(proofs[at].Proof) > 2*maxProof || tlog.CheckTree(proofs[at].Proof, v.checkpoint.Size, v.checkpoint.Root, c.Size, c.Root) != nil:
			v.rewritten(c)
		default:
			v.Older = append(v.Older, c.Size)
		}
	}
	if unproved >= 0 && (len(v.Older) == 0 || slices.Max(v.Older) == 0) {
		v.unchecked(growthPart, "", "证据包中没有自 %d 条起的一致性证明；请用 --since %d 重新导出", "the bundle holds no proof that leads from the checkpoint of %d entries; export it again with --since %d", unproved, unproved)
	}
}

func (v *verification) rewritten(c Checkpoint) {
	v.tampered(checkpointPart, "", "日志被改写：不包含您所持检查点（%d 条，%s）的内容", "the log was rewritten: it does not begin with the one of the checkpoint that you hold (%d entries, %s)", c.Size, c.At.Format("2006-01-02T15:04:05Z07:00"))
}

// snapshots checks them all, several at a time.
func (v *verification) snapshots(n int) {
	if n < 0 || n > maxParts || len(v.head.Snapshots) != n && v.head.Format != "" {
		v.tampered(bundlePart, "", "列出 %d 个快照，声明为 %d 个", "it lists %d snapshots, and %d are stated", len(v.head.Snapshots), n)
		n = min(max(n, 0), len(v.head.Snapshots))
	}
	v.Snapshots = n
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0), 4) {
		workers.Go(func() {
			for i := range next {
				v.snapshot(i)
			}
		})
	}
	for i := range n {
		next <- i + 1
	}
	close(next)
	workers.Wait()
	for name := range v.subjects {
		if !expected(name, n) {
			v.tampered(name, "", "该部分不属于证据包", "the part does not belong into a bundle")
		}
	}
}

// expected says whether a bundle of so many snapshots has such a part.
func expected(name string, n int) bool {
	switch name {
	case readmePart, bundlePart, checkpointPart, growthPart:
		return true
	}
	var i int
	if _, err := fmt.Sscanf(name, "snapshots/%07d/", &i); err != nil || i < 1 || i > n {
		return false
	}
	rest, ok := strings.CutPrefix(name, folder(i))
	return ok && (rest == deliveryName || rest == snapshotName || rest == findingsName)
}

// strict reads JSON that holds nothing else.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows")
	}
	return nil
}

// inflate opens what was compressed, up to a limit.
func inflate(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxOpened+1))
	if err == nil && len(out) > maxOpened {
		err = fmt.Errorf("more than %d bytes when opened", maxOpened)
	}
	return out, err
}
