package inventory

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

const (
	// maxFile bounds one file, maxTargets all of them together.
	maxFile    = 64 << 20
	maxTargets = 200_000
)

// A File is an inventory file that was read already.
type File struct {
	Name string
	Data []byte
}

// Load reads inventory files; their form is recognised. drivers are the names of those that exist; "auto" always does. The
// error, if any, lists all that is wrong: strict.Problems gives it in both languages.
func Load(drivers []string, files ...string) (*Inventory, error) {
	l := newLoader(drivers)
	for _, name := range files {
		data, ok := l.readFile(name)
		if !ok {
			continue
		}
		l.parse(name, data)
		l.neighbours(name)
	}
	return l.finish()
}

// Parse is Load for files that were read already.
func Parse(drivers []string, files ...File) (*Inventory, error) {
	return ParsePart(drivers, nil, files...)
}

// ParsePart is Parse for a part of an inventory: known are the ids of the targets of the rest, sorted, through which the way may lead.
func ParsePart(drivers, known []string, files ...File) (*Inventory, error) {
	l := newLoader(drivers)
	l.known = known
	for _, f := range files {
		l.parse(f.Name, f.Data)
	}
	return l.finish()
}

// A loader gathers targets and problems of all files.
type loader struct {
	strict.Collector
	drivers []string
	// known are targets of elsewhere that a jump may name.
	known   []string
	targets []*Target
	notices strict.Collector
	// made counts targets, good ones or not.
	made int
	full bool
}

func newLoader(drivers []string) *loader { return &loader{drivers: drivers} }

func (l *loader) finish() (*Inventory, error) {
	l.cross()
	if len(l.targets) == 0 && !l.Any() {
		l.Add(&strict.Problem{Text: checks.Say("清单中没有目标，请检查文件", "the inventory holds no target: look at the files")})
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	return &Inventory{Targets: l.targets, Notices: l.notices.List()}, nil
}

func (l *loader) readFile(name string) ([]byte, bool) {
	fail := func(zh, en string, args ...any) ([]byte, bool) {
		l.Add(&strict.Problem{File: name, Text: checks.Say(zh, en, args...)})
		return nil, false
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail("文件不存在", "there is no such file")
	case err == nil && info.IsDir():
		return fail("是目录，请写出其中的清单文件", "is a folder: name the inventory files in it")
	case err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
		return fail("不是普通文件", "is not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return fail("无法打开，请检查权限", "cannot be opened: look at its permissions")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return fail("无法读取", "cannot be read")
	}
	return data, true
}

// parse reads one file in whatever form it has.
func (l *loader) parse(name string, data []byte) {
	say := func(line int, zh, en string, args ...any) {
		l.Add(&strict.Problem{File: name, Line: line, Text: checks.Say(zh, en, args...)})
	}
	if len(data) > maxFile {
		say(0, "文件超过 %d 字节", "the file is longer than %d bytes", maxFile)
		return
	}
	data, ok := decode(data)
	if !ok {
		say(0, "既不是 UTF-8 也不是 GBK 编码，请另存为 UTF-8", "neither UTF-8 nor GBK: save the file as UTF-8")
		return
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		say(1+bytes.Count(data[:i], []byte("\n")), "含空字节，不是文本文件", "holds a zero byte: not a text file")
		return
	}
	switch recognise(name, data) {
	case formCSV:
		l.csv(name, data)
	case formYAML:
		l.yaml(name, data)
	case formINI:
		l.ansibleINI(name, data)
	}
}

// decode gives the text as UTF-8 without a byte order mark. GBK is read as its superset GB 18030.
func decode(data []byte) ([]byte, bool) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return data, true
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, false
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	return out, err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

type form int

const (
	formYAML form = iota
	formCSV
	formINI
)

// recognise tells the form by the name's end, else by the first line that says something.
func recognise(name string, data []byte) form {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv":
		return formCSV
	case ".yaml", ".yml", ".json":
		return formYAML
	case ".ini", ".cfg":
		return formINI
	}
	first := ""
	for line := range bytes.Lines(data) {
		if t := strings.TrimSpace(string(line)); t != "" && !strings.HasPrefix(t, "#") && !strings.HasPrefix(t, ";") {
			first = t
			break
		}
	}
	switch {
	case first == "---" || strings.HasPrefix(first, "{") || strings.HasSuffix(first, ":") && !strings.ContainsAny(first, " \t["):
		return formYAML
	case isHeader(first):
		return formCSV
	}
	return formINI
}

// neighbours notes variables beside an Ansible inventory, which are not read.
func (l *loader) neighbours(name string) {
	for _, dir := range []string{"group_vars", "host_vars"} {
		path := filepath.Join(filepath.Dir(name), dir)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			l.notices.Add(&strict.Problem{File: path, Text: checks.Say("未读取该目录中的变量；地址、驱动、凭据名称等请写入清单文件", "variables in this folder are not read: state addresses, drivers and names of credentials in the inventory itself")})
		}
	}
}

// add makes a target of a row; what is wrong with it is noted.
func (l *loader) add(r *row) {
	if l.made++; l.made > maxTargets {
		if !l.full {
			l.full = true
			l.Add(&strict.Problem{File: r.file, Line: r.line, Text: checks.Say("目标超过 %d 个，请拆分清单", "more than %d targets: split the inventory", maxTargets)})
		}
		return
	}
	if t, ok := l.target(r); ok {
		l.targets = append(l.targets, t)
	}
}

func (l *loader) knows(driver string) bool {
	return driver == Auto || slices.Contains(l.drivers, driver)
}
