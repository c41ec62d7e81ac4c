// Package export gives what auditors take away: the reports of checks/report and, heavier, work sheets, documents and machine formats, of
// one snapshot or of a whole sweep.
//
// Everything is made of one model, report.Report, so that every figure agrees in every format. An export is written to a file of its own
// first: it fails before anything has left the server, and its size and digest can be put on record. A sweep's targets are read one
// after another. The package writes no audit record and decides nobody's rights; its callers do.
package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/server/export/docx"
	"github.com/plumbline/plumbline/server/export/oscal"
	"github.com/plumbline/plumbline/server/export/pdf"
	"github.com/plumbline/plumbline/server/export/xlsx"
	"github.com/plumbline/plumbline/server/store"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Store is what exports are made of.
type Store interface {
	Snapshot(ctx context.Context, id string) (store.Snapshot, error)
	Opened(ctx context.Context, id string) (*pb.Snapshot, error)
	Snapshots(ctx context.Context, filter store.SnapshotFilter, page store.Page) ([]store.Snapshot, string, error)
	Sweep(ctx context.Context, id string) (store.Sweep, error)
	SweepTargets(ctx context.Context, sweep, state string, page store.Page) ([]store.SweepTarget, string, error)
	Findings(ctx context.Context, filter store.FindingFilter, page store.Page) ([]store.Finding, string, error)
	Waiver(ctx context.Context, id string) (*pb.Waiver, error)
}

// An Exporter makes exports; its fields do not change once it is used.
type Exporter struct {
	Store Store
	// Checks are all that there are, Version is the program's.
	Checks  []*checks.Check
	Version string
	// Dir is where files wait; it is made when it is needed.
	Dir string
	Now func() time.Time
	// Font is a TrueType font with Chinese for PDF; empty: one of the usual places.
	Font string
}

// A Request says what is wanted: a snapshot or a sweep, not both.
type Request struct {
	Snapshot, Sweep string
	// Format is one of Formats, Language zh or en.
	Format, Language string
	// PerTarget gives each target a sheet of its own in a workbook.
	PerTarget bool
	// Template is the .docx to fill; nil: our own.
	Template []byte
}

// A Format is a form of report with its media type and the ending of its files.
type Format struct{ Name, Media, Ending string }

