package linux

import (
	"strings"
)

// messages is a set of syslog messages: for each facility the severities, bit 0 for emerg to bit 7 for debug.
type messages [24]uint8

// allMessages is every message there is.
func allMessages() (m messages) {
	for i := range m {
		m[i] = 0xff
	}
	return m
}

func (m messages) and(o messages) messages {
	for i := range m {
		m[i] &= o[i]
	}
	return m
}

func (m messages) minus(o messages) messages {
	for i := range m {
		m[i] &^= o[i]
	}
	return m
}

func (m messages) or(o messages) messages {
	for i := range m {
		m[i] |= o[i]
	}
	return m
}

// fromInfo says that every facility is there from informational upwards.
func (m messages) fromInfo() bool {
	for _, severities := range m {
		if severities&0x7f != 0x7f {
			return false
		}
	}
	return true
}

// has says that a facility is there from informational upwards.
func (m messages) has(facility string) bool { return m[facilities[facility]]&0x7f == 0x7f }

func (m messages) empty() bool { return m == messages{} }

var facilities = map[string]int{
	"kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "security": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9,
	"authpriv": 10, "ftp": 11, "ntp": 12, "audit": 13, "alert": 14, "clock": 15, "local0": 16, "local1": 17, "local2": 18, "local3": 19,
	"local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

var severityNames = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

var severities = map[string]int{
	"emerg": 0, "panic": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warning": 4, "warn": 4, "notice": 5, "info": 6, "debug": 7,
}

// parseSelector reads facility.severity;facility,facility.severity;... as syslog.conf has it.
func parseSelector(s string) (m messages, ok bool) {
	for _, part := range strings.Split(s, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		names, level, found := strings.Cut(part, ".")
		if !found {
			return m, false
		}
		if m, ok = m.with(names, level); !ok {
			return m, false
		}
	}
	return m, ok
}

// with adds or takes away what one part of a selector says.
func (m messages) with(names, level string) (messages, bool) {
	var picked []int
	for _, n := range strings.Split(strings.ToLower(names), ",") {
		if n == "*" {
			for i := range m {
				picked = append(picked, i)
			}
			continue
		}
		i, ok := facilities[n]
		if !ok {
			return m, false
		}
		picked = append(picked, i)
	}
	level = strings.ToLower(level)
	level, not := strings.CutPrefix(level, "!")
	level, exact := strings.CutPrefix(level, "=")
	var bits uint8
	switch n, ok := severities[level]; {
	case level == "none":
		not, bits = true, 0xff
	case level == "*":
		bits = 0xff
	case !ok:
		return m, false
	case exact:
		bits = 1 << n
	default:
		bits = 1<<(n+1) - 1
	}
	for _, i := range picked {
		if not {
			m[i] &^= bits
		} else {
			m[i] |= bits
		}
	}
	return m, true
}

// level names the least severity that any facility has.
func (m messages) level() string {
	for n := 7; n >= 0; n-- {
		for _, s := range m {
			if s&(1<<n) != 0 {
				return severityNames[n]
			}
		}
	}
	return "none"
}
