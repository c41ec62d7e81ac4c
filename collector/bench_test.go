package collector_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const fakesVariable = "PLUMBLINE_TEST_FAKES"

// serveFakes makes this process the fake devices of another one's benchmark, until its input ends.
func serveFakes() bool {
	n, err := strconv.Atoi(os.Getenv(fakesVariable))
	if err != nil {
		return false
	}
	t := &testing.T{}
	d := sshtest.Device{Hostname: "HUAWEI", Answers: answers(t, "huaweivrp", "s_hardened"), Config: "display current-configuration"}
	for range n {
		s, err := sshtest.Listen(d)
		if err != nil {
			fmt.Println(err)
			return true
		}
		fmt.Printf("%s %s", s.Addr, ssh.MarshalAuthorizedKey(s.HostKey))
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return true
}

// elsewhere is a fleet in another process, so that what it costs is not counted here.
func elsewhere(b *testing.B, n int) *fleet {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprint(fakesVariable, "=", n))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	f := &fleet{keys: pinned{}}
	lines := bufio.NewReader(out)
	for i := range n {
		line, err := lines.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		address, text, _ := strings.Cut(line, " ")
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil {
			b.Fatalf("%q: %v", line, err)
		}
		host, port, _ := net.SplitHostPort(address)
		number, _ := strconv.Atoi(port)
		x := &inventory.Target{ID: fmt.Sprint("device-", i), Address: host, Port: number, Driver: "huawei-vrp", Transports: []string{"ssh"}, Credential: "ops"}
		f.targets = append(f.targets, x)
		f.keys[x.ID] = key
	}
	return f
}

// asked are the commands that a sweep types on such a device, in their order.
func asked(b *testing.B) []string {
	b.Helper()
	f := newFleet(b, 1, vrp(b))
	f.sweep(b, b.Context(), f.collector(b))
	return slices.DeleteFunc(f.servers[0].Lines(), func(line string) bool { return line == "" || line == "quit" })
}

// bare is the least that can be done with x/crypto/ssh for the same commands: no check, no limit, no proof, no fact, no verdict.
func bare(address string, key ssh.PublicKey, commands []string, pause func()) error {
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.FixedHostKey(key)})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := session.RequestPty("vt100", 20000, 511, nil); err != nil {
		return err
	}
	if err := session.Shell(); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for i, c := range append(slices.Clone(commands), "quit") {
		for got := []byte(nil); !bytes.HasSuffix(got, []byte("<HUAWEI>")); {
			n, err := out.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				return err
			}
		}
		if i == 1 && pause != nil {
			pause()
		}
		if _, err := io.WriteString(in, c+"\n"); err != nil {
			return err
		}
	}
	_, _ = io.Copy(io.Discard, out)
	return nil
}

// BenchmarkSweep500 is a whole sweep, judged by a baseline, against bare logins with the same commands at the same concurrency.
func BenchmarkSweep500(b *testing.B) {
	const n, workers = 500, 32
	commands := asked(b)
	f := elsewhere(b, n)
	c := f.collector(b)
	var ours, least time.Duration
	for b.Loop() {
		start := time.Now()
		next := make(chan *inventory.Target)
		var work sync.WaitGroup
		for range workers {
			work.Go(func() {
				for x := range next {
					if err := bare(net.JoinHostPort(x.Address, strconv.Itoa(x.Port)), f.keys[x.ID], commands, nil); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for _, x := range f.targets {
			next <- x
		}
		close(next)
		work.Wait()
		least += time.Since(start)

		start = time.Now()
		c.Sweep(b.Context(), f.targets, sweep.Limits{Rate: -1, Concurrency: workers}, nil, func(s *pb.Snapshot) {
			if s.GetVisit().GetState() != questioned {
				b.Error(s.GetVisit())
			}
		})
		ours += time.Since(start)
	}
	b.ReportMetric(n*float64(b.N)/ours.Seconds(), "devices/s")
	b.ReportMetric(float64(least)/float64(ours), "ours/bare-rate")
}
