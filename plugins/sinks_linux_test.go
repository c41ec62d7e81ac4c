package plugins_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/file"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// hostOfSink makes this test program a host that starts a sink, says so and waits to be killed.
const hostOfSink = "PLUMBLINE_TEST_HOST_OF_SINK"

// serveIfAsked makes this test program one of its own sinks.
func serveIfAsked() {
	if os.Getenv(hostOfSink) != "" {
		all, err := plugins.LoadSinks(context.Background(), []plugins.SinkConfig{{Name: "moody", As: nobody()}}, io.Discard)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer all[0].Close()
		fmt.Println("loaded")
		time.Sleep(time.Minute)
	}
	if len(os.Args) == 3 && os.Args[2] == "hostile" {
		plugin.Serve(&plugin.ServeConfig{
			HandshakeConfig: sink.Handshake, Plugins: plugin.PluginSet{sink.PluginName: hostilePlugin{}}, GRPCServer: plugin.DefaultGRPCServer,
		})
		os.Exit(0)
	}
	asked, err := sink.ServeIfAsked(os.Args, []sink.Builtin{file.Builtin(), {Name: "moody", New: func() sink.Sink { return &moody{} }}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if asked {
		os.Exit(0)
	}
}

// moody does what its deliveries ask of it.
type moody struct{ configured bool }

func (m *moody) Configure(_ context.Context, settings map[string]string) error {
	if settings["fail"] != "" {
		return errors.New("does not feel like it")
	}
	m.configured = true
	return nil
}

func (m *moody) Send(_ context.Context, ds []*pluginpb.Delivery) (int, error) {
	switch ds[0].GetSender() {
	case "hang":
		select {}
	case "die":
		os.Exit(7)
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {}
	}
	if !m.configured {
		return 0, errors.New("not configured")
	}
	return len(ds), nil
}

// hostilePlugin serves a sink that does not keep to the contract.
type hostilePlugin struct {
	plugin.NetRPCUnsupportedPlugin
	pluginpb.UnimplementedSinkServiceServer
}

func (h hostilePlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginpb.RegisterSinkServiceServer(s, h)
	return nil
}

func (hostilePlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.ErrUnsupported
}

func (hostilePlugin) Configure(context.Context, *pluginpb.ConfigureRequest) (*pluginpb.ConfigureResponse, error) {
	return &pluginpb.ConfigureResponse{}, nil
}

func (hostilePlugin) Send(_ context.Context, r *pluginpb.SendRequest) (*pluginpb.SendResponse, error) {
	switch r.GetDeliveries()[0].GetSender() {
	case "large":
		out := &pluginpb.SendResponse{Accepted: 1}
		out.ProtoReflect().SetUnknown(append([]byte{0xfa, 0x3f, 0x80, 0x80, 0x80, 0x80, 0x01}, make([]byte, 1<<28)...))
		return out, nil
	case "many":
		return &pluginpb.SendResponse{Accepted: 4_000_000_000}, nil
	case "words":
		return nil, status.Error(codes.Internal, "\xff\x1b[2J"+strings.Repeat("x", 100_000))
	case "detail":
		st, _ := status.New(codes.Unknown, "no").WithDetails(&pluginpb.SendResponse{Accepted: 99})
		return nil, st.Err()
	}
	return &pluginpb.SendResponse{}, nil
}

// noPlugin is a program that is none.
func noPlugin() string {
	path, err := filepath.EvalSymlinks("/bin/true")
	if err != nil {
		panic(err)
	}
	return path
}

// nobody is who sinks run as in these tests: if we are root, somebody else.
func nobody() *plugins.Identity {
	if os.Geteuid() == 0 {
		return &plugins.Identity{UID: 65534, GID: 65534}
	}
	return nil
}

// theirs is a folder that belongs to the sinks' user.
func theirs(t *testing.T) string {
	dir, err := os.MkdirTemp("", "plumbline-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if id := nobody(); id != nil {
		if err := os.Chown(dir, int(id.UID), int(id.GID)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, c plugins.SinkConfig) *plugins.Sink {
	t.Helper()
	c.As = nobody()
	all, err := plugins.LoadSinks(t.Context(), []plugins.SinkConfig{c}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(all[0].Close)
	return all[0]
}

// to makes deliveries that ask something of the sink.
func to(sender string) []*pluginpb.Delivery {
	ds := sinktest.Deliveries(1, 1)
	ds[0].Sender = sender
	return ds
}

// The built-in file sink, as a process of its own, keeps the contract.
func TestSinkOfOurOwn(t *testing.T) {
	dir := theirs(t)
	s := load(t, plugins.SinkConfig{Name: "file", Settings: map[string]string{"path": filepath.Join(dir, "out")}})
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 5)); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	big := func() *pluginpb.Delivery {
		return &pluginpb.Delivery{Sequence: 1, Snapshot: &pb.Snapshot{DriverVersion: strings.Repeat("x", 40<<20)}}
	}
	if n, err := s.Send(t.Context(), []*pluginpb.Delivery{big(), big()}); n != 1 || err != nil {
		t.Errorf("of 80 MiB it accepted %d, %v", n, err)
	}
	if body, err := os.ReadFile(filepath.Join(dir, "out")); err != nil || bytes.Count(body, []byte("\n")) != 6 {
		t.Error(err)
	}
	if err := s.Configure(t.Context(), map[string]string{"path": "relative"}); err == nil || !strings.Contains(err.Error(), "absolute") {
		t.Error(err)
	}
	s.Close()
	if _, err := s.Send(t.Context(), to("x")); err == nil {
		t.Error("sent after close")
	}
}

func TestLoadSinksRefuses(t *testing.T) {
	good := plugins.SinkConfig{Name: "moody", As: nobody()}
	bad := map[string]plugins.SinkConfig{
		"not built in": {Name: "none", As: nobody()}, "settings": {Name: "moody", As: nobody(), Settings: map[string]string{"fail": "1"}},
		"no sum": {Name: "x", Path: noPlugin(), As: nobody()}, "no path": {Name: "x", SHA256: strings.Repeat("0", 64), As: nobody()},
		"another sum": {Name: "x", Path: noPlugin(), SHA256: strings.Repeat("0", 64), As: nobody()},
	}
	if os.Geteuid() == 0 {
		bad["root"] = plugins.SinkConfig{Name: "moody"}
		bad["root by name"] = plugins.SinkConfig{Name: "moody", As: &plugins.Identity{UID: 0, GID: 5}}
	}
	for name, c := range bad {
		if all, err := plugins.LoadSinks(t.Context(), []plugins.SinkConfig{good, c}, io.Discard); err == nil || len(all) > 0 {
			t.Errorf("%s: loaded", name)
		}
	}
	if pids := sinks(t); len(pids) > 0 {
		t.Errorf("left running: %v", pids)
	}
}

// sinks are the children of ours that are sinks and run.
func sinks(t *testing.T) (pids []string) {
	t.Helper()
	return sinksOf(t, os.Getpid())
}

func sinksOf(t *testing.T, parent int) (pids []string) {
	t.Helper()
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no list of children: %v", err)
	}
	for _, l := range lists {
		children, _ := os.ReadFile(l)
		for _, pid := range strings.Fields(string(children)) {
			args, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			if bytes.Contains(args, []byte("serve-sink")) || bytes.HasPrefix(args, []byte("lister")) {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// A sink does not outlive its host, although it is another user's process.
func TestSinkDiesWithHost(t *testing.T) {
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), hostOfSink+"=1")
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 7)
	if _, err := io.ReadFull(out, line); err != nil || string(line) != "loaded\n" {
		t.Fatalf("host said %q, %v", line, err)
	}
	pids := sinksOf(t, host.Process.Pid)
	if err := host.Process.Kill(); err != nil || len(pids) != 1 {
		t.Fatal(pids, err)
	}
	_ = host.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + pids[0] + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("sink %s still runs", pids[0])
		}
	}
}

// P2: a sink process is nobody, sees nothing of our environment and holds none of our files.
func TestP2Sink(t *testing.T) {
	t.Setenv("PLUMBLINE_TEST_SECRET", "hunter2")
	opened, err := os.OpenFile(filepath.Join(t.TempDir(), "mine"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	path, sum := lister(t)
	for name, c := range map[string]plugins.SinkConfig{
		"our own": {Name: "moody"},
		"another": {Name: "lister", Path: path, SHA256: sum, Settings: map[string]string{"path": filepath.Join(theirs(t), "out")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := load(t, c)
			defer s.Close()
			pids := sinks(t)
			if len(pids) != 1 {
				t.Fatalf("processes: %v", pids)
			}
			proc := "/proc/" + pids[0]
			env, err := os.ReadFile(proc + "/environ")
			if err != nil {
				t.Fatal(err)
			}
			for v := range bytes.SplitSeq(bytes.TrimRight(env, "\x00"), []byte{0}) {
				if !bytes.HasPrefix(v, []byte("PLUGIN_")) && !bytes.HasPrefix(v, []byte("PLUMBLINE_PLUGIN=")) {
					t.Errorf("it has %q", v)
				}
			}
			if cwd, err := os.Readlink(proc + "/cwd"); err != nil || cwd != "/" {
				t.Errorf("it runs in %q (%v)", cwd, err)
			}
			fds, err := filepath.Glob(proc + "/fd/*")
			if err != nil || len(fds) == 0 {
				t.Fatal(fds, err)
			}
			for _, fd := range fds {
				if to, _ := os.Readlink(fd); to == opened.Name() || strings.Contains(to, "memfd") {
					t.Errorf("it holds %s", to)
				}
			}
			text, err := os.ReadFile(proc + "/status")
			if err != nil {
				t.Fatal(err)
			}
			if id := nobody(); id != nil {
				for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n", "Gid:\t65534\t65534\t65534\t65534\n", "Groups:\t \n", "CapEff:\t0000000000000000\n", "CapPrm:\t0000000000000000\n"} {
					if !strings.Contains(string(text), want) {
						t.Errorf("its status does not say %q", want)
					}
				}
			}
		})
	}
}

// P5: sinks that die, hang or never were one cost an error in time each, and leave nothing behind.
func TestP5Sink(t *testing.T) {
	tmp, err := os.MkdirTemp("", "plumbline-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	rounds := 16
	if testing.Short() {
		rounds = 8
	}
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		rounds = 1000
	}
	s := load(t, plugins.SinkConfig{Name: "moody", Timeout: time.Second})
	if n, err := s.Send(t.Context(), to("x")); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	threads := tasks(t)
	for i := range rounds {
		began := time.Now()
		switch mood := []string{"die", "hang", "kill", "stop", "garbage", "die", "kill", "die"}[i%8]; mood {
		case "garbage":
			c := plugins.SinkConfig{Name: "true", Path: noPlugin(), As: nobody()}
			c.SHA256 = config(noPlugin()).SHA256
			if _, err := plugins.LoadSinks(t.Context(), []plugins.SinkConfig{c}, io.Discard); err == nil {
				t.Error("garbage was loaded")
			}
		case "kill":
			pid, err := strconv.Atoi(sinks(t)[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		default:
			if n, err := s.Send(t.Context(), to(mood)); n != 0 || err == nil {
				t.Errorf("%s: accepted %d, %v", mood, n, err)
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("round %d took %v", i, took)
		}
		// The next but one call at the latest is served again.
		n, err := s.Send(t.Context(), to("x"))
		if err != nil {
			n, err = s.Send(t.Context(), to("x"))
		}
		if n != 1 || err != nil {
			t.Fatalf("after round %d: %d, %v", i, n, err)
		}
	}
	if got := sinks(t); len(got) != 1 {
		t.Errorf("processes: %v", got)
	}
	s.Close()
	if got := sinks(t); len(got) != 0 {
		t.Errorf("processes left: %v", got)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
	if now := tasks(t); now > threads+20 {
		t.Errorf("%d threads, %d before", now, threads)
	}
	t.Logf("%d rounds; %d threads before, %d after", rounds, threads, tasks(t))
}

func tasks(t *testing.T) int {
	all, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return len(all)
}

// P6: what a sink answers is bounded and believed only within the contract.
func TestP6Sink(t *testing.T) {
	s := load(t, plugins.SinkConfig{Name: "hostile", Timeout: 20 * time.Second})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, mood := range []string{"large", "many", "words", "detail"} {
		n, err := s.Send(t.Context(), to(mood))
		if n != 0 || err == nil || len(err.Error()) > 2000 || strings.Contains(err.Error(), "\x1b") || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: accepted %d, %.200v", mood, n, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("it made us allocate %d MiB", grown>>20)
	}
}

var buildLister = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "plumbline-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "lister")
	if out, err := exec.Command("go", "build", "-o", bin, "./example/lister").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// lister builds the example sink and gives its path and sum.
func lister(t *testing.T) (path, sum string) {
	bin, err := buildLister()
	if err != nil {
		t.Fatal(err)
	}
	return bin, config(bin).SHA256
}

// A sink that is a program of its own keeps the contract when it is started as one.
func TestLoadSink(t *testing.T) {
	path, sum := lister(t)
	dir := theirs(t)
	s := load(t, plugins.SinkConfig{Name: "lister", Path: path, SHA256: sum, Settings: map[string]string{"path": filepath.Join(dir, "list")}})
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 3)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if body, err := os.ReadFile(filepath.Join(dir, "list")); err != nil || !bytes.Contains(body, []byte("host-3")) {
		t.Errorf("%s, %v", body, err)
	}
}

// A sink that gives no orders says so; without a process there is no line, and one that is asked for starts none.
func TestNoOrders(t *testing.T) {
	s, err := plugins.NewSink(plugins.SinkConfig{Name: "moody", As: nobody()}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	watch := func() error {
		line, err := s.Orders().Watch(t.Context(), &pb.WatchRequest{})
		if err == nil {
			_, err = line.Recv()
		}
		return err
	}
	if err := watch(); status.Code(err) != codes.Unavailable {
		t.Error(err)
	}
	if _, err := s.Send(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := watch(); status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
	if _, err := s.Orders().Settle(t.Context(), &pb.SettleRequest{}); status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
	s.Close()
	if err := watch(); status.Code(err) != codes.Unavailable {
		t.Error(err)
	}
}
