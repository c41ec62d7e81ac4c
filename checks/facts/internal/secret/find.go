package secret

import (
	"net/netip"
	"slices"
	"strings"
)

// longest is how much of a word is looked at; the ends of names are what tells.
const longest = 32

// A hit is a word of a line after which a secret may stand: where it begins and ends.
type hit struct {
	from, to int
	cues     []cue
}

// A Span is a part of a text.
type Span struct{ From, To int }

// Find adds the parts of a line that are secrets, in no order; they may overlap. It goes over the line once and looks closer
// only where a word or a character calls for it, for it is run on every text of a target.
func Find(s string, spans []Span) []Span {
	var (
		about context
		room  [8]hit
		hits  = room[:0]
		line  traits
		lower [longest]byte
	)
	for i := 0; i < len(s); {
		switch classes[s[i]] {
		case other:
			i++
		case opening:
			line.note(s[i])
			i++
			if found, ok := shape(s, i-1); ok {
				spans = append(spans, found)
				i = found.To // what is in it is covered, and need not be looked at again
			}
		case letter:
			from, n, parts := i, 0, false
			for ; i < len(s) && (classes[s[i]] == letter || s[i] == '-'); i++ {
				if n == longest { // keep the end
					copy(lower[:], lower[1:])
					n--
				}
				parts = parts || s[i] == '-' || s[i] == '_'
				lower[n] = lowered[s[i]]
				n++
			}
			if i-from > 2 && initials[s[from]] {
				if found, ok := token3(s, from); ok {
					spans = append(spans, found)
					i = max(i, found.To)
					continue
				}
			}
			if i < len(s) && mayAssign[s[i]] {
				if at, xml, ok := sign(s, from, i); ok {
					if !isSecretName(string(lower[:n])) {
						continue
					}
					if found, ok := assigned(s, at, xml); ok {
						spans = append(spans, found)
						i = found.To
					}
					continue
				}
			}
			var w word
			if lengths[lower[0]]&(1<<n) != 0 {
				w = words[string(lower[:n])]
			}
			if w.cues == nil && parts && !w.known {
				w.cues = ending(lower[:n])
			}
			about |= w.about
			if w.cues != nil && starts(s, from) {
				hits = append(hits, hit{from, i, w.cues})
			}
		}
	}
	for _, h := range hits {
		for k := range h.cues {
			if h.cues[k].all&^about == 0 && h.cues[k].none&about == 0 {
				spans = h.cues[k].follow(s, h, spans)
			}
		}
	}
	if found, ok := line.whole(s); ok {
		spans = append(spans, found)
	}
	if about&aboutMarked != 0 && strings.Contains(s, "SECRET-DATA") { // Junos marks the lines that hold one
		spans = allQuoted(s, spans)
	}
	if about&aboutPrivate != 0 {
		spans = append(spans, PrivateKeys(s)...)
	}
	return spans
}

// ending gives the cues of a word by its end.
func ending(word []byte) []cue {
	switch word[len(word)-1] {
	case 'd', 't', 'e':
		for _, e := range endings {
			if strings.HasSuffix(string(word), e) {
				return strong
			}
		}
	}
	return nil
}

// class is what a character means to find.
type class uint8

const (
	other class = iota
	letter
	// opening: a secret known by its shape may begin here.
	opening
)

var classes, lowered = func() (c [256]class, l [256]byte) {
	for i := range 256 {
		b := byte(i)
		l[i] = b
		switch {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '_':
			c[i] = letter
		case b >= 'A' && b <= 'Z':
			c[i], l[i] = letter, b+'a'-'A'
		case strings.IndexByte("${:%@-*", b) >= 0:
			c[i] = opening
		}
	}
	return c, l
}()

// initials are the letters with which tokens known by their prefix begin; mayAssign are the characters that may follow a name
// to which something is assigned.
var initials, mayAssign = func() (a, b [256]bool) {
	for _, c := range []byte("egxAs") {
		a[c] = true
	}
	for _, c := range []byte("=: \t\\\"'>") {
		b[c] = true
	}
	return a, b
}()

// lengths says how long words with a first letter may be, a bit for each length: most words of a line need not be looked up.
var lengths = func() (l [256]uint64) {
	for w := range words {
		l[w[0]] |= 1 << len(w)
	}
	return l
}()

// starts says whether a word stands by itself: at the beginning, after a space, a quote or a dash of an option.
func starts(s string, at int) bool {
	return at == 0 || strings.IndexByte(" \t\"'-;,<({", s[at-1]) >= 0
}

