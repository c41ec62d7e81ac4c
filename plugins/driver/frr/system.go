package frr

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var versionLine = regexp.MustCompile(`^FRRouting (\S+) \(([^)]+)\)`)

func (r *reader) platform() *pb.Platform {
	missing := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	p := &pb.Platform{Kind: facts.Text("router", r.Doc.All()), Vendor: facts.Text("FRRouting"), Os: facts.Text("frr"), OsName: facts.Text("FRRouting"), Version: missing.Text(), Hostname: missing.Text(), Product: missing.Text()}
	if e := r.Final("frr", "version"); e != nil && e.Word(2) != "" {
		p.Version = facts.Text(e.Word(2), r.At(e))
	}
	if e := r.Final("hostname"); e != nil && !e.Negated && e.Word(1) != "" {
		p.Hostname = facts.Text(e.Word(1), r.At(e))
	}
	doc := r.ans.Command(showVersion)
	for n, l := range doc.Lines() {
		if m := versionLine.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			p.Version = facts.Text(m[1], doc.Line(n, strings.TrimSpace(l)))
			if !facts.Known(p.Hostname) {
				p.Hostname = facts.Text(m[2], doc.Line(n, strings.TrimSpace(l)))
			}
		}
	}
	return p
}

// underneath is the state of a list that only the host can tell.
func (r *reader) underneath() driver.ListState {
	if !r.Whole() {
		return r.Doc.List()
	}
	return driver.ListState{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_ASKED, Detail: hostDetail}
}

func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.underneath()
	return &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.underneath()
	return &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.underneath()
	return &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

func (r *reader) authServers() *pb.AuthServerList {
	s := r.underneath()
	return &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

// communities: the agent is the host's; FRRouting only answers it.
func (r *reader) communities() *pb.SnmpCommunityList {
	s := r.underneath()
	return &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.underneath()
	return &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

// logTargets: where the host's log goes on to is the host's affair.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.underneath()
	return &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
}

var severities = []string{"emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging"}

// logStores are the host's log and files of its own.
func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	level := func(word string, at *pb.Evidence) *pb.TextFact {
		switch {
		case slices.Contains(severities, word):
			return facts.Text(word, at)
		case word == "" && r.Whole():
			return facts.Text("debugging", facts.Default(basics+"log syslog, log file (debugging)"))
		case word == "":
			return r.Doc.Unknown().Text()
		}
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", at).Text()
	}
	syslog := &pb.LogStore{Scope: "syslog", Active: r.Doc.Off()}
	if e := r.Final("log", "syslog"); e != nil {
		syslog.Active = facts.Bool(!e.Negated, r.At(e))
		if !e.Negated {
			syslog.Level = level(e.Word(2), r.At(e))
		}
	}
	out.Items = append(out.Items, syslog)
	if e := r.Final("log", "file"); e != nil && !e.Negated && e.Word(2) != "" {
		out.Items = append(out.Items, &pb.LogStore{Scope: e.Word(2), Active: facts.Bool(true, r.At(e)), Persistent: facts.Bool(true, r.At(e)), Level: level(e.Word(3), r.At(e))})
	}
	return out
}

// auditEvents: of the events only commands are decided here.
func (r *reader) auditEvents() *pb.AuditEventList {
	s := r.underneath()
	out := &pb.AuditEventList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	out.Items = append(out.Items, &pb.AuditEvent{Scope: "commands", Recorded: r.protections().GetCommandAccounting()})
	return out
}

func (r *reader) services() *pb.ServiceList {
	s := r.underneath()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	e := &pb.Service{Scope: "agentx", Enabled: r.Doc.Off()}
	if l := r.Final("agentx"); l != nil {
		e.Enabled = facts.Bool(!l.Negated, r.At(l))
	}
	out.Items = append(out.Items, e)
	return out
}

// interfaces are those that the configuration names; the host may have others.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.underneath()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("interface") {
		if e.Negated || e.Word(1) == "" {
			continue
		}
		i := &pb.Interface{Scope: e.Word(1), Enabled: host().Bool(), Described: r.Doc.Off(), Addresses: host().Texts()}
		var addresses []string
		var ev []*pb.Evidence
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "description" && !l.Negated:
				i.Described = facts.Bool(true, r.At(l))
			case l.Words[0] == "shutdown":
				i.Enabled = facts.Bool(l.Negated, r.At(l))
			case (l.Begins("ip", "address") || l.Begins("ipv6", "address")) && !l.Negated:
				addresses, ev = append(addresses, l.Word(2)), append(ev, r.At(l))
			}
		}
		if len(addresses) > 0 {
			i.Addresses = facts.Texts(addresses, ev...)
		}
		out.Items = append(out.Items, i)
	}
	return out
}
