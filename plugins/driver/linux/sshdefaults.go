package linux

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sshVersion is OpenSSH's version times a hundred: 9.2 is 902. Zero: not known.
type sshVersion int

func (v sshVersion) String() string { return fmt.Sprintf("%d.%d", int(v)/100, int(v)%100) }

// parseSSHVersion reads the version out of a package's: 1:9.2p1-2+deb12u3, 8.7p1-34.el9.
func parseSSHVersion(s string) sshVersion {
	if _, rest, ok := strings.Cut(s, ":"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "p")
	major, rest, ok := strings.Cut(s, ".")
	minor := leadingNumber(rest)
	n, err := strconv.Atoi(major)
	if !ok || err != nil || n < 1 || n > 99 || minor > 99 {
		return 0
	}
	return sshVersion(n*100 + minor)
}

// shipped is the OpenSSH that a release came with; it is used where the package's own version cannot be read, and
// only where the release keeps its version for life.
func shipped(rel release) sshVersion {
	switch {
	case rel.family == "rhel" && rel.id != "fedora" && rel.id != "amzn":
		return map[int]sshVersion{6: 503, 7: 704, 8: 800, 9: 807}[rel.major]
	case rel.id == "openeuler":
		return map[string]sshVersion{"20.03": 802, "22.03": 808, "24.03": 906}[rel.version]
	}
	return 0
}

// An sshDefault is a value that holds from a version on (0: in all that we know).
type sshDefault struct {
	from  sshVersion
	value string
}

// sshDefaults are the defaults of sshd_config(5), newest last. What is not here is not defaulted.
var sshDefaults = map[string][]sshDefault{
	"port":                         {{0, "22"}},
	"allowusers":                   {{0, ""}},
	"denyusers":                    {{0, ""}},
	"listenaddress":                {{0, ""}},
	"passwordauthentication":       {{0, "yes"}},
	"pubkeyauthentication":         {{0, "yes"}},
	"kbdinteractiveauthentication": {{0, "yes"}},
	"gssapiauthentication":         {{0, "no"}},
	"hostbasedauthentication":      {{0, "no"}},
	"kerberosauthentication":       {{0, "no"}},
	"permitemptypasswords":         {{0, "no"}},
	"permitrootlogin":              {{500, "yes"}, {700, "prohibit-password"}},
	"usepam":                       {{0, "no"}},
	"maxsessions":                  {{0, "10"}},
	"banner":                       {{0, "none"}},
	"authenticationmethods":        {{0, "any"}},
	"addressfamily":                {{0, "any"}},
	"channeltimeout":               {{0, "none"}},
	"unusedconnectiontimeout":      {{0, "none"}},
	"ciphers": {
		{607, "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"},
		{1000, "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr"},
	},
	"macs": {
		{704, "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"},
	},
	"kexalgorithms": {
		{704, "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1"},
		{802, "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"},
		{900, "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"},
	},
}

// sshUntil is the first version whose default we do not know any more.
var sshUntil = map[string]sshVersion{"kexalgorithms": 909, "macs": 1100, "ciphers": 1100}

// redHat7 are the defaults that Red Hat's OpenSSH 7.4 has of its own; its later ones take algorithms from a policy.
var redHat7 = map[string]string{
	"permitrootlogin": "yes",
	"ciphers":         "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-cbc,aes192-cbc,aes256-cbc,blowfish-cbc,cast128-cbc,3des-cbc",
}

// defaultOf gives what holds where nothing is set, with the document that says so.
func (s *sshd) defaultOf(keyword string) (sshValue, bool) {
	algorithms := keyword == "ciphers" || keyword == "macs" || keyword == "kexalgorithms"
	if s.rel.family == "rhel" && s.version == 704 {
		if v, ok := redHat7[keyword]; ok {
			return s.cite(v, "sshd_config(5) of RHEL 7, OpenSSH 7.4p1", keyword), true
		}
	}
	if algorithms && !s.rel.debianBased {
		return sshValue{}, false // other distributors build lists of their own
	}
	if keyword == "permitrootlogin" && s.rel.family == "rhel" && s.version >= 704 && s.version < 800 {
		return sshValue{}, false
	}
	if _, update, ok := strings.Cut(s.packaged, "9.2p1-2+deb12u"); ok && keyword == "kexalgorithms" && leadingNumber(update) >= 4 {
		v := "sntrup761x25519-sha512," + sshDefaults[keyword][2].value
		return s.cite(v, "sshd_config(5) of Debian 12, openssh-server "+s.packaged, keyword), true
	}
	list := sshDefaults[keyword]
	for i := len(list) - 1; i >= 0; i-- {
		d := list[i]
		if d.from == 0 {
			return s.cite(d.value, "sshd_config(5), OpenSSH 5.3 to 10.0", keyword), true
		}
		if until := sshUntil[keyword]; s.version >= d.from && (until == 0 || s.version < until) {
			return s.cite(d.value, "sshd_config(5), OpenSSH "+s.version.String(), keyword), true
		}
	}
	return sshValue{}, false
}

func (s *sshd) cite(value, document, keyword string) sshValue {
	return sshValue{strings.Fields(value), append(s.conf.whole(), facts.Default(document+", "+keyword))}
}

// algorithms gives a list of algorithms; one that begins with +, - or ^ changes the default.
func (s *sshd) algorithms(keyword string) *pb.TextsFact {
	values, gap := s.values(keyword, false)
	if gap != nil {
		return gap.Texts()
	}
	v := values[len(values)-1]
	list := strings.Split(strings.Join(v.words, ""), ",")
	mark := ""
	if list[0] != "" && strings.ContainsAny(list[0][:1], "+-^") {
		mark, list[0] = list[0][:1], list[0][1:]
	}
	if mark == "" {
		return facts.Texts(list, v.ev...)
	}
	base, ok := s.defaultOf(keyword)
	if !ok {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, keyword, v.ev...).Texts()
	}
	all := strings.Split(base.String(), ",")
	switch mark {
	case "+":
		all = append(all, without(list, all)...)
	case "^":
		all = append(append([]string(nil), list...), without(all, list)...)
	default:
		var kept []string
		for _, a := range all {
			if !matchesList(a, list) {
				kept = append(kept, a)
			}
		}
		all = kept
	}
	return facts.Texts(all, moreEvidence(v.ev, base.ev...)...)
}

func without(list, others []string) []string {
	var out []string
	for _, w := range list {
		if !matchesList(w, others) {
			out = append(out, w)
		}
	}
	return out
}
