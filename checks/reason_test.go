package checks_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Every reason is said in both languages, no two alike, with its detail.
func TestReasonsAreComplete(t *testing.T) {
	zh, en := map[string]string{}, map[string]string{}
	for number, name := range pb.Reason_name {
		text := checks.ReasonText(pb.Reason(number), "")
		if text.GetZh() == "" || text.GetEn() == "" {
			t.Errorf("%s is not said in both languages", name)
		}
		if !strings.ContainsFunc(text.GetZh(), func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
			t.Errorf("%s: %q is not Chinese", name, text.GetZh())
		}
		if other, ok := zh[text.GetZh()]; ok {
			t.Errorf("%s and %s are said alike: %s", name, other, text.GetZh())
		}
		if other, ok := en[text.GetEn()]; ok {
			t.Errorf("%s and %s are said alike: %s", name, other, text.GetEn())
		}
		zh[text.GetZh()], en[text.GetEn()] = name, name
		with := checks.ReasonText(pb.Reason(number), "/etc/x 50%d")
		if !strings.HasPrefix(with.GetZh(), text.GetZh()) || !strings.HasSuffix(with.GetZh(), "/etc/x 50%d") || !strings.HasSuffix(with.GetEn(), "/etc/x 50%d") {
			t.Errorf("%s with a detail: %v", name, with)
		}
	}
	if len(zh) < 16 {
		t.Errorf("only %d reasons", len(zh))
	}
	if got := checks.ReasonText(pb.Reason(999), ""); got.GetZh() == "" {
		t.Error("a reason of a newer version says nothing")
	}
}
