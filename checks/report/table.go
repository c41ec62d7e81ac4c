package report

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The colours of a terminal.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	dim    = "\x1b[2m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)

// marks stand before each finding, for those who do not see the colours.
var marks = map[string]string{Pass: "✓", Fail: "✗", Unknown: "?", NotApplicable: "–"}

var colours = map[string]string{Pass: green, Fail: red, Unknown: yellow, NotApplicable: dim}

// A table is the report as a terminal shows it.
type table struct {
	*bufio.Writer
	o     Options
	l     lang
	width int
}

func writeTable(w *bufio.Writer, batch Batch, o Options) error {
	t := table{w, o, lang(o.Lang), o.Width}
	if t.width <= 0 {
		t.width = 100
	}
	t.width = max(t.width, 40)
	var standings []Standing
	for r, err := range batch {
		if err != nil {
			return err
		}
		if len(standings) > 0 {
			fmt.Fprintln(t)
		}
		t.report(r)
		standings = append(standings, r.Standing())
	}
	if len(standings) > 1 {
		t.overview(standings)
	}
	return nil
}

// overview lists the targets, a line each.
func (t table) overview(standings []Standing) {
	l := t.l
	name := columns(l.say(wTarget))
	for _, s := range standings {
		name = max(name, columns(clean(s.Target)))
	}
	row := func(colour string, cells ...string) {
		line := pad(cells[0], name)
		for _, c := range cells[1:] {
			line += " " + padLeft(c, 9)
		}
		fmt.Fprintln(t, t.paint(colour, line))
	}
	fmt.Fprintln(t)
	row(bold, l.say(wTarget), l.say(wFail), l.say(wUnknown), l.say(wPass), l.say(wNotApplicable))
	for _, s := range standings {
		id := clean(s.Target)
		if s.Missed != "" {
			fmt.Fprintln(t, t.paint(red, pad(id, name)+"  "+l.say(wMissed)+clean(s.Missed)))
			continue
		}
		row("", id, fmt.Sprint(s.Fail), fmt.Sprint(s.Unknown), fmt.Sprint(s.Pass), fmt.Sprint(s.NotApplicable))
	}
}

func (t table) paint(colour, s string) string {
	if !t.o.Color {
		return s
	}
	return colour + s + reset
}

func (t table) report(r *Report) {
	l := t.l
	name := r.Host.Hostname
	if name == "" {
		name = r.Target.ID
	}
	fmt.Fprintf(t, "%s  %s\n", t.paint(bold, clean(name)), clean(strings.TrimSpace(r.Host.Name+" "+r.Host.Arch)))
	fmt.Fprintf(t, "%s\n", t.paint(dim, fmt.Sprintf("%s %s  %s %s  %s %s", l.say(wStarted), r.Started.Local().Format("2006-01-02 15:04:05 -0700"),
		l.say(wTook), r.Finished.Sub(r.Started).Round(time.Millisecond), l.say(wProfile), r.Profile)))
	if r.Missed() {
		t.para("  ", l.say(wMissed)+r.Visit.Detail, red)
		fmt.Fprintln(t, "  "+fmt.Sprintf(l.say(wMissedClauses), len(r.Findings)))
		return
	}
	for _, n := range r.Notes {
		t.para("  ", n, dim)
	}
	groups := r.Groups()
	shown := slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return !t.o.shown(g.Outcome) })
	subjectNow := ""
	for len(shown) > 0 {
		n := 1
		for n < len(shown) && shown[n].Check == shown[0].Check {
			n++
		}
		if s := l.subject(shown[0].Check); s != subjectNow {
			subjectNow = s
			fmt.Fprintf(t, "\n%s\n", t.paint(bold, s))
		}
		t.check(shown[:n])
		shown = shown[n:]
	}
	fmt.Fprintln(t)
	listed := 0
	for _, g := range groups {
		if t.o.shown(g.Outcome) {
			listed++
		}
	}
	if listed == 0 {
		fmt.Fprintln(t, l.say(wNothingToShow))
	}
	if hidden := len(groups) - listed; hidden > 0 {
		fmt.Fprintln(t, t.paint(dim, fmt.Sprintf(l.say(wHidden), hidden)))
	}
	t.unanswered(r)
	t.scores(r)
}

// check shows what one check came to: its title, then each scope, then once how to mend it.
func (t table) check(groups []Group) {
	l := t.l
	worst := groups[0]
	head := marks[worst.Outcome] + " " + or(worst.Title, worst.Check)
	for i, line := range wrap(head, t.width-4) {
		indent := "  "
		if i > 0 {
			indent = "    "
		}
		fmt.Fprintln(t, indent+t.paint(colours[worst.Outcome], line))
	}
	fmt.Fprintln(t, "    "+t.paint(dim, worst.Check+"  "+worst.Control))
	failed := false
	seen := ""
	for _, g := range groups {
		failed = failed || g.Outcome == Fail
		seen = t.scope(g, seen)
	}
	if failed {
		label := l.say(wRemedy)
		for paragraph := range strings.Lines(worst.Remedy) {
			t.field(label, strings.TrimSpace(paragraph))
			label = ""
		}
	}
}

