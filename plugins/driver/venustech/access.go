package venustech

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) platform() *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("firewall"), Vendor: facts.Text("Venustech"), Os: facts.Text("usg"), Version: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "version").Text(), Product: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "version").Text(), Hostname: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "hostname").Text()}
	if l := r.final("hostname"); l != nil && l.word(1) != "" {
		p.Hostname = facts.Text(l.word(1), r.at(l))
	}
	return p
}

// administrator is what the lines about one say together.
type administrator struct {
	name            string
	password, table *line
	address         *line
	first, odd      *line
}

func (r *reader) administrators() []*administrator {
	var out []*administrator
	byName := map[string]*administrator{}
	for _, l := range r.find("user", "administrator") {
		name := l.word(2)
		if name == "" {
			continue
		}
		a := byName[name]
		if a == nil {
			a = &administrator{name: name, first: l}
			byName[name], out = a, append(out, a)
		}
		switch l.word(3) {
		case "local":
			if l.word(4) != "secret-second" {
				a.password = l
			}
			if l.after("authorized-table") != "" {
				a.table = l
			}
		case "authorized-address":
			a.address = l
		case "description":
		default:
			l.used = false
			a.odd = l
		}
	}
	return out
}

// Names with which the product is delivered: their descriptions call them so.
var deliveredNames = []string{"admin", "audit", "useradmin"}

func (r *reader) accounts() *pb.AccountList {
	s := r.doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.administrators() {
		ev := r.at(u.first)
		unsaid := r.doc.NoDefault("user administrator")
		a := &pb.Account{
			Scope: u.name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(), DefaultName: facts.Bool(slices.Contains(deliveredNames, u.name), ev),
			DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "secret").Bool(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "last login").Time(), LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "last change").Time(),
			Services: unsaid.Texts(), LoginEnabled: unsaid.Bool(), PasswordState: unsaid.Text(), PasswordScheme: unsaid.Text(), Privileged: r.doc.NoDefault("authorized-table").Bool(), Roles: r.doc.NoDefault("authorized-table").Texts(),
		}
		if l := u.password; l != nil {
			a.LoginEnabled = facts.Bool(true, r.at(l))
			a.PasswordState, a.PasswordScheme = r.odd("local", l).Text(), r.odd("local", l).Text()
			if l.word(4) == "secret" && l.word(5) != "" { // how it is kept is written in no public document
				a.PasswordState, a.PasswordScheme = facts.Text("set", r.at(l)), r.odd("secret", l).Text()
			}
		}
		if u.odd != nil { // it may say that he may not log in
			a.LoginEnabled = r.odd("", u.odd).Bool()
		}
		if u.table != nil {
			name := u.table.after("authorized-table")
			a.Roles = facts.Texts([]string{name}, r.at(u.table))
			a.Privileged = r.privileged(name, u.table)
		}
		out.Items = append(out.Items, a)
	}
	return out
}

// privileged: a table that lets everything be changed gives full rights.
func (r *reader) privileged(table string, by *line) *pb.BoolFact {
	tables := r.find("authorized-table", table)
	for _, l := range tables {
		for _, b := range l.below {
			if b.begins("authorized", "write", "all") {
				return facts.Bool(true, r.at(by), r.section(l))
			}
		}
	}
	switch {
	case len(tables) > 0 && r.doc.Whole():
		return facts.Bool(false, r.at(by), r.section(tables[0]))
	case len(tables) > 0:
		return r.doc.Unknown().Bool()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "authorized-table "+table, r.at(by)).Bool()
}

// accessPaths: each interface names what it lets in. Whether that is all is written in no public document, so nothing is said to be off.
func (r *reader) accessPaths() *pb.AccessPathList {
	out := &pb.AccessPathList{}
	out.State, out.Reason, out.Detail = r.unclear("other ways in")
	sources := r.sources()
	for _, p := range []struct {
		scope     string
		encrypted bool
		port      *pb.IntFact
	}{
		{"ssh", true, r.port("server-ssh", "port")}, {"telnet", false, r.port("server-telnet", "port")},
		{"http", false, r.port("server", "http-port")}, {"https", true, r.port("server", "https-port")},
	} {
		path := &pb.AccessPath{Scope: p.scope, Enabled: r.doc.NoDefault("allow " + p.scope).Bool(), Remote: facts.Bool(true), Encrypted: facts.Bool(p.encrypted), Port: p.port, Sources: sources}
		for _, i := range r.find("interface") {
			down := slices.ContainsFunc(i.below, func(l *line) bool { return l.begins("shutdown") })
			for _, l := range i.below {
				if l.words[0] == "allow" && slices.Contains(l.words[1:], p.scope) && !down {
					path.Enabled = facts.Bool(true, r.at(i), r.at(l))
				}
			}
		}
		out.Items = append(out.Items, path)
	}
	return out
}

func (r *reader) port(first, key string) *pb.IntFact {
	if l := r.final(first); l != nil {
		if n, err := strconv.ParseInt(l.after(key), 10, 32); err == nil {
			return facts.Int(n, r.at(l))
		}
	}
	return r.doc.NoDefault(key).Int()
}

// sources are the addresses from which administrators may come, unless a policy for the device itself says more: one administrator who may
// come from anywhere opens the way to everybody.
func (r *reader) sources() *pb.TextsFact {
	if l := r.final("local-policy"); l != nil {
		l.used = false
		return r.odd("local-policy", l).Texts()
	}
	var list []string
	var ev []*pb.Evidence
	limited := true
	for _, u := range r.administrators() {
		if u.address == nil {
			limited = false
			continue
		}
		for _, word := range u.address.words[4:] {
			p, ok := network(word)
			switch {
			case !ok:
			case p.Bits() > 0:
				list = append(list, p.String())
			case r.doc.Whole():
				return facts.Absent(r.at(u.address)).Texts()
			default: // a policy for the device itself may follow
				return r.doc.Unknown().Texts()
			}
		}
		ev = append(ev, r.at(u.address))
	}
	switch {
	case !r.doc.Whole():
		return r.doc.Unknown().Texts()
	case !limited || len(list) == 0:
		return r.doc.NoDefault("authorized-address").Texts()
	}
	return facts.Texts(list, ev...)
}

// network reads an address or a network; the other words only number them.
func network(word string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(word); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(word)
	return p, err == nil
}

// logStores reads what is kept in memory; other places there may be.
func (r *reader) logStores() *pb.LogStoreList {
	out := &pb.LogStoreList{}
	out.State, out.Reason, out.Detail = r.unclear("other stores")
	if l := r.final("log", "system-info", "memory"); l != nil && l.after("upto") != "" {
		out.Items = append(out.Items, &pb.LogStore{Scope: "memory", Active: facts.Bool(true, r.at(l)), Persistent: facts.Bool(false, r.at(l)), Level: facts.Text(l.after("upto"), r.at(l)), RetentionBasis: r.doc.NoDefault("log").Text(), OnFull: r.doc.NoDefault("log").Text()})
	}
	return out
}
