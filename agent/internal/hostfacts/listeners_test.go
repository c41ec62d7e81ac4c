//go:build linux

package hostfacts

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// mine keeps the listeners of the given ports, as lines to compare.
func mine(list []Listener, ports map[uint16]bool) []string {
	var out []string
	for _, l := range list {
		if ports[l.Address.Port()] {
			line := fmt.Sprintf("%s %s", l.Protocol, l.Address)
			if l.Holder != nil {
				line += fmt.Sprintf(" %d %s %d", l.Holder.PID, l.Holder.Name, l.Holder.UID)
			}
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

func TestListenersEqualGopsutil(t *testing.T) {
	ports := map[uint16]bool{}
	port := func(a net.Addr) { ports[netip.MustParseAddrPort(a.String()).Port()] = true }
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port(l.Addr())
		u, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer u.Close()
		port(u.LocalAddr())
		// A connected UDP socket and an established TCP connection are no listeners.
		c, err := net.Dial("udp", u.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		port(c.LocalAddr())
		d, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		port(d.LocalAddr())
	}
	own, err := Listeners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := portable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, want := mine(own, ports), mine(theirs, ports)
	if len(got) != 4 {
		t.Errorf("want 4 listeners, got %q", got)
	}
	if !slices.Equal(got, want) {
		t.Errorf("own:      %q\ngopsutil: %q", got, want)
	}
	for _, l := range own {
		if ports[l.Address.Port()] && l.Holder.PID != os.Getpid() {
			t.Errorf("%v is held by %d, not by us (%d)", l.Address, l.Holder.PID, os.Getpid())
		}
	}
}

// TestOthersListeners looks at the sockets of other processes.
func TestOthersListeners(t *testing.T) {
	farm(t, 3, 2, 1)
	own, err := Listeners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held := map[int]int{}
	for _, l := range own {
		if l.Holder != nil && l.Holder.Name == filepath.Base(os.Args[0]) && l.Holder.PID != os.Getpid() {
			held[l.Holder.PID]++
		}
	}
	if len(held) != 3 {
		t.Errorf("want three processes with listeners, got %v", held)
	}
	for pid, n := range held {
		if n != 2 {
			t.Errorf("process %d has %d listeners, want 2", pid, n)
		}
	}
}

func TestSocketInode(t *testing.T) {
	for link, want := range map[string]uint32{"socket:[12345]": 12345, "socket:[1]": 1, "socket:[]": 0, "socket:": 0, "pipe:[7]": 0, "": 0, "socket:[x]": 0} {
		if got, ok := socketInode([]byte(link)); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v", link, got, ok)
		}
	}
}

func TestUnit(t *testing.T) {
	for groups, want := range map[string]string{
		"0::/system.slice/ssh.service\n":                                         "ssh.service",
		"0::/user.slice/user-0.slice/session-3.scope\n":                          "session-3.scope",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n": "a.service",
		"0::/system.slice/ssh.service/child\n":                                   "ssh.service",
		"12:cpu:/x.service\n1:name=systemd:/system.slice/crond.service\n":        "crond.service",
		"4:memory:/docker/abc\n0::/docker/abc\n":                                 "",
		"0::/\n":                                                                 "",
		"nonsense":                                                               "",
		"3:pids:/system.slice/a.service\n1:name=systemd:/\n0::/system.slice/b.service": "b.service",
	} {
		if got := unit(groups); got != want {
			t.Errorf("%q: %q, want %q", groups, got, want)
		}
	}
}

func TestReadMessageRefusesShort(t *testing.T) {
	if _, ok := readMessage(make([]byte, messageLen-1)); ok {
		t.Error("a short message was read")
	}
	if _, ok := readMessage(make([]byte, messageLen)); ok {
		t.Error("a socket without a port was read")
	}
}

// The farm of the benchmarks: 200 processes, 5,200 sockets.
const (
	hands       = 200
	listeners   = 2
	connections = 12
)

// BenchmarkListeners compares the own map of listeners with gopsutil's, turn by turn on the same farm, and reports the
// ratios of wall clock and processor time. The goal is at most 0.25.
func BenchmarkListeners(b *testing.B) {
	farm(b, hands, listeners, connections)
	var own, theirs cost
	for b.Loop() {
		n := own.of(b, func() (int, error) { l, err := Listeners(b.Context()); return len(l), err })
		m := theirs.of(b, func() (int, error) { l, err := portable(b.Context()); return len(l), err })
		if n < hands*listeners || m < hands*listeners {
			b.Fatalf("too few listeners: own %d, gopsutil %d", n, m)
		}
	}
	b.ReportMetric(float64(own.wall.Microseconds())/float64(b.N), "own-us/op")
	b.ReportMetric(float64(theirs.wall.Microseconds())/float64(b.N), "gopsutil-us/op")
	b.ReportMetric(float64(own.wall)/float64(theirs.wall), "wall-ratio")
	b.ReportMetric(float64(own.cpu)/float64(theirs.cpu), "cpu-ratio")
}

// cost is what repeated work took.
type cost struct{ wall, cpu time.Duration }

func (c *cost) of(b *testing.B, work func() (int, error)) int {
	cpu, start := processorTime(b), time.Now()
	n, err := work()
	if err != nil {
		b.Fatal(err)
	}
	c.wall += time.Since(start)
	c.cpu += processorTime(b) - cpu
	return n
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
