package program

import (
	"bytes"
	"io"
	"strings"

	"github.com/plumbline/plumbline/checks/report"
)

// Columns lines up what is written to it: cells that are parted by tabs, rows by ends of lines. It prints when it is flushed, with two
// spaces between columns as a terminal shows them, where a Chinese character takes two places.
type Columns struct {
	to   io.Writer
	text bytes.Buffer
}

// NewColumns gives columns that are printed to a writer.
func NewColumns(to io.Writer) *Columns { return &Columns{to: to} }

// Write takes text; it never fails.
func (c *Columns) Write(b []byte) (int, error) { return c.text.Write(b) }

// Flush prints what was written since the last time.
func (c *Columns) Flush() error {
	var rows [][]string
	var widths []int
	for line := range strings.Lines(c.text.String()) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, cell := range cells[:len(cells)-1] { // nothing stands behind the last
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], report.Width(cell))
		}
		rows = append(rows, cells)
	}
	c.text.Reset()
	var out strings.Builder
	for _, cells := range rows {
		for i, cell := range cells {
			out.WriteString(cell)
			if i < len(cells)-1 {
				out.WriteString(strings.Repeat(" ", widths[i]-report.Width(cell)+2))
			}
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(c.to, out.String())
	return err
}
