package driver_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sessions gives the policies whose scope begins with one of the words; all if none is given.
func sessions(f *pb.Facts, words []string) []*pb.SessionPolicy {
	var out []*pb.SessionPolicy
	for _, p := range f.GetSessionPolicies().GetItems() {
		if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(p.GetScope(), w) }) {
			out = append(out, p)
		}
	}
	return out
}

// idle holds a labelled number of seconds to the policies: null means that none is configured, 0 that the session never ends.
func (s *sheet) idle(key string, want any, policies []*pb.SessionPolicy) {
	var got []string
	unknown := true
	for _, p := range policies {
		f := p.GetIdleTimeout()
		got = append(got, p.GetScope()+" "+facts.String(f))
		unknown = unknown && !facts.Known(f)
		seconds, ok := number(want)
		switch {
		case want == nil && !silent(f):
			s.mark(key, want, got, false, false)
			return
		case ok && seconds == 0 && f.GetForever(), ok && facts.Known(f) && !f.GetForever() && f.GetValue().AsDuration() == time.Duration(seconds)*time.Second:
			s.agree++
			return
		}
	}
	s.mark(key, want, got, want == nil, unknown)
}

func path(f *pb.Facts, scopes ...string) *pb.AccessPath {
	for _, scope := range scopes {
		for _, p := range f.GetAccessPaths().GetItems() {
			if p.GetScope() == scope {
				return p
			}
		}
	}
	return nil
}

// line compares a console, auxiliary or virtual line.
func (s *sheet) line(want map[string]any, f *pb.Facts) {
	scope := fmt.Sprint(want["line"])
	if v, stated := want["idle_s"]; stated {
		s.idle(scope+" idle_s", v, slices.DeleteFunc(sessions(f, []string{scope}), func(p *pb.SessionPolicy) bool { return p.GetScope() != scope }))
	}
	p := path(f, scope)
	cutShort := f.GetAccessPaths().GetState() != pb.FactState_FACT_STATE_KNOWN
	for _, key := range []string{"transport", "inbound"} {
		if want[key] == nil {
			continue
		}
		got := p.GetTransports()
		ok := same(texts(want[key]), got.GetValue())
		if slices.Equal(texts(want[key]), []string{"all"}) {
			ok = slices.Contains(got.GetValue(), "all") || slices.Contains(got.GetValue(), "telnet") && slices.Contains(got.GetValue(), "ssh")
		}
		s.mark(scope+" "+key, want[key], facts.String(got), ok, !facts.Known(got))
	}
	if acl, stated := want["acl"]; stated {
		got := p.GetSources()
		if acl == nil {
			s.mark(scope+" acl", "none", facts.String(got), got.GetState() == pb.FactState_FACT_STATE_ABSENT || cut(got), !facts.Known(got))
		} else {
			s.mark(scope+" acl", acl, facts.String(got), facts.Known(got) || got.GetReason() == pb.Reason_REASON_NOT_FOUND, got.GetState() != pb.FactState_FACT_STATE_ABSENT || cutShort)
		}
	}
	for _, key := range []string{"privilege", "level"} {
		if n, ok := number(want[key]); ok {
			got := p.GetPrivilege()
			s.mark(scope+" "+key, n, facts.String(got), facts.Known(got) && got.GetValue() == n, !facts.Known(got))
		}
	}
	if want["login"] == "local" {
		got := p.GetMethods()
		s.mark(scope+" login", "local", facts.String(got), slices.Contains(got.GetValue(), "local"), !facts.Known(got))
	}
	if want["auth"] == "none" {
		got := p.GetAuthenticated()
		s.mark(scope+" auth", "none", facts.String(got), facts.Known(got) && !got.GetValue(), !facts.Known(got))
	}
}

// scopes are what drivers call a service that the labels name.
var scopes = map[string][]string{
	"nxapi": {"nxapi", "api", "http", "https"}, "api_http": {"api", "http-api", "eapi", "https", "http"}, "web": {"web", "https", "http"}, "www": {"http", "www", "web"},
	"www_ssl": {"https", "www-ssl"}, "api_ssl": {"api-ssl"}, "ftp": {"ftp"},
}

