package facts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

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
	if f != nil {
		m.message(f.ProtoReflect())
	}
	m.evidence(unread)
}

func (m *Masker) evidence(list []*pb.Evidence) {
	for _, e := range list {
		m.in(&e.Excerpt)
	}
}

func (m *Masker) in(s *string) {
	if *s != "" {
		*s = m.String(*s)
	}
}

// message masks what is below a message. Facts are most of it by far and are reached without reflection.
func (m *Masker) message(r protoreflect.Message) {
	switch f := r.Interface().(type) {
	case *pb.BoolFact:
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.IntFact:
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.DurationFact:
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.TimeFact:
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.TextFact:
		m.in(&f.Value)
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.TextsFact:
		for i := range f.Value {
			m.in(&f.Value[i])
		}
		m.in(&f.Detail)
		m.evidence(f.Evidence)
	case *pb.Evidence:
		m.in(&f.Excerpt)
	default:
		m.fields(r)
	}
}

func (m *Masker) fields(r protoreflect.Message) {
	r.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind:
			for i := range v.List().Len() {
				m.message(v.List().Get(i).Message())
			}
		case fd.Kind() == protoreflect.MessageKind:
			m.message(v.Message())
		case fd.Kind() == protoreflect.StringKind:
			if masked := m.String(v.String()); masked != v.String() {
				r.Set(fd, protoreflect.ValueOfString(masked))
			}
		}
		return true
	})
}

// String masks the secrets in a text.
func (m *Masker) String(s string) string {
	if strings.Contains(s, "PRIVATE KEY") {
		s = m.replace(s, secret.PrivateKeys(s))
	}
	if strings.IndexByte(s, '\n') < 0 {
		return m.line(s)
	}
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
