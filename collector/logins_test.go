package collector_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/driver"
	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/sweep"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const questioned = pb.VisitState_VISIT_STATE_QUESTIONED

// behind puts a jump host before a fleet's targets.
func (f *fleet) behind(t testing.TB, d sshtest.Device) *sshtest.Server {
	t.Helper()
	d.Forward = true
	s := sshtest.Start(t, d)
	host, port, _ := net.SplitHostPort(s.Addr)
	n, _ := strconv.Atoi(port)
	jump := &inventory.Target{ID: "bastion", Address: host, Port: n, Driver: "linux", Transports: []string{"ssh"}, Credential: "jump"}
	for _, x := range f.targets {
		x.Jump = "bastion"
	}
	f.others = append(f.others, jump)
	f.keys["bastion"] = s.HostKey
	return s
}

func vrp(t testing.TB) func(int) sshtest.Device {
	huawei := answers(t, "huaweivrp", "s_hardened")
	return func(int) sshtest.Device {
		return sshtest.Device{Answers: huawei, Config: "display current-configuration"}
	}
}

// TestS3JumpHost: a jump host is logged in to once for all targets behind it; if it refuses, it is not tried again, and nothing is held
// against the targets.
func TestS3JumpHost(t *testing.T) {
	for _, good := range []bool{true, false} {
		t.Run(fmt.Sprint(good), func(t *testing.T) {
			f := newFleet(t, 20, vrp(t))
			jump := f.behind(t, sshtest.Device{User: "hop", Password: map[bool]string{true: "Hop-word1", false: "another"}[good]})
			t.Setenv("TEST_CRED_JUMP_USER", "hop")
			t.Setenv("TEST_CRED_JUMP_PASSWORD", "Hop-word1")
			snapshots := f.sweep(t, t.Context(), f.collector(t))
			if n := len(jump.Attempts()); n != 1 {
				t.Errorf("the jump host saw %d logins", n)
			}
			for i, x := range f.targets {
				visit := snapshots[x.ID].GetVisit()
				switch {
				case good && visit.GetState() != questioned:
					t.Errorf("%s: %v", x.ID, visit)
				case !good && (visit.GetState() != pb.VisitState_VISIT_STATE_UNREACHABLE || !strings.Contains(visit.GetDetail().GetEn(), "jump host bastion: it refused the login") || len(f.servers[i].Attempts()) > 0):
					t.Errorf("%s: %v, %v", x.ID, visit, f.servers[i].Attempts())
				}
			}
		})
	}
}

// TestC3JumpHostKey: a jump host whose key changed gets no password, and is no finding against the targets behind it.
func TestC3JumpHostKey(t *testing.T) {
	f := newFleet(t, 3, vrp(t))
	jump := f.behind(t, sshtest.Device{})
	f.keys["bastion"] = newKey(t)
	t.Setenv("TEST_CRED_JUMP_USER", "admin")
	t.Setenv("TEST_CRED_JUMP_PASSWORD", password)
	for id, s := range f.sweep(t, t.Context(), f.collector(t)) {
		if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_UNREACHABLE || s.GetVisit().GetHostKey() != "" {
			t.Errorf("%s: %v", id, s.GetVisit())
		}
		for _, finding := range s.GetFindings() {
			if finding.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
				t.Errorf("%s: %v", id, finding)
			}
		}
	}
	if len(jump.Attempts()) > 0 {
		t.Error(jump.Attempts())
	}
}

// A jump host that is also a target, with the same wrong password: one failed login on it.
func TestS3JumpHostAsTarget(t *testing.T) {
	f := newFleet(t, 4, vrp(t))
	jump := f.behind(t, sshtest.Device{Password: "another"})
	t.Setenv("TEST_CRED_JUMP_USER", "admin")
	t.Setenv("TEST_CRED_JUMP_PASSWORD", password)
	f.others[0].Driver = "huawei-vrp"
	f.targets = append(f.targets, f.others...)
	f.sweep(t, t.Context(), f.collector(t))
	if n := jump.Failures("admin"); n != 1 {
		t.Errorf("%d failed logins", n)
	}
}

