package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	known "github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/server/export"
	"github.com/plumbline/plumbline/server/export/docx"
	"github.com/plumbline/plumbline/server/store"
)

func (a *app) reportCommand() *cobra.Command {
	var r export.Request
	var output, template string
	cmd := &cobra.Command{
		Use: "report " + a.Say("[快照]", "[SNAPSHOT]"), Short: a.Say("导出快照或扫描任务的报告", "export the report of a snapshot or of a sweep"),
		Long: a.Say(`各格式出自同一数据，数字一致；导出记入审计日志。快照的报告还有趋势，以及与上一次快照相比的变化。
xlsx 为核查记录工作簿：条款、结果记录、是否符合、证据编号及证据表。`,
			`All formats are made of the same figures. The export is on record in the audit log. A snapshot's report has its trend and what changed
since the snapshot before. xlsx is the record of an inspection: clause, record of result, whether it conforms, evidence by number.`),
		Example: a.Example(`  {program} report agent-1.5f.12 --format xlsx --output record.xlsx
  {program} report --sweep nightly-0601 --format csv --output findings.csv   任务的全部目标`,
			`  {program} report agent-1.5f.12 --format xlsx --output record.xlsx
  {program} report --sweep nightly-0601 --format csv --output findings.csv   all targets of a sweep`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (r.Sweep == "") == (len(args) != 1) {
				return a.Fail("请指定一个快照，或用 --sweep 指定扫描任务", "name one snapshot, or a sweep with --sweep")
			}
			if len(args) == 1 {
				r.Snapshot = args[0]
			}
			if err := a.OneOf("--format", r.Format, export.Names()); err != nil {
				return err
			}
			r.Language = string(a.Lang)
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if template != "" {
				if r.Format != "docx" {
					return a.Fail("--template 只用于 --format docx", "--template is for --format docx")
				}
				if r.Template, err = readTemplate(template); err != nil {
					return err
				}
			}
			c, err := a.settings()
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "plumbline-")
			if err != nil {
				return err
			}
			err = a.export(cmd, export.Exporter{Store: s, Checks: known.List(), Version: a.Version, Dir: dir, Font: c.Reports.Font, Now: a.Now}, s, r, output)
			return errors.Join(err, os.RemoveAll(dir))
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Sweep, "sweep", "", a.Say("`扫描任务`的全部目标", "all targets of the sweep `ID`"))
	f.StringVar(&r.Format, "format", "html", a.Say("报告`格式`：%s", "what to write: `FORMAT`, one of %s", strings.Join(export.Names(), ", ")))
	a.PlainDefault(cmd, "format")
	f.BoolVar(&r.PerTarget, "sheet-per-target", false, a.Say("xlsx：每个目标一张记录表", "xlsx: a record sheet for each target"))
	f.StringVar(&template, "template", "", a.Say("docx：自备的 .docx 模板`文件`，含 {{target.id}} 等占位符", "docx: a .docx `FILE` of your own with placeholders such as {{target.id}}"))
	f.StringVarP(&output, "output", "o", "", a.Say("写入`文件`，缺省写到标准输出", "write to `FILE` instead of standard output"))
	a.Fixed(cmd, "format", export.Names()...)
	return cmd
}

// export makes the report, puts it on record, and only then hands it out.
func (a *app) export(cmd *cobra.Command, e export.Exporter, s *store.Store, r export.Request, output string) (err error) {
	f, err := e.Export(cmd.Context(), r)
	var refused *export.Refusal
	switch {
	case errors.As(err, &refused):
		return errors.New(a.Lang.Of(refused.Text))
	case errors.Is(err, store.ErrNotFound):
		return a.Fail("没有 %s", "there is no %s", r.Snapshot+r.Sweep)
	case err != nil:
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	detail, err := json.Marshal(map[string]any{"format": r.Format, "language": r.Language, "targets": f.Targets, "findings": f.Findings, "bytes": f.Size, "sha256": f.SHA256})
	if err != nil {
		return err
	}
	entry := store.Entry{Actor: operator(), Action: "snapshot.export", Object: r.Snapshot, Detail: string(detail)}
	if r.Sweep != "" {
		entry.Action, entry.Object = "sweep.export", r.Sweep
	}
	if _, err := s.Append(cmd.Context(), entry); err != nil {
		return err
	}
	if output == "" {
		_, err := io.Copy(a.Stdout, f)
		return err
	}
	if err := replace(output, f); err != nil {
		return err
	}
	a.note(a.Say("已写入 %s：%d 个目标，%d 条结果，SHA-256 %s", "%s: %d targets, %d findings, SHA-256 %s", output, f.Targets, f.Findings, f.SHA256))
	return nil
}

// readTemplate reads no more than a template may be.
func readTemplate(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, docx.MaxTemplate+1))
}

// replace writes a file whole or not at all; reports are for their owner only.
func replace(name string, from io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".plumbline-")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = io.Copy(f, from)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(f.Name()))
	}
	return nil
}
