package facts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Parse reads what Flat prints. Blank lines and lines that begin with # are skipped. A list that is named
// only by its items is UNSPECIFIED, hence incomplete: say "accounts = complete" where it was seen whole.
func Parse(text string) (*pb.Facts, error) {
	p := parser{facts: &pb.Facts{}, items: map[string]protoreflect.Message{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", n, line, err)
		}
	}
	return p.facts, nil
}

type parser struct {
	facts *pb.Facts
	items map[string]protoreflect.Message
}

func (p *parser) line(line string) error {
	// A scope may hold " = ": skip it before looking for the value.
	subject, scope, rest, err := splitScope(line)
	if err != nil {
		return err
	}
	path, value, hasValue := strings.Cut(rest, " = ")
	if scope == nil {
		subject, path, _ = strings.Cut(path, ".")
	} else {
		path = strings.TrimPrefix(path, ".")
	}
	m := p.facts.ProtoReflect()
	fd := m.Descriptor().Fields().ByName(protoreflect.Name(subject))
	if fd == nil {
		return fmt.Errorf("there is no subject %q", subject)
	}
	sub := m.Mutable(fd).Message()
	items := sub.Descriptor().Fields().ByName("items")
	switch {
	case scope != nil && items == nil:
		return fmt.Errorf("%s is not a list", subject)
	case scope == nil && items != nil && path == "":
		if !hasValue {
			return fmt.Errorf("want %s = complete, or a state", subject)
		}
		return set(sub.Interface(), value)
	case scope == nil && items != nil:
		return fmt.Errorf("%s is a list: name the item, %s[...].%s", subject, subject, path)
	case scope != nil:
		sub = p.item(subject, *scope, sub, items)
		if path == "" && !hasValue {
			return nil
		}
	}
	fd = sub.Descriptor().Fields().ByName(protoreflect.Name(path))
	if fd == nil || fd.Message() == nil {
		return fmt.Errorf("%s has no fact %q", subject, path)
	}
	if !hasValue {
		return fmt.Errorf("want %s = VALUE", path)
	}
	return set(sub.Mutable(fd).Message().Interface(), value)
}

func splitScope(line string) (subject string, scope *string, rest string, err error) {
	open := strings.IndexByte(line, '[')
	if eq := strings.Index(line, " = "); open < 0 || eq >= 0 && eq < open {
		return "", nil, line, nil
	}
	subject = line[:open]
	inner := line[open+1:]
	if strings.HasPrefix(inner, `"`) {
		q, err := strconv.QuotedPrefix(inner)
		if err != nil {
			return "", nil, "", fmt.Errorf("scope: %w", err)
		}
		s, err := strconv.Unquote(q)
		if err != nil {
			return "", nil, "", fmt.Errorf("scope: %w", err)
		}
		rest, ok := strings.CutPrefix(inner[len(q):], "]")
		if !ok {
			return "", nil, "", fmt.Errorf("scope is not closed by ]")
		}
		return subject, &s, rest, nil
	}
	s, rest, ok := strings.Cut(inner, "]")
	if !ok {
		return "", nil, "", fmt.Errorf("scope is not closed by ]")
	}
	return subject, &s, rest, nil
}

func (p *parser) item(subject, scope string, list protoreflect.Message, items protoreflect.FieldDescriptor) protoreflect.Message {
	key := subject + "\x00" + scope
	if it, ok := p.items[key]; ok {
		return it
	}
	it := list.Mutable(items).List().AppendMutable().Message()
	it.Set(it.Descriptor().Fields().ByName("scope"), protoreflect.ValueOfString(scope))
	p.items[key] = it
	return it
}

var stateWords = map[string]pb.FactState{
	"absent": pb.FactState_FACT_STATE_ABSENT, "not applicable": pb.FactState_FACT_STATE_NOT_APPLICABLE,
	"unknown": pb.FactState_FACT_STATE_UNKNOWN, "unsaid": pb.FactState_FACT_STATE_UNSPECIFIED,
}

