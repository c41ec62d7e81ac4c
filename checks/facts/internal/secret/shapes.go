package secret

import (
	"regexp"
	"strings"
	"sync"
)

// privateKey is key material with its armour, whole or cut off at either end.
var privateKey = lazily(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z -]*-----(.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z -]*-----|$)`)

// PrivateKeys gives the bodies of the private keys in a text of one or more lines.
func PrivateKeys(text string) []Span {
	var spans []Span
	for _, loc := range privateKey().FindAllStringSubmatchIndex(text, -1) {
		if body := strings.Trim(text[loc[2]:loc[3]], " \t\r\n"); body != "" && !Masked(strings.TrimSpace(body)) {
			spans = append(spans, Span{loc[2], loc[3]})
		}
	}
	return spans
}

// lazily compiles a pattern when it is first needed: most targets need few, and a program should start at once.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Secrets that are known by themselves, each looked for at the character with which it begins.
var (
	// $6$salt$hash and its like: crypt(5), Cisco types 5, 8, 9 and 14, Junos $9$, Comware $c$3$ and $h$6$, VRP $1a$.
	cryptHash = lazily(`^\$(?:1[abcd4]?|2[abxy]?|3|5|6|7|8|9|y|gy|sm3|c|h|md5|sha1|sha256|sha512|apr1|argon2(?:i|d|id)|scrypt|pbkdf2(?:-sha\d+)?|aes\S{0,10}|ml|P|H|B|S)\$[^\s:"',;<>]{4,}`)
	// {SSHA}base64 and its like.
	ldapHash = lazily(`(?i)^\{(?:s?sha(?:\d{3})?|s?md5|smd5|crypt|pbkdf2[\w-]*|argon2|sasl)\}([^\s:"',;<>]{4,})`)
	// user:password@ in an address.
	userinfo = lazily(`^://[^\s/:@"']*:([^\s/"']+)@`)
	// A signed token in three parts.
	webToken = lazily(`^eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?`)
	// Keys that services hand out, by their prefixes.
	serviceToken = lazily(`^(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|sk_live_|sk-)[\w-]{16,}`)
	// PAN-OS' encrypted values.
	panosValue = lazily(`^-AQ==[\w+/=]+`)
	// GRUB's password hashes.
	grubHash = lazily(`^grub\.pbkdf2\.\S+`)
	// A line of a file of accounts whose second field is a hash of any kind.
	shadowLine = lazily(`^\+?[a-z_][\w.-]*\$?:!{0,2}([^:*!\s][^:\s]{11,}):\d*:\d*:(?:\d*:|[^:]*:/)`)
	// A line of chap-secrets: client, any server, secret, addresses.
	chapLine = lazily(`^\s*\S+\s+\*\s+(?:"([^"]*)"|([^\s"*]\S*))\s+(?:\*|[\d./]+)\s*$`)
)

// wraps stand before and after what VRP has encrypted.
var wraps = []string{"%^%#", "%@%@", "%$%$", "@%@%", "%#%#", "%+%#"}

// shape gives the secret that begins at s[i], if one does.
func shape(s string, i int) (Span, bool) {
	at := func(re func() *regexp.Regexp) (Span, bool) {
		loc := re().FindStringSubmatchIndex(s[i:])
		if loc == nil {
			return Span{}, false
		}
		if len(loc) > 2 {
			return Span{i + loc[2], i + loc[3]}, true
		}
		return Span{i + loc[0], i + loc[1]}, true
	}
	switch s[i] {
	case '$':
		return at(cryptHash)
	case '{':
		return at(ldapHash)
	case ':':
		if strings.HasPrefix(s[i:], "://") {
			return at(userinfo)
		}
	case '%', '@':
		for _, w := range wraps {
			if rest, ok := strings.CutPrefix(s[i:], w); ok {
				if end := strings.Index(rest, w); end > 0 {
					return Span{i, i + end + 2*len(w)}, true
				}
			}
		}
	case '-':
		return at(panosValue)
	case 'e':
		if strings.HasPrefix(s[i:], "eyJ") {
			return at(webToken)
		}
	case 'g':
		if strings.HasPrefix(s[i:], "grub.") {
			return at(grubHash)
		}
		return at(serviceToken)
	case 'x', 'A', 's':
		if len(s)-i > 20 {
			return at(serviceToken)
		}
	}
	return Span{}, false
}

// wholeLine gives the secret of a line that is known by its form as a whole. colons is how many the line has.
func wholeLine(s string, colons int) (Span, bool) {
	if colons >= 4 {
		if loc := shadowLine().FindStringSubmatchIndex(s); loc != nil {
			return Span{loc[2], loc[3]}, true
		}
	}
	if strings.Contains(s, " * ") || strings.Contains(s, "\t*\t") {
		if loc := chapLine().FindStringSubmatchIndex(s); loc != nil {
			if loc[2] >= 0 {
				return Span{loc[2], loc[3]}, true
			}
			return Span{loc[4], loc[5]}, true
		}
	}
	if body := strings.TrimSpace(s); len(body) >= 60 && len(body) <= 76 && keyLine(body) {
		from := strings.Index(s, body)
		return Span{from, from + len(body)}, true
	}
	return Span{}, false
}

// keyLine says whether a line may be one of key material: base64 and nothing else, not a hex digest or a path.
func keyLine(s string) bool {
	var upper, lower, digit bool
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= '0' && c <= '9':
			digit = true
		case c == '+', c == '=', c == '/' && i > 0:
		default:
			return false
		}
	}
	return upper && lower && digit
}
