package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sshStart is how sshd is started: what its unit puts on the command line, variables filled in.
type sshStart struct {
	exe    string
	config string
	args   map[string]sshValue
	// files are where the unit takes variables from.
	files []string
	gap   *facts.Missing
}

var sshUnits = []string{"sshd.service", "ssh.service"}

// readSSHStart follows the unit that starts sshd. Without one there is nothing on the command line.
func readSSHStart(a driver.Answers) sshStart {
	s := sshStart{exe: "/usr/sbin/sshd", config: sshdConfig, args: map[string]sshValue{}}
	for _, unit := range sshUnits {
		settings, c := unitText(a, unit)
		if c == nil {
			continue
		}
		s.gap = firstGap(s.gap, c.gap)
		start, ok := settings.last("Service.ExecStart")
		if !ok {
			continue
		}
		s.command(a, settings, start)
		return s
	}
	// Not found, or not seen?
	for _, dir := range unitDirs {
		if _, gap := entries(a, dir+"/*"); dir != "/lib/systemd/system" || separateLib(a) {
			s.gap = firstGap(s.gap, gap)
		}
	}
	return s
}

func (s *sshStart) command(a driver.Answers, settings ini, start iniValue) {
	env := map[string]iniValue{}
	for _, v := range settings["Service.Environment"] {
		for _, w := range quotedWords(v.value) {
			if name, value, ok := strings.Cut(w, "="); ok {
				env[name] = iniValue{value, v.at}
			}
		}
	}
	var fileGap *facts.Missing
	for _, v := range settings.list("Service.EnvironmentFile") {
		file := strings.TrimPrefix(v.value, "-")
		s.files = append(s.files, file)
		d := a.File(file)
		if !d.Whole() && !d.NotFound() {
			fileGap = firstGap(fileGap, ptr(d.Unknown()))
		}
		for _, l := range linesOf(d) {
			name, value, ok := strings.Cut(strings.TrimSpace(l.text), "=")
			if ok && !strings.HasPrefix(name, "#") {
				env[strings.TrimSpace(name)] = iniValue{strings.Join(quotedWords(value), " "), l}
			}
		}
	}
	var line []iniValue
	for i, w := range quotedWords(strings.TrimLeft(start.value, "-@:+!")) {
		name, isVar := strings.CutPrefix(w, "$")
		switch {
		case i == 0:
			s.exe = w
		case isVar:
			s.gap = firstGap(s.gap, fileGap)
			v := env[strings.Trim(name, "{}")]
			for _, word := range quotedWords(v.value) {
				line = append(line, iniValue{word, v.at})
			}
		default:
			line = append(line, iniValue{w, start.at})
		}
	}
	s.options(line)
}

// options reads sshd's command line.
func (s *sshStart) options(line []iniValue) {
	for i := 0; i < len(line); i++ {
		w := line[i].value
		if len(w) < 2 || w[0] != '-' {
			continue
		}
		for j := 1; j < len(w); j++ {
			if !strings.ContainsRune("bCcEfghkopu", rune(w[j])) {
				continue // a letter without an argument
			}
			arg := w[j+1:]
			if arg == "" && i+1 < len(line) {
				i++
				arg = line[i].value
			}
			s.option(w[j], arg, line[i].at)
			break
		}
	}
}

func (s *sshStart) option(letter byte, arg string, at confLine) {
	switch letter {
	case 'f':
		s.config = arg
	case 'p':
		s.set("port", []string{arg}, at)
	case 'o':
		if w, ok := sshWords(arg); ok && len(w) > 1 {
			keyword := strings.ToLower(w[0])
			if name, ok := sshAliases[keyword]; ok {
				keyword = name
			}
			s.set(keyword, w[1:], at)
		}
	}
}

func (s *sshStart) set(keyword string, value []string, at confLine) {
	old, ok := s.args[keyword]
	if !ok || slices.Contains(sshAdding, keyword) {
		s.args[keyword] = sshValue{append(old.words, value...), append(old.ev, at.ev())}
	}
}

// readSSHD puts everything about sshd together.
func readSSHD(r *reader) *sshd {
	start := readSSHStart(r.Answers)
	s := &sshd{args: start.args, gap: start.gap, doc: r.Command(sshTest), rel: r.release()}
	if v := r.installedVersion("openssh-server", "openssh"); v != nil {
		s.packaged, s.version = v.GetValue(), parseSSHVersion(v.GetValue())
	} else if r.facts.GetPackages().GetState() != pb.FactState_FACT_STATE_KNOWN {
		s.version = shipped(s.rel)
	}
	s.conf = readSSHConf(r.Answers, start.config)
	if d := r.File(start.config); d.NotFound() {
		s.conf.lack(d.Unknown())
	}
	if s.doc.Whole() && start.config == sshdConfig {
		s.tested = parseTested(s.doc)
	}
	for _, l := range s.conf.odd {
		r.miss(l.doc, l.n, l.text)
	}
	if exe := r.otherSSHD(start.exe); exe != "" {
		s.gap = ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, exe))
	}
	return s
}

// otherSSHD gives the path of an sshd that is not the system's own: where it has its configuration is not known.
func (r *reader) otherSSHD(started string) string {
	usual := []string{"/usr/sbin/sshd", "/sbin/sshd", "/usr/bin/sshd"}
	if !slices.Contains(usual, started) {
		return started
	}
	for _, l := range linesOf(r.sshProcesses()) {
		rec, err := driver.ParseRecord(l.text)
		if exe := strings.TrimSuffix(rec.Get("exe"), " (deleted)"); err == nil && rec.Get("name") == "sshd" && exe != "" && !slices.Contains(usual, exe) && strings.HasSuffix(exe, "/sshd") {
			return exe
		}
	}
	return ""
}
