// Package secret finds secrets in text: by their shape (shapes.go) and by the words before them (cues.go), as operating
// systems, programs and network devices write them. It knows no target and keeps nothing.
//
// It would rather hide a word too many than show a secret, but leaves alone what configurations say about passwords
// (lengths, ages, modules): those are the facts.
package secret

import "strings"

// Masked says whether a text is nothing but what masking leaves, or asterisks that the target itself printed.
func Masked(s string) bool {
	for s != "" {
		rest := strings.TrimLeft(s, "*")
		if rest == s {
			return false
		}
		if s = rest; s == "" {
			return true
		}
		if len(s) < 9 || s[6:9] != "***" || strings.Trim(s[:6], "0123456789abcdef") != "" {
			return false
		}
		s = s[6:]
	}
	return true
}
