package junos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// facilities are what a record can be about; other words below a destination are options.
var facilities = []string{
	"any", "authorization", "change-log", "conflict-log", "daemon", "dfc", "external", "firewall", "ftp", "interactive-commands", "kernel", "ntp", "pfe", "security", "user", "cron", "syslog",
}

var severities = []string{"any", "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// selector is what a destination takes: facilities with the least severity, as written.
func (r *reader) selector(n *tree.Node) (string, []*pb.Evidence) {
	var words []string
	var ev []*pb.Evidence
	for _, c := range n.All() {
		if s := c.Value(); slices.Contains(facilities, c.Word) && s != nil {
			words, ev = append(words, c.Word+" "+s.Word), append(ev, r.At(s))
		}
	}
	return strings.Join(words, ", "), ev
}

// takes is whether a destination takes a facility's records from a severity downwards, all of them. A match on the text makes it unknown.
func (r *reader) takes(n *tree.Node, facility, severity string) (*tree.Node, bool) {
	if n.Has("match") || n.Has("match-strings") {
		return nil, false
	}
	at := n.Value(facility)
	if at == nil && facility != "any" {
		at = n.Value("any")
	}
	if at == nil {
		return nil, false
	}
	have := slices.Index(severities, at.Word)
	return at, have >= 0 && have <= slices.Index(severities, severity)
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.list()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("system", "syslog", "file") {
		level, ev := r.selector(n)
		st := &pb.LogStore{
			Scope: n.Word, Active: facts.Bool(level != "", append(ev, r.At(n))...), Level: facts.Text(level, append(ev, r.At(n))...), OnFull: r.defaultText("rotate", syslogDefault), RetentionBasis: r.defaultText("size", syslogDefault),
			ReadableByOthers: r.defaultBool(false, syslogDefault), MaxBytes: r.Doc.NoDefault("archive size").Int(), Persistent: r.Doc.NoDefault("syslog file").Bool(),
		}
		for _, at := range []*tree.Node{r.Root.Get("system", "syslog", "archive"), n.Get("archive")} {
			if w := at.Get("world-readable"); w != nil {
				st.ReadableByOthers = facts.Bool(true, r.At(w))
			}
			size, ok1 := bytesOf(at.Value("size").Text())
			if files, filesAt, ok2 := r.number(at, "files"); ok1 && ok2 {
				st.MaxBytes = facts.Int(size*(files+1), r.At(at.Value("size")), r.At(filesAt))
			}
		}
		if n.Has("structured-data") {
			st.Fields = facts.Texts([]string{"time", "type", "subject"}, r.At(n.Get("structured-data")))
		}
		out.Items = append(out.Items, st)
	}
	return out
}

func bytesOf(word string) (int64, bool) {
	unit := int64(1)
	for suffix, n := range map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30} {
		if w, ok := strings.CutSuffix(word, suffix); ok {
			word, unit = w, n
			break
		}
	}
	n, err := strconv.ParseInt(word, 10, 32)
	return n * unit, err == nil && n > 0
}

func (r *reader) logTargets() *pb.LogTargetList {
	s := r.list()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("system", "syslog", "host") {
		if slices.Contains([]string{"other-routing-engine", "scc-master", "sfc0-master"}, n.Word) {
			continue
		}
		selector, ev := r.selector(n)
		port := facts.Int(514, r.At(n))
		if p, at, ok := r.number(n, "port"); ok {
			port = facts.Int(p, r.At(at))
		} else if at != nil {
			port = r.Odd(at).Int()
		}
		t := &pb.LogTarget{
			Scope: n.Word + ":" + strconv.FormatInt(port.GetValue(), 10), Address: facts.Text(n.Word, r.At(n)), Port: port, Protocol: facts.Text("udp", r.At(n)), Encrypted: facts.Bool(false, r.At(n)),
			Selector: facts.Text(selector, append(ev, r.At(n))...),
		}
		if tree.Hole(n.Word) {
			r.Unread = append(r.Unread, r.At(n))
		}
		if tr := n.Value("transport"); tr != nil {
			t.Protocol, t.Encrypted = facts.Text(tr.Word, r.At(tr)), facts.Bool(tr.Word == "tls", r.At(tr))
		}
		at, all := r.takes(n, "any", "info")
		switch {
		case at != nil:
			t.Everything = facts.Bool(all && !r.narrowed(n), append(ev, r.At(at))...)
		case n.Has("match") || n.Has("match-strings"):
			t.Everything = facts.Bool(false, r.Section(n))
		case r.Whole():
			t.Everything = facts.Bool(false, r.Section(n))
		default:
			t.Everything = r.Doc.Unknown().Bool()
		}
		out.Items = append(out.Items, t)
	}
	out.Items = append(out.Items, r.streams()...)
	return out
}

