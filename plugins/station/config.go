package station

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Defaults of what a configuration leaves out.
const (
	DefaultStateDir = "/var/lib/plumbline"
	defaultZone     = "Asia/Shanghai"
	defaultQuota    = "256MiB"
)

// Config is what the configuration files of all services have in common.
type Config struct {
	// Site is a file about the site, absolute.
	Site string `yaml:"site"`
	// Baselines, built-in ones by id or files; all built-in ones if empty. Profile decides between conflicting figures.
	Baselines []string      `yaml:"baselines"`
	Profile   string        `yaml:"profile"`
	Schedule  schedule.Spec `yaml:"schedule"`
	// StateDir holds spools, identity and status.
	StateDir string `yaml:"state_dir"`
	// SpoolQuota bounds each sink's spool, like 256MiB.
	SpoolQuota string `yaml:"spool_quota"`
	// RunAs is the user that sinks run as if the program is root.
	RunAs string `yaml:"run_as"`
	Sinks []Sink `yaml:"sinks"`
}

// Defaults gives a configuration as it is where a file says nothing.
func Defaults(stateDir string) Config {
	return Config{StateDir: stateDir, SpoolQuota: defaultQuota, Profile: string(baseline.Profiles()[0]), Schedule: schedule.Spec{Zone: defaultZone}}
}

// Sink is one receiver.
type Sink struct {
	// Name of the sink; its spool is named so.
	Name string `yaml:"name"`
	// Kind is one of those built in; empty for a program of its own, which Path and SHA256 name.
	Kind   string `yaml:"kind"`
	Path   string `yaml:"path"`
	SHA256 string `yaml:"sha256"`
	// Settings are the sink's own.
	Settings map[string]string `yaml:"settings"`
}

// An Error is what is wrong with a configuration, all of it.
type Error struct {
	File     string
	Problems []*pb.Text
}

// Error says it in English.
func (e *Error) Error() string { return e.Say().GetEn() }

// Say says it in both languages, a line a problem.
func (e *Error) Say() *pb.Text {
	lines := make([]*pb.Text, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = checks.Say("%s：%s", "%s: %s", e.File, p)
	}
	return checks.Join(lines, "\n", "\n")
}

// maxConfig is the largest configuration file, in bytes.
const maxConfig = 1 << 20

// Read reads a configuration file for [Parse].
func Read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxConfig+1))
}

// Parse reads a service's configuration, strictly, and has all that is wrong with it told at once. It opens nothing that the file names.
func Parse(name string, text []byte, into any, check func(*Error)) error {
	bad := &Error{File: name}
	if len(text) > maxConfig {
		bad.Add("文件过大，上限 %d 字节", "the file is too large: at most %d bytes", maxConfig)
		return bad
	}
	if err := decode(text, into); err != nil {
		bad.syntax(err)
		return bad
	}
	if check(bad); len(bad.Problems) > 0 {
		return bad
	}
	return nil
}

// decode reads the YAML, strictly. The library panics on some odd documents: those cannot be read, no more.
func decode(text []byte, into any) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("odd YAML: %v", e)
		}
	}()
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		return err
	}
	if len(doc.Docs) > 1 {
		return errors.New("more than one YAML document")
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return yaml.UnmarshalWithOptions(text, into, yaml.Strict())
}

// Add notes a problem.
func (e *Error) Add(zh, en string, args ...any) {
	e.Problems = append(e.Problems, checks.Say(zh, en, args...))
}