// TestS3Raise: a wrong password for raising the privilege is counted as a login is; the device is read with the rights there are.
func TestS3Raise(t *testing.T) {
	for _, central := range []string{"false", "true"} {
		t.Run(central, func(t *testing.T) {
			ios := answers(t, "ciscoios", "switch")
			f := newFleet(t, 40, func(int) sshtest.Device {
				return sshtest.Device{Personality: sshtest.IOS(), Answers: ios, Config: "show running-config", RaisePassword: "another"}
			})
			for _, x := range f.targets {
				x.Driver = "cisco-ios"
			}
			t.Setenv("TEST_CRED_OPS_RAISE", "Raise-55")
			t.Setenv("TEST_CRED_OPS_CENTRAL", central)
			snapshots := f.sweep(t, t.Context(), f.collector(t))
			total := 0
			for i, x := range f.targets {
				total += f.servers[i].Failures("raise")
				s := snapshots[x.ID]
				if s.GetVisit().GetState() == questioned && (s.GetVisit().GetDetail().GetEn() == "" || s.GetFacts().GetSession().GetPrivilege().GetValue() != "as logged in") {
					t.Errorf("%s: %v, %v", x.ID, s.GetVisit(), s.GetFacts().GetSession().GetPrivilege())
				}
			}
			if want := map[string]int{"false": 5, "true": 1}[central]; total != want {
				t.Errorf("%d refusals, want %d: %v", total, want, count(snapshots))
			}
		})
	}
}

// TestS16Privilege: every session says with which rights it read.
func TestS16Privilege(t *testing.T) {
	ios := answers(t, "ciscoios", "switch")
	f := newFleet(t, 2, func(i int) sshtest.Device {
		if i == 0 {
			return vrp(t)(i)
		}
		return sshtest.Device{Personality: sshtest.IOS(), Answers: ios, Config: "show running-config"}
	})
	f.targets[1].Driver = "cisco-ios"
	t.Setenv("TEST_CRED_OPS_RAISE", "Raise-55")
	f.servers[0].Received()
	snapshots := f.sweep(t, t.Context(), f.collector(t))
	if got := snapshots[f.targets[1].ID].GetFacts().GetSession().GetPrivilege().GetValue(); got != "raised" {
		t.Errorf("%q: %v", got, snapshots[f.targets[1].ID].GetVisit())
	}
	if got := snapshots[f.targets[0].ID].GetFacts().GetSession().GetPrivilege().GetValue(); got == "" {
		t.Errorf("nothing is said: %v", snapshots[f.targets[0].ID].GetVisit())
	}
}

// TestS3OtherAccount: an inventory that wants one account and a credential of another: nobody is tried.
func TestS3OtherAccount(t *testing.T) {
	f := newFleet(t, 1, vrp(t))
	f.targets[0].User = "auditor"
	s := f.sweep(t, t.Context(), f.collector(t))[f.targets[0].ID]
	if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_NO_CREDENTIAL || len(f.servers[0].Attempts()) > 0 {
		t.Errorf("%v, %v", s.GetVisit(), f.servers[0].Attempts())
	}
}

// TestC1SaidBack: a device that says the password back, with what would clear the reader's screen, has neither repeated.
func TestC1SaidBack(t *testing.T) {
	f := newFleet(t, 1, func(int) sshtest.Device {
		return sshtest.Device{Methods: []string{"keyboard-interactive"}, Challenges: []sshtest.Challenge{{Question: "\x1b[2J\u202e" + password + " token:", Answer: "1"}}}
	})
	s := f.sweep(t, t.Context(), f.collector(t))[f.targets[0].ID]
	text := s.String() + s.GetVisit().GetDetail().GetEn()
	if strings.Contains(text, password) || strings.ContainsAny(s.GetVisit().GetDetail().GetEn(), "\x1b\u202e") || !strings.Contains(text, "second factor") {
		t.Errorf("%q", s.GetVisit().GetDetail().GetEn())
	}
}

// TestS4SNMP: a central SNMP user that is refused is shown to one agent.
func TestS4SNMP(t *testing.T) {
	f := &fleet{keys: pinned{}}
	t.Setenv("TEST_CRED_MON_SNMP_USER", "monitor")
	t.Setenv("TEST_CRED_MON_SNMP_VERSION", "3")
	t.Setenv("TEST_CRED_MON_SNMP_AUTH", "sha256")
	t.Setenv("TEST_CRED_MON_SNMP_AUTH_PASSWORD", "long-enough-1")
	t.Setenv("TEST_CRED_MON_CENTRAL", "true")
	for i := range 10 {
		agent := snmptest.Start(t, snmptest.Agent{})
		host, port, _ := net.SplitHostPort(agent.Address())
		number, _ := strconv.Atoi(port)
		f.targets = append(f.targets, &inventory.Target{ID: fmt.Sprint("agent", i), Address: host, Port: number, Driver: "auto", Transports: []string{"snmp"}, SNMPCredential: "mon"})
	}
	states := count(f.sweep(t, t.Context(), f.collector(t)))
	if states[pb.VisitState_VISIT_STATE_REFUSED] != 1 || states[pb.VisitState_VISIT_STATE_SUSPENDED] != 9 {
		t.Error(states)
	}
}

