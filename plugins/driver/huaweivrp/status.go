package huaweivrp

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// status is what the device shows of its servers: lines of "name : value", by name in lower case.
type status map[string]shownLine

type shownLine struct {
	value string
	at    *pb.Evidence
}

// readStatus reads the answers that are whole; one that was cut short could lack the line that says a server is on.
func readStatus(docs ...driver.Document) status {
	out := status{}
	for _, doc := range docs {
		if !doc.Whole() {
			continue
		}
		for n, l := range doc.Lines() {
			key, value, ok := strings.Cut(l, ":")
			key = strings.ToLower(strings.Join(strings.Fields(key), " "))
			if ok && key != "" {
				out[key] = shownLine{strings.ToLower(strings.TrimSpace(value)), doc.Line(n, strings.TrimSpace(l))}
			}
		}
	}
	return out
}

// serving is whether one of several servers is on. The first ones must be shown for all to count as off: releases list more or fewer.
func (s status) serving(must []string, more ...string) *pb.BoolFact {
	var off []*pb.Evidence
	complete := false
	for i, key := range append(append([]string{}, must...), more...) {
		line, ok := s[key]
		switch {
		case !ok:
		case strings.HasPrefix(line.value, "enable"):
			return facts.Bool(true, line.at)
		case strings.HasPrefix(line.value, "disable"):
			off = append(off, line.at)
			complete = complete || i < len(must)
		default:
			return nil
		}
	}
	if !complete {
		return nil
	}
	return facts.Bool(false, off...)
}

// asShown gives what the device shows of a server where the configuration says nothing of it: the configuration leaves out what is as
// delivered.
func (r *reader) asShown(configured, shown *pb.BoolFact) *pb.BoolFact {
	if shown == nil || facts.Known(configured) && !byDefault(configured) {
		return configured
	}
	return shown
}

func byDefault(f facts.Fact) bool {
	for _, e := range f.GetEvidence() {
		if e.GetDefaultStatedIn() != "" {
			return true
		}
	}
	return false
}

func (s status) telnet() *pb.BoolFact {
	return s.serving([]string{"telnet server", "telnet ipv4 server"}, "telnet ipv6 server")
}

func (s status) ssh() *pb.BoolFact {
	return s.serving([]string{"stelnet server", "stelnet ipv4 server"}, "stelnet ipv6 server", "sftp server", "sftp ipv4 server", "sftp ipv6 server",
		"scp server", "scp ipv4 server", "scp ipv6 server", "snetconf server", "snetconf ipv4 server", "snetconf ipv6 server",
		"snetconf ipv4 server port(830)", "snetconf ipv6 server port(830)")
}

func (s status) http() *pb.BoolFact {
	return s.serving([]string{"http server status"}, "http ipv6 server status")
}

func (s status) https() *pb.BoolFact {
	return s.serving([]string{"http secure-server status"}, "http ipv6 secure-server status")
}

// sshVersions: 1.99 stands for both; some releases say by a line of its own whether version 1 is taken.
func (s status) sshVersions() *pb.TextsFact {
	version, ok := s["ssh version"]
	if !ok {
		return nil
	}
	old, said := s["ssh version 1.x compatibility"]
	switch {
	case version.value == "1.99", said && strings.HasPrefix(old.value, "enable"):
		return facts.Texts([]string{"1", "2"}, evidence(version, old)...)
	case version.value == "2.0" && (!said || strings.HasPrefix(old.value, "disable")):
		return facts.Texts([]string{"2"}, evidence(version, old)...)
	}
	return nil
}

func evidence(lines ...shownLine) []*pb.Evidence {
	var out []*pb.Evidence
	for _, l := range lines {
		if l.at != nil {
			out = append(out, l.at)
		}
	}
	return out
}
