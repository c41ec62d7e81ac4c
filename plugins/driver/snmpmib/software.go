package snmpmib

import (
	"regexp"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// processes reads hrSWRunTable: every program that runs.
func (r *reader) processes() *pb.ProcessTable {
	c := r.column(hrRunName)
	if !c.all() {
		return &pb.ProcessTable{Names: c.missing().Texts()}
	}
	var names []string
	for _, row := range c.rows {
		if row.Type == driver.StringType && text(row.Text) != "" {
			names = append(names, text(row.Text))
		}
	}
	slices.Sort(names)
	return &pb.ProcessTable{Names: facts.Texts(slices.Compact(names), c.doc.All())}
}

// How packages are named: by dpkg through Net-SNMP, and by rpm.
var (
	debName = regexp.MustCompile(`^([a-z0-9][a-z0-9.+-]*)_([0-9][^_]*)_[a-z0-9-]+$`)
	rpmName = regexp.MustCompile(`^([A-Za-z0-9][\w.+-]*)-([^-\s]+-[^-\s]+)$`)
)

// packages reads hrSWInstalledTable: all installed software, in names that carry the version in the package system's way.
func (r *reader) packages() *pb.PackageList {
	c := r.column(hrInstalled)
	list := &pb.PackageList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{c.doc.All()}}
	if !c.all() {
		list.State, list.Evidence = pb.FactState_FACT_STATE_UNKNOWN, nil
		list.Reason, list.Detail = why(c.missing())
	}
	taken := map[string]bool{}
	for _, row := range c.rows {
		if row.Type != driver.StringType || text(row.Text) == "" {
			continue
		}
		name := text(row.Text)
		version := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the name does not say its version as dpkg or rpm do", c.here(row)).Text()
		for _, form := range []*regexp.Regexp{debName, rpmName} {
			if m := form.FindStringSubmatch(name); m != nil {
				name, version = m[1], facts.Text(m[2], c.here(row))
				break
			}
		}
		list.Items = append(list.Items, &pb.Package{Scope: unique(taken, name, row.index.String()), Version: version})
	}
	return list
}
