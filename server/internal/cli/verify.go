package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/server/evidence"
)

func (a *app) verifyCommand() *cobra.Command {
	var key string
	var checkpoints []string
	cmd := &cobra.Command{
		Use: "verify " + a.Say("文件", "FILE"), Short: a.Say("离线校验证据包：是否改动、何处改动", "prove an evidence bundle offline, or say what was changed in it"),
		Long: a.Say(`不需要数据库、配置或网络。校验签名、每一部分的 SHA-256、每个快照在防篡改日志中的位置、每条结果的编号，
并由快照中的事实重新判断结论；不能重新判断的说明原因。公钥须来自可信渠道（plumbline-server evidence key），
不给公钥则只能核对文件自身是否一致。给出以往保存的检查点，可证明日志此后只增不改。
退出码：0 完好，1 被改动，2 无法（完全）校验。`,
			`Needs no database, no configuration and no network. It checks the signature, the SHA-256 of every part, the place of each snapshot in the
tamper-evident log and the id of each finding, and judges the facts again; it says which verdicts it could not work out and why. The key must
come from a source that you trust (plumbline-server evidence key); without one the file is only held against itself. A checkpoint that you
kept proves that the log only grew since. Exit status: 0 good, 1 tampered with, 2 cannot be checked, or not all of it.`),
		Example: a.Example(`  {program} verify bundle.tar --key evidence.pub
  {program} verify bundle.tar --key evidence.pub --checkpoint 2026-01.checkpoint    与以往的检查点比对`,
			`  {program} verify bundle.tar --key evidence.pub
  {program} verify bundle.tar --key evidence.pub --checkpoint 2026-01.checkpoint    against one that you kept`),
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请指定一个证据包文件", "name one bundle")
			}
			if err := a.OneOf("--format", a.format, []string{tableFormat, jsonFormat}); err != nil {
				return err
			}
			o := evidence.Options{Checks: a.Checks, Version: a.Version}
			var err error
			if key != "" {
				if o.Keys, err = readKeys(key); err != nil {
					return err
				}
			}
			for _, name := range checkpoints {
				text, err := readSmall(name)
				if err != nil {
					return err
				}
				o.Checkpoints = append(o.Checkpoints, evidence.SplitCheckpoints(text)...)
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				return err
			}
			r, err := evidence.Verify(f, info.Size(), o)
			if err != nil {
				return err
			}
			return a.verified(r)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", a.Say("公钥`文件`，或公钥本身（NAME+HASH+KEY）", "the public key: a `FILE`, or the line itself (NAME+HASH+KEY)"))
	cmd.Flags().StringSliceVar(&checkpoints, "checkpoint", nil, a.Say("以往保存的检查点`文件`，可多个", "a checkpoint that you kept: `FILE`, more than once"))
	return cmd
}

// readKeys reads keys from a file, or the key that the word is.
func readKeys(word string) ([]evidence.PublicKey, error) {
	if strings.Count(word, "+") >= 2 {
		if _, err := os.Stat(word); err != nil {
			return evidence.ParsePublicKeys(word)
		}
	}
	text, err := readSmall(word)
	if err != nil {
		return nil, err
	}
	keys, err := evidence.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", word, err)
	}
	return keys, nil
}

// maxSmall is the largest file of keys or checkpoints.
const maxSmall = 64 << 20

func readSmall(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.Size() > maxSmall {
		return "", fmt.Errorf("%s: larger than %d bytes", name, maxSmall)
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// verified prints a report and gives the error that stands for its verdict.
func (a *app) verified(r *evidence.Report) error {
	if a.format == jsonFormat {
		e := json.NewEncoder(a.Stdout)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			return err
		}
	} else {
		a.printReport(r)
	}
	switch r.Verdict {
	case evidence.Good:
		return nil
	case evidence.Tampered:
		return program.ErrFound
	}
	return a.Fail("不能完全校验", "not all of it could be checked")
}

func (a *app) printReport(r *evidence.Report) {
	say := func(zh, en string, args ...any) { fmt.Fprintln(a.Stdout, a.Say(zh, en, args...)) }
	if r.Log != "" {
		say("制作：%s，%s；日志 %s", "made %s by %s; log %s", r.MadeAt.Format("2006-01-02 15:04:05 -0700"), program.Cut(r.MadeBy, 200), program.Cut(r.Log, 200))
		say("内容：%d 个部分，%d 个快照，%d 条结果；日志 %d 条", "holds %d parts, %d snapshots, %d findings; the log has %d entries", r.Parts, r.Snapshots, r.Findings, r.LogSize)
	}
	for _, c := range r.Commissions {
		fmt.Fprintln(a.Stdout, program.Cut(a.Say("任务 %s：%s 申请，%s 授权（%s）", "sweep %s: asked by %s, authorised by %s (%s)", c.Sweep, c.RequestedBy, c.AuthorisedBy, c.Reason), 1<<10))
	}
	if r.Key != "" {
		say("签名公钥：%s", "signed by %s", r.Key)
	}
	for _, size := range r.Older {
		say("与您所持检查点（%d 条）一致：日志此后只增不改", "agrees with your checkpoint of %d entries: the log only grew since", size)
	}
	for _, b := range evidence.Bases() {
		n := r.Verdicts[b]
		if n == 0 {
			continue
		}
		line := fmt.Sprintf("%d  %s", n, a.Lang.Of(b.Text()))
		if examples := r.Examples[b]; len(examples) > 0 {
			line += a.Say("，如 %s", ", e.g. %s", examples[0])
		}
		fmt.Fprintln(a.Stdout, program.Cut(line, 1<<10))
	}
	for _, group := range []struct {
		zh, en string
		notes  []evidence.Note
	}{{"改动", "CHANGED", r.Tampered}, {"未能校验", "NOT CHECKED", r.Unchecked}} {
		for _, n := range group.notes {
			where := n.Part
			if n.Finding != "" {
				where += " " + n.Finding
			}
			fmt.Fprintln(a.Stdout, program.Cut(a.Say(group.zh, group.en)+"  "+where+"  "+a.Lang.Of(n.Text), 1<<10))
		}
	}
	if r.More > 0 {
		say("另有 %d 处未列出", "and %d more", r.More)
	}
	switch r.Verdict {
	case evidence.Good:
		say("完好：内容与签名一致，并记入日志", "GOOD: it is as it was signed, and stands in the log")
	case evidence.Tampered:
		say("被改动", "TAMPERED WITH")
	}
}