// narrowed: a facility that is named takes less than "any" does.
func (r *reader) narrowed(n *tree.Node) bool {
	return slices.ContainsFunc(n.All(), func(c *tree.Node) bool {
		if c.Word == "any" || !slices.Contains(facilities, c.Word) {
			return false
		}
		s := slices.Index(severities, c.Value().Text())
		return s < 0 && c.Value().Text() != "" || s > slices.Index(severities, "info")
	})
}

// streams are where a firewall sends what it says of sessions.
func (r *reader) streams() []*pb.LogTarget {
	var out []*pb.LogTarget
	for _, n := range r.Root.All("security", "log", "stream") {
		host := n.Value("host")
		if host == nil {
			continue
		}
		ev := r.At(host)
		port := facts.Int(514, ev)
		if p, at, ok := r.number(n, "host", "port"); ok {
			port = facts.Int(p, r.At(at))
		}
		if h := n.Get("host"); host.Word == "port" || h.Has("port") {
			for _, c := range h.All() {
				if c.Word != "port" && c.Word != "routing-instance" {
					host = c
				}
			}
		}
		out = append(out, &pb.LogTarget{
			Scope: host.Word + ":" + strconv.FormatInt(port.GetValue(), 10), Address: facts.Text(host.Word, ev), Port: port, Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev),
			Selector: facts.Text("security log stream "+n.Word, r.At(n)), Everything: facts.Bool(false, r.At(n)),
		})
	}
	return out
}

// destinations are the files and hosts that take records.
func (r *reader) destinations() []*tree.Node {
	return slices.Concat(r.Root.All("system", "syslog", "host"), r.Root.All("system", "syslog", "file"))
}

// recorded is whether some destination takes a facility's records at the severity at which Junos makes them.
func (r *reader) recorded(facility string) *pb.BoolFact {
	for _, n := range r.destinations() {
		if at, all := r.takes(n, facility, "info"); all {
			return facts.Bool(true, r.At(at))
		}
	}
	if !r.Whole() {
		return r.Doc.Unknown().Bool()
	}
	for _, n := range r.destinations() {
		if n.Has("match") || n.Has("match-strings") {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "match", r.At(n)).Bool()
		}
	}
	return facts.Bool(false, r.Doc.All())
}

// commands is whether every command of an administrator is recorded: in a file or on a log server, or by a server that counts them.
func (r *reader) commands() *pb.BoolFact {
	if e := r.Root.Get("system", "accounting", "events", "interactive-commands"); e != nil {
		if d := r.Root.Get("system", "accounting", "destination"); d != nil {
			return facts.Bool(true, r.At(e), r.At(d))
		}
	}
	return r.recorded("interactive-commands")
}

// auditEvents are those that the configuration decides about; there are others.
func (r *reader) auditEvents() *pb.AuditEventList {
	out := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		out.Reason, out.Detail = r.Doc.Reason(), r.Doc.Source
	}
	logins := r.recorded("authorization")
	out.Items = append(out.Items,
		&pb.AuditEvent{Scope: "admin_actions", Recorded: r.recorded("change-log")},
		&pb.AuditEvent{Scope: "commands", Recorded: r.commands()},
		&pb.AuditEvent{Scope: "failed_logins", Recorded: logins},
		&pb.AuditEvent{Scope: "logins", Recorded: logins})
	return out
}

func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.list()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	peers := r.associations()
	for _, kind := range []string{"server", "peer"} {
		for _, n := range r.Root.All("system", "ntp", kind) {
			t := &pb.TimeSource{Scope: n.Word, Kind: facts.Text(kind, r.At(n)), Authenticated: r.authenticated(n)}
			if tree.Hole(n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
			if p, ok := peers[n.Word]; ok {
				t.Reachable, t.Selected = p.reachable, p.selected
			}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

// authenticated: a server's key is there and trusted.
func (r *reader) authenticated(n *tree.Node) *pb.BoolFact {
	if nts := n.Get("nts"); nts != nil {
		return facts.Bool(true, r.At(nts))
	}
	key := n.Value("key")
	switch {
	case key == nil && !r.Whole():
		return r.Doc.Unknown().Bool()
	case key == nil:
		return facts.Bool(false, r.Section(n))
	}
	trusted := r.Root.Get("system", "ntp", "trusted-key", key.Word)
	defined := r.Root.Get("system", "ntp", "authentication-key", key.Word)
	switch {
	case trusted != nil && defined != nil:
		return facts.Bool(true, r.At(key), r.At(trusted), r.At(defined))
	case !r.Whole():
		return r.Doc.Unknown().Bool()
	}
	return facts.Bool(false, r.At(key))
}
