// Package snmp judges how SNMP is protected: version 3 with authentication and encryption, and communities where they
// are still used. It does not judge what is monitored.
package snmp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Community, V3}

// path is the target's SNMP service as such, nil if nothing is stated of it.
func path(f *pb.Facts) *pb.AccessPath {
	for _, p := range f.GetAccessPaths().GetItems() {
		if strings.EqualFold(strings.TrimSpace(p.GetScope()), "snmp") {
			return p
		}
	}
	return nil
}

// off is the result where SNMP is known not to be used at all.
func off(f *pb.Facts) (checks.Result, bool) {
	p := path(f)
	if p == nil || services.Switched(p.GetEnabled()) != services.Off {
		return checks.Result{}, false
	}
	return checks.NotApplicable(checks.Say("未启用 SNMP", "SNMP is off"), p.GetEnabled().GetEvidence()...), true
}

// onlyV3 says whether the service answers version 3 alone, so that no community can be used.
func onlyV3(f *pb.Facts) (*pb.TextsFact, bool) {
	v := path(f).GetVersions()
	return v, facts.Known(v) && len(v.GetValue()) > 0 && !slices.ContainsFunc(v.GetValue(), func(w string) bool {
		w = strings.TrimLeft(strings.TrimPrefix(strings.ToLower(w), "snmp"), " -v")
		return !strings.HasPrefix(w, "3")
	})
}
