package facts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts/internal/secret"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Masker takes secrets out of what leaves an interview. A secret becomes ***xxxxxx***, a fingerprint keyed by
// the installation's own key: the same secret on two targets shows the same fingerprint, and nobody without
// the key can try out guesses against it. Masking what is masked changes nothing.
//
// It sees a line at a time: a secret that only the lines around it give away is the driver's to leave out.
type Masker struct{ key []byte }

// NewMasker masks with fingerprints under key; without a key every secret becomes ******.
func NewMasker(key []byte) *Masker { return &Masker{key: key} }

// Facts masks every excerpt, detail and text value in place, and the unread lines. Sources are the questions themselves
// and are left alone.
func (m *Masker) Facts(f *pb.Facts, unread []*pb.Evidence) {
	w := walk{masker: m}
	if f != nil {
		w.message(reflect.ValueOf(f))
	}
	w.evidence(unread)
}

// A walk goes through facts. Facts that rest on the same line follow one another, so it remembers the last text.
type walk struct {
	masker       *Masker
	last, masked string
}

func (w *walk) text(s *string) {
	if *s == "" {
		return
	}
	if *s != w.last {
		w.last, w.masked = *s, w.masker.String(*s)
	}
	*s = w.masked
}

func (w *walk) evidence(list []*pb.Evidence) {
	for _, e := range list {
		w.text(&e.Excerpt)
	}
}

// message masks what is below a message: facts, which are most of it by far, and messages that hold them.
func (w *walk) message(v reflect.Value) {
	switch f := v.Interface().(type) {
	case *pb.BoolFact:
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.IntFact:
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.DurationFact:
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.TimeFact:
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.TextFact:
		w.text(&f.Value)
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.TextsFact:
		for i := range f.Value {
			w.text(&f.Value[i])
		}
		w.text(&f.Detail)
		w.evidence(f.Evidence)
	case *pb.Evidence:
		w.text(&f.Excerpt)
	default:
		w.fields(v.Elem())
	}
}

// fields masks what is below the fields of a message that is no fact.
func (w *walk) fields(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Pointer:
			if !f.IsNil() && f.CanInterface() {
				w.message(f)
			}
		case reflect.Slice:
			for k := range f.Len() {
				if e := f.Index(k); e.Kind() == reflect.Pointer && e.CanInterface() {
					w.message(e)
				}
			}
		case reflect.String:
			if f.CanSet() {
				w.text(f.Addr().Interface().(*string))
			}
		}
	}
}

// String masks the secrets in a text.
func (m *Masker) String(s string) string {
	if strings.IndexByte(s, '\n') < 0 {
		return m.line(s)
	}
	s = m.replace(s, secret.PrivateKeys(s))
	lines := strings.SplitAfter(s, "\n")
	for i, l := range lines {
		body := strings.TrimRight(l, "\r\n")
		lines[i] = m.line(body) + l[len(body):]
	}
	return strings.Join(lines, "")
}

func (m *Masker) line(s string) string {
	var room [8]secret.Span
	return m.replace(s, secret.Find(s, room[:0]))
}

// replace puts fingerprints in place of parts of s.
func (m *Masker) replace(s string, spans []secret.Span) string {
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b secret.Span) int { return a.From - b.From })
	var b strings.Builder
	at := 0
	for i := 0; i < len(spans); {
		whole := spans[i]
		for i++; i < len(spans) && spans[i].From < whole.To; i++ { // a secret that is found twice is one
			whole.To = max(whole.To, spans[i].To)
		}
		b.WriteString(s[at:whole.From])
		b.WriteString(m.fingerprint(s[whole.From:whole.To]))
		at = whole.To
	}
	b.WriteString(s[at:])
	return b.String()
}

func (m *Masker) fingerprint(text string) string {
	if secret.Masked(text) {
		return text
	}
	if len(m.key) == 0 {
		return "******"
	}
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(text))
	return "***" + hex.EncodeToString(h.Sum(nil)[:3]) + "***"
}
