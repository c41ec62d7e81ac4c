//go:build linux

package agent_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// recording is a scan that was done once: its questions, and what the commands among them printed.
type recording struct {
	driver.Asker
	questions []*pluginpb.Question
	commands  map[string]*pluginpb.Answer
	// recording: answers are kept. replay: commands are answered from what was kept.
	recording, replay bool
}

func (r *recording) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	_, isCommand := q.GetKind().(*pluginpb.Question_Command)
	if r.replay && isCommand {
		return r.commands[q.GetCommand()], nil
	}
	a, err := r.Asker.Answer(ctx, q)
	if r.recording {
		r.questions = append(r.questions, q)
		r.commands[q.GetCommand()] = a
	}
	return a, err
}

// record does a full scan of this host.
func record(b *testing.B) *recording {
	b.Helper()
	d := linux.Driver{}
	r := &recording{Asker: agent.NewLocal(d.Describe()), commands: map[string]*pluginpb.Answer{}, recording: true}
	if _, err := driver.Conduct(b.Context(), d, r, nil); err != nil {
		b.Fatal(err)
	}
	if len(r.questions) == 0 {
		b.Fatal("the driver asks nothing")
	}
	r.recording = false
	return r
}

// bareRead does the work that no scan can do without, and nothing else: it reads the same files and entries of /proc and
// runs the same commands, and looks at nothing.
func bareRead(b *testing.B, r *recording) {
	for _, q := range r.questions {
		switch k := q.GetKind().(type) {
		case *pluginpb.Question_File:
			bareFile(k.File)
		case *pluginpb.Question_Glob:
			bareGlob(k.Glob)
		case *pluginpb.Question_Command:
			if !r.replay {
				bareCommand(k.Command)
			}
		case *pluginpb.Question_Probe:
			bareProbe(k.Probe)
		default:
			b.Fatalf("no bare form of %s", driver.Text(q))
		}
	}
}

var buffer = make([]byte, 64<<10)

func bareFile(name string) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	for {
		if n, err := syscall.Read(fd, buffer); n <= 0 || err != nil {
			return
		}
	}
}

func bareGlob(pattern string) {
	var st syscall.Stat_t
	if dir, all := strings.CutSuffix(pattern, "/**"); all {
		filepath.WalkDir(dir, func(name string, _ os.DirEntry, _ error) error {
			syscall.Lstat(name, &st)
			return nil
		})
		return
	}
	names, _ := filepath.Glob(pattern)
	for _, name := range names {
		syscall.Lstat(name, &st)
	}
}

func bareCommand(line string) {
	words := strings.Fields(strings.ReplaceAll(line, `"`, ""))
	path, err := exec.LookPath(words[0])
	if err != nil {
		return
	}
	cmd := exec.Command(path, words[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{out}, buffer)
	cmd.Wait()
}

// bareProbe reads the entries of /proc that hold the answer.
func bareProbe(p pluginpb.Probe) {
	switch p {
	case pluginpb.Probe_PROBE_LISTENERS:
		for _, pid := range pids() {
			fds, _ := os.ReadDir("/proc/" + pid + "/fd")
			for _, fd := range fds {
				syscall.Readlink("/proc/"+pid+"/fd/"+fd.Name(), buffer)
			}
		}
	case pluginpb.Probe_PROBE_PROCESSES:
		for _, pid := range pids() {
			bareFile("/proc/" + pid + "/stat")
			syscall.Readlink("/proc/"+pid+"/exe", buffer)
		}
	case pluginpb.Probe_PROBE_HOST:
		for _, name := range []string{"/proc/1/cgroup", "/proc/cpuinfo", "/proc/modules", "/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name"} {
			bareFile(name)
		}
	case pluginpb.Probe_PROBE_CLOCK:
		syscall.Readlink("/etc/localtime", buffer)
	}
}

func pids() []string {
	var out []string
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, e.Name())
		}
	}
	return out
}

// cost is what repeated work took, of this process and of its children.
type cost struct{ wall, cpu time.Duration }

func (c *cost) of(b *testing.B, work func()) {
	cpu, start := processorTime(b), time.Now()
	work()
	c.wall += time.Since(start)
	c.cpu += processorTime(b) - cpu
}

func processorTime(b *testing.B) (d time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		d += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return d
}

// rules are those of every built-in baseline.
func rules(b *testing.B) []checks.Rule {
	b.Helper()
	var out []checks.Rule
	for _, one := range baseline.Builtin() {
		r, err := one.Rules(all.List(), baseline.Host, baseline.Options{})
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, r...)
	}
	if len(out) == 0 {
		b.Fatal("the baselines have no rule for hosts")
	}
	return out
}

// BenchmarkBareRead is the least that a full scan of this host can cost.
func BenchmarkBareRead(b *testing.B) {
	r := record(b)
	for b.Loop() {
		bareRead(b, r)
	}
}

// BenchmarkScan compares a full scan of this host, read and judged by every baseline, with the bare reading of the same,
// turn by turn, and reports the ratios of wall clock and processor time. The goal is at most 3. Commands outweigh the rest
// where they are slow; "without-commands" leaves out running them, on both sides, and shows what is our own.
func BenchmarkScan(b *testing.B) {
	r := record(b)
	list := rules(b)
	for _, replay := range []bool{false, true} {
		name := "full"
		if r.replay = replay; replay {
			name = "without-commands"
		}
		b.Run(name, func(b *testing.B) { compare(b, r, list) })
	}
}

func compare(b *testing.B, r *recording, list []checks.Rule) {
	d := linux.Driver{}
	var bare, full cost
	for b.Loop() {
		bare.of(b, func() { bareRead(b, r) })
		full.of(b, func() {
			r.Asker = agent.NewLocal(d.Describe())
			iv, err := driver.Conduct(b.Context(), d, r, nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := checks.Judge("host", list, iv.Facts, checks.Env{Now: time.Now()}); err != nil {
				b.Fatal(err)
			}
			iv.Digests()
		})
	}
	b.ReportMetric(float64(len(r.questions)), "questions")
	b.ReportMetric(float64(bare.wall.Microseconds())/float64(b.N), "bare-us/op")
	b.ReportMetric(float64(full.wall.Microseconds())/float64(b.N), "scan-us/op")
	b.ReportMetric(float64(full.wall)/float64(bare.wall), "wall-ratio")
	b.ReportMetric(float64(full.cpu)/float64(bare.cpu), "cpu-ratio")
}

// BenchmarkProgram runs the whole program and reports its own peak memory, without that of the commands it runs. The goal
// is less than 32 MiB.
func BenchmarkProgram(b *testing.B) {
	file := filepath.Join(b.TempDir(), "status")
	peak := 0
	for b.Loop() {
		cmd := exec.Command("plumbline-agent", "scan", "--fail-on", "none")
		cmd.Env = append(os.Environ(), peakFile+"="+file)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		peak = max(peak, highWater(b, file))
	}
	b.ReportMetric(float64(peak)/1024, "peak-MiB")
}

// highWater reads the most memory that a process ever had, in KiB, from a copy of its /proc/PID/status.
func highWater(b *testing.B, file string) int {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatal("the process does not say its peak memory")
	return 0
}