// broken is a driver with a defect that some configurations bring out.
type broken struct{ driver.Driver }

func (b broken) Read(a []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	if strings.Contains(string(a[0].GetBody()), "sysname BROKEN") || len(a) > 1 && strings.Contains(string(a[1].GetBody()), "sysname BROKEN") {
		panic("cannot read " + password)
	}
	return b.Driver.Read(a)
}

// TestF4DriverPanics: a driver that panics costs its target and no other, every session is logged out, and what it said stays unsaid.
func TestF4DriverPanics(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	bad := map[string]string{}
	for k, v := range huawei {
		bad[k] = v
	}
	bad["display current-configuration"] = "sysname BROKEN\nreturn\n"
	f := newFleet(t, 40, func(i int) sshtest.Device {
		return sshtest.Device{Answers: map[bool]map[string]string{true: bad, false: huawei}[i%2 == 0], Config: "display current-configuration"}
	})
	c := f.collector(t)
	for i, d := range c.Drivers {
		c.Drivers[i] = broken{d}
	}
	snapshots := f.sweep(t, t.Context(), c)
	for i, x := range f.targets {
		s := snapshots[x.ID]
		want := questioned
		if i%2 == 0 {
			want = pb.VisitState_VISIT_STATE_FAILED
		}
		if s.GetVisit().GetState() != want || strings.Contains(s.String(), password) {
			t.Errorf("%s: %v", x.ID, s.GetVisit())
		}
		if sessions, logouts := f.servers[i].Sessions(); sessions != 1 || logouts != 1 {
			t.Errorf("%s: %d sessions, %d logouts", x.ID, sessions, logouts)
		}
	}
}

// A target whose time is over says so, and not that it was not there.
func TestTimeIsOver(t *testing.T) {
	f := newFleet(t, 1, func(int) sshtest.Device { return sshtest.Device{Hostile: sshtest.LoginSilent} })
	var got *pb.Snapshot
	f.collector(t).Sweep(t.Context(), f.targets, sweep.Limits{Rate: -1, Timeout: time.Second}, nil, func(s *pb.Snapshot) { got = s })
	if got.GetVisit().GetState() != pb.VisitState_VISIT_STATE_TIMEOUT {
		t.Errorf("%v", got.GetVisit())
	}
}

// TestS9Cut: configurations that end anywhere, without the end mark, let no check pass that the whole one fails.
func TestS9Cut(t *testing.T) {
	for _, c := range []struct {
		driver, folder, name, config string
		personality                  sshtest.Personality
	}{
		{"huawei-vrp", "huaweivrp", "s_open", "display current-configuration", sshtest.VRP()},
		{"cisco-ios", "ciscoios", "open_router", "show running-config", sshtest.IOS()},
		{"h3c-comware", "comware", "switch7_open", "display current-configuration", sshtest.Comware()},
		{"cisco-asa", "asa", "open", "show running-config", sshtest.ASA()},
	} {
		t.Run(c.driver, func(t *testing.T) {
			t.Setenv("TEST_CRED_OPS_RAISE", "Raise-55")
			whole := answers(t, c.folder, c.name)
			lines := strings.SplitAfter(whole[c.config], "\n")
			step := max(1, 2*len(lines)/fleetSize())
			var cuts []string
			for i := 0; i < len(lines)-1; i += step {
				cut := strings.Join(lines[:i], "")
				cuts = append(cuts, cut, cut+lines[i][:len(lines[i])/2])
			}
			f := newFleet(t, len(cuts)+1, func(i int) sshtest.Device {
				a := map[string]string{}
				for k, v := range whole {
					a[k] = v
				}
				if i < len(cuts) {
					a[c.config] = cuts[i]
				}
				return sshtest.Device{Personality: c.personality, Answers: a, Config: c.config}
			})
			for _, x := range f.targets {
				x.Driver = c.driver
			}
			collector := f.collector(t)
			collector.Limits.Idle = time.Second // how long an end without its mark is waited for
			snapshots := f.sweep(t, t.Context(), collector)
			full := snapshots[f.targets[len(cuts)].ID]
			for _, a := range full.GetAnswers() {
				if a.GetQuestion() == c.config && a.GetReason() != pb.Reason_REASON_UNSPECIFIED {
					t.Fatalf("the whole one is not whole: %v", a)
				}
			}
			fails := map[string]bool{}
			for _, finding := range full.GetFindings() {
				if finding.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
					fails[finding.GetClause()+" "+finding.GetCheck()+" "+finding.GetScope()] = true
				}
			}
			if len(fails) < 10 {
				t.Fatalf("the whole one fails only %d: %v", len(fails), full.GetVisit())
			}
			for i := range cuts {
				s := snapshots[f.targets[i].ID]
				for _, finding := range s.GetFindings() {
					if key := finding.GetClause() + " " + finding.GetCheck() + " " + finding.GetScope(); finding.GetOutcome() == pb.Outcome_OUTCOME_PASS && fails[key] {
						t.Errorf("cut after %d bytes: %s passes: %v", len(cuts[i]), key, finding.GetObserved())
					}
				}
			}
		})
	}
}

