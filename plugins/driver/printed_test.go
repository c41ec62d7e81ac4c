package driver_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// What stood on the screen is what is read, line for line.
func TestPrinted(t *testing.T) {
	blanks := strings.Repeat(" ", 42)
	for _, c := range []struct{ name, in, want string }{
		{"nothing to do", "line vty 0 4\n transport input ssh\r\nend\r\n", "line vty 0 4\n transport input ssh\r\nend\r\n"},
		{"byte order mark", "\ufeffsystem {\n}\n", "system {\n}\n"},
		{"utf-16", "\xff\xfea\x00\n\x00b\x00", "a\nb"},
		{"nul at the end", "return \x00", "return "},
		{"doubled carriage returns", "a\r\r\n b\r\r\n", "a\n b\n"},
		{"pager rubbed out by backspaces", "a\n --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b ip address dhcp\n", "a\n ip address dhcp\n"},
		{"pager rubbed out by a carriage return", "a\n--More--\r        \r b\n", "a\n b\n"},
		{"pager rubbed out by movements", "a\n  ---- More ----\x1b[42D" + blanks + "\x1b[42D idle-timeout 5 0\n", "a\n idle-timeout 5 0\n"},
		{"movements without their escape", "a\n  ---- More ----[42D" + blanks + "[42D idle-timeout 5 0\n", "a\n idle-timeout 5 0\n"},
		{"backspaces lost", "a\n --More--          shutdown\n", "a\n shutdown\n"},
		{"pager alone", "a\n --More-- \n---- More ----\n---(more 12%)---\n<--- More --->\nb\n", "a\n\n\n\n\nb\n"},
		{"words of a text", "banner motd ^ for more -- see below ^\n", "banner motd ^ for more -- see below ^\n"},
		{"colour", "\x1b[1;32mhostname\x1b[0m r1\n", "hostname r1\n"},
		{"erased to the end", "hostname r2 old\x1b[4D\x1b[K\n", "hostname r2\n"},
		{"a far movement", "\x1b[999999999Cx\n", strings.Repeat(" ", 1000) + "x\n"},
		{"text beyond ASCII", "sysname 总行-核心\b \n", "sysname 总行-核\xe5\xbf\n"},
	} {
		if got := string(driver.Printed([]byte(c.in))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if strings.Count(c.in, "\n") != strings.Count(c.want, "\n") {
			t.Errorf("%s: the numbers of lines do not hold", c.name)
		}
	}
}

// Of a log of several commands the configuration remains, on its own lines.
func TestOfConfig(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"the configuration alone", "sysname a\n#\nreturn\n", "sysname a\n#\nreturn\n"},
		{"between other commands", "<SW1>dis clock\n10:00\n<SW1>dis cur\nsysname a\nreturn\n<SW1>dis users\nx\n", "\n\n<SW1>dis cur\nsysname a\nreturn\n<SW1>\n\n"},
		{"in configuration mode", "[~SW1]display current-configuration\nsysname a\nreturn\n[~SW1]quit\n", "[~SW1]display current-configuration\nsysname a\nreturn\n[~SW1]\n"},
		{"of a router", "r1#show run\nhostname r1\nend\n\nr1#show vlan\nno vlan\n", "r1#show run\nhostname r1\nend\n\nr1#\n\n"},
		{"a part is not the whole", "r1#show run | include snmp\nsnmp-server x\nr1#show run\nhostname r1\nr1#", "\n\nr1#show run\nhostname r1\nr1#"},
		{"a listing", "# R1\n```text\nhostname r1\n```\nsaid\n", "\n\nhostname r1\n\n\n"},
		{"set off", "    hostname r1\n\n    line vty 0 4\n     login\n", "hostname r1\n\nline vty 0 4\n login\n"},
		{"a blank of its own", " hostname r1\n  login\n", " hostname r1\n  login\n"},
	} {
		if got := string(driver.OfConfig([]byte(c.in))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A line that an answer broke off in is not read; files are had as they are.
func TestBrokenLine(t *testing.T) {
	body := []byte("a\n line that was c")
	for _, c := range []struct {
		q        *pluginpb.Question
		complete bool
		lines    int
	}{{driver.Command("show x"), false, 1}, {driver.Command("show x"), true, 2}, {driver.File("/x"), false, 2}} {
		n := 0
		doc := driver.Index([]*pluginpb.Answer{{Question: c.q, Body: body, Complete: c.complete}})
		for range doc.Command(driver.Text(c.q)).Lines() {
			n++
		}
		if n != c.lines {
			t.Errorf("%s, complete %v: %d lines, want %d", driver.Text(c.q), c.complete, n, c.lines)
		}
	}
}
