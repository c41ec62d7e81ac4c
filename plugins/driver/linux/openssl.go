package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var opensslFiles = []string{"/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf"}

// cryptoPolicy names the policy of the whole system on RHEL, openEuler and their like.
const cryptoPolicy = "/etc/crypto-policies/state/current"

// opensslConf is openssl.cnf with its includes: settings by section, each with its line.
type opensslConf struct {
	included
	sections map[string]map[string]iniValue
}

func readOpenssl(a driver.Answers, file string) *opensslConf {
	c := &opensslConf{included: included{a: a}, sections: map[string]map[string]iniValue{}}
	section := "default"
	c.read(file, &section)
	return c
}

func (c *opensslConf) read(file string, section *string) {
	c.visit(file, func(d driver.Document) {
		for _, l := range linesOf(d) {
			text, _, _ := strings.Cut(l.text, "#")
			text = strings.TrimSpace(text)
			if rest, ok := strings.CutPrefix(text, ".include"); ok {
				name := strings.Trim(strings.TrimLeft(strings.TrimSpace(rest), "= \t"), `"`)
				if !strings.HasPrefix(name, "/") {
					name = path.Join(path.Dir(file), name)
				}
				c.read(name, section)
				continue
			}
			if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
				*section = strings.TrimSpace(text[1 : len(text)-1])
				continue
			}
			key, value, ok := strings.Cut(text, "=")
			if !ok {
				continue
			}
			if c.sections[*section] == nil {
				c.sections[*section] = map[string]iniValue{}
			}
			c.sections[*section][strings.TrimSpace(key)] = iniValue{strings.TrimSpace(value), l}
		}
	})
}

// endpoint states the default for all programs that use OpenSSL; nil where none is configured.
func (c *opensslConf) endpoint(a driver.Answers) *pb.TlsEndpoint {
	init, ok := c.sections["default"]["openssl_conf"]
	if !ok {
		return nil
	}
	ssl := c.sections[init.value]["ssl_conf"]
	system := c.sections[c.sections[ssl.value]["system_default"].value]
	get := func(keys ...string) (iniValue, bool) {
		for _, k := range keys {
			if v, ok := system[k]; ok {
				return v, true
			}
		}
		return iniValue{}, false
	}
	lowest, hasLowest := get("MinProtocol", "TLS.MinProtocol")
	ciphers, hasCiphers := get("CipherString")
	if !hasLowest && !hasCiphers {
		return nil
	}
	e := &pb.TlsEndpoint{Scope: "openssl default"}
	if hasCiphers {
		e.Ciphers = facts.Texts(strings.FieldsFunc(ciphers.value, func(r rune) bool { return r == ':' || r == ',' }), ciphers.at.ev())
	}
	if !hasLowest {
		e.Versions = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "MinProtocol", c.whole()...).Texts()
		return e
	}
	ev := []*pb.Evidence{lowest.at.ev()}
	first, ok := tlsVersion(lowest.value)
	last := "TLSv1.3"
	if strings.EqualFold(lowest.value, "None") {
		first, ok = "SSLv3", true
	}
	if v, found := get("MaxProtocol", "TLS.MaxProtocol"); found && !strings.EqualFold(v.value, "None") {
		var known bool
		last, known = tlsVersion(v.value)
		ok, ev = ok && known, append(ev, v.at.ev())
	}
	from, to := slices.Index(tlsVersions, first), slices.Index(tlsVersions, last)
	if !ok || from > to {
		e.Versions = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, lowest.value, ev...).Texts()
		return e
	}
	if d := a.File(cryptoPolicy); d.Whole() {
		ev = append(ev, d.Line(1, strings.TrimSpace(string(d.Answer.GetBody()))))
	}
	e.Versions = facts.Texts(slices.Clone(tlsVersions[from:to+1]), ev...)
	return e
}