// Files of which one cannot be read are judged all the same but that one.
func TestSavedPanic(t *testing.T) {
	c := collector.Config{Drivers: []driver.Driver{broken{drivers.Named("huawei-vrp")}}, MaskKey: []byte("k")}
	s := c.Saved(t.Context(), collector.File{Path: write(t, "sysname BROKEN\nreturn\n"), Name: "x"}, "huawei-vrp", "", "")
	if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_FAILED {
		t.Errorf("%v", s.GetVisit())
	}
}

func write(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Many targets whose platform is to be found out, at once: each is known, with two sessions and two logouts.
func TestRecogniseMany(t *testing.T) {
	ios := answers(t, "ciscoios", "switch")
	f := newFleet(t, 30, func(i int) sshtest.Device {
		if i%2 == 0 {
			return vrp(t)(i)
		}
		return sshtest.Device{Personality: sshtest.IOS(), Answers: ios, Config: "show running-config"}
	})
	for _, x := range f.targets {
		x.Driver = inventory.Auto
	}
	snapshots := f.sweep(t, t.Context(), f.collector(t))
	for i, x := range f.targets {
		s := snapshots[x.ID]
		if want := []string{"huawei-vrp", "cisco-ios"}[i%2]; s.GetVisit().GetState() != questioned || s.GetTarget().GetDriver() != want {
			t.Errorf("%s: %v, %s", x.ID, s.GetVisit(), s.GetTarget().GetDriver())
		}
		if sessions, logouts := f.servers[i].Sessions(); sessions != 2 || logouts != 2 || f.servers[i].PeakSessions() != 1 {
			t.Errorf("%s: %d sessions, %d logouts", x.ID, sessions, logouts)
		}
	}
}

// anyQuestion is a driver that answers every question of a login with no, and knows no meaning of it.
type anyQuestion struct {
	driver.Driver
	means string
}

func (d anyQuestion) Describe() *pluginpb.DescribeResponse {
	out := d.Driver.Describe()
	out.Dialect.Dialogues = []*pluginpb.Dialogue{{Pattern: `(?i)\[y/n\]:?$`, Answer: "N", Means: d.means}}
	return out
}

// TestS12AnyDriver: a login that asks for another password is a finding, whatever the driver says of its questions.
func TestS12AnyDriver(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	for _, means := range []string{"", "the password should be changed"} {
		for ask, want := range map[string]bool{"The password needs to be changed. Change now? [Y/N]:": true, "口令即将过期，是否修改口令？[Y/N]:": true, "Show the licence? [Y/N]:": means != ""} {
			f := newFleet(t, 1, func(int) sshtest.Device {
				return sshtest.Device{Answers: huawei, Config: "display current-configuration", Dialogues: []sshtest.Dialogue{{Ask: ask, Want: "N"}}}
			})
			c := f.collector(t)
			c.Drivers = []driver.Driver{anyQuestion{drivers.Named("huawei-vrp"), means}}
			s := f.sweep(t, t.Context(), c)[f.targets[0].ID]
			if got := s.GetFacts().GetSession().GetPasswordChangeDemanded(); s.GetVisit().GetState() != questioned || got.GetValue() != want {
				t.Errorf("%q, %q: %v, %v", means, ask, got, s.GetVisit())
			}
		}
	}
}
