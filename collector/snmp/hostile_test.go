package snmp_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/collector/vault"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

type hostile struct {
	mode   snmptest.Mode
	reason pb.Reason
	// says is a word of the error; complete walks are nobody's.
	says string
}

// What any version can meet.
func everybody() map[string]hostile {
	return map[string]hostile{
		"silent":      {snmptest.Silent, pb.Reason_REASON_TIMEOUT, "no answer"},
		"endless":     {snmptest.Endless, pb.Reason_REASON_TOO_LARGE, "varbinds"},
		"looping":     {snmptest.Looping, pb.Reason_REASON_FAILED, "circle"},
		"standing":    {snmptest.Standing, pb.Reason_REASON_FAILED, "circle"},
		"giant":       {snmptest.Giant, pb.Reason_REASON_TOO_LARGE, "bytes"},
		"wrong id":    {snmptest.WrongID, pb.Reason_REASON_TIMEOUT, "no answer"},
		"spoofed":     {snmptest.Spoofed, pb.Reason_REASON_TIMEOUT, "no answer"},
		"too big":     {snmptest.TooBig, pb.Reason_REASON_TOO_LARGE, "too big"},
		"malformed":   {snmptest.Malformed, pb.Reason_REASON_TIMEOUT, "malformed"},
		"truncated":   {snmptest.Truncated, pb.Reason_REASON_TIMEOUT, "malformed"},
		"empty":       {snmptest.Empty, pb.Reason_REASON_FAILED, ""},
		"no such":     {snmptest.NoSuch, pb.Reason_REASON_FAILED, "no such"},
		"bad varbind": {snmptest.BadPDU, pb.Reason_REASON_FAILED, "malformed"},
	}
}

func hostileLimits() snmp.Limits {
	l := fast()
	l.Timeout, l.Retries, l.Varbinds, l.Bytes = 200*time.Millisecond, 1, 1000, 1<<19
	return l
}

// S8: each danger ends in time, states no end, and leaves nothing behind.
func TestS8HostileAgents(t *testing.T) {
	v2only := map[string]hostile{
		"zero id":         {snmptest.ZeroID, pb.Reason_REASON_TIMEOUT, "id"},
		"wrong community": {snmptest.WrongCommunity, pb.Reason_REASON_TIMEOUT, "community"},
	}
	v3only := map[string]hostile{
		"forged engine":   {snmptest.ForgedEngine, pb.Reason_REASON_TIMEOUT, "engine"},
		"unauthenticated": {snmptest.Unauthenticated, pb.Reason_REASON_TIMEOUT, "not authenticated"},
		"unencrypted":     {snmptest.Unencrypted, pb.Reason_REASON_TIMEOUT, "not encrypted"},
		"bad digest":      {snmptest.BadDigest, pb.Reason_REASON_FAILED, "authentic"},
	}
	agents := func(version string, set map[string]hostile) {
		for name, h := range set {
			t.Run(version+" "+name, func(t *testing.T) {
				a := snmptest.Agent{Varbinds: objects(t, 50), Communities: []string{"monitor"}, Hostile: h.mode, HostileAfter: 1}
				credential := community(version)
				if version == "3" {
					a.Users, a.HostileAfter, credential = []snmptest.User{user(t, "sha256", "aes256")}, 2, v3("sha256", "aes256")
				}
				attack(t, a, credential, h)
			})
		}
	}
	agents("1", everybody())
	agents("2c", everybody())
	agents("2c", v2only)
	agents("3", everybody())
	agents("3", v3only)
}

func attack(t *testing.T, a snmptest.Agent, credential *vault.Credential, h hostile) {
	s := snmptest.Start(t, a)
	limits := hostileLimits()
	conn, err := dial(t, s, credential, limits)
	if a.Hostile == snmptest.Spoofed && err != nil {
		return // it answers from a wrong port from the start of hostility
	}
	if err != nil {
		t.Fatal(err)
	}
	before := resident()
	began := time.Now()
	answer, err := walk(t, conn, table)
	if d := time.Since(began); d > limits.Walk+time.Second {
		t.Errorf("it took %s", d)
	}
	if grown := resident() - before; grown > 64<<20 {
		t.Errorf("it took %d MiB", grown>>20)
	}
	if err != nil {
		return // the target is lost: nothing is stated at all
	}
	if answer.GetComplete() || answer.GetReason() == pb.Reason_REASON_UNSPECIFIED {
		t.Fatalf("a hostile answer counts as complete: %d bytes", len(answer.GetBody()))
	}
	if answer.GetReason() != h.reason {
		t.Errorf("%v (%s), not %v", answer.GetReason(), answer.GetError(), h.reason)
	}
	if !strings.Contains(answer.GetError(), h.says) {
		t.Errorf("the error is %q, without %q", answer.GetError(), h.says)
	}
	if strings.Contains(answer.GetError(), "goroutine") || len(answer.GetError()) > 400 {
		t.Errorf("the error is %q", answer.GetError())
	}
	for _, secret := range []string{"monitor", authPassword, privPassword} {
		if strings.Contains(answer.GetError(), secret) {
			t.Errorf("the error tells a secret: %s", answer.GetError())
		}
	}
}

func resident() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// S8: what does not belong to the request does not disturb it.
func TestS8FloodIsPassedOver(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 50), Communities: []string{"monitor"}, Hostile: snmptest.Flood})
	conn, err := dial(t, s, community("2c"), fast())
	if err != nil {
		t.Fatal(err)
	}
	whole(t, conn, 50)
}

// S8: whatever byte of an authenticated answer is changed on the way, it is asked again and never believed.
func TestS8CorruptedAnswersAreNotBelieved(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 40), Users: []snmptest.User{user(t, "sha256", "aes256")}, Hostile: snmptest.Corrupted, HostileAfter: 2})
	limits := fast()
	limits.Timeout, limits.Retries = 200*time.Millisecond, 4
	limits.Repetitions, limits.MaxRepetitions = 4, 4
	conn, err := dial(t, s, v3("sha256", "aes256"), limits)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, conn, 40)
	if conn.Sent() < 30 {
		t.Errorf("only %d packets were sent: nothing was asked again", conn.Sent())
	}
}

// A target that falls silent is given up after a few walks.
func TestS8SilentTargetIsGivenUp(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Communities: []string{"monitor"}, Hostile: snmptest.Silent, HostileAfter: 1})
	conn, err := dial(t, s, community("2c"), hostileLimits())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a, err := walk(t, conn, table); err != nil || a.GetReason() != pb.Reason_REASON_TIMEOUT {
			t.Fatalf("%v, %v", a, err)
		}
	}
	if _, err := walk(t, conn, table); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Errorf("the third: %v", err)
	}
	before := s.Count()
	if _, err := walk(t, conn, table); err == nil || s.Count() != before {
		t.Errorf("it is still asked: %v", err)
	}
}

// The time for the target is bounded over all its walks.
func TestS8WholeTime(t *testing.T) {
	s := snmptest.Start(t, snmptest.Agent{Varbinds: objects(t, 3), Communities: []string{"monitor"}, Hostile: snmptest.Endless, HostileAfter: 1, Delay: 5 * time.Millisecond})
	limits := fast()
	limits.Whole, limits.Varbinds = 300*time.Millisecond, 1<<30
	conn, err := dial(t, s, community("2c"), limits)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 3 {
		a, err := walk(t, conn, table)
		if err != nil || a.GetReason() != pb.Reason_REASON_TIMEOUT || a.GetComplete() {
			t.Errorf("%v, %v", a.GetReason(), err)
		}
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("it took %s", d)
	}
}
