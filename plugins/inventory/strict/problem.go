// Package strict reads files that people write, takes YAML apart node by node and collects everything that is wrong, each
// with file, line, column, field and what to write instead, in Chinese and in English. It never repeats a value it was not
// asked to: what stands in the wrong place may be a password.
//
// It knows neither inventories nor credentials; those packages say what a file may hold.
package strict

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	// Line and Column count from 1; 0 where the place is not known.
	Line, Column int
	// Field is the key or column it is about; may be empty.
	Field string
	// Text says what is wrong and what to write instead.
	Text *pb.Text
}

// Error says it in English, after the place.
func (p *Problem) Error() string { return p.say(": ", p.Text.GetEn()) }

// Say says it in both languages, after the place.
func (p *Problem) Say() *pb.Text {
	return &pb.Text{Zh: p.say("：", p.Text.GetZh()), En: p.Error()}
}

func (p *Problem) say(colon, text string) string {
	place := p.File
	if p.Line > 0 {
		place += fmt.Sprintf(":%d", p.Line)
	}
	if p.Line > 0 && p.Column > 0 {
		place += fmt.Sprintf(":%d", p.Column)
	}
	if p.Field != "" {
		text = p.Field + colon + text
	}
	if place == "" {
		return text
	}
	return place + ": " + text
}

// List is all that is wrong, in the order of files and lines.
type List []*Problem

// Error says all in English, a line each.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each.
func (l List) Unwrap() []error {
	out := make([]error, len(l))
	for i, p := range l {
		out[i] = p
	}
	return out
}

// Problems gives those that an error consists of.
func Problems(err error) []*Problem {
	var list List
	if errors.As(err, &list) {
		return list
	}
	var one *Problem
	if errors.As(err, &one) {
		return []*Problem{one}
	}
	return nil
}

// maxProblems is how many problems are collected; who has more is helped by the first thousands.
const maxProblems = 5000

// A Collector gathers problems of one file or several.
type Collector struct {
	found List
	more  int
}

// Add notes a problem.
func (c *Collector) Add(p *Problem) {
	if len(c.found) < maxProblems {
		c.found = append(c.found, p)
		return
	}
	c.more++
}

// Any says whether something was found.
func (c *Collector) Any() bool { return len(c.found) > 0 }

// Count says how many were found.
func (c *Collector) Count() int { return len(c.found) + c.more }

// List gives what was found; that of one file is sorted by line, files stay in the order in which they were read.
func (c *Collector) List() List {
	order := map[string]int{}
	for _, p := range c.found {
		if _, seen := order[p.File]; !seen {
			order[p.File] = len(order)
		}
	}
	slices.SortStableFunc(c.found, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if c.more == 0 {
		return c.found
	}
	return append(slices.Clip(c.found), &Problem{Text: checks.Say("另有 %d 个问题未列出，请先修正以上问题", "%d more problems are not listed: mend those above first", c.more)})
}

// Err gives what was found as a List, nil if nothing.
func (c *Collector) Err() error {
	if !c.Any() {
		return nil
	}
	return c.List()
}
