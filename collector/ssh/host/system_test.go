package host

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestReadSockets(t *testing.T) {
	const heading = "%s:  sl  local_address rem_address   st tx_queue\n"
	tcp := fmt.Sprintf(heading, "/proc/net/tcp")
	for text, want := range map[string]string{
		tcp: "",
		tcp + "/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  33  0 4711 1\n": "tcp 127.0.0.1:8080 33 4711",
		tcp + "/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000  33  0 4711 1\n": "",
		tcp + "/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 0A\n":                                                      "error",
		tcp + "/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  33  0 4711 1":   "error",
		"/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  33  0 4711 1\n":       "error",
		"grep: something\n": "error",
		fmt.Sprintf(heading, "/proc/net/udp6") + "/proc/net/udp6: 12: 0000000000000000FFFF00000100007F:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 9 2\n": "udp [::ffff:127.0.0.1]:53 0 9",
		fmt.Sprintf(heading, "/proc/net/udp") + "/proc/net/udp: 12: 00000000:0000 00000000:0000 07 0:0 0:0 0 0 0 9 2\n":                                                   "",
	} {
		list, _, err := readSockets(text, binary.LittleEndian)
		var got []string
		for _, s := range list {
			got = append(got, fmt.Sprintf("%s %s %d %d", s.protocol, s.address, s.uid, s.inode))
		}
		if err != nil {
			got = []string{"error"}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	list, _, err := readSockets(tcp+"/proc/net/tcp: 0: 7F000001:1F90 00000000:0000 0A 0:0 0:0 0 0 0 9 2\n", byteOrder("s390x"))
	if err != nil || len(list) != 1 || list[0].address.String() != "127.0.0.1:8080" {
		t.Errorf("big endian: %v %v", list, err)
	}
}

func TestReadOpen(t *testing.T) {
	o, err := readOpen("/proc/1 0\x00/proc/1/exe /sbin/init\x00/proc/1/fd/3 socket:[12]\x00/proc/1/fd/4 socket:[13]\x00" +
		"/proc/9 33\x00/proc/9/exe /usr/sbin/a b\x00/proc/9/fd/3 socket:[12]\x00/proc/7 33\x00/proc/7/fd/5 socket:[12]\x00/proc/7/exe \x00")
	if err != nil || o.socket[12] != 7 || o.socket[13] != 1 || o.owner[9] != 33 || o.exe[9] != "/usr/sbin/a b" || o.exe[7] != "" {
		t.Errorf("%+v %v", o, err)
	}
	for _, wrong := range []string{"", "/proc/x 0\x00", "/proc/1 root\x00", "find: what\x00", "/proc/1/fd/3 socket:[1]\x00"} {
		if o, err := readOpen(wrong); err == nil {
			t.Errorf("%q: %+v", wrong, o)
		}
	}
}

func TestReadPrograms(t *testing.T) {
	stat := func(pid int, name string, parent, flags int) string {
		return fmt.Sprintf("/proc/%d/stat:%d (%s) S %d 1 1 0 -1 %d 0 0\n\x00", pid, pid, name, parent, flags)
	}
	// A connection (20) of sshd (10) with our questions below it, and another's beside it.
	text := stat(1, "init", 0, 0) + stat(2, "kthreadd", 0, kernelThread) + stat(10, "sshd", 1, 0) + stat(20, "sshd", 10, 0) +
		stat(21, "bash", 20, 0) + stat(22, "sh", 21, 0) + stat(23, "find", 22, 0) + stat(24, "sftp-server", 20, 0) +
		stat(30, "sshd", 10, 0) + stat(31, "a) S (b\n", 30, 0)
	list, err := readPrograms(text)
	if err != nil || !list[2].kernel || list[31].name != "a) S (b\n" || list[31].parent != 30 {
		t.Fatalf("%+v %v", list, err)
	}
	all := table{list, 22}
	all.withoutOurs()
	if got, want := all.pids(), []int{1, 2, 10, 20, 30, 31}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, wrong := range []string{"", "x", "/proc/1/stat:2 (a) S 0 1 1 0 -1 0 0\x00", "/proc/1/stat:1 (a) S\x00", strings.TrimSuffix(text, "0 0\n\x00")[:40]} {
		if list, err := readPrograms(wrong); err == nil {
			t.Errorf("%q: %+v", wrong, list)
		}
	}
}

func TestMachine(t *testing.T) {
	if got := booted("cpu 1 2\nbtime 1767323045\nprocesses 3\n"); got != "2026-01-02T03:04:05Z" || booted("btime x\n") != "" || booted("") != "" {
		t.Error(got)
	}
	for names, want := range map[string]string{"VMware, Inc.\nVMware7,1\n": "vmware", "Dell Inc.\nPowerEdge\n": "", "Microsoft Corporation\nVirtual Machine\n": "hyperv"} {
		if got := hypervisor(names); got != want {
			t.Errorf("%q: %q", names, got)
		}
	}
	for groups, want := range map[string]string{
		"0::/system.slice/ssh.service\n": "ssh.service", "0::/user.slice/user-0.slice/session-3.scope\n": "session-3.scope",
		"12:cpu:/x.service\n1:name=systemd:/system.slice/crond.service\n": "crond.service", "0::/\n": "", "nonsense": "",
	} {
		if got := unit(groups); got != want {
			t.Errorf("%q: %q", groups, got)
		}
	}
	for mounts, want := range map[string]bool{"proc /proc proc rw 0 0\n": false, "proc /proc proc rw,hidepid=2 0 0\n": true, "proc /proc proc rw,hidepid=invisible 0 0\n": true, "proc /proc proc rw,hidepid=0 0 0\n": false} {
		if hidesPids(mounts) != want {
			t.Errorf("%q", mounts)
		}
	}
}

// What the running system says is whole or unknown: a tool that is missing, fails or knows less proves nothing.
func TestProbesThatFail(t *testing.T) {
	for name, change := range map[string]string{"is missing": "plumbline:begin 7\nplumbline:end missing\n", "fails": "plumbline:begin 7\nplumbline:end 3\n", "says nothing": "plumbline:begin 7\nplumbline:end 0\n"} {
		for tool, probe := range map[string]pluginpb.Probe{
			"plumbline grep ": pluginpb.Probe_PROBE_LISTENERS, "plumbline find /proc -mindepth 1": pluginpb.Probe_PROBE_LISTENERS,
			"plumbline find /proc -mindepth 2": pluginpb.Probe_PROBE_PROCESSES, "plumbline date ": pluginpb.Probe_PROBE_CLOCK,
		} {
			s := &server{uid: asNobody(t)}
			s.sftp = s.realSFTP
			s.exec = func(line string, ch ssh.Channel) bool {
				if !strings.Contains(line, tool) {
					return false
				}
				_, _ = ch.Write([]byte(change))
				exited(ch, map[string]uint32{"is missing": 127, "fails": 3}[name])
				return true
			}
			ans := ask(t, asking(t, s, Options{}), driver.Probe(probe))
			if ans.GetComplete() || ans.GetReason() == 0 || ans.GetReason() == pb.Reason_REASON_NOT_FOUND {
				t.Errorf("%s%s: %v", tool, name, ans)
			}
		}
	}
}
