package api

import (
	_ "embed"
	"net/netip"
	"slices"
	"strings"
)

// A Role is what a user is. He has one: nobody is two administrators.
type Role string

// Roles. System, Security and Audit are the three administrators.
const (
	System   Role = "system"
	Security Role = "security"
	Audit    Role = "audit"
	Operator Role = "operator"
	Auditor  Role = "auditor"
	SIEM     Role = "siem"
)

// Roles lists all.
func Roles() []Role { return []Role{System, Security, Audit, Operator, Auditor, SIEM} }

// Scopes are all that a token of the role may have.
func (r Role) Scopes() []string { return readAccess(accessTable).scopes(r) }

// Valid says whether there is such a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

//go:embed access.txt
var accessTable string

// Words of the column for those without a token.
const (
	allowed      = "yes"
	fromLoopback = "loopback"
)

// A right is a line of the table.
type right struct {
	scope     string
	anonymous string
	roles     []Role
}

// access is the table, by the name of the route.
type access map[string]right

// readAccess reads the table. A line that it cannot read gives no right; a test sees to it that there is none.
func readAccess(table string) access {
	out := access{}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) != 4+len(Roles()) || words[0] == "#" {
			continue
		}
		r := right{scope: strings.TrimPrefix(words[2], "-"), anonymous: words[3]}
		for i, role := range Roles() {
			if words[4+i] == allowed {
				r.roles = append(r.roles, role)
			}
		}
		out[words[0]+" "+words[1]] = r
	}
	return out
}

// scopes are those that any line gives the role.
func (a access) scopes(role Role) []string {
	var out []string
	for _, r := range a {
		if r.scope != "" && slices.Contains(r.roles, role) {
			out = append(out, r.scope)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// open says whether the route is for everybody who calls from there.
func (r right) open(from string) bool {
	if r.anonymous == fromLoopback {
		ip, err := netip.ParseAddr(from)
		return err == nil && ip.Unmap().IsLoopback()
	}
	return r.anonymous == allowed
}

// allows says whether the caller has the role and his token the scope.
func (r right) allows(who caller) bool {
	return slices.Contains(r.roles, who.role) && (r.scope == "" || slices.Contains(who.scopes, r.scope))
}
