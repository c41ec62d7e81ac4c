package rgos

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// toggles are services that a hardened device does without, with the lines that switch them. None has a default that a document says.
var toggles = []struct {
	scope string
	words []string
}{
	{"lldp", []string{"lldp", "enable"}}, {"ftp-server", []string{"ftp-server", "enable"}}, {"tftp-server", []string{"tftp-server", "enable"}},
	{"dhcp", []string{"service", "dhcp"}}, {"http", []string{"enable", "service", "web-server"}}, {"mqtt-server", []string{"mqtt-server", "enable"}},
	{"source-route", []string{"ip", "source-route"}},
}

func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, t := range toggles {
		s := &pb.Service{Scope: t.scope, Enabled: r.Doc.NoDefault(t.scope).Bool()}
		if e := r.Final(t.words...); e != nil {
			s.Enabled = facts.Bool(!e.Negated, r.At(e))
		}
		list.Items = append(list.Items, s)
	}
	if e := r.Final("cwmp"); e != nil { // management by a server of the maker or of a carrier
		list.Items = append(list.Items, &pb.Service{Scope: "cwmp", Enabled: facts.Bool(!e.Negated, r.At(e))})
	}
	r.Facts.Services = list
}

// snmp reads communities and users.
func (r *reader) snmp() {
	st := r.Doc.List()
	list := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		c := r.Community(e, len(list.Items)+1)
		if c.Access == nil {
			c.Access = r.Doc.NoDefault("snmp-server community").Text()
		}
		list.Items = append(list.Items, c)
	}
	r.Facts.SnmpCommunities = list
	r.Facts.SnmpUsers = &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: r.SNMPUsers(r.SNMPGroups())}
}

// snmpPath states SNMP as a way in; the agent may also be switched off as a service.
func (r *reader) snmpPath() *pb.AccessPath {
	p := r.SNMPPath(r.Doc.NoDefault("enable service snmp-agent").Bool())
	if e := r.Final("enable", "service", "snmp-agent"); e != nil {
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
	}
	return p
}

// logging reads where records go, and what they carry.
func (r *reader) logging() {
	st := r.Doc.List()
	m := r.Doc.NoDefault("logging buffered")
	buffer := &pb.LogStore{Scope: "buffer", Active: m.Bool(), Level: m.Text(), MaxBytes: m.Int(), Persistent: m.Bool(), OnFull: m.Text()}
	if e := r.Final("logging", "buffered"); e != nil {
		r.Buffered(buffer, e)
	}
	stores := &pb.LogStoreList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LogStore{buffer}}
	for e := range r.Find("logging", "file") {
		if !e.Negated && e.Word(2) != "numbers" {
			stores.Items = append(stores.Items, r.logFile(e))
		}
	}
	targets := &pb.LogTargetList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	stopped := r.Final("logging", "on")
	for e := range r.Find("logging") {
		address := serverOf(e)
		if e.Negated || address == "" {
			continue
		}
		t := r.Target(e, address)
		if trap := r.Final("logging", "trap"); trap != nil && !trap.Negated && len(trap.Words) > 2 {
			r.Level(t, trap, trap.Word(2))
		} else {
			t.Selector, t.Everything = r.Doc.NoDefault("logging trap").Text(), r.Doc.NoDefault("logging trap").Bool()
		}
		if stopped != nil && stopped.Negated {
			t.Everything = facts.Bool(false, r.At(stopped))
		}
		targets.Items = append(targets.Items, t)
	}
	if stopped != nil && stopped.Negated {
		buffer.Active = facts.Bool(false, r.At(stopped))
	}
	r.Facts.LogStores, r.Facts.LogTargets = stores, targets
	p := r.Facts.Protections
	p.LogTimestamps = r.Doc.NoDefault("service timestamps log").Text()
	if e := r.Final("service", "timestamps", "log"); e != nil {
		switch {
		case e.Negated:
			p.LogTimestamps = facts.Text("none", r.At(e))
		case e.Word(3) == "datetime" || e.Word(3) == "uptime":
			p.LogTimestamps = facts.Text(e.Word(3), r.At(e))
		default:
			p.LogTimestamps = r.Doc.NoDefault("service timestamps log").Text()
		}
	}
	r.auditEvents()
}

