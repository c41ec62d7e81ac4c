package site

import (
	"reflect"
	"slices"
	"testing"
)

// Every section of a site file is asked for until it is stated, and one that is stated to be empty is stated.
func TestMissing(t *testing.T) {
	var keys []string
	for _, q := range (*Site)(nil).Missing() {
		keys = append(keys, q.Key)
		if q.Text.GetZh() == "" || q.Text.GetEn() == "" {
			t.Errorf("%s is asked in one language", q.Key)
		}
	}
	var want []string
	for i := range reflect.TypeFor[Site]().NumField() {
		if key := reflect.TypeFor[Site]().Field(i).Tag.Get("yaml"); key != "name" && key != "-" {
			want = append(want, key)
		}
	}
	if !slices.Equal(keys, want) {
		t.Errorf("asked for %v, want %v", keys, want)
	}
	s, err := Parse("f", []byte("time_servers: [10.0.0.1]\nlog_servers: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	left := s.Missing()
	if len(left) != len(want)-2 || slices.ContainsFunc(left, func(q Question) bool { return q.Key == "time_servers" || q.Key == "log_servers" }) {
		t.Errorf("left: %v", left)
	}
}