func (s *sheet) service(key string, want map[string]any, f *pb.Facts) {
	names := append(slices.Clone(scopes[key]), key)
	p := path(f, names...)
	if word, ok := want["s"].(string); ok {
		s.enabled(key, word, f, names)
	}
	if n, ok := number(want["version"]); ok {
		got := p.GetVersions()
		s.mark(key+" version", n, facts.String(got), slices.Contains(got.GetValue(), fmt.Sprintf("SSH %d", n)) && len(got.GetValue()) == 1, !facts.Known(got))
	}
	for _, idle := range []string{"idle_s", "web_idle_s", "session_idle_s"} {
		if v, stated := want[idle]; stated {
			words := names
			if key == "http" || key == "https" {
				words = append(words, "web")
			}
			s.idle(key+" "+idle, v, sessions(f, words))
		}
	}
	if n, ok := number(want["port"]); ok {
		got := p.GetPort()
		s.mark(key+" port", n, facts.String(got), facts.Known(got) && got.GetValue() == n, !facts.Known(got))
	}
	if word, ok := map[any]string{"deny": "no", "allow": "yes"}[want["root_login"]]; ok {
		got := p.GetAdminLogin()
		s.mark(key+" root_login", want["root_login"], facts.String(got), got.GetValue() == word, !facts.Known(got))
	}
	if sources := texts(want["sources"]); len(sources) > 0 {
		got := p.GetSources()
		s.mark(key+" sources", sources, facts.String(got), len(got.GetValue()) == len(sources), !facts.Known(got))
	}
}

// enabled compares yes, no, default-on, default-off and unknown with a service's state: on if any path of that name is on.
func (s *sheet) enabled(key, word string, f *pb.Facts, names []string) {
	var got *pb.BoolFact
	for _, n := range names {
		if e := path(f, n).GetEnabled(); e != nil && (got == nil || e.GetValue()) {
			got = e
		}
	}
	switch word {
	case "unknown":
		s.mark(key, word, facts.String(got), silent(got), false)
	default:
		on := word == "yes" || word == "default-on"
		s.mark(key, word, facts.String(got), facts.Known(got) && got.GetValue() == on, !facts.Known(got))
	}
}

// switches compares a table of services, on or off.
func (s *sheet) switches(want map[string]any, f *pb.Facts) {
	for key, v := range want {
		word, isText := v.(string)
		if on, ok := v.(bool); ok {
			word, isText = map[bool]string{true: "yes", false: "no"}[on], true
		}
		if isText && slices.Contains([]string{"yes", "no", "default-on", "default-off"}, word) {
			s.enabled(key, word, f, append(slices.Clone(scopes[key]), key))
		}
	}
}

// sourceLimit compares whether those who may log in over the network are limited by address.
func (s *sheet) sourceLimit(want map[string]any, f *pb.Facts) {
	limited, open, unknown := "", "", false
	for _, p := range f.GetAccessPaths().GetItems() {
		login := slices.Contains([]string{"ssh", "telnet"}, p.GetScope()) || strings.HasPrefix(p.GetScope(), "vty") || p.GetScope() == "http" || p.GetScope() == "https" || p.GetScope() == "web"
		if !login || facts.Known(p.GetEnabled()) && !p.GetEnabled().GetValue() {
			continue
		}
		switch src := p.GetSources(); {
		case facts.Known(src):
			limited += p.GetScope() + " " + facts.String(src) + "; "
		case src.GetState() == pb.FactState_FACT_STATE_ABSENT:
			open += p.GetScope() + "; "
		case !cut(src):
			unknown = true
		}
	}
	switch want["s"] {
	case "yes":
		s.mark("login_source_limit", "yes", "open "+open, limited != "", unknown)
	case "no":
		s.mark("login_source_limit", "no", limited, limited == "" && (open != "" || !unknown), limited == "")
	}
}

