package ciscoios

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logging reads where records go, and what they carry.
func (r *reader) logging() {
	r.logStores()
	r.logTargets()
	r.timestamps()
	r.auditEvents()
}

// stopped finds "no logging on", which stops everything but the console.
func (r *reader) stopped() *stanza.Entry {
	if e := r.Final("logging", "on"); e != nil && e.Negated {
		return e
	}
	return nil
}

func (r *reader) logStores() {
	st := r.Doc.List()
	list := &pb.LogStoreList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	buffer := &pb.LogStore{
		Scope: "buffer", Active: r.Doc.NoDefault("logging buffered").Bool(), Persistent: r.Doc.NoDefault("logging buffered").Bool(),
		OnFull: r.Doc.NoDefault("logging buffered").Text(), RetentionBasis: r.Doc.NoDefault("logging buffered").Text(),
	}
	if e := r.Final("logging", "buffered"); e != nil {
		if buffer.Level = r.Doc.NoDefault("logging buffered level").Text(); e.Negated {
			buffer.Level = nil
		}
		r.Buffered(buffer, e)
	}
	if e := r.stopped(); e != nil {
		buffer.Active = facts.Bool(false, r.At(e))
	}
	list.Items = append(list.Items, buffer)
	for _, word := range []string{"persistent", "file"} {
		e := r.Final("logging", word)
		if e == nil || e.Negated {
			continue
		}
		s := &pb.LogStore{Scope: word, Active: facts.Bool(true, r.At(e)), Persistent: facts.Bool(true, r.At(e))}
		if n, ok := stanza.Number(e.After("size")); ok {
			s.MaxBytes = facts.Int(n, r.At(e))
		} else if n, ok := e.Number(3); ok && word == "file" {
			s.MaxBytes = facts.Int(n, r.At(e))
		}
		list.Items = append(list.Items, s)
	}
	r.Facts.LogStores = list
}

// notHosts are words that follow "logging" and are not a server.
var notHosts = []string{
	"host", "buffered", "on", "console", "monitor", "trap", "source-interface", "facility", "history", "synchronous", "event", "origin-id", "rate-limit", "count", "persistent",
	"file", "discriminator", "exception", "queue-limit", "userinfo", "cns-events", "snmp-authfail", "message-counter", "reload", "esm", "ip", "alarm", "dmvpn", "delimiter",
	"server-arp", "snmp-trap", "enable", "purge-log", "filter", "ha", "standby", "smartlog", "lock", "threshold", "system",
}

func (r *reader) logTargets() {
	st := r.Doc.List()
	list := &pb.LogTargetList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	seen := map[string]bool{}
	for e := range r.Find("logging") {
		at := 1
		if e.Word(1) == "host" {
			at = 2
		} else if slices.Contains(notHosts, e.Word(1)) || len(e.Words) < 2 {
			continue
		} else if _, err := netip.ParseAddr(e.Word(1)); err != nil && strings.Contains(e.Word(1), "-") && !strings.Contains(e.Word(1), ".") {
			continue
		}
		if e.Word(at) == "ipv6" {
			at++
		}
		address := e.Word(at)
		if e.Negated || address == "" {
			continue
		}
		t := r.logTarget(e, address)
		if !seen[t.Scope] {
			seen[t.Scope] = true
			list.Items = append(list.Items, t)
		}
	}
	r.Facts.LogTargets = list
}

func (r *reader) logTarget(e *stanza.Entry, address string) *pb.LogTarget {
	ev := r.At(e)
	transport, port := "udp", int64(514)
	by := facts.Default(syslogPort)
	if w := e.After("transport"); w != "" {
		transport, by = w, ev
	}
	if transport == "tcp" {
		port = 601
	}
	if transport == "tls" {
		port = 6514
	}
	portBy := by
	if n, ok := stanza.Number(e.After("port")); ok {
		port, portBy = n, ev
	}
	t := &pb.LogTarget{
		Scope: address + ":" + strconv.FormatInt(port, 10), Address: facts.Text(address, ev), Port: facts.Int(port, portBy), Protocol: facts.Text(transport, by),
		Encrypted: facts.Bool(transport == "tls", ev),
	}
	if by != ev && !(r.Documented && r.Whole()) {
		m := r.Doc.NoDefault("logging host")
		t.Protocol, t.Encrypted = m.Text(), m.Bool()
		if portBy != ev {
			t.Port = m.Int()
		}
	}
	t.Selector, t.Everything = r.Doc.NoDefault("logging trap").Text(), r.Doc.NoDefault("logging trap").Bool()
	if trap := r.Final("logging", "trap"); trap != nil {
		r.trap(t, trap)
	}
	if slices.Contains(e.Words, "discriminator") || slices.Contains(e.Words, "filtered") {
		t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "discriminator", ev).Bool()
	}
	if off := r.stopped(); off != nil {
		t.Everything = facts.Bool(false, r.At(off))
	}
	return t
}

func (r *reader) trap(t *pb.LogTarget, e *stanza.Entry) {
	ev := r.At(e)
	level, ok := ciscolike.Severity(e.Word(2))
	switch {
	case e.Negated:
		t.Selector, t.Everything = facts.Text("none", ev), facts.Bool(false, ev)
	case len(e.Words) == 2:
		// the level is the default
	case !ok:
		m := r.Odd(e)
		t.Selector, t.Everything = m.Text(), m.Bool()
	default:
		t.Selector, t.Everything = facts.Text(level, ev), facts.Bool(level == "informational" || level == "debugging", ev)
	}
}

// timestamps reads whether log records carry date and time.
func (r *reader) timestamps() {
	p := r.Facts.Protections
	p.LogTimestamps = r.Doc.NoDefault("service timestamps log").Text()
	e := r.Final("service", "timestamps", "log")
	if e == nil {
		if all := r.Final("service", "timestamps"); all != nil && len(all.Words) == 2 {
			e = all
		}
	}
	switch {
	case e == nil:
	case e.Negated:
		p.LogTimestamps = facts.Text("none", r.At(e))
	case e.Word(3) == "datetime":
		p.LogTimestamps = facts.Text("datetime", r.At(e))
	case e.Word(3) == "uptime" || e.Word(3) == "":
		p.LogTimestamps = facts.Text("uptime", r.At(e))
	default:
		p.LogTimestamps = r.Odd(e).Text()
	}
}

// auditEvents states the kinds of events that the configuration decides about; there are others, which it does not show.
func (r *reader) auditEvents() {
	list := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		list.Reason, list.Detail = r.Doc.Reason(), r.Doc.Source
	}
	list.Items = append(list.Items, &pb.AuditEvent{Scope: "commands", Recorded: r.Facts.Protections.CommandAccounting})
	for scope, word := range map[string]string{"failed_logins": "on-failure", "logins": "on-success"} {
		recorded := r.Doc.NoDefault("login " + word).Bool()
		if e := r.Final("login", word); e != nil {
			recorded = facts.Bool(!e.Negated, r.At(e))
		}
		list.Items = append(list.Items, &pb.AuditEvent{Scope: scope, Recorded: recorded})
	}
	slices.SortFunc(list.Items, func(a, b *pb.AuditEvent) int { return strings.Compare(a.GetScope(), b.GetScope()) })
	r.Facts.AuditEvents = list
}