func set(m proto.Message, value string) error {
	value, evidence := cutEvidence(value)
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	state, known := stateWords[value]
	known = !known
	if rest, ok := strings.CutPrefix(value, "unknown: "); ok {
		known, state = false, pb.FactState_FACT_STATE_UNKNOWN
		name, detail, _ := strings.Cut(rest, ": ")
		reason, ok := pb.Reason_value["REASON_"+strings.ToUpper(name)]
		if !ok {
			return fmt.Errorf("there is no reason %q", name)
		}
		if strings.HasPrefix(detail, `"`) {
			if u, err := strconv.Unquote(detail); err == nil {
				detail = u
			}
		}
		r.Set(fields.ByName("reason"), protoreflect.ValueOfEnum(protoreflect.EnumNumber(reason)))
		r.Set(fields.ByName("detail"), protoreflect.ValueOfString(detail))
	}
	if known {
		state = pb.FactState_FACT_STATE_KNOWN
		if err := setValue(m, value); err != nil {
			return err
		}
	}
	r.Set(fields.ByName("state"), protoreflect.ValueOfEnum(state.Number()))
	list := r.Mutable(fields.ByName("evidence")).List()
	for _, e := range evidence {
		list.Append(protoreflect.ValueOfMessage(e.ProtoReflect()))
	}
	return nil
}

func setValue(m proto.Message, value string) (err error) {
	switch m := m.(type) {
	case *pb.BoolFact:
		m.Value, err = strconv.ParseBool(value)
	case *pb.IntFact:
		m.Value, err = strconv.ParseInt(value, 10, 64)
	case *pb.DurationFact:
		if value == "forever" {
			m.Forever = true
			return nil
		}
		var d time.Duration
		d, err = ParseSpan(value)
		m.Value = durationpb.New(d)
	case *pb.TimeFact:
		var t time.Time
		t, err = time.Parse(time.RFC3339Nano, value)
		m.Value = timestamppb.New(t)
	case *pb.TextFact:
		m.Value, err = unquote(value)
	case *pb.TextsFact:
		m.Value, err = parseTexts(value)
	default:
		if value != "complete" {
			return fmt.Errorf("want complete or a state, not %q", value)
		}
	}
	return err
}

func unquote(v string) (string, error) {
	if !strings.HasPrefix(v, `"`) {
		return v, nil
	}
	return strconv.Unquote(v)
}

func parseTexts(value string) ([]string, error) {
	inner, ok := strings.CutPrefix(value, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	if !ok || !ok2 {
		return nil, fmt.Errorf("%q is not a list: want [a, b]", value)
	}
	out := []string{}
	for inner = strings.TrimSpace(inner); inner != ""; inner = strings.TrimSpace(inner) {
		var word string
		if inner[0] == '"' {
			q, err := strconv.QuotedPrefix(inner)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", inner, err)
			}
			word, err = strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", inner, err)
			}
			inner = strings.TrimPrefix(strings.TrimSpace(inner[len(q):]), ",")
		} else {
			word, inner, _ = strings.Cut(inner, ",")
			word = strings.TrimSpace(word)
		}
		out = append(out, word)
	}
	return out, nil
}

func cutEvidence(value string) (string, []*pb.Evidence) {
	from := 0
	if strings.HasPrefix(value, `"`) {
		if q, err := strconv.QuotedPrefix(value); err == nil {
			from = len(q)
		}
	}
	i := strings.Index(value[from:], "  #")
	if i < 0 {
		return strings.TrimSpace(value), nil
	}
	note := strings.TrimSpace(value[from+i+3:])
	var evidence []*pb.Evidence
	for _, part := range strings.Split(note, "; ") {
		if doc, ok := strings.CutPrefix(part, "default: "); ok {
			evidence = append(evidence, Default(doc))
			continue
		}
		e := &pb.Evidence{Source: part}
		if colon := strings.LastIndexByte(part, ':'); colon >= 0 {
			first, last, ranged := strings.Cut(part[colon+1:], "-")
			if !ranged {
				last = first
			}
			a, err1 := strconv.ParseUint(first, 10, 32)
			b, err2 := strconv.ParseUint(last, 10, 32)
			if err1 == nil && err2 == nil {
				e = &pb.Evidence{Source: part[:colon], FirstLine: uint32(a), LastLine: uint32(b)}
			}
		}
		evidence = append(evidence, e)
	}
	return strings.TrimSpace(value[:from+i]), evidence
}
