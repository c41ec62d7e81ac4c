package pdf

import (
	"fmt"

	"github.com/signintech/gopdf"

	"github.com/plumbline/plumbline/checks/report"
)

// The paper: A4 on its side, in points.
const (
	paperWidth, paperHeight = 842.0, 595.0
	margin                  = 28.0
	bottom                  = paperHeight - margin - 16
	textSize, lineHeight    = 8.0, 11.0
	padding                 = 3.0
)

// A page is where the next thing is drawn. Its first error stays.
type page struct {
	Options
	pdf   *gopdf.GoPdf
	y     float64
	fonts []*font
	// glyphs are the characters that were met.
	glyphs map[rune]glyph
	err    error
}

// A glyph is a character's width at the size of text, and which font has it.
type glyph struct {
	width float64
	font  string
}

func newPage(fonts []*font, o Options) (*page, error) {
	p := &page{Options: o, pdf: &gopdf.GoPdf{}, fonts: fonts, glyphs: map[rune]glyph{}}
	p.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: paperWidth, H: paperHeight}})
	p.pdf.SetInfo(gopdf.PdfInfo{Title: p.say("准绳 安全基线核查报告", "Plumbline security baseline report"), Creator: "plumbline", CreationDate: o.Made})
	for _, f := range fonts {
		// What no font can show is seen to be missing.
		if err := p.pdf.AddTTFFontDataWithOption(f.name, f.text, gopdf.TtfOption{OnGlyphNotFoundSubstitute: func(rune) rune { return '?' }}); err != nil {
			return nil, fmt.Errorf("read the font %s: %w", f.name, err)
		}
	}
	return p, nil
}

func (p *page) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *page) next() {
	p.pdf.AddPage()
	p.y = margin
}

// room begins a new page where less than height is left.
func (p *page) room(height float64) bool {
	if p.y+height <= bottom {
		return false
	}
	p.next()
	return true
}

// glyph finds the first font that has a character; the first of all shows a mark for one that none has.
func (p *page) glyph(r rune) glyph {
	if g, known := p.glyphs[r]; known {
		return g
	}
	g := glyph{font: p.fonts[0].name}
	for _, f := range p.fonts {
		if f.has(r) {
			g.font = f.name
			break
		}
	}
	p.keep(p.pdf.SetFont(g.font, "", textSize))
	var err error
	g.width, err = p.pdf.MeasureTextWidth(string(r))
	p.keep(err)
	p.glyphs[r] = g
	return g
}

// measure is how wide a character is at the size of text.
func (p *page) measure(r rune) float64 { return p.glyph(r).width }

// text draws a line, each run of characters in the font that has them.
func (p *page) text(x, y, size float64, s string) {
	all := []rune(s)
	for len(all) > 0 {
		first, n, width := p.glyph(all[0]).font, 0, 0.0
		for n < len(all) && p.glyph(all[n]).font == first {
			width += p.glyph(all[n]).width
			n++
		}
		p.keep(p.pdf.SetFont(first, "", size))
		p.pdf.SetXY(x, y)
		p.keep(p.pdf.Cell(nil, string(all[:n])))
		x += width * size / textSize
		all = all[n:]
	}
}

func (p *page) heading(s string, size float64) {
	p.room(size + 60)
	if p.y > margin {
		p.y += 8
	}
	for _, line := range lines(s, (paperWidth-2*margin)*textSize/size, p.measure) {
		p.text(margin, p.y, size, line)
		p.y += size * 1.4
	}
	p.y += 2
}

func (p *page) paragraph(s, outcome string) {
	if c, known := inks[outcome]; known {
		p.pdf.SetTextColor(c[0], c[1], c[2])
	}
	for _, line := range lines(s, paperWidth-2*margin, p.measure) {
		p.room(lineHeight)
		p.text(margin, p.y+2, textSize, line)
		p.y += lineHeight
	}
	p.pdf.SetTextColor(0, 0, 0)
	p.y += 3
}

// inks and fills are the colours of outcomes; the words say the same.
var (
	inks  = map[string][3]uint8{report.Fail: {176, 42, 30}}
	fills = map[string][3]uint8{report.Fail: {245, 198, 194}, report.Unknown: {251, 227, 182}, report.Pass: {205, 235, 214}, report.NotApplicable: {229, 232, 232}}
)

type column struct {
	name  string
	width float64
}

// A table repeats its heading on each page.
type table struct {
	*page
	columns []column
	// outcome is the column that has the colour of the row's outcome; -1 for none.
	outcome int
	begun   bool
}

func (p *page) table(columns []column) *table {
	return &table{page: p, columns: columns, outcome: -1}
}

// plain is a table without a heading.
func (p *page) plain(widths []float64) *table {
	t := &table{page: p, outcome: -1, begun: true}
	for _, w := range widths {
		t.columns = append(t.columns, column{"", w})
	}
	return t
}

func (t *table) head() {
	t.begun = true
	if t.columns[0].name == "" {
		return
	}
	cells := make([][]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = lines(c.name, c.width-2*padding, t.measure)
	}
	t.draw(cells, -1, [3]uint8{222, 227, 232})
}

// row draws a row. One that is higher than a page goes on on the next.
func (t *table) row(outcome string, texts ...string) {
	cells := make([][]string, len(texts))
	high := 1
	for i, s := range texts {
		cells[i] = lines(s, t.columns[i].width-2*padding, t.measure)
		high = max(high, len(cells[i]))
	}
	if !t.begun {
		t.room(3 * lineHeight)
		t.head()
	}
	if float64(high)*lineHeight+2*padding > bottom-t.y && float64(high)*lineHeight < (bottom-margin)/2 {
		t.next()
		t.head()
	}
	for high > 0 {
		fits := int((bottom - t.y - 2*padding) / lineHeight)
		if fits < 1 {
			t.next()
			t.head()
			continue
		}
		part := make([][]string, len(cells))
		for i := range cells {
			n := min(fits, len(cells[i]))
			part[i], cells[i] = cells[i][:n], cells[i][n:]
		}
		t.draw(part, t.outcome, fills[outcome])
		high -= fits
	}
}

// draw draws cells at the place where the page is; column filled, or all for -1 with a colour, are filled.
func (t *table) draw(cells [][]string, filled int, colour [3]uint8) {
	high := 1
	for _, c := range cells {
		high = max(high, len(c))
	}
	height := float64(high)*lineHeight + 2*padding
	x := margin
	t.pdf.SetLineWidth(0.4)
	t.pdf.SetStrokeColor(190, 196, 202)
	for i, c := range t.columns {
		style := "D"
		if colour != [3]uint8{} && (filled == i || filled < 0) {
			t.pdf.SetFillColor(colour[0], colour[1], colour[2])
			style = "DF"
		}
		t.pdf.RectFromUpperLeftWithStyle(x, t.y, c.width, height, style)
		t.pdf.SetFillColor(0, 0, 0)
		for n, line := range cells[i] {
			t.text(x+padding, t.y+padding+float64(n)*lineHeight+1, textSize, line)
		}
		x += c.width
	}
	t.y += height
}

// footers number the pages once it is known how many there are.
func (p *page) footers() {
	all := p.pdf.GetNumberOfPages()
	for n := 1; n <= all; n++ {
		p.keep(p.pdf.SetPage(n))
		p.text(margin, paperHeight-margin, 7, fmt.Sprintf(p.say("准绳 安全基线核查报告  %s", "Plumbline security baseline report  %s"), when(p.Made)))
		p.text(paperWidth-margin-70, paperHeight-margin, 7, fmt.Sprintf(p.say("第 %d 页，共 %d 页", "page %d of %d"), n, all))
	}
}
