package fortios

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	ntpHead   = regexp.MustCompile(`^synchronized: (yes|no)\b`)
	ntpServer = regexp.MustCompile(`^ipv[46] server\(([^)]*)\)`)
	ntpOffset = regexp.MustCompile(`^clock offset is (-?[0-9]+(?:\.[0-9]+)?) sec`)
	ntpLayer  = regexp.MustCompile(`^server-version=[0-9]+, stratum=([0-9]+)$`)
)

// shownServer is a time server as the status tells of it.
type shownServer struct {
	name     string
	selected bool
	offset   *pb.DurationFact
	stratum  int64
	at       *pb.Evidence
}

// clock reads the NTP status: whether the clock follows a server and, of the one that was selected, how far off it is.
func clock(doc driver.Document) *pb.Clock {
	unsaid := doc.Unknown()
	if doc.Whole() {
		unsaid = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	na := facts.NotApplicable()
	c := &pb.Clock{
		Synchronised: unsaid.Bool(), Offset: unsaid.Duration(), Source: unsaid.Text(), Stratum: unsaid.Int(),
		Daemon: na.Text(), DaemonRunning: na.Bool(), DaemonEnabled: na.Bool(),
	}
	var servers []*shownServer
	for n, l := range doc.Lines() {
		l = strings.TrimSpace(l)
		if m := ntpHead.FindStringSubmatch(l); m != nil {
			c.Synchronised = facts.Bool(m[1] == "yes", doc.Line(n, l))
		}
		if m := ntpServer.FindStringSubmatch(l); m != nil {
			servers = append(servers, &shownServer{name: m[1], at: doc.Line(n, l)})
		}
		if len(servers) == 0 {
			continue
		}
		s := servers[len(servers)-1]
		if strings.HasSuffix(l, "selected") { // on the server's line, or on one of its own
			s.selected = true
		}
		if m := ntpOffset.FindStringSubmatch(l); m != nil {
			if v, err := strconv.ParseFloat(m[1], 64); err == nil && v > -1e9 && v < 1e9 {
				s.offset = facts.Duration(time.Duration(v*float64(time.Second)), doc.Line(n, l))
			}
		}
		if m := ntpLayer.FindStringSubmatch(l); m != nil {
			s.stratum, _ = strconv.ParseInt(m[1], 10, 32)
		}
	}
	if !facts.Known(c.Synchronised) || !c.Synchronised.GetValue() || !doc.Whole() {
		return c
	}
	for _, s := range servers {
		if !s.selected && len(servers) > 1 {
			continue
		}
		c.Source = facts.Text(s.name, s.at)
		if s.offset != nil {
			c.Offset = s.offset
		}
		if s.stratum > 0 { // its own clock is one further from the reference
			c.Stratum = facts.Int(s.stratum+1, s.at)
		}
	}
	return c
}
