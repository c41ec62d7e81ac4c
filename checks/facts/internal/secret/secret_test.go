package secret_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts/internal/secret"
)

func TestMasked(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "******": true, "*": true, "***0a1b2c***": true, "***0a1b2c******ffffff***": true,
		"x": false, "***0a1b2c***x": false, "***0a1b2***": false, "***0A1B2C***": false, "***password***": false, "0a1b2c": false,
	} {
		if got := secret.Masked(text); got != want {
			t.Errorf("Masked(%q) = %v", text, got)
		}
	}
}

// An excerpt may end in the middle of a secret.
func TestSecretsThatAreCutShort(t *testing.T) {
	for _, line := range []string{`secret "Zq4sunfl`, `"password": "Zq4sunfl`, `{\"token\":\"Zq4sunfl`, `<password>Zq4sunfl`, `password='Zq4sunfl`, `enable password Zq4sunfl`} {
		spans := secret.Find(line, nil)
		if len(spans) == 0 || line[spans[0].From:spans[0].To] != "Zq4sunfl" {
			t.Errorf("%s: found %v", line, spans)
		}
	}
}

// Whoever writes a configuration cannot make the search slow: ten times the line takes ten times as long, not a hundred.
func BenchmarkLongLines(b *testing.B) {
	for _, unit := range []string{"secret ", "password ", "psk key ", "shared-key 7 ", "curl -u ", "$6$", "%^%#", "{sha}", `password="`, "://a:b", "community ro ", "a:", "-----BEGIN PRIVATE KEY-----", "snmp-server host 1.1.1.1 version ", "password=", "token=a,", "eyJ.", "m 1 ", "1 m ", "\\\"password\\\":"} {
		for _, size := range []int{1 << 13, 10 << 13} {
			line := strings.Repeat(unit, size/len(unit))
			b.Run(fmt.Sprintf("%.8q/%d", unit, size), func(b *testing.B) {
				for b.Loop() {
					secret.Find(line, nil)
				}
			})
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, line := range []string{`set x ENC abc`, `password="a\"b" c`, `"k": \"`, "1 * 2 *", "https://a:b@c/", "snmp-server host a version 2c", `a=b;c=d`, "%^%#%^%#", "-----BEGIN PRIVATE KEY-----"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, span := range secret.Find(s, nil) {
			if span.From < 0 || span.To > len(s) || span.From >= span.To {
				t.Errorf("%q: %v", s, span)
			}
		}
	})
}
