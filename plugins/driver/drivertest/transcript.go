package drivertest

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Transcript answers questions from a case: a txtar archive with a section for each answer, named as driver.Text
// names the question. After the name may stand " ! REASON: error" (an answer that could not be had) or " ~" (cut short):
//
//	-- /etc/shadow ! not_permitted --
//	-- sshd -T ! failed: exit status 255 --
//	-- display current-configuration ~ --
//
// What has no section was not asked, unless the archive's comment has the line "all files are here": then files and
// globs without a section are not found, and globs are answered from the sections (mode 0644, root, the year 2026; a
// section "glob PATTERN" overrides).
type Transcript struct {
	answers  map[string]*pluginpb.Answer
	files    []string
	allFiles bool
}

// NewTranscript reads a case; sections named "facts" and "unread" are what is expected, not answers.
func NewTranscript(ar *txtar.Archive) (*Transcript, error) {
	t := &Transcript{answers: map[string]*pluginpb.Answer{}}
	for line := range strings.Lines(string(ar.Comment)) {
		if strings.TrimSpace(line) == "all files are here" {
			t.allFiles = true
		}
	}
	for _, f := range ar.Files {
		if f.Name == factsSection || f.Name == unreadSection {
			continue
		}
		name, failure, failed := strings.Cut(f.Name, " ! ")
		a := &pluginpb.Answer{Body: f.Data, Complete: !failed}
		if cut, ok := strings.CutSuffix(name, " ~"); ok {
			name, a.Complete = cut, false
		}
		if failed {
			reason, detail, _ := strings.Cut(failure, ": ")
			n, ok := pb.Reason_value["REASON_"+strings.ToUpper(reason)]
			if !ok {
				return nil, fmt.Errorf("section %q: there is no reason %q", f.Name, reason)
			}
			a.Reason, a.Error = pb.Reason(n), detail
		}
		a.Question = driver.ParseQuestion(name)
		t.answers[name] = a
		if strings.HasPrefix(name, "/") && a.Reason != pb.Reason_REASON_NOT_FOUND {
			t.files = append(t.files, name)
		}
	}
	return t, nil
}

var listed = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Answer gives the section named after q.
func (t *Transcript) Answer(_ context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	if a, ok := t.answers[driver.Text(q)]; ok {
		return a, nil
	}
	switch k := q.GetKind().(type) {
	case *pluginpb.Question_File:
		if t.allFiles {
			return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_FOUND, Complete: true}, nil
		}
	case *pluginpb.Question_Glob:
		if t.allFiles {
			return t.glob(q, k.Glob), nil
		}
	}
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_ASKED}, nil
}

func (t *Transcript) glob(q *pluginpb.Question, pattern string) *pluginpb.Answer {
	var b strings.Builder
	found := false
	list := func(p, kind string, mode uint32) {
		found = true
		b.WriteString(driver.FormatEntry(driver.Entry{Path: p, Kind: kind, Mode: mode, Modified: listed}) + "\n")
	}
	dirs := map[string]bool{}
	for _, f := range t.files {
		if dir, all := strings.CutSuffix(pattern, "/**"); all && strings.HasPrefix(f, dir+"/") {
			list(f, "file", 0o644)
			continue
		}
		if ok, _ := path.Match(pattern, f); ok {
			list(f, "file", 0o644)
		}
		for d := path.Dir(f); d != "/" && !dirs[d]; d = path.Dir(d) {
			dirs[d] = true
			if ok, _ := path.Match(pattern, d); ok {
				list(d, "directory", 0o755)
			}
		}
	}
	a := &pluginpb.Answer{Question: q, Body: []byte(b.String()), Complete: true}
	if !found && !strings.ContainsAny(pattern, "*?[") {
		a.Reason = pb.Reason_REASON_NOT_FOUND
	}
	return a
}
