package collector_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/collector"
	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// TestC2MaskedIsNoProof: where a password or a community stood that some tool has masked, nothing says that it is not the vendor's own.
func TestC2MaskedIsNoProof(t *testing.T) {
	c := collector.Config{Drivers: drivers.List(), MaskKey: []byte("k")}
	for mask, want := range map[string]pb.FactState{
		"admin": pb.FactState_FACT_STATE_KNOWN, "other-1": pb.FactState_FACT_STATE_KNOWN, "***0a1b2c***": pb.FactState_FACT_STATE_UNKNOWN,
		"<removed>": pb.FactState_FACT_STATE_UNKNOWN, "********": pb.FactState_FACT_STATE_UNKNOWN,
	} {
		text := "sysname X\n#\nsnmp-agent community read simple " + strings.Replace(mask, "admin", "public", 1) + "\n#\naaa\n local-user admin password simple " + mask + "\n local-user admin service-type ssh\n#\nreturn\n"
		f := c.Saved(t.Context(), collector.File{Path: write(t, text), Name: "x"}, "huawei-vrp", "", "").GetFacts()
		if len(f.GetAccounts().GetItems()) == 0 || len(f.GetSnmpCommunities().GetItems()) == 0 {
			t.Fatalf("%s: %v", mask, f)
		}
		for _, a := range f.GetAccounts().GetItems() {
			if a.GetScope() == "admin" && a.GetDefaultPassword().GetState() != want {
				t.Errorf("%s: %v", mask, a.GetDefaultPassword())
			}
		}
		if got := f.GetSnmpCommunities().GetItems()[0].GetDefaultName(); got.GetState() != want || got.GetValue() != (mask == "admin") {
			t.Errorf("%s: %v", mask, got)
		}
	}
}