// Formats are all that there are.
func Formats() []Format {
	return []Format{
		{"json", "application/json; charset=utf-8", "json"},
		{"jsonl", "application/x-ndjson; charset=utf-8", "jsonl"},
		{"csv", "text/csv; charset=utf-8", "csv"},
		{"html", "text/html; charset=utf-8", "html"},
		{"junit", "application/xml; charset=utf-8", "xml"},
		{"sarif", "application/sarif+json; charset=utf-8", "sarif"},
		{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
		{"pdf", "application/pdf", "pdf"},
		{"oscal", "application/json; charset=utf-8", "oscal.json"},
		{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
	}
}

// Names are those of Formats.
func Names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}

// A Refusal is an error that whoever asked can do something about.
type Refusal struct{ Text *pb.Text }

func (r *Refusal) Error() string { return r.Text.GetEn() }

func refuse(zh, en string, args ...any) error { return &Refusal{checks.Say(zh, en, args...)} }

// maxSize is the largest export.
const maxSize = 8 << 30

// A File is a finished export. It is gone once it is closed.
type File struct {
	*os.File
	As Format
	// FileName is what people may save it as.
	FileName string
	Size     int64
	// SHA256 is that of the content, in hex.
	SHA256 string
	// Targets and Findings are how many it holds.
	Targets, Findings int
}

// Export makes a file. The caller closes it.
func (e *Exporter) Export(ctx context.Context, r Request) (_ *File, err error) {
	i := slices.IndexFunc(Formats(), func(f Format) bool { return f.Name == r.Format })
	if i < 0 {
		return nil, refuse("没有格式 %q（可用：%s）", "there is no format %q (there are: %s)", r.Format, strings.Join(Names(), ", "))
	}
	if r.Language != "zh" {
		r.Language = "en"
	}
	out := &File{As: Formats()[i]}
	var batch report.Batch
	if r.Sweep != "" {
		out.FileName, batch, err = e.sweep(ctx, r)
	} else {
		out.FileName, batch, err = e.snapshot(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	out.FileName += "." + out.As.Ending
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	dir, err := os.MkdirTemp(e.Dir, "export-")
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	// An open file outlives its name: nothing is left behind, however this ends.
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if out.File, err = os.CreateTemp(dir, "report-"); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if err := e.write(ctx, out, dir, batch, r); err != nil {
		return nil, errors.Join(fmt.Errorf("export %s as %s: %w", r.Snapshot+r.Sweep, r.Format, err), out.Close())
	}
	return out, nil
}

// write fills the file, and counts and sums as it goes.
func (e *Exporter) write(ctx context.Context, out *File, dir string, batch report.Batch, r Request) error {
	sum := sha256.New()
	limited := &limit{w: io.MultiWriter(out.File, sum), left: maxSize}
	to := bufio.NewWriterSize(limited, 256<<10)
	counted := func(yield func(*report.Report, error) bool) {
		for one, err := range batch {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				out.Targets++
				out.Findings += len(one.Findings)
			}
			if !yield(one, err) {
				return
			}
		}
	}
	if err := e.as(to, counted, dir, r); err != nil {
		return err
	}
	if err := to.Flush(); err != nil {
		return err
	}
	out.Size, out.SHA256 = maxSize-limited.left, hex.EncodeToString(sum.Sum(nil))
	_, err := out.Seek(0, io.SeekStart)
	return err
}

// as writes in the format that was asked for.
func (e *Exporter) as(to io.Writer, batch report.Batch, dir string, r Request) error {
	switch r.Format {
	case "xlsx":
		return xlsx.Write(to, batch, xlsx.Options{Language: r.Language, PerTarget: r.PerTarget, Made: e.Now(), Dir: dir})
	case "docx":
		if r.Sweep != "" {
			return refuse("docx 用于单个快照；扫描任务请用 pdf 或 xlsx", "docx is of one snapshot; take pdf or xlsx for a sweep")
		}
		for one, err := range batch {
			if err != nil {
				return err
			}
			return docxError(docx.Write(to, one, r.Template))
		}
	case "pdf":
		return pdfError(pdf.Write(to, batch, pdf.Options{Language: r.Language, Font: e.Font, Made: e.Now()}))
	case "oscal":
		return oscal.Write(to, batch, oscal.Options{Language: r.Language, Version: e.Version, Made: e.Now(), Name: r.Snapshot + r.Sweep})
	case "html":
		spool, err := os.CreateTemp(dir, "spool-")
		if err != nil {
			return err
		}
		o := e.options(r)
		o.Spool = spool
		return errors.Join(report.WriteBatch(to, r.Format, batch, o), spool.Close())
	}
	if r.Sweep != "" {
		return report.WriteBatch(to, r.Format, batch, e.options(r))
	}
	for one, err := range batch {
		if err != nil {
			return err
		}
		return report.WriteOne(to, r.Format, one, e.options(r))
	}
	return nil
}

// docxError says in both languages what people can do something about.
func docxError(err error) error {
	var mistake *docx.Mistake
	switch {
	case errors.As(err, &mistake):
		return refuse("模板有误：%s", "the template: %s", mistake.Text)
	case errors.Is(err, docx.ErrTooLarge):
		return refuse("DOCX 最多容纳 %[1]d 条结果；请改用 xlsx、csv 或 html", "a DOCX holds %[1]d findings at the most; take xlsx, csv or html", docx.MaxFindings)
	}
	return err
}

// pdfError says in both languages what people can do something about.
func pdfError(err error) error {
	switch {
	case errors.Is(err, pdf.ErrNoFont):
		return refuse("PDF 需要含中文的 TrueType 字体（.ttf），未找到：请安装（Debian、Ubuntu：fonts-droid-fallback 和 fonts-dejavu-core），或在配置 reports.font 中指定", pdf.ErrNoFont.Error())
	case errors.Is(err, pdf.ErrTooLarge):
		return refuse("PDF 最多容纳 %[1]d 条结果；请改用 xlsx、csv 或 html，或按目标导出", "a PDF holds %[1]d findings at the most; take xlsx, csv or html, or single targets", pdf.MaxFindings)
	}
	return err
}

func (e *Exporter) options(r Request) report.Options {
	return report.Options{Lang: r.Language, Checks: e.Checks, Version: e.Version}
}

// limit is a writer that takes no more than it should.
type limit struct {
	w    io.Writer
	left int64
}

func (l *limit) Write(p []byte) (int, error) {
	if int64(len(p)) > l.left {
		return 0, refuse("导出超过 %d GiB，请改按目标导出", "the export is larger than %d GiB; export single targets", maxSize>>30)
	}
	n, err := l.w.Write(p)
	l.left -= int64(n)
	return n, err
}