// syntax notes what the YAML library refuses, with its line.
func (e *Error) syntax(err error) {
	message, line := err.Error(), 0
	var y yaml.Error
	if errors.As(err, &y) {
		message = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	e.Add("第 %d 行：无法读取（%s）；run --sample 输出全部可用的键", "line %d: it cannot be read (%s); run --sample prints all keys there are", line, message)
}

// validName is what can be a sink's name: it names a folder.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// Absolute notes a key whose value is a path and not an absolute one.
func (e *Error) Absolute(key, path string) {
	if path != "" && !filepath.IsAbs(path) {
		e.Add("%s 必须是绝对路径", "%s must be an absolute path", key)
	}
}

// Check holds the configuration to what is built into the program. A service that does nothing of its own accord may have no schedule.
func (c *Config) Check(bad *Error, builtins []sink.Builtin, scheduled bool) {
	bad.Absolute("state_dir", cmp.Or(c.StateDir, "."))
	bad.Absolute("site", c.Site)
	for _, b := range c.Baselines {
		if strings.ContainsAny(b, `/\`) && !filepath.IsAbs(b) {
			bad.Add("baselines：%q 必须是绝对路径或内置基线编号", "baselines: %q must be an absolute path or the id of a built-in one", b)
		}
	}
	if quota, ok := size(c.SpoolQuota); !ok || quota < 1<<20 {
		bad.Add("spool_quota %q 无效，应如 256MiB，至少 1MiB", "spool_quota %q will not do: write it like 256MiB, at least 1MiB", c.SpoolQuota)
	}
	if c.RunAs == "root" {
		bad.Add("run_as 不能是 root", "run_as must not be root")
	}
	if c.Schedule.Cron == "" {
		if scheduled || len(c.Schedule.Freezes) > 0 || c.Schedule.Jitter != 0 {
			bad.Add("schedule 缺少 cron，如 \"30 2 * * *\"", "schedule lacks cron, like \"30 2 * * *\"")
		}
	} else if _, err := schedule.New(c.Schedule, ""); err != nil {
		var e *schedule.Error
		if errors.As(err, &e) {
			bad.Add("schedule：%s", "schedule: %s", e.Text)
		} else {
			bad.Add("schedule：%s", "schedule: %s", err.Error())
		}
	}
	if len(c.Sinks) == 0 {
		bad.Add("sinks 至少要有一项：结果要送到哪里", "sinks must name at least one receiver")
	}
	seen := map[string]bool{}
	for i, s := range c.Sinks {
		c.checkSink(bad, i, s, builtins)
		if seen[s.Name] {
			bad.Add("sinks：名称 %q 重复", "sinks: the name %q is used twice", s.Name)
		}
		seen[s.Name] = true
	}
}

func (c *Config) checkSink(bad *Error, i int, s Sink, builtins []sink.Builtin) {
	at := fmt.Sprintf("sinks[%d]", i)
	if !validName.MatchString(s.Name) {
		bad.Add("%s：name %q 无效，只能用小写字母、数字、- 和 _", "%s: the name %q will not do: lower-case letters, digits, - and _", at, s.Name)
	}
	switch {
	case s.Kind != "" && (s.Path != "" || s.SHA256 != ""):
		bad.Add("%s：kind 与 path、sha256 只能二选一", "%s: it has either a kind or a path with its sha256", at)
	case s.Kind == "" && s.Path == "":
		bad.Add("%s：缺少 kind（%s）或 path 与 sha256", "%s: it lacks a kind (%s) or a path with its sha256", at, kinds(builtins))
	case s.Kind != "" && !slices.ContainsFunc(builtins, func(b sink.Builtin) bool { return b.Name == s.Kind }):
		bad.Add("%s：没有内置的 kind %q（有：%s）", "%s: there is no kind %q built in; there are: %s", at, s.Kind, kinds(builtins))
	case s.Kind == "" && !filepath.IsAbs(s.Path):
		bad.Add("%s：path 必须是绝对路径", "%s: path must be absolute", at)
	case s.Kind == "" && !validSum.MatchString(s.SHA256):
		bad.Add("%s：缺少 sha256（sha256sum %s 的 64 位十六进制结果）", "%s: sha256 is missing: the 64 hex digits that sha256sum %s prints", at, s.Path)
	}
}

var validSum = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)

func kinds(builtins []sink.Builtin) string {
	var names []string
	for _, b := range builtins {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

// size reads a number of bytes with KiB, MiB or GiB.
func size(text string) (int64, bool) {
	shift := 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			text, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if shift == 0 {
		n, err = strconv.ParseInt(text, 10, 64)
	}
	return n << shift, err == nil && n > 0
}

// spoolDir is where a sink's spool is.
func (c *Config) spoolDir(sink string) string { return filepath.Join(c.StateDir, "spool", sink) }

// quota is what a spool may take, in bytes.
func (c *Config) quota() int64 {
	n, _ := size(c.SpoolQuota)
	return n
}

// IdentityDir is where the central sink's identity is.
func (c *Config) IdentityDir() string { return IdentityDir(c.StateDir) }

// IdentityDir is where the identity is in a state folder.
func IdentityDir(stateDir string) string { return filepath.Join(stateDir, "identity") }
