//go:build testclock

package main

import (
	"os"
	"strings"
	"time"
)

// now is a clock that scripts can put forward: by the span in the file that PLUMBLINE_TEST_CLOCK names. No program that is released has it.
func now() time.Time {
	text, err := os.ReadFile(os.Getenv("PLUMBLINE_TEST_CLOCK"))
	if err != nil {
		return time.Now()
	}
	ahead, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return time.Now()
	}
	return time.Now().Add(ahead)
}
