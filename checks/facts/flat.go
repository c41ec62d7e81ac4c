package facts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Flat prints f one fact a line, sorted by subject and scope, as people review it and as golden files keep it:
//
//	accounts = complete  # /etc/passwd:1-30
//	accounts[root].uid = 0  # /etc/passwd:1
//	password_policies[local users].min_length = 8  # /etc/security/pwquality.conf:11
//	session_policies[vty 16 20].idle_timeout = unknown: not_understood  # display current-configuration:14
//
// Excerpts are not printed. Parse reads it back.
func Flat(f *pb.Facts) string {
	var b strings.Builder
	for _, l := range Each(f) {
		b.WriteString(l.Path)
		if l.Value != "" {
			b.WriteString(" = " + l.Value + evidenceNote(l.Evidence))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// A Stated is one fact as Flat prints it.
type Stated struct {
	// Path is where it stands: "password_policies[local users].min_length".
	Path string
	// Value is its value or its state; empty where nothing is said of a scope but that it is there.
	Value    string
	Evidence []*pb.Evidence
}

// Each gives f one fact a line, in the order of Flat.
func Each(f *pb.Facts) []Stated {
	if f == nil {
		return nil
	}
	var out []Stated
	m := f.ProtoReflect()
	fields := m.Descriptor().Fields()
	var names []protoreflect.FieldDescriptor
	for i := range fields.Len() {
		if m.Has(fields.Get(i)) {
			names = append(names, fields.Get(i))
		}
	}
	slices.SortFunc(names, func(a, b protoreflect.FieldDescriptor) int {
		return strings.Compare(string(a.Name()), string(b.Name()))
	})
	for _, fd := range names {
		sub := m.Get(fd).Message()
		name := string(fd.Name())
		items := sub.Descriptor().Fields().ByName("items")
		if items == nil {
			out = append(out, linesOf(name, sub)...)
			continue
		}
		out = append(out, lineOf(name, sub))
		list := sub.Get(items).List()
		order := make([]protoreflect.Message, list.Len())
		for i := range order {
			order[i] = list.Get(i).Message()
		}
		slices.SortStableFunc(order, func(a, b protoreflect.Message) int { return strings.Compare(scopeOf(a), scopeOf(b)) })
		for _, it := range order {
			out = append(out, linesOf(name+"["+quoteScope(scopeOf(it))+"]", it)...)
		}
	}
	return out
}

func scopeOf(m protoreflect.Message) string {
	return m.Get(m.Descriptor().Fields().ByName("scope")).String()
}

func linesOf(path string, m protoreflect.Message) []Stated {
	var out []Stated
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.Message() == nil || fd.IsList() || !m.Has(fd) {
			continue
		}
		out = append(out, lineOf(path+"."+string(fd.Name()), m.Get(fd).Message()))
	}
	if len(out) == 0 {
		return []Stated{{Path: path}}
	}
	return out
}

func lineOf(path string, m protoreflect.Message) Stated {
	l := Stated{Path: path, Value: Value(m.Interface())}
	if f, ok := m.Interface().(Fact); ok {
		l.Evidence = f.GetEvidence()
	}
	return l
}

// String prints one fact, or a list's own state: its value or state, then where it was read.
func String(f any) string {
	g, ok := f.(Fact)
	if !ok {
		return fmt.Sprintf("%T", f)
	}
	return Value(f) + evidenceNote(g.GetEvidence())
}

// Value prints a fact's value or state without its evidence, as Flat has it.
func Value(f any) string {
	g, ok := f.(Fact)
	if !ok {
		return fmt.Sprintf("%T", f)
	}
	switch g.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
	case pb.FactState_FACT_STATE_ABSENT:
		return "absent"
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return "not applicable"
	case pb.FactState_FACT_STATE_UNKNOWN:
		s := "unknown"
		if g.GetReason() != pb.Reason_REASON_UNSPECIFIED || g.GetDetail() != "" {
			s += ": " + ReasonName(g.GetReason())
		}
		if g.GetDetail() != "" {
			s += ": " + quoteIf(g.GetDetail(), g.GetDetail() != strings.TrimSpace(g.GetDetail()))
		}
		return s
	default:
		return "unsaid"
	}
	switch f := f.(type) {
	case *pb.BoolFact:
		return strconv.FormatBool(f.GetValue())
	case *pb.IntFact:
		return strconv.FormatInt(f.GetValue(), 10)
	case *pb.DurationFact:
		if f.GetForever() {
			return "forever"
		}
		return Span(f.GetValue().AsDuration())
	case *pb.TimeFact:
		return f.GetValue().AsTime().UTC().Format(time.RFC3339Nano)
	case *pb.TextFact:
		return quoteIf(f.GetValue(), ambiguous(f.GetValue()))
	case *pb.TextsFact:
		quoted := make([]string, len(f.GetValue()))
		for i, v := range f.GetValue() {
			quoted[i] = quoteIf(v, v == "" || v != strings.TrimSpace(v) || strings.ContainsAny(v, ",[]\"#"))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return "complete"
	}
}

// ReasonName prints a reason as Flat has it, e.g. "not_permitted".
func ReasonName(r pb.Reason) string {
	return strings.ToLower(strings.TrimPrefix(r.String(), "REASON_"))
}

func ambiguous(v string) bool {
	switch v {
	case "", "absent", "not applicable", "unknown", "unsaid", "complete":
		return true
	}
	return v != strings.TrimSpace(v) || v[0] == '"' || strings.HasPrefix(v, "unknown: ") || strings.Contains(v, "  #")
}

func quoteIf(v string, must bool) string {
	if must || strings.Contains(v, "  #") || strings.ContainsFunc(v, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(v)
	}
	return v
}

func quoteScope(s string) string {
	return quoteIf(s, s == "" || strings.ContainsAny(s, "[]\"") || s != strings.TrimSpace(s))
}

func evidenceNote(evidence []*pb.Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	parts := make([]string, len(evidence))
	for i, e := range evidence {
		parts[i] = Where(e)
	}
	return "  # " + strings.Join(parts, "; ")
}

// Where prints the place that evidence points at: "/etc/login.defs:12", "display version:3-5",
// "default: Huawei S5700 command reference, idle-timeout".
func Where(e *pb.Evidence) string {
	switch {
	case e.GetDefaultStatedIn() != "":
		return "default: " + e.GetDefaultStatedIn()
	case e.GetFirstLine() == 0:
		return e.GetSource()
	case e.GetLastLine() > e.GetFirstLine():
		return fmt.Sprintf("%s:%d-%d", e.GetSource(), e.GetFirstLine(), e.GetLastLine())
	default:
		return fmt.Sprintf("%s:%d", e.GetSource(), e.GetFirstLine())
	}
}

// Span prints a length of time the short way: 90d, 15m, 1h30m, 250ms. ParseSpan reads it.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// ParseSpan reads a length of time: Go's units, and d for days and w for weeks (whole numbers, alone).
func ParseSpan(s string) (time.Duration, error) {
	const day = 24 * time.Hour
	for suffix, unit := range map[string]time.Duration{"d": day, "w": 7 * day} {
		number, ok := strings.CutSuffix(s, suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > int64(math.MaxInt64/unit) || n < -int64(math.MaxInt64/unit) {
			return 0, fmt.Errorf("%q is not a whole number of days or weeks (example: 90d)", s)
		}
		return time.Duration(n) * unit, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a length of time (examples: 90d, 30m, 1800s)", s)
	}
	return d, nil
}