func (s *sheet) snmp(want any, f *pb.Facts) {
	communities, users := f.GetSnmpCommunities(), f.GetSnmpUsers()
	if want == nil {
		s.list("snmp communities", nil, names(communities.GetItems()), communities.GetState(), communities.GetReason())
		return
	}
	m := asMap(want)
	unknown := communities.GetState() != pb.FactState_FACT_STATE_KNOWN
	access := map[string]int64{"n": int64(len(communities.GetItems()))}
	named, open, limited, other := false, 0, 0, false
	for _, c := range communities.GetItems() {
		access[c.GetAccess().GetValue()]++
		named = named || c.GetDefaultName().GetValue()
		switch src := c.GetSources(); {
		case facts.Known(src):
			limited++
		case src.GetState() == pb.FactState_FACT_STATE_ABSENT:
			open++
		default:
			other = true
		}
	}
	for _, key := range []string{"n", "ro", "rw"} {
		if n, ok := number(m[key]); ok {
			s.mark("snmp "+key, n, access[key], access[key] == n, unknown)
		}
	}
	if m["public"] == true || m["private"] == true {
		s.mark("snmp default community", true, named, named, unknown)
	} else if m["public"] == false && m["private"] == false {
		s.mark("snmp default community", false, named, !named, false)
	}
	switch m["acl"] {
	case "all":
		s.mark("snmp acl", "all", fmt.Sprint(open, " open"), open == 0, other)
	case "some":
		s.mark("snmp acl", "some", fmt.Sprint(open, " open, ", limited, " limited"), open > 0 && (limited > 0 || other), other)
	case "none":
		s.mark("snmp acl", "none", fmt.Sprint(limited, " limited"), limited == 0 && !other, other)
	}
	if n, ok := number(m["v3_users"]); ok {
		s.mark("snmp v3_users", n, names(users.GetItems()), int64(len(users.GetItems())) == n, users.GetState() != pb.FactState_FACT_STATE_KNOWN)
	}
	for _, key := range []string{"agent", "enabled"} {
		if on, ok := m[key].(bool); ok {
			got := path(f, "snmp").GetEnabled()
			s.mark("snmp "+key, on, facts.String(got), facts.Known(got) && got.GetValue() == on, !facts.Known(got))
		}
	}
}

func names[T interface{ GetScope() string }](items []T) []string {
	var out []string
	for _, i := range items {
		out = append(out, i.GetScope())
	}
	return out
}

func (s *sheet) syslog(label any, f *pb.Facts) {
	want := asMap(label)
	var got []string
	for _, t := range f.GetLogTargets().GetItems() {
		got = append(got, t.GetAddress().GetValue())
		if n, ok := number(want["port"]); ok && slices.Contains(texts(want["servers"]), t.GetAddress().GetValue()) {
			s.mark("syslog port", n, facts.String(t.GetPort()), t.GetPort().GetValue() == n, !facts.Known(t.GetPort()))
		}
		if proto, ok := want["proto"].(string); ok {
			s.mark("syslog proto", proto, facts.String(t.GetProtocol()), t.GetProtocol().GetValue() == proto, !facts.Known(t.GetProtocol()))
		}
		if level, ok := want["trap_level"].(string); ok {
			s.mark("syslog trap_level", level, facts.String(t.GetSelector()), strings.Contains(t.GetSelector().GetValue(), level), !facts.Known(t.GetSelector()))
		}
	}
	if _, holes := want["server_count"]; !holes && claims(label, "servers") {
		s.list("syslog servers", texts(want["servers"]), got, f.GetLogTargets().GetState(), f.GetLogTargets().GetReason())
	}
	for _, store := range f.GetLogStores().GetItems() {
		if store.GetScope() != "buffer" {
			continue
		}
		if level, ok := want["buffer_level"].(string); ok {
			s.mark("syslog buffer_level", level, facts.String(store.GetLevel()), store.GetLevel().GetValue() == level, !facts.Known(store.GetLevel()))
		}
		if n, ok := number(want["buffer"]); ok {
			s.mark("syslog buffer", n, facts.String(store.GetMaxBytes()), store.GetMaxBytes().GetValue() == n, !facts.Known(store.GetMaxBytes()))
		}
	}
}

func (s *sheet) ntp(want any, list *pb.TimeSourceList) {
	if claims(want, "servers") {
		s.list("ntp servers", texts(asMap(want)["servers"]), names(list.GetItems()), list.GetState(), list.GetReason())
	}
	auth, ok := asMap(want)["auth"].(bool)
	if !ok {
		return
	}
	for _, i := range list.GetItems() {
		got := i.GetAuthenticated()
		s.mark("ntp auth", auth, i.GetScope()+" "+facts.String(got), got.GetValue() == auth && (facts.Known(got) || !auth), !facts.Known(got))
	}
}
