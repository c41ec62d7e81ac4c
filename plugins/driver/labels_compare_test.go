package driver_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// remarks are keys that say nothing which is compared here.
var remarks = []string{
	"file", "os", "l", "note", "why", "template", "excerpt", "format", "level", "new_differs", "palindrome_check", "strength_check", "scope", "enforce",
	"once_password", "vrfs", "connection_limit", "rate_limit", "rank", "password_encryption_note", "device_block", "mgmt_audit", "local_file", "local_files",
	"files", "server_count", "default_domain", "authentication", "authorization_exec_default", "login_default", "new_model", "order", "passwd", "webmaster",
	"expert_hash", "ssh_strong_crypto", "character_sets",
}

// compare holds every label of one configuration to the facts.
func (s *sheet) compare(l label, r *pluginpb.ReadResponse) {
	f := r.GetFacts()
	for _, key := range slices.Sorted(maps.Keys(l)) {
		want := l[key]
		switch key {
		case "version":
			s.version(want, f.GetPlatform().GetVersion())
		case "hostname":
			s.text(key, want, f.GetPlatform().GetHostname())
		case "device_kind":
			s.kind(want, f.GetPlatform().GetKind())
		case "users":
			s.users(want, l, f.GetAccounts())
		case "root_auth":
			s.scheme("root", want, account(f.GetAccounts(), "root"))
		case "enable":
			s.storage(key, want, f.GetProtections().GetEnableScheme())
		case "password_encryption":
			s.encryption(want, f.GetProtections().GetPasswordEncryption())
		case "aaa":
			s.aaa(want, f.GetAuthServers())
		case "lines":
			for _, line := range asList(want) {
				s.line(asMap(line), f)
			}
		case "telnet", "ssh", "http", "https", "ftp", "nxapi", "api_http", "web":
			s.service(key, asMap(want), f)
		case "services", "allowaccess":
			s.switches(asMap(want), f)
		case "login_source_limit":
			s.sourceLimit(asMap(want), f)
		case "password_policy":
			s.passwordPolicy(want, f.GetPasswordPolicies())
		case "lockout":
			s.lockout(want, f.GetLockoutPolicies())
		case "snmp":
			s.snmp(want, f)
		case "syslog":
			s.syslog(want, f)
		case "ntp":
			s.ntp(want, f.GetTimeSources())
		case "banner":
			s.banner(want, f.GetAccessPaths())
		case "console_idle_s", "vty_idle_s", "idle_s", "admin_idle_s", "cli_idle_s":
			s.idle(key, want, sessions(f, map[string][]string{"console_idle_s": {"con"}, "vty_idle_s": {"vty", "ssh"}, "admin_idle_s": {"web", "admin", "ssh", "cli"}, "cli_idle_s": {"cli", "ssh", "shell"}}[key]))
		case "log":
			for store, want := range asMap(want) {
				if word, ok := want.(string); ok {
					s.logStore(store, word == "on", f.GetLogStores())
				}
			}
		default:
			if !slices.Contains(remarks, key) {
				s.lines = append(s.lines, fmt.Sprintf("%s: %s: not compared", s.file, key))
			}
		}
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func texts(v any) []string {
	if one, ok := v.(string); ok {
		return []string{one}
	}
	var out []string
	for _, x := range asList(v) {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func number(v any) (int64, bool) {
	switch n := v.(type) {
	case uint64:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// defaulted says that a fact rests on a vendor's document, not on a line.
func defaulted(f facts.Fact) bool {
	return slices.ContainsFunc(f.GetEvidence(), func(e *pb.Evidence) bool { return e.GetDefaultStatedIn() != "" })
}

// silent says that a fact states nothing which a line would have to have configured.
func silent(f facts.Fact) bool { return !facts.Known(f) || defaulted(f) }

// quoted says that a value stands word for word in the line it cites: then a label of null overlooked it.
func quoted(got *pb.TextFact) bool {
	return slices.ContainsFunc(got.GetEvidence(), func(e *pb.Evidence) bool { return strings.Contains(e.GetExcerpt(), got.GetValue()) })
}

func (s *sheet) version(want any, got *pb.TextFact) {
	if want == nil {
		s.mark("version", want, facts.String(got), silent(got) || quoted(got), false)
		return
	}
	a, b := squeeze(fmt.Sprint(want)), squeeze(got.GetValue())
	s.mark("version", want, facts.String(got), b != "" && (strings.Contains(a, b) || strings.Contains(b, a)), !facts.Known(got))
}

func squeeze(s string) string {
	return strings.NewReplacer(" ", "", ",", "", "release", "", "version", "", "-", "", "_", "").Replace(strings.ToLower(s))
}

func (s *sheet) text(key string, want any, got *pb.TextFact) {
	if want == nil {
		s.mark(key, want, facts.String(got), silent(got) || quoted(got), false)
		return
	}
	s.mark(key, want, facts.String(got), facts.Known(got) && got.GetValue() == fmt.Sprint(want), !facts.Known(got))
}

func (s *sheet) kind(want any, got *pb.TextFact) {
	first := strings.ToLower(fmt.Sprint(want))
	known := slices.ContainsFunc([]string{"switch", "router", "firewall", "load-balancer"}, func(k string) bool { return strings.Contains(first, k) })
	if known {
		s.mark("device_kind", want, facts.String(got), strings.Contains(first, got.GetValue()) && facts.Known(got), !facts.Known(got))
	}
}

func account(list *pb.AccountList, name string) *pb.Account {
	for _, a := range list.GetItems() {
		if a.GetScope() == name {
			return a
		}
	}
	return nil
}

func (s *sheet) users(want any, l label, list *pb.AccountList) {
	unknown := list.GetState() != pb.FactState_FACT_STATE_KNOWN
	var names []string
	for _, u := range slices.Concat(asList(want), asList(l["webmaster"])) {
		user := asMap(u)
		name := fmt.Sprint(user["name"])
		names = append(names, name)
		a := account(list, name)
		s.mark("user", name, "no such account", a != nil, unknown)
		if a == nil {
			continue
		}
		s.scheme(name, user["pw"], a)
		for _, key := range []string{"priv", "level", "role", "roles", "class", "profile", "groups"} {
			if user[key] != nil {
				got := a.GetRoles()
				ok := !slices.ContainsFunc(flatten(user[key]), func(r string) bool { return !slices.Contains(got.GetValue(), r) })
				s.mark("user "+name+" "+key, user[key], facts.String(got), ok && facts.Known(got), !facts.Known(got))
			}
		}
		if user["service"] != nil {
			got := a.GetServices()
			s.mark("user "+name+" service", user["service"], facts.String(got), same(services(texts(user["service"])), services(got.GetValue())), !facts.Known(got))
		}
		if user["shell"] != nil {
			s.text("user "+name+" shell", user["shell"], a.GetShell())
		}
	}
	for _, a := range list.GetItems() {
		_, root := l["root_auth"]
		if !slices.Contains(names, a.GetScope()) && (a.GetScope() != "root" || !root) {
			s.mark("user", "none", "account "+a.GetScope(), false, false)
		}
	}
}

// services puts names that mean the same into one form.
func services(list []string) []string {
	var out []string
	for _, w := range list {
		switch w {
		case "http", "https":
			w = "web"
		case "console":
			w = "terminal"
		case "pad", "dvpn", "ppp", "lan-access":
			continue
		}
		out = append(out, w)
	}
	return out
}

func flatten(v any) []string {
	if n, ok := number(v); ok {
		return []string{fmt.Sprint(n)}
	}
	return texts(v)
}

func same(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// schemes says what the labels' words for stored passwords are in the vocabulary of facts.
var schemes = map[string]string{
	"type5": "md5crypt", "type7": "reversible", "type8": "pbkdf2", "type9": "scrypt", "type4": "sha256", "huawei-cipher": "reversible", "huawei-irreversible": "irreversible",
	"comware-hash": "irreversible", "comware-cipher": "reversible", "comware-simple": "plaintext", "fortios-enc": "irreversible", "asa-encrypted": "asa-md5",
	"asa-pbkdf2": "pbkdf2", "zte-encrypted": "reversible", "stoneos-enc": "irreversible",
}

func (s *sheet) scheme(name string, want any, a *pb.Account) {
	if want == "none" {
		state := a.GetPasswordState()
		s.mark("user "+name+" password", want, facts.String(state), state.GetValue() == "none" || state.GetValue() == "empty" || state.GetState() == pb.FactState_FACT_STATE_ABSENT, !facts.Known(state))
		return
	}
	s.storage("user "+name+" password", want, a.GetPasswordScheme())
}

func (s *sheet) storage(key string, want any, got *pb.TextFact) {
	switch want {
	case nil:
		return
	case "redacted", "not-shown":
		s.mark(key, want, facts.String(got), !facts.Known(got), false)
		return
	case "none":
		s.mark(key, want, facts.String(got), got.GetState() == pb.FactState_FACT_STATE_ABSENT || cut(got), !facts.Known(got))
		return
	}
	word := fmt.Sprint(want)
	if w, ok := schemes[word]; ok {
		word = w
	}
	s.mark(key, want, facts.String(got), got.GetValue() == word, !facts.Known(got))
}

// cut says that a fact is unknown only because the text may go on.
func cut(f facts.Fact) bool {
	return f.GetState() == pb.FactState_FACT_STATE_UNKNOWN && f.GetReason() == pb.Reason_REASON_TRUNCATED
}

func (s *sheet) encryption(want any, got *pb.BoolFact) {
	if want == true {
		s.mark("password_encryption", want, facts.String(got), got.GetValue(), !facts.Known(got))
		return
	}
	s.mark("password_encryption", want, facts.String(got), !got.GetValue(), false)
}

// claims says whether a label of a subject says anything of a part of it; a label of null says that there is none of it.
func claims(want any, key string) bool {
	_, stated := asMap(want)[key]
	return stated || want == nil
}

func (s *sheet) aaa(want any, list *pb.AuthServerList) {
	if !claims(want, "servers") {
		return
	}
	var hosts, got []string
	for _, v := range asList(asMap(want)["servers"]) {
		hosts = append(hosts, fmt.Sprint(asMap(v)["host"]))
	}
	for _, i := range list.GetItems() {
		got = append(got, i.GetScope())
	}
	s.list("aaa servers", hosts, got, list.GetState(), list.GetReason())
}

// list compares names; where none are labelled and none stated, a list that may go on agrees.
func (s *sheet) list(key string, want, got []string, state pb.FactState, reason pb.Reason) {
	unknown := state != pb.FactState_FACT_STATE_KNOWN
	if len(want) == 0 && len(got) == 0 && unknown && reason == pb.Reason_REASON_TRUNCATED {
		s.mark(key, want, got, true, false)
		return
	}
	ok := same(want, got)
	s.mark(key, want, got, ok, unknown && !slices.ContainsFunc(got, func(g string) bool { return !slices.Contains(want, g) }))
}

func (s *sheet) logStore(scope string, on bool, list *pb.LogStoreList) {
	for _, i := range list.GetItems() {
		if strings.Contains(i.GetScope(), scope) {
			s.mark("log "+scope, on, facts.String(i.GetActive()), i.GetActive().GetValue() == on, !facts.Known(i.GetActive()))
			return
		}
	}
	s.mark("log "+scope, on, "not stated", false, true)
}

func (s *sheet) banner(want any, list *pb.AccessPathList) {
	shown, unknown := false, false
	for _, p := range list.GetItems() {
		shown = shown || p.GetBanner().GetValue()
		unknown = unknown || p.GetBanner().GetState() == pb.FactState_FACT_STATE_UNKNOWN && p.GetBanner().GetReason() != pb.Reason_REASON_NO_DOCUMENTED_DEFAULT && !cut(p.GetBanner())
	}
	s.mark("banner", want, shown, (want != false && want != nil) == shown, unknown && !shown)
}

func (s *sheet) passwordPolicy(want any, list *pb.PasswordPolicyList) {
	if want == nil {
		for _, p := range list.GetItems() {
			for name, f := range map[string]facts.Fact{"min_length": p.GetMinLength(), "history": p.GetHistory(), "max_age": p.GetMaxAge()} {
				if p.GetEnforced().GetValue() && !silent(f) {
					s.mark("password_policy", want, p.GetScope()+" "+name+" "+facts.String(f), false, false)
				}
			}
		}
		s.mark("password_policy", want, "", true, false)
		return
	}
	m := asMap(want)
	one := func(key string, of func(*pb.PasswordPolicy) (facts.Fact, bool)) {
		if m[key] == nil {
			return
		}
		unknown, got := true, []string{}
		for _, p := range list.GetItems() {
			f, ok := of(p)
			if ok {
				s.agree++
				return
			}
			unknown = unknown && !facts.Known(f)
			got = append(got, p.GetScope()+" "+facts.String(f))
		}
		s.mark("password_policy "+key, m[key], got, false, unknown)
	}
	count := func(key string, of func(*pb.PasswordPolicy) *pb.IntFact) {
		one(key, func(p *pb.PasswordPolicy) (facts.Fact, bool) {
			n, _ := number(m[key])
			f := of(p)
			return f, facts.Known(f) && f.GetValue() == n || n == 0 && f.GetState() == pb.FactState_FACT_STATE_ABSENT
		})
	}
	count("min_length", (*pb.PasswordPolicy).GetMinLength)
	count("history", (*pb.PasswordPolicy).GetHistory)
	count("complexity", (*pb.PasswordPolicy).GetMinClasses)
	one("max_age_days", func(p *pb.PasswordPolicy) (facts.Fact, bool) {
		n, isNumber := number(m["max_age_days"])
		f := p.GetMaxAge()
		if !isNumber || n == 0 {
			return f, f.GetForever() || f.GetState() == pb.FactState_FACT_STATE_ABSENT
		}
		return f, facts.Known(f) && f.GetValue().AsDuration() == time.Duration(n)*24*time.Hour
	})
	one("enabled", func(p *pb.PasswordPolicy) (facts.Fact, bool) {
		return p.GetEnforced(), facts.Known(p.GetEnforced()) && p.GetEnforced().GetValue() == (m["enabled"] == true)
	})
	for _, check := range []string{"block_username", "username_check"} {
		one(check, func(p *pb.PasswordPolicy) (facts.Fact, bool) {
			return p.GetUserNameCheck(), facts.Known(p.GetUserNameCheck()) && p.GetUserNameCheck().GetValue() == (m[check] == true)
		})
	}
	for key, class := range map[string]string{"upper": "upper", "lower": "lower", "digit": "digit", "special": "symbol"} {
		one(key, func(p *pb.PasswordPolicy) (facts.Fact, bool) {
			n, _ := number(m[key])
			return p.GetRequiredClasses(), facts.Known(p.GetRequiredClasses()) && slices.Contains(p.GetRequiredClasses().GetValue(), class) == (n > 0)
		})
	}
}

func (s *sheet) lockout(want any, list *pb.LockoutPolicyList) {
	m := asMap(want)
	attempts, counted := number(m["attempts"])
	for _, p := range list.GetItems() {
		if want == nil && !silent(p.GetAttempts()) {
			s.mark("lockout", want, p.GetScope()+" "+facts.String(p.GetAttempts()), false, false)
			return
		}
		if m["enabled"] == false {
			s.mark("lockout", "off", facts.String(p.GetAttempts()), silent(p.GetAttempts()), false)
			return
		}
	}
	switch {
	case want == nil, m["enabled"] == false:
		s.mark("lockout", want, "", true, false)
		return
	case !counted:
		s.lines = append(s.lines, s.file+": lockout without attempts: not compared")
		return
	}
	var got []string
	for _, p := range list.GetItems() {
		got = append(got, p.GetScope()+" "+facts.String(p.GetAttempts())+" "+facts.String(p.GetDuration()))
		if !facts.Known(p.GetAttempts()) || p.GetAttempts().GetValue() != attempts {
			continue
		}
		s.agree++
		if seconds, ok := number(m["duration_s"]); ok {
			d := p.GetDuration()
			s.mark("lockout duration", seconds, facts.String(d), seconds == 0 && d.GetForever() || facts.Known(d) && d.GetValue().AsDuration() == time.Duration(seconds)*time.Second, !facts.Known(d))
		}
		return
	}
	s.mark("lockout attempts", attempts, got, false, list.GetState() != pb.FactState_FACT_STATE_KNOWN)
}