// scope shows one scope of a check. Evidence that the scope before it had (seen) is not said again; it gives its own.
func (t table) scope(g Group, seen string) string {
	l := t.l
	head := l.outcome(g.Outcome)
	if g.Scope != "" {
		head += "  [" + clean(g.Scope) + "]"
	}
	for _, line := range wrap(head, t.width-4) {
		fmt.Fprintln(t, "    "+t.paint(colours[g.Outcome], line))
	}
	t.field(l.say(wObserved), g.Observed)
	if g.Outcome != NotApplicable {
		t.field(l.say(wExpected), g.Expected)
	}
	if g.Outcome == Unknown {
		t.field(l.say(wReason), g.Reason)
	}
	if all := g.evidenceText(l); all != seen {
		seen = all
		label := l.say(wEvidence)
		for i, e := range g.Evidence {
			if i == maxEvidence {
				t.field("", fmt.Sprintf(l.say(wAndMore), len(g.Evidence)-i))
				break
			}
			t.field(label, Finding{Evidence: []Evidence{e}}.evidenceText(l))
			label = ""
		}
	}
	for _, s := range g.SiteFacts {
		t.field(l.say(wSite), s)
	}
	if g.Waiver != nil {
		t.field(l.say(wWaived), WaiverText(t.o.Lang, g.Waiver))
	}
	t.field(l.say(wClauses), strings.Join(first(g.Clauses, 3, l), ", "))
	return seen
}

// maxEvidence is how many lines the table quotes for one scope; the other formats have them all.
const maxEvidence = 5

// first names the first n and how many more there are.
func first(names []string, n int, l lang) []string {
	if len(names) <= n {
		return names
	}
	return append(append([]string{}, names[:n]...), fmt.Sprintf(l.say(wAndMore), len(names)-n))
}

const labelColumns = 8

func (t table) field(label, text string) {
	if text == "" {
		return
	}
	indent := "      "
	if columns(label) > labelColumns {
		fmt.Fprintln(t, indent+t.paint(dim, label))
		label = ""
	}
	for i, line := range wrap(clean(text), max(20, t.width-len(indent)-labelColumns-1)) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintln(t, indent+t.paint(dim, pad(label, labelColumns))+" "+line)
	}
}

func (t table) para(indent, text, colour string) {
	for _, line := range wrap(clean(text), t.width-len(indent)) {
		fmt.Fprintln(t, indent+t.paint(colour, line))
	}
}

// unanswered says what could not be read, a line a reason, and what root would change.
func (t table) unanswered(r *Report) {
	if len(r.Unanswered) == 0 {
		return
	}
	byReason := map[string][]string{}
	var order []string
	needRoot := 0
	for _, u := range r.Unanswered {
		if byReason[u.Reason] == nil {
			order = append(order, u.Reason)
		}
		byReason[u.Reason] = append(byReason[u.Reason], clean(u.Question))
		if u.ReasonCode == "not_permitted" {
			needRoot++
		}
	}
	fmt.Fprintln(t, t.paint(bold, t.l.say(wUnanswered)))
	for _, reason := range order {
		t.para("  ", reason+": "+strings.Join(first(byReason[reason], 8, t.l), ", "), dim)
	}
	if needRoot > 0 {
		t.para("  ", fmt.Sprintf(t.l.say(wRoot), needRoot), yellow)
	}
	fmt.Fprintln(t)
}

// scores ends the report: a line a baseline.
func (t table) scores(r *Report) {
	l := t.l
	nameColumns := columns(l.say(wBaseline))
	for _, b := range r.Baselines {
		nameColumns = max(nameColumns, columns(b.ID))
	}
	row := func(colour string, cells ...string) {
		line := pad(cells[0], nameColumns)
		for _, c := range cells[1:] {
			line += " " + padLeft(c, 10)
		}
		fmt.Fprintln(t, t.paint(colour, line))
	}
	if len(r.Baselines) > 0 {
		row(bold, l.say(wBaseline), l.say(wScore), l.say(wKnown), l.say(wPass), l.say(wFail), l.say(wUnknown), l.say(wNotApplicable), l.say(wAttested))
		for _, b := range r.Baselines {
			score, known := fmt.Sprintf("%.1f", b.Score), fmt.Sprintf("%.0f%%", b.Known)
			if b.Summary.Pass+b.Summary.Fail+b.Summary.Unknown == 0 {
				score, known = "–", "–" // nothing of it was judged
			}
			row("", b.ID, score, known, fmt.Sprint(b.Summary.Pass), fmt.Sprint(b.Summary.Fail), fmt.Sprint(b.Summary.Unknown),
				fmt.Sprint(b.Summary.NotApplicable), fmt.Sprint(b.Attested))
		}
		t.para("", l.say(wScoreNote), dim)
	}
	s := r.Summary
	fmt.Fprintf(t, "%s: %s %d, %s %d, %s %d, %s %d\n", l.say(wSummary), l.say(wPass), s.Pass, l.say(wFail), s.Fail, l.say(wUnknown), s.Unknown, l.say(wNotApplicable), s.NotApplicable)
	if r.Waived > 0 {
		t.para("", fmt.Sprintf("%s: %d", l.say(wWaived), r.Waived), dim)
	}
}
