package xlsx

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"

	"github.com/plumbline/plumbline/checks/report"
)

// limits of one sheet: Excel's own number of rows, and a size at which its file is still an ordinary zip entry.
type limits struct{ rows, bytes int }

// A column is a heading with how wide it is, in characters of Latin script. One that is not for paper stands behind those that are.
type column struct {
	name    string
	width   float64
	noPaper bool
}

// A sheet is one table of the workbook. What does not fit into one goes on in the next, with the same heading.
type sheet struct {
	*writer
	title   string
	columns []column

	name      string
	stream    *excelize.StreamWriter
	row, size int
	part      int
}

func (w *writer) newSheet(title string, columns []column) *sheet {
	return &sheet{writer: w, title: title, columns: columns}
}

// open begins the next part of the sheet with its heading.
func (s *sheet) open() error {
	s.part++
	s.name = s.sheetName(s.title, s.part)
	if _, err := s.file.NewSheet(s.name); err != nil {
		return fmt.Errorf("sheet %s: %w", s.name, err)
	}
	if err := s.layout(); err != nil {
		return fmt.Errorf("lay out sheet %s: %w", s.name, err)
	}
	stream, err := s.file.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	s.stream, s.row, s.size = stream, 0, 0
	heads := make([]any, len(s.columns))
	for i, c := range s.columns {
		if err := stream.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
		heads[i] = excelize.Cell{StyleID: s.styles.head, Value: c.name}
	}
	if err := stream.SetColStyle(1, len(s.columns), s.styles.text); err != nil {
		return err
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	s.row++
	return stream.SetRow("A1", heads, excelize.RowOpts{Height: 2*lineHeight + 4})
}

// layout is for paper: A4 on its side, as wide as the columns, the heading on each page, page numbers below.
func (s *sheet) layout() error {
	yes, size, landscape, one, asMany := true, 9, "landscape", 1, 0
	if err := s.file.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := s.file.SetPageLayout(s.name, &excelize.PageLayoutOptions{Size: &size, Orientation: &landscape, FitToWidth: &one, FitToHeight: &asMany}); err != nil {
		return err
	}
	side, end := 0.4, 0.6
	if err := s.file.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &end, Bottom: &end}); err != nil {
		return err
	}
	footer := s.say("&L准绳 安全基线核查记录&C&A&R第 &P 页，共 &N 页", "&LPlumbline record of inspection&C&A&Rpage &P of &N")
	if err := s.file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddFooter: footer}); err != nil {
		return err
	}
	if err := s.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: quoted(s.name) + "!$1:$1", Scope: s.name}); err != nil {
		return err
	}
	paper := slices.IndexFunc(s.columns, func(c column) bool { return c.noPaper })
	if paper < 0 {
		return nil
	}
	last, err := excelize.ColumnNumberToName(paper)
	if err != nil {
		return err
	}
	return s.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: quoted(s.name) + "!$A:$" + last, Scope: s.name})
}

// add writes a row: texts, numbers and nil for nothing.
func (s *sheet) add(cells ...any) error {
	if s.stream != nil && (s.row >= s.limits.rows || s.size >= s.limits.bytes) {
		if err := s.close(); err != nil {
			return err
		}
	}
	if s.stream == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	lines := 1
	for i, c := range cells {
		switch v := c.(type) {
		case int:
			cells[i] = excelize.Cell{StyleID: s.styles.number, Value: v}
		case string:
			if v == "" {
				cells[i] = nil
				continue
			}
			v = cut(report.Clean(v))
			cells[i] = v
			s.size += len(v)
			lines = max(lines, linesOf(v, s.columns[i].width))
		}
	}
	s.size += 48 * len(cells)
	s.row++
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	// Programs differ in whether they make a row as high as its text: it is said.
	return s.stream.SetRow(at, cells, excelize.RowOpts{Height: min(float64(lines)*lineHeight+2, excelize.MaxRowHeight)})
}

// lineHeight is that of a line of text, in points.
const lineHeight = 13

// linesOf is how many lines a text takes in a column; a Chinese character is as wide as two of Latin script.
func linesOf(text string, width float64) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	fits := int(width)
	return (n + fits - 1) / fits
}

// close ends the part of the sheet that is open, if one is.
func (s *sheet) close() error {
	if s.stream == nil {
		return nil
	}
	last, err := excelize.CoordinatesToCellName(len(s.columns), s.row)
	if err != nil {
		return err
	}
	if err := s.file.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	err = s.stream.Flush()
	s.stream = nil
	return err
}

// maxCell is how much text a cell takes; Excel counts in UTF-16.
const maxCell = excelize.TotalCellChars

// cut shortens what no cell can hold, and says so.
func cut(text string) string {
	if len(text) <= maxCell {
		return text
	}
	n := 0
	for i, r := range text {
		if n++; r > 0xffff {
			n++
		}
		if n >= maxCell {
			return text[:i] + "…"
		}
		if i+utf8.RuneLen(r) == len(text) {
			break
		}
	}
	return text
}

// sheetName is a name as Excel takes it, and that no other sheet has.
func (w *writer) sheetName(title string, part int) string {
	safe := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, report.Clean(title)), "' ")
	if safe == "" {
		safe = "_"
	}
	for n := part; ; n++ {
		end := ""
		if n > 1 {
			end = fmt.Sprintf(" (%d)", n)
		}
		name := safe
		for units(name)+len(end) > excelize.MaxSheetNameLength {
			_, size := utf8.DecodeLastRuneInString(name)
			name = name[:len(name)-size]
		}
		name = strings.TrimRight(name, "' ") + end
		if key := strings.ToLower(name); !w.names[key] && key != "history" && key != "sheet1" {
			w.names[key] = true
			return name
		}
	}
}

// units is how long a text is in UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// save puts the parts together, straight into w: the library's own way would keep the whole file in memory.
func (w *writer) save(to io.Writer) error {
	var failed error
	w.file.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		z := zip.NewWriter(to)
		z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
		return watched{z, &failed}
	})
	if _, err := w.file.WriteTo(io.Discard); err != nil {
		return err
	}
	return failed
}

// watched keeps the error of closing the zip.
type watched struct {
	*zip.Writer
	err *error
}

func (w watched) Close() error {
	*w.err = w.Writer.Close()
	return *w.err
}
