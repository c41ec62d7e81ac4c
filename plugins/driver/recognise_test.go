package driver_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/all"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func TestSysObjectID(t *testing.T) {
	r, err := driver.NewRecogniser(all.Descriptions())
	if err != nil {
		t.Fatal(err)
	}
	for oid, want := range map[string]string{
		"1.3.6.1.4.1.2011.2.23.339": "huawei-vrp", ".1.3.6.1.4.1.2011.2.23.339": "huawei-vrp", "1.3.6.1.4.1.9.1.516": "cisco-ios",
		"1.3.6.1.4.1.9.1.669": "cisco-asa", "1.3.6.1.4.1.9.1.2114": "cisco-asa", "1.3.6.1.4.1.9.1.1017": "cisco-iosxr",
		"1.3.6.1.4.1.9.1.6690": "cisco-ios", "1.3.6.1.4.1.99999.1": "", "": "", "1.3.6.1.4.1.2636.1.1.1.2.21": "juniper-junos",
	} {
		if got := r.SysObjectID(oid); got != want {
			t.Errorf("%s is taken for %q, want %q", oid, got, want)
		}
	}
}

// One sign is not enough, a tie is not known, and the same sign many times is one sign.
func TestRecogniserRatherDoesNotKnow(t *testing.T) {
	r, err := driver.NewRecogniser([]*pluginpb.DescribeResponse{
		{Name: "a", ConfigSigns: []string{"^alpha ", "^common ", "^one "}, VersionSigns: []string{"^A OS"}, SysObjectIds: []string{"1.2.3"}},
		{Name: "b", ConfigSigns: []string{"^beta ", "^common ", "^two "}, VersionSigns: []string{"^B OS", "^Twin"}, SysObjectIds: []string{"1.2.3", "1.2.3.4"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"alpha 1\nalpha 2\n": "", "alpha 1\none 1\n": "a", "\ufeffalpha 1\r\none 1\r\n": "a", "common 1\nalpha 1\nbeta 1\n": "",
		"common 1\nalpha 1\nbeta 1\ntwo 1\n": "b", "": "", "\x00\xff": "",
	} {
		if got := r.Config([]byte(text)); got != want {
			t.Errorf("%q is taken for %q, want %q", text, got, want)
		}
	}
	if got := r.Version([]byte("B OS\n")); got != "b" {
		t.Errorf("version: %q", got)
	}
	if got := r.SysObjectID("1.2.3"); got != "" {
		t.Errorf("a tie is taken for %q", got)
	}
	if got := r.SysObjectID("1.2.3.4.5"); got != "b" {
		t.Errorf("the longest prefix: %q", got)
	}
	if _, err := driver.NewRecogniser([]*pluginpb.DescribeResponse{{Name: "c", ConfigSigns: []string{"("}}}); err == nil {
		t.Error("a sign that is no expression was taken")
	}
}