// logFile reads "logging file flash:NAME [SIZE] [LEVEL]".
func (r *reader) logFile(e *stanza.Entry) *pb.LogStore {
	s := &pb.LogStore{Scope: "file", Active: facts.Bool(true, r.At(e)), Persistent: facts.Bool(true, r.At(e))}
	for _, w := range e.Words[2:] {
		if n, ok := stanza.Number(w); ok && n > 7 {
			s.MaxBytes = facts.Int(n, r.At(e))
		} else if level, ok := ciscolike.Severity(w); ok {
			s.Level = facts.Text(level, r.At(e))
		}
	}
	return s
}

// loggingWords are words that follow "logging" and are not a server.
var loggingWords = []string{
	"server", "on", "buffered", "console", "monitor", "trap", "source", "facility", "file", "synchronous", "userinfo", "count", "rate-limit", "rd", "filter", "delay-send", "policy",
	"statistic", "flash", "life-time", "event", "message", "sysname", "standard", "systemlog", "performance", "reboot", "log", "mask", "terminal-monitor",
}

// serverOf finds the address in "logging server [oob|ipv6|vrf V] ADDRESS" and "logging ADDRESS".
func serverOf(e *stanza.Entry) string {
	i := 1
	if e.Word(1) == "server" || e.Word(1) == "host" {
		i = 2
	} else if slices.Contains(loggingWords, e.Word(1)) {
		return ""
	}
	for ; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "oob", "ipv6", "ip":
		case "vrf":
			i++
		default:
			return e.Words[i]
		}
	}
	return ""
}

// auditEvents states the kinds of events that the configuration decides about; there are others, which it does not show.
func (r *reader) auditEvents() {
	list := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		list.Reason, list.Detail = r.Doc.Reason(), r.Doc.Source
	}
	list.Items = []*pb.AuditEvent{{Scope: "commands", Recorded: r.Facts.Protections.CommandAccounting}}
	r.Facts.AuditEvents = list
}

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, protocol := range []string{"ntp", "sntp"} {
		for e := range r.Find(protocol, "server") {
			address, from := ciscolike.TimeServer(e)
			if e.Negated || address == "" {
				continue
			}
			s := &pb.TimeSource{Scope: address, Kind: facts.Text("server", r.At(e)), Authenticated: facts.Bool(false, r.At(e))}
			if protocol == "ntp" {
				s.Authenticated = r.Authenticated(e, from)
			}
			list.Items = append(list.Items, s)
		}
	}
	r.Facts.TimeSources = list
	r.clock()
}

// clock reads "show ntp status" and the time zone.
func (r *reader) clock() {
	doc := r.Ans.Command(showNTP)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("clock timezone").Text()}
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		ev := doc.Line(n, t)
		if rest, ok := strings.CutPrefix(t, "Clock is "); ok {
			c.Synchronised = facts.Bool(strings.HasPrefix(rest, "synchronized"), ev)
			words := strings.FieldsFunc(rest, func(c rune) bool { return c == ' ' || c == ',' })
			for i := 0; i+1 < len(words); i++ {
				switch words[i] {
				case "stratum":
					if s, ok := stanza.Number(words[i+1]); ok {
						c.Stratum = facts.Int(s, ev)
					}
				case "is":
					c.Source = facts.Text(words[i+1], ev)
				}
			}
		}
		if rest, ok := strings.CutPrefix(t, "clock offset is "); ok && c.Synchronised.GetValue() {
			if ms, err := strconv.ParseFloat(strings.TrimSuffix(strings.Fields(rest + " x")[0], ","), 64); err == nil && ms > -1e12 && ms < 1e12 {
				c.Offset = facts.Duration(time.Duration(ms*float64(time.Millisecond)), ev)
			}
		}
	}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	r.Facts.Clock = c
}
