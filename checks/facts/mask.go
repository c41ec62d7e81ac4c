package facts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Masker takes secrets out of what leaves an interview. A secret becomes ***xxxxxx***, a fingerprint keyed by
// the installation's own key: the same secret on two targets shows the same fingerprint, and nobody without
// the key can try out guesses against it.
type Masker struct{ key []byte }

// NewMasker masks with fingerprints under key; without a key every secret becomes ******.
func NewMasker(key []byte) *Masker { return &Masker{key: key} }

// secrets finds secrets by their shape. In each pattern the groups that matched are the secret.
var secrets = []*regexp.Regexp{
	// Password hashes of Unix and of device configurations: $6$salt$hash, $1$..., $y$..., {SSHA}...
	regexp.MustCompile(`(\$(?:[0-9a-z]{1,12}|2[abxy])\$[^\s:"',;]+)`),
	regexp.MustCompile(`(?i)(\{(?:s?sha|s?md5|crypt|ssha\d+)\}[^\s:"',;]+)`),
	// A shadow line's hash of any other form.
	regexp.MustCompile(`^[a-z_][a-z0-9_.-]*\$?:([^:*!\s][^:\s]{12,}):\d*:\d*:\d*:`),
	// Key material.
	regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*)`),
	// SNMP: community, rocommunity, com2sec, createUser.
	regexp.MustCompile(`(?i)^\s*r[ow](?:community|user)6?\s+(\S+)`),
	regexp.MustCompile(`(?i)^\s*com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+(\S+)`),
	regexp.MustCompile(`(?i)^\s*createUser\s+(?:-e\s+\S+\s+)?\S+\s+\S+\s+("[^"]*"|\S+)(?:\s+\S+\s+("[^"]*"|\S+))?`),
	regexp.MustCompile(`(?i)\bcommunity\s+(?:(?:read|write|ro|rw|cipher|simple|hash)\s+)*("[^"]*"|\S+)`),
	// key = value with a telling key.
	regexp.MustCompile(`(?i)\b(?:pass(?:word|wd|phrase)?|secret|bind_?pw|token|api_?key|private_?key|psk|shared_?secret)\s*[=:]\s*("[^"]*"|'[^']*'|[^\s,;]+)`),
	// password cipher XXX, secret 5 XXX, key 7 XXX.
	regexp.MustCompile(`(?i)\b(?:password|secret|key-string|passphrase|auth-password|priv-password|authentication-mode|privacy-mode)\s+(?:(?:irreversible-cipher|cipher|simple|hash|plaintext|encrypted|level\s+\d+|sha\d*|md5|aes\d*|des\d*|[0-9]{1,2}|ENC)\s+)+("[^"]*"|\S+)`),
}

// String masks the secrets in one line.
func (m *Masker) String(s string) string {
	for _, re := range secrets {
		s = m.replace(re, s)
	}
	return s
}

func (m *Masker) replace(re *regexp.Regexp, s string) string {
	matches := re.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, loc := range matches {
		for g := 2; g+1 < len(loc); g += 2 {
			if loc[g] < at || loc[g] == loc[g+1] || loc[g] < 0 {
				continue
			}
			b.WriteString(s[at:loc[g]])
			b.WriteString(m.fingerprint(s[loc[g]:loc[g+1]]))
			at = loc[g+1]
		}
	}
	b.WriteString(s[at:])
	return b.String()
}

func (m *Masker) fingerprint(secret string) string {
	if strings.HasPrefix(secret, "***") {
		return secret
	}
	if len(m.key) == 0 {
		return "******"
	}
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(strings.Trim(secret, `"'`)))
	return "***" + hex.EncodeToString(h.Sum(nil)[:3]) + "***"
}

// Facts masks every excerpt, detail and text value in place, and the unread lines.
func (m *Masker) Facts(f *pb.Facts, unread []*pb.Evidence) {
	if f != nil {
		m.message(f.ProtoReflect())
	}
	for _, e := range unread {
		e.Excerpt = m.String(e.Excerpt)
	}
}

func (m *Masker) message(r protoreflect.Message) {
	r.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind:
			for i := range v.List().Len() {
				m.message(v.List().Get(i).Message())
			}
		case fd.IsList() && fd.Kind() == protoreflect.StringKind:
			for i := range v.List().Len() {
				v.List().Set(i, protoreflect.ValueOfString(m.String(v.List().Get(i).String())))
			}
		case fd.Kind() == protoreflect.MessageKind:
			m.message(v.Message())
		case fd.Kind() == protoreflect.StringKind:
			if s := v.String(); s != "" {
				if masked := m.String(s); masked != s {
					r.Set(fd, protoreflect.ValueOfString(masked))
				}
			}
		}
		return true
	})
}
