package export

import (
	"bytes"
	"maps"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// pdfWords are the words of a PDF with where they begin on the page, as pdftotext reads them.
func pdfWords(t *testing.T, body []byte) (words []string, left []float64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-tsv", "-", "-")
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (package poppler-utils): %v", err)
	}
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) < 12 || cells[0] != "5" {
			continue
		}
		at, err := strconv.ParseFloat(cells[6], 64)
		if err != nil {
			t.Fatal(err)
		}
		words, left = append(words, cells[11]), append(left, at)
	}
	return words, left
}

// A PDF has every finding with its outcome, in Chinese, and the figures of the model.
func TestPDF(t *testing.T) {
	w := newWorld(t)
	for _, language := range []string{"zh", "en"} {
		m := w.model(w.snapshots[1], language)
		words, left := pdfWords(t, w.export(Request{Snapshot: w.snapshots[1], Format: "pdf", Language: language}))
		const outcomeColumn = 28 + 28 + 98 + 128 + 110 + 130 + 3
		got := tally{}
		for i, word := range words {
			if left[i] > outcomeColumn-2 && left[i] < outcomeColumn+2 {
				got[word]++
			}
		}
		want := tallyOf(language, m.Summary)
		for word := range got {
			if want[word] == 0 {
				delete(got, word) // of another table
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", language, got, want)
		}
		all := strings.Join(words, "")
		// The clause's name has no character that two fonts share, and may be broken over lines: each is looked for by its beginning.
		for _, f := range m.Findings {
			if !strings.Contains(all, f.Clause[:min(len(f.Clause), 12)]) {
				t.Fatalf("%s: the PDF lacks the clause %q", language, f.Clause)
			}
		}
		if title := []rune(m.Findings[0].Title)[:2]; language == "zh" && !strings.Contains(all, string(title)) {
			t.Errorf("the PDF lacks %q", string(title))
		}
		for _, control := range "\x1b\u202e" {
			if strings.ContainsRune(all, control) {
				t.Errorf("the PDF carries the control character %q", control)
			}
		}
	}
	w.export(Request{Sweep: "nightly", Format: "pdf", Language: "zh"})
}
