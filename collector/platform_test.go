package collector_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A configuration that is given to another platform's driver is not judged: that driver's defaults would be taken for its own.
func TestAnotherPlatformsDriver(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sw.cfg")
	text := answers(t, "ciscoios", "switch")["show running-config"]
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &collector.Config{Drivers: drivers.List(), Device: rules(t), MaskKey: []byte("key")}
	for _, wrong := range []string{"arista-eos", "cisco-nxos", "huawei-vrp", "frr"} {
		s := c.Saved(t.Context(), collector.File{Path: name, Name: "sw"}, wrong, "", "")
		if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_NOT_RECOGNISED || passes(s) > 0 || !strings.Contains(s.GetVisit().GetDetail().GetEn(), "cisco-ios") {
			t.Errorf("%s: %v, %d pass", wrong, s.GetVisit(), passes(s))
		}
	}
	if s := c.Saved(t.Context(), collector.File{Path: name, Name: "sw"}, "cisco-ios", "", ""); s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED || passes(s) == 0 {
		t.Errorf("its own: %v, %d pass", s.GetVisit(), passes(s))
	}

	f := newFleet(t, 1, func(int) sshtest.Device {
		return sshtest.Device{Answers: map[string]string{"display current-configuration": text + "return\n"}}
	})
	for _, s := range f.sweep(t, t.Context(), f.collector(t)) {
		if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_NOT_RECOGNISED || passes(s) > 0 {
			t.Errorf("over SSH: %v, %d pass", s.GetVisit(), passes(s))
		}
	}
}
