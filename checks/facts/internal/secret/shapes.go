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

// shape gives the secret that begins at s[i], at a character that is no letter, if one does.
func shape(s string, i int) (Span, bool) {
	rest := s[i+1:]
	switch s[i] {
	case '$':
		if strings.IndexByte(rest, '$') > 0 {
			return match(cryptHash, s, i)
		}
	case '{':
		if strings.IndexByte(rest, '}') > 0 {
			return match(ldapHash, s, i)
		}
	case ':':
		if strings.HasPrefix(rest, "//") {
			return match(userinfo, s, i)
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
		if strings.HasPrefix(rest, "AQ==") {
			return match(panosValue, s, i)
		}
	}
	return Span{}, false
}

// token3 gives the secret that begins with the word at s[i], which has at least three letters.
func token3(s string, i int) (Span, bool) {
	switch s[i : i+3] {
	case "eyJ":
		return match(webToken, s, i)
	case "gru":
		return match(grubHash, s, i)
	case "ghp", "gho", "ghu", "ghs", "ghr", "git", "glp", "xox", "AKI", "ASI", "sk_", "sk-":
		return match(serviceToken, s, i)
	}
	return Span{}, false
}

// match gives what a pattern's first group, or the whole of it, finds at s[i].
func match(pattern func() *regexp.Regexp, s string, i int) (Span, bool) {
	loc := pattern().FindStringSubmatchIndex(s[i:])
	if loc == nil {
		return Span{}, false
	}
	n := len(loc) - 2
	return Span{i + loc[n], i + loc[n+1]}, true
}

// traits are what tells which forms a line as a whole may have.
type traits struct{ colons, stars int }

func (t *traits) note(c byte) {
	switch c {
	case ':':
		t.colons++
	case '*':
		t.stars++
	}
}

// whole gives the secret of a line that is known by its form as a whole.
func (t *traits) whole(s string) (Span, bool) {
	if t.colons >= 4 && longSecondField(s) {
		if found, ok := match(shadowLine, s, 0); ok {
			return found, true
		}
	}
	if t.stars > 0 {
		if loc := chapLine().FindStringSubmatchIndex(s); loc != nil {
			if loc[2] < 0 {
				loc = loc[2:]
			}
			return Span{loc[2], loc[3]}, true
		}
	}
	if len(s) >= 60 && len(s) <= 90 {
		body := strings.TrimSpace(s)
		if len(body) >= 60 && len(body) <= 76 && keyLine(body) {
			from := strings.Index(s, body)
			return Span{from, from + len(body)}, true
		}
	}
	return Span{}, false
}

// longSecondField says whether the second field of a line of an account file can be a hash.
func longSecondField(s string) bool {
	_, rest, _ := strings.Cut(s, ":")
	return strings.IndexByte(rest, ':') >= 12
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
