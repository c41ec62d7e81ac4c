package hostfacts

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// farmEnv makes this test binary a process with sockets instead: its value is how many listeners and connections.
const (
	farmListeners   = "PLUMBLINE_FARM_LISTENERS"
	farmConnections = "PLUMBLINE_FARM_CONNECTIONS"
)

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(farmListeners)); err == nil {
		connections, _ := strconv.Atoi(os.Getenv(farmConnections))
		beFarmHand(n, connections)
		return
	}
	os.Exit(m.Run())
}

// beFarmHand opens sockets on loopback, says so, and holds them until its input ends.
func beFarmHand(listeners, connections int) {
	var first net.Listener
	for range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		if first == nil {
			first = l
		}
	}
	held := make([]net.Conn, 0, 2*connections)
	for range connections {
		a, err := net.Dial("tcp", first.Addr().String())
		if err != nil {
			panic(err)
		}
		b, err := first.Accept()
		if err != nil {
			panic(err)
		}
		held = append(held, a, b)
	}
	os.Stdout.WriteString("ready\n")
	io.Copy(io.Discard, os.Stdin)
	for _, c := range held {
		c.Close()
	}
}

// farm starts processes that hold sockets, until the test ends.
func farm(tb testing.TB, processes, listeners, connections int) {
	for range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), farmListeners+"="+strconv.Itoa(listeners), farmConnections+"="+strconv.Itoa(connections), "GOMAXPROCS=1")
		in, err := cmd.StdinPipe()
		if err != nil {
			tb.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			tb.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			in.Close()
			cmd.Wait()
		})
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
			tb.Fatalf("a process of the farm did not start: %q, %v", line, err)
		}
	}
}
