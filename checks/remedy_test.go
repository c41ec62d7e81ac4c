package checks_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks"
)

func TestRemedyFor(t *testing.T) {
	c := &checks.Check{Remedy: checks.Say("示例。\nLinux：甲\n华为 VRP：乙", "An example.\nDebian, Ubuntu: a\nHuawei VRP: b\nCisco: c")}
	if got := c.RemedyFor("host"); got.GetZh() != "示例。\nLinux：甲" || got.GetEn() != "An example.\nDebian, Ubuntu: a" {
		t.Errorf("for a host: %v", got)
	}
	if got := c.RemedyFor("switch"); got.GetZh() != "示例。\n华为 VRP：乙" || got.GetEn() != "An example.\nHuawei VRP: b\nCisco: c" {
		t.Errorf("for a switch: %v", got)
	}
	only := &checks.Check{Remedy: checks.Say("Linux：甲", "Linux: a")}
	if got := only.RemedyFor("switch"); got.GetEn() != "Linux: a" {
		t.Errorf("nothing is left for a switch: %v", got)
	}
}
