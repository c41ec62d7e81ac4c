package tls

import (
	"slices"
	"strconv"
	"strings"
)

// A strength is how many bits somebody has to guess; broken: he need not guess them.
type strength struct {
	bits   int
	broken bool
}

func (s strength) weaker(than strength) bool {
	if s.broken != than.broken {
		return s.broken
	}
	return s.bits < than.bits
}

// weigh gives the strength of the weakest cipher that a list offers, however it is written: names of OpenSSL, of the
// IANA, of SSH, or OpenSSL's expressions. weakest is the word that decided. unsure are the words whose ciphers depend on
// the library's version or are not known, and that nothing else in the list bounds to the bits that are wanted.
func weigh(written []string, want int64) (least strength, weakest string, unsure []string) {
	var words []string
	for _, w := range written {
		words = append(words, strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune(":,; \t", r) })...)
	}
	bound := bounded(words)
	found := false
	for _, w := range words {
		name, _, _ := strings.Cut(strings.ToUpper(w), "@")
		if name == "" || name[0] == '!' || name[0] == '-' {
			continue // takes away, or orders
		}
		adds := strings.TrimPrefix(name, "+")
		s, ok := weight(adds)
		if open(adds) {
			s, ok = strength{bits: bound}, int64(bound) >= want
		}
		// A plus reorders what is there in one library and adds in another.
		if ok && adds != name && s.weaker(strength{bits: 128}) {
			ok = false
		}
		switch {
		case !ok:
			unsure = append(unsure, w)
		case !found || s.weaker(least):
			least, weakest, found = s, w, true
		}
	}
	return least, weakest, unsure
}

// open says whether a word of OpenSSL stands for ciphers of any strength, as far as its library knows them.
func open(name string) bool {
	return slices.Contains([]string{
		"DEFAULT", "ALL", "HIGH", "MEDIUM", "KRSA", "RSA", "KDHE", "KEDH", "DH", "DHE", "EDH", "KEECDH", "KECDHE", "ECDH", "ECDHE", "EECDH",
		"KPSK", "PSK", "KECDHEPSK", "KDHEPSK", "KRSAPSK", "ARSA", "AECDSA", "ECDSA", "TLSV1", "TLSV1.0", "TLSV1.2", "SHA", "SHA1", "SHA256", "SHA384",
	}, name)
}

// bounded is how many bits every cipher of an open word has: by the security level (SSL_CTX_set_security_level(3),
// OpenSSL 1.1.0 and later), or because all weak ones are taken away. 0 is no bound.
func bounded(words []string) int {
	level, last := 0, -1
	for i, w := range words {
		name, at, _ := strings.Cut(strings.ToUpper(w), "@")
		if n, err := strconv.Atoi(strings.TrimPrefix(at, "SECLEVEL=")); err == nil {
			level = n
		}
		if open(name) {
			last = i
		}
	}
	// A dash takes away what stands before it, an exclamation mark for good.
	gone := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			for i, w := range words {
				if strings.EqualFold(w, "!"+name) || i > last && strings.EqualFold(w, "-"+name) {
					return true
				}
			}
			return false
		})
	}
	// Level 2 leaves 3DES alone of the weak ones.
	nothingWeak := level >= 2 || gone("RC4") && gone("DES", "LOW") && gone("EXP", "EXPORT") && gone("ANULL") && gone("ENULL", "NULL")
	// OpenSSL counts 3DES as HIGH no longer since 1.0.2i.
	onlyHigh := last >= 0 && gone("ANULL") && !slices.ContainsFunc(words, func(w string) bool { return open(strings.ToUpper(w)) && !strings.EqualFold(w, "HIGH") })
	switch {
	case level >= 5:
		return 256
	case level == 4:
		return 192
	case level == 3, nothingWeak && gone("3DES"), onlyHigh:
		return 128
	case level == 2:
		return 112
	}
	return 0
}

// Words for groups of ciphers of which every one has at least so many bits.
var groups = map[string]int{
	"AESGCM": 128, "AESCCM": 128, "AESCCM8": 128, "AES": 128, "CAMELLIA": 128, "ARIA": 128,
	"SECURE128": 128, "SECURE192": 192, "SECURE256": 256, "SUITEB128": 128, "SUITEB128ONLY": 128, "SUITEB192": 192,
}

// weight gives the strength of one cipher or group; not ok where it is not known.
func weight(name string) (strength, bool) {
	if strings.Contains(name, "+") {
		return conjunction(strings.Split(name, "+"))
	}
	if bits, ok := groups[name]; ok {
		return strength{bits: bits}, true
	}
	name, _, _ = strings.Cut(name, "@")
	tokens := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	has := func(words ...string) bool {
		return slices.ContainsFunc(tokens, func(t string) bool { return slices.Contains(words, t) })
	}
	begins := func(prefix string) bool {
		return slices.ContainsFunc(tokens, func(t string) bool { return strings.HasPrefix(t, prefix) })
	}
	switch {
	case has("NULL", "ENULL", "NONE"), has("ANULL", "ADH", "AECDH", "ANON"):
		return strength{0, true}, true
	case begins("EXP"):
		return strength{40, true}, true
	case has("RC4", "ARC4", "RC2"), begins("ARCFOUR"):
		return strength{128, true}, true
	case has("3DES"), has("DES") && has("CBC3", "EDE", "EDE3"):
		return strength{bits: 112}, true
	case has("DES", "LOW"):
		return strength{56, true}, true
	}
	for i, t := range tokens {
		for _, family := range []string{"AES", "CAMELLIA", "ARIA"} {
			size, ok := strings.CutPrefix(t, family)
			if ok && size == "" && i+1 < len(tokens) {
				size = tokens[i+1]
			}
			if bits, err := strconv.Atoi(size); ok && err == nil && slices.Contains([]int{128, 192, 256}, bits) {
				return strength{bits: bits}, true
			}
		}
	}
	switch {
	case begins("CHACHA20"), has("RIJNDAEL"):
		return strength{bits: 256}, true
	case has("SM4", "SMS4", "IDEA", "SEED", "BLOWFISH", "CAST128"):
		return strength{bits: 128}, true
	}
	return strength{}, false
}

// conjunction is the strength of the ciphers that are in every group: the best of them bounds it, and a broken one says
// what they are.
func conjunction(parts []string) (best strength, ok bool) {
	for _, p := range parts {
		s, known := weight(p)
		switch {
		case !known:
		case s.broken:
			return s, true
		case !ok || best.weaker(s):
			best, ok = s, true
		}
	}
	return best, ok
}