// token gives the next word of s from at on, without its quotes, and where it ends with them. ok is false at the end of the
// line, or if no space separates it.
func token(s string, at int) (t Span, quoted bool, end int, ok bool) {
	from := at
	for from < len(s) && (s[from] == ' ' || s[from] == '\t') {
		from++
	}
	if from == at || from == len(s) {
		return Span{}, false, 0, false
	}
	if q := s[from]; q == '"' || q == '\'' {
		t, end = unquote(s, from)
		return t, true, end, true
	}
	end = from
	for end < len(s) && s[end] != ' ' && s[end] != '\t' {
		end++
	}
	to := end
	if to > from+1 && (s[to-1] == ';' || s[to-1] == ',') {
		to--
	}
	return Span{from, to}, false, end, true
}

// unquote gives what stands between the quote at s[from] and the next one, or the end of the line.
func unquote(s string, from int) (t Span, end int) {
	for i := from + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[from]:
			return Span{from + 1, i}, i + 1
		}
	}
	return Span{from + 1, len(s)}, len(s)
}

// maxSkipped bounds the words between a cue and its secret.
const maxSkipped = 8

// follow gives the secrets that stand after a word.
func (c *cue) follow(s string, h hit, spans []Span) []Span {
	if c.numbered && strings.Trim(s[:h.from], "0123456789 \t") != "" || c.numbered && strings.TrimSpace(s[:h.from]) == "" {
		return spans
	}
	if c.alone && strings.TrimSpace(s[:h.from]) != "" {
		return spans
	}
	if c.flags != nil {
		return c.flagged(s, h.to, spans)
	}
	at := h.to
	for range c.pass {
		t, _, end, ok := token(s, at)
		if !ok || c.alone && plain(s[t.From:t.To]) { // PAM's controls and words on passwords
			return spans
		}
		if c.skip[s[t.From:t.To]] == withNext {
			if _, _, end, ok = token(s, end); !ok {
				return spans
			}
			if _, _, end, ok = token(s, end); !ok {
				return spans
			}
		}
		at = end
	}
	t, quoted, end, ok := token(s, at)
	told := false
	for n := 0; ok && !quoted && n < maxSkipped && c.skips(s[t.From:t.To], &told); n++ {
		if c.skip[strings.ToLower(s[t.From:t.To])] == withNext {
			if next, _, after, more := token(s, end); more {
				if s[t.From:t.To] == "version" && s[next.From:next.To] == "3" { // a user's name follows
					return spans
				}
				end = after
			}
		}
		next, q, after, more := token(s, end)
		if !more {
			break // the last word is the secret, if it is one
		}
		t, quoted, end = next, q, after
	}
	if !ok || c.need && !told || c.quoted && !quoted || t.To-t.From < c.min {
		return spans
	}
	rest := strings.TrimSpace(s[end:])
	if c.alone && rest != "" && rest != ";" && rest != "encrypted" || c.before != nil && !slices.ContainsFunc(c.before, func(b string) bool { return strings.HasPrefix(rest, b) }) {
		return spans
	}
	if v := s[t.From:t.To]; !quoted && plain(v) || v == "" {
		return spans
	}
	spans = append(spans, t)
	if c.then > 0 {
		again := cue{pass: c.then}
		spans = again.follow(s, hit{h.from, end, nil}, spans)
	}
	return spans
}

// skips says whether a word only says how a secret is written. A number before the secret is a type or an index.
func (c *cue) skips(w string, told *bool) bool {
	if c.skip == nil {
		return false
	}
	if len(w) <= 3 && strings.Trim(w, "0123456789") == "" {
		*told = *told || c.skip[w] != 0
		return true
	}
	if _, ok := c.skip["address"]; ok {
		if _, err := netip.ParseAddr(w); err == nil {
			return true
		}
	}
	if c.skip[strings.ToLower(w)] != 0 {
		*told = true
		return true
	}
	return false
}

// flagged gives the secrets that stand after options, be it at once or as the next word.
func (c *cue) flagged(s string, at int, spans []Span) []Span {
	for range 3 * maxSkipped {
		t, quoted, end, ok := token(s, at)
		if !ok {
			break
		}
		at = end
		for _, f := range c.flags {
			rest, is := strings.CutPrefix(s[t.From:t.To], f)
			if !is || quoted {
				continue
			}
			v := Span{t.To - len(rest), t.To}
			if rest == "" {
				if f == "-p" && !strings.Contains(s, "sshpass") { // it asks
					continue
				}
				if v, _, end, ok = token(s, at); !ok {
					return spans
				}
				at = end
			}
			if f == "-u" || f == "--user" {
				colon := strings.IndexByte(s[v.From:v.To], ':')
				if colon < 0 {
					continue
				}
				v.From += colon + 1
			}
			for v.To > v.From && strings.IndexByte(`"'`, s[v.To-1]) >= 0 {
				v.To--
			}
			for v.To > v.From && strings.IndexByte(`"'=`, s[v.From]) >= 0 {
				v.From++
			}
			if v.To > v.From && !Masked(s[v.From:v.To]) {
				spans = append(spans, v)
			}
			break
		}
	}
	return spans
}

