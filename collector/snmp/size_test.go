package snmp

import "testing"

func TestSize(t *testing.T) {
	s := size{now: 12, most: 20}
	step := func(what string, do func(), want int) {
		t.Helper()
		do()
		if s.now != want {
			t.Fatalf("after %s %d, not %d", what, s.now, want)
		}
	}
	step("an answer", s.took, 14)
	step("silence", s.lost, 7)
	step("an answer", s.took, 12) // what was answered before
	step("an answer", s.took, 14)
	step("silence again at 14", s.lost, 7)
	if s.most != 7 {
		t.Fatalf("at most %d, not 7", s.most)
	}
	step("an answer", s.took, 7)
	step("refusal", s.refused, 3)
	step("an answer", s.took, 3)
	step("silence", s.lost, 1)
	step("silence", s.lost, 1)
	step("an answer", s.took, 2)
}
