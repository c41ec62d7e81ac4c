package ssh

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/driver"
)

// What the benchmarks ask: five commands, one of them a configuration of a usual size.
var benchCommands = []string{showConfig, showVersion, "display ntp-service status", "display hrp state", "display users"}

func benchDevice() sshtest.Device {
	answers := map[string]string{}
	for _, c := range benchCommands {
		answers[c] = "some words\nand some more\n"
	}
	answers[showConfig] = sampleConfig(200, "return")
	return sshtest.Device{Config: showConfig, Answers: answers}
}

// bare is the least that can be done with x/crypto/ssh for the same commands: no check, no limit, no proof.
func bare(addr string, key ssh.PublicKey, commands []string, pause func()) error {
	client, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{ssh.Password("Pa55-word")}, HostKeyCallback: ssh.FixedHostKey(key)})
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
	if err := session.RequestPty("vt100", rows, columns, nil); err != nil {
		return err
	}
	if err := session.Shell(); err != nil {
		return err
	}
	var got []byte
	buf := make([]byte, 4096)
	read := func() error {
		for got = nil; !bytes.HasSuffix(got, []byte("<HUAWEI>")); {
			n, err := out.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(); err != nil {
		return err
	}
	for _, c := range append([]string{"screen-length 0 temporary"}, commands...) {
		if pause != nil && c == commands[0] {
			pause()
		}
		if _, err := io.WriteString(in, c+"\n"); err != nil {
			return err
		}
		if err := read(); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(in, "quit\n"); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, out)
	return nil
}

// ours does the same as a collector does.
func ours(addr string, key ssh.PublicKey, p *Platform, commands []string, pause func()) error {
	ctx := context.Background()
	credential := admin()
	credential.Raise = credential.Passphrase // none
	conn, err := Dial(ctx, Config{Target: "t", Address: addr, Credential: credential, HostKeys: pinned{key}})
	if err != nil {
		return err
	}
	defer conn.Close()
	term, err := conn.Terminal(ctx, nil, TerminalOptions{Platform: p})
	if err != nil {
		return err
	}
	if pause != nil {
		pause()
	}
	for _, c := range commands {
		ans, err := term.Answer(ctx, driver.Command(c))
		if err != nil {
			return err
		}
		if !ans.GetComplete() {
			return fmt.Errorf("%s: %v %s", c, ans.GetReason(), ans.GetError())
		}
	}
	return term.Close()
}

// sweep visits n devices with so many workers and says how long it took.
func sweep(b *testing.B, n, workers int, visit func(i int) error) time.Duration {
	b.Helper()
	next := make(chan int)
	var work sync.WaitGroup
	start := time.Now()
	for range workers {
		work.Go(func() {
			for i := range next {
				if err := visit(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	work.Wait()
	return time.Since(start)
}

func start(b *testing.B, n int, d sshtest.Device) []*sshtest.Server {
	servers := make([]*sshtest.Server, n)
	for i := range servers {
		servers[i] = sshtest.Start(b, d)
	}
	return servers
}

// BenchmarkSweep compares a sweep of 500 devices with the bare loop over the same devices.
func BenchmarkSweep(b *testing.B) {
	const devices, workers, rounds = 1000, 64, 2
	servers := start(b, 50, benchDevice())
	platform := mustPrepare(b, sshtest.VRP().Describe(benchCommands...))
	var slow, fast time.Duration
	for b.Loop() {
		for range rounds { // in turns, so that both meet the same machine
			fast += sweep(b, devices/rounds, workers, func(i int) error {
				s := servers[i%len(servers)]
				return bare(s.Addr, s.HostKey, benchCommands, nil)
			})
			slow += sweep(b, devices/rounds, workers, func(i int) error {
				s := servers[i%len(servers)]
				return ours(s.Addr, s.HostKey, platform, benchCommands, nil)
			})
		}
	}
	b.ReportMetric(float64(devices*b.N)/fast.Seconds(), "bare/s")
	b.ReportMetric(float64(devices*b.N)/slow.Seconds(), "ours/s")
	b.ReportMetric(fast.Seconds()/slow.Seconds(), "ours/bare")
}

// BenchmarkLatency: with 50 ms a command and 50 workers, how near a sweep comes to the time that the devices alone take.
func BenchmarkLatency(b *testing.B) {
	const devices, workers, delay = 500, 50, 50 * time.Millisecond
	d := benchDevice()
	d.Delay = delay
	servers := start(b, 20, d)
	platform := mustPrepare(b, sshtest.VRP().Describe(benchCommands...))
	var took, fast time.Duration
	for b.Loop() {
		fast += sweep(b, devices, workers, func(i int) error {
			s := servers[i%len(servers)]
			return bare(s.Addr, s.HostKey, benchCommands, nil)
		})
		took += sweep(b, devices, workers, func(i int) error {
			s := servers[i%len(servers)]
			return ours(s.Addr, s.HostKey, platform, benchCommands, nil)
		})
	}
	floor := time.Duration(b.N) * delay * time.Duration(len(benchCommands)+1) * devices / workers
	b.ReportMetric(floor.Seconds()/took.Seconds(), "floor/ours")
	b.ReportMetric(floor.Seconds()/fast.Seconds(), "floor/bare")
}

// BenchmarkHeld compares the memory of 1,000 sessions in flight. The fake devices are another process, so that theirs is not counted.
func BenchmarkHeld(b *testing.B) {
	const sessions = 1000
	addr, key := otherProcess(b)
	platform := mustPrepare(b, sshtest.VRP().Describe(benchCommands...))
	for b.Loop() {
		fast := held(b, sessions, func(pause func()) error { return bare(addr, key, benchCommands, pause) })
		slow := held(b, sessions, func(pause func()) error { return ours(addr, key, platform, benchCommands, pause) })
		b.ReportMetric(float64(fast)/sessions/1024, "bare-KiB")
		b.ReportMetric(float64(slow)/sessions/1024, "ours-KiB")
		b.ReportMetric(float64(slow)/float64(fast), "ours/bare")
	}
}

// held opens n sessions, stops them all before the first command and says what they take.
func held(b *testing.B, n int, visit func(pause func()) error) uint64 {
	b.Helper()
	before := inUse()
	arrived, leave := make(chan bool, n), make(chan bool)
	slots := make(chan bool, 32) // logins at a time
	var work sync.WaitGroup
	for range n {
		work.Go(func() {
			slots <- true
			err := visit(func() {
				<-slots
				arrived <- true
				<-leave
			})
			if err != nil {
				b.Error(err)
			}
		})
	}
	for range n {
		<-arrived
	}
	after := inUse()
	close(leave)
	work.Wait()
	return after - before
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

const fakesVariable = "PLUMBLINE_TEST_FAKES"

// serveFakes makes this process the fake devices of another one's benchmark, until its input ends.
func serveFakes() bool {
	if os.Getenv(fakesVariable) == "" {
		return false
	}
	s, err := sshtest.Listen(benchDevice())
	if err != nil {
		fmt.Println(err)
		return true
	}
	fmt.Printf("%s %s", s.Addr, ssh.MarshalAuthorizedKey(s.HostKey))
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Close()
	return true
}

func otherProcess(b *testing.B) (string, ssh.PublicKey) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fakesVariable+"=1")
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
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	addr, text, _ := strings.Cut(line, " ")
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	return addr, key
}