// sign looks for what stands between a name and its value: = : => := :: with spaces and a closing quote before it, or the
// end of an XML tag. at is where the value may begin.
func sign(s string, from, to int) (at int, xml, ok bool) {
	if to == len(s) {
		return 0, false, false
	}
	if s[to] == '>' {
		return to + 1, true, from > 0 && s[from-1] == '<'
	}
	i := to
	for i < len(s) && strings.IndexByte("\\\"'", s[i]) >= 0 {
		i++
	}
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	if i == len(s) || s[i] != '=' && s[i] != ':' {
		return 0, false, false
	}
	for i < len(s) && strings.IndexByte("=:>", s[i]) >= 0 {
		i++
	}
	return i, false, true
}

// assigned gives the secret that stands after a sign.
func assigned(s string, at int, xml bool) (Span, bool) {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t') {
		at++
	}
	if at == len(s) {
		return Span{}, false
	}
	switch rest := s[at:]; {
	case xml:
		return taken(s, at, strings.IndexByte(rest, '<'))
	case strings.HasPrefix(rest, `\"`): // JSON in a string
		return taken(s, at+2, strings.Index(rest[2:], `\"`))
	case rest[0] == '"' || rest[0] == '\'':
		t, _ := unquote(s, at)
		return taken(s, t.From, t.To-t.From)
	}
	t := bare(s, at)
	switch strings.ToLower(s[t.From:min(t.To, t.From+longest)]) {
	case "bearer", "basic", "token", "digest":
		if next, _, _, ok := token(s, t.To); ok {
			return taken(s, next.From, next.To-next.From)
		}
	}
	v := s[t.From:t.To]
	return t, !plain(v) && !isPath(v)
}

// taken takes a value in quotes or tags, of n characters or up to the end, for a secret unless it is known to be none.
func taken(s string, from, n int) (Span, bool) {
	if n < 0 {
		n = len(s) - from
	}
	v := s[from : from+n]
	return Span{from, from + n}, v != "" && !Masked(v) && !isPath(v) && (len(v) > longest || innocent[strings.ToLower(v)] == 0)
}

// bare gives a value without quotes: up to the next space, or to a separator after which another name is assigned.
func bare(s string, at int) Span {
	end := at
	for ; end < len(s) && s[end] != ' ' && s[end] != '\t'; end++ {
		if end == at || strings.IndexByte(",;&", s[end]) < 0 {
			continue
		}
		name := end + 1
		for name < len(s) && classes[s[name]] == letter {
			name++
		}
		if name > end+1 && name < len(s) && s[name] == '=' {
			return Span{at, end}
		}
	}
	for end > at+1 && strings.IndexByte(`,;)}]>"'`, s[end-1]) >= 0 {
		end--
	}
	return Span{at, end}
}

// allQuoted gives every quoted part of a line.
func allQuoted(s string, spans []Span) []Span {
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			t, end := unquote(s, i)
			if t.To > t.From && !Masked(s[t.From:t.To]) {
				spans = append(spans, t)
			}
			i = end - 1
		}
	}
	return spans
}

// plain says whether a word that stands where a secret could is known to be none.
func plain(v string) bool {
	if Masked(v) || len(v) <= 3 && strings.Trim(v, "0123456789") == "" || len(v) <= 2 && strings.Trim(v, "{}[]()<>=:;,.-|*#\\") == "" {
		return true
	}
	if len(v) <= longest && innocent[strings.ToLower(strings.Trim(v, "()<>.,:;!?"))] != 0 || strings.HasPrefix(v, "[success=") || strings.HasPrefix(v, "[default=") || strings.HasPrefix(v, "minimum-") || strings.HasPrefix(v, "maximum-") || strings.HasSuffix(v, ".so") {
		return true
	}
	if a, b, ok := strings.Cut(v, ":"); ok && strings.Trim(a+b, "0123456789") == "" { // a BGP community
		return true
	}
	_, err := netip.ParseAddr(v)
	return err == nil
}

// isPath says whether a value is the path of a file.
func isPath(v string) bool {
	if v[0] != '/' || len(v) < 2 {
		return false
	}
	for i := range len(v) {
		if classes[v[i]] != letter && strings.IndexByte("/.-@", v[i]) < 0 {
			return false
		}
	}
	return true
}
