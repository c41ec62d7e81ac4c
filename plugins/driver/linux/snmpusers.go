package linux

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (a *snmpAgent) user(name string) *snmpUser {
	u := a.users[name]
	if u == nil {
		u = &snmpUser{}
		a.users[name] = u
		a.order = append(a.order, name)
	}
	return u
}

func levelOf(word string) string {
	switch strings.ToLower(word) {
	case "noauth", "noauthnopriv":
		return "noAuthNoPriv"
	case "priv", "authpriv":
		return "authPriv"
	}
	return "authNoPriv" // what rouser demands when it says nothing
}

// createUser reads "createUser [-e ENGINE] NAME [AUTH PASSPHRASE [PRIV [PASSPHRASE]]]".
func (a *snmpAgent) createUser(l confLine, w []string) {
	w = w[1:]
	if w[0] == "-e" {
		w = w[min(2, len(w)):]
	}
	if len(w) == 0 {
		return
	}
	u := a.user(w[0])
	rest := w[1:]
	next := func() string {
		if len(rest) == 0 {
			return ""
		}
		v := rest[0]
		rest = rest[1:]
		return v
	}
	pass := func() {
		if v := next(); v == "-m" || v == "-l" {
			next()
		}
	}
	u.auth, u.priv = "none", "none"
	if auth := next(); auth != "" {
		u.auth = snmpAuth(auth)
		pass()
	}
	if priv := next(); priv != "" {
		u.priv = snmpPriv(priv)
		if len(rest) > 0 {
			pass()
		}
	}
	u.ev = append(u.ev, l.without("createUser", w[0], u.auth, "******", u.priv))
}

func snmpAuth(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if s == "sha1" {
		return "sha"
	}
	return s
}

func snmpPriv(s string) string {
	switch s = strings.ToLower(strings.ReplaceAll(s, "-", "")); s {
	case "aes":
		return "aes128"
	case "aes192c", "aes256c":
		return strings.TrimSuffix(s, "c")
	}
	return s
}

// The object identifiers by which snmpd keeps a user's algorithms (RFC 3414, 3826, 7860; Cisco's for longer keys).
var (
	usmAuth = map[string]string{
		".1.3.6.1.6.3.10.1.1.1": "none", ".1.3.6.1.6.3.10.1.1.2": "md5", ".1.3.6.1.6.3.10.1.1.3": "sha", ".1.3.6.1.6.3.10.1.1.4": "sha224",
		".1.3.6.1.6.3.10.1.1.5": "sha256", ".1.3.6.1.6.3.10.1.1.6": "sha384", ".1.3.6.1.6.3.10.1.1.7": "sha512",
	}
	usmPriv = map[string]string{
		".1.3.6.1.6.3.10.1.2.1": "none", ".1.3.6.1.6.3.10.1.2.2": "des", ".1.3.6.1.6.3.10.1.2.4": "aes128",
		".1.3.6.1.4.1.14832.1.1": "3des", ".1.3.6.1.4.1.14832.1.3": "aes192", ".1.3.6.1.4.1.14832.1.4": "aes256",
		".1.3.6.1.4.1.9.12.6.1.1": "aes192", ".1.3.6.1.4.1.9.12.6.1.2": "aes256",
	}
)

// usmUser reads the form in which snmpd keeps users: 1 3 ENGINE NAME SECNAME NULL AUTH KEY PRIV KEY PUBLIC.
func (a *snmpAgent) usmUser(l confLine, w []string) {
	if len(w) < 11 {
		return
	}
	name := strings.TrimSuffix(hexName(w[4]), "\x00")
	if name == "" {
		return
	}
	u := a.user(name)
	auth, ok1 := usmAuth[w[7]]
	priv, ok2 := usmPriv[w[9]]
	if ok1 {
		u.auth = auth
	}
	if ok2 {
		u.priv = priv
	}
	u.ev = append(u.ev, l.without("usmUser", name, u.auth, u.priv))
}

// hexName reads a name that is written as 0x….
func hexName(s string) string {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || len(digits)%2 != 0 {
		return s
	}
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		hi, lo := strings.IndexByte("0123456789abcdef", digits[i]|0x20), strings.IndexByte("0123456789abcdef", digits[i+1]|0x20)
		if hi < 0 || lo < 0 {
			return s
		}
		out = append(out, byte(hi<<4|lo))
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// userFacts states the users that may read or write something.
func (a *snmpAgent) userFacts() []*pb.SnmpUser {
	var out []*pb.SnmpUser
	for _, name := range a.order {
		u := a.users[name]
		for _, g := range a.groups[name] {
			if rule, ok := a.access[g.name]; ok && u.access == "" && (g.model == "usm" || g.model == "any") {
				u.access, u.level = "ro", levelOf(rule.level)
				if rule.write {
					u.access = "rw"
				}
				u.ev = moreEvidence(u.ev, rule.at.ev())
			}
		}
		f := &pb.SnmpUser{Scope: name, Sources: facts.Absent(u.ev...).Texts()}
		missing := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "createUser "+name, u.ev...)
		f.Auth, f.Priv, f.Level, f.Access = missing.Text(), missing.Text(), missing.Text(), facts.Absent(u.ev...).Text()
		if u.auth != "" {
			f.Auth, f.Priv = facts.Text(u.auth, u.ev...), facts.Text(u.priv, u.ev...)
		}
		if u.level != "" {
			f.Level = facts.Text(u.level, u.ev...)
			f.Access = facts.Text(u.access, u.ev...)
		}
		out = append(out, f)
	}
	return out
}
