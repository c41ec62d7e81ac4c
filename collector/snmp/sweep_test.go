package snmp_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/plugins/driver"
)

// Many agents at once, one credential: its keys are made once, and every engine accepts them.
func TestSweep(t *testing.T) {
	n := 100
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		n = 1000
	}
	u, varbinds, ring := user(t, "sha256", "aes256"), objects(t, 30), snmp.NewKeyring()
	addresses := make(chan string, n)
	for range n {
		addresses <- snmptest.Start(t, snmptest.Agent{Varbinds: varbinds, Users: []snmptest.User{u}}).Address()
	}
	close(addresses)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for address := range addresses {
				if err := visit(t, address, ring); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func visit(t *testing.T, address string, ring *snmp.Keyring) error {
	c := v3("sha256", "aes256")
	keys, err := ring.Of(c.SNMP)
	if err != nil {
		return err
	}
	limits := fast()
	limits.Timeout *= 10 // many at once on a small machine
	conn, err := snmp.Dial(t.Context(), snmp.Config{Target: address, Address: address, Credential: c, Keys: keys, Limits: limits})
	if err != nil {
		return err
	}
	defer conn.Close()
	a, err := conn.Asker(published(table)).Answer(t.Context(), driver.Walk(table))
	if err == nil && (!a.GetComplete() || strings.Count(string(a.GetBody()), "\n") != 30) {
		t.Errorf("%s: %v %s", address, a.GetReason(), a.GetError())
	}
	return err
}
