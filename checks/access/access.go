// Package access judges the ways in which a target is administered: what is sent over them, from where they can be used,
// and which should not be there at all. It does not judge who may log in (checks/accounts) nor SNMP (checks/snmp).
package access

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Encrypted, Sources, DialIn, RiskyProtocols, Session}

// kind is the first word of a path's scope: "ssh", "vty" for "vty 0 4".
func kind(p *pb.AccessPath) string {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(p.GetScope())), " ")
	return word
}

// remote leaves out what is known not to be reached over the network, and SNMP. What no fact says to be remote or not is
// local if its name is that of something local.
func remote(p *pb.AccessPath) bool {
	if kind(p) == "snmp" {
		return false
	}
	switch p.GetRemote().GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
		return p.GetRemote().GetValue()
	case pb.FactState_FACT_STATE_UNSPECIFIED, pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return !slices.Contains([]string{"console", "con", "login", "su", "sudo", "desktop"}, kind(p))
	}
	return true
}

// lines are terminal lines: what comes in over them is named by their transports.
func line(p *pb.AccessPath) bool {
	return slices.Contains([]string{"vty", "line", "tty", "aux"}, kind(p))
}

// takes says whether a line takes a protocol in.
func takes(p *pb.AccessPath, protocol string) services.State {
	if !facts.Known(p.GetTransports()) {
		return services.Unclear
	}
	for _, t := range p.GetTransports().GetValue() {
		if t = strings.ToLower(t); t == protocol || t == "all" {
			return services.On
		}
	}
	return services.Off
}

// find gives the path of a protocol as such, nil if none is stated.
func find(paths []*pb.AccessPath, protocol string) *pb.AccessPath {
	for _, p := range paths {
		if strings.EqualFold(strings.TrimSpace(p.GetScope()), protocol) {
			return p
		}
	}
	return nil
}

// off says whether a protocol's own path is known to be switched off, and by what.
func off(paths []*pb.AccessPath, protocol string) ([]*pb.Evidence, bool) {
	p := find(paths, protocol)
	if services.Switched(p.GetEnabled()) != services.Off {
		return nil, false
	}
	return p.GetEnabled().GetEvidence(), true
}

func notEnabled(expected *pb.Text, p *pb.AccessPath) checks.Result {
	return checks.Passed(expected, checks.Say("未启用", "not enabled"), p.GetEnabled().GetEvidence()...)
}

// ifUsed is r for a path that may be used: where it is not known whether the path is on, a failure is not known either.
func ifUsed(p *pb.AccessPath, r checks.Result) checks.Result {
	if services.Switched(p.GetEnabled()) == services.On || r.Outcome != pb.Outcome_OUTCOME_FAIL {
		r.Evidence = append(r.Evidence, p.GetEnabled().GetEvidence()...)
		return r
	}
	u := checks.Unknown(r.Expected, p.GetEnabled().GetReason(), p.GetEnabled().GetDetail(), r.Evidence...)
	u.Observed = checks.Say("%s；是否启用未知", "%s; whether it is enabled is not known", r.Observed)
	return u
}

func complete(list facts.Fact) bool {
	return list.GetState() == pb.FactState_FACT_STATE_KNOWN || list.GetState() == pb.FactState_FACT_STATE_ABSENT
}
