package panos

import (
	"regexp"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// shown gives a line of "show system info" by its key.
func (r *reader) shown(key string) *pb.TextFact {
	doc := r.ans.Command(showSystem)
	for n, l := range doc.Lines() {
		if k, v, ok := strings.Cut(strings.TrimSpace(l), ": "); ok && k == key && strings.TrimSpace(v) != "" {
			return facts.Text(strings.TrimSpace(v), doc.Line(n, strings.TrimSpace(l)))
		}
	}
	if doc.Whole() {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, key).Text()
	}
	return doc.Unknown().Text()
}

func (r *reader) platform() *pb.Platform {
	p := &pb.Platform{Vendor: facts.Text("Palo Alto Networks"), Os: facts.Text("panos"), OsName: facts.Text("PAN-OS"), Product: r.shown("model"), Version: r.shown("sw-version"), Hostname: r.shown("hostname"), Kind: facts.Text("firewall", r.Doc.All())}
	if panorama := r.Root.Has("panorama") && r.Root.Has("devices"); panorama || len(r.systems) > 0 && strings.HasPrefix(r.systems[0].name, "device-group ") {
		p.Kind = facts.Text("other", r.Doc.All())
	}
	if !facts.Known(p.Version) && r.release != "" {
		p.Version = facts.Text(r.release, r.Doc.Line(r.releaseAt, `config version="`+r.release+`"`))
	}
	if h := r.device("deviceconfig", "system", "hostname").Value(); h != nil {
		if p.Hostname = facts.Text(h.Word, r.At(h)); tree.Hole(h.Word) {
			p.Hostname = r.Hole(h).Text()
		}
	}
	return p
}

// saved: what is committed is kept; whether changes wait is not asked.
func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	return &pb.Saved{RunningIsSaved: r.Doc.NoDefault("commit").Bool(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
}

// archives are where Panorama's schedules send the configurations. A firewall has no such schedule; of those that Panorama manages,
// Panorama keeps copies itself.
func (r *reader) archives() *pb.TextsFact {
	hosts, ev := []string{}, []*pb.Evidence{}
	for _, s := range r.device("deviceconfig", "system", "config-bundle-export-schedule").All() {
		on := r.answered(s.Get("enable"))
		for _, protocol := range s.All("protocol") {
			if host := protocol.Value("hostname"); host != nil && on.GetValue() {
				hosts, ev = append(hosts, protocol.Word+"://"+host.Word), append(ev, r.At(host))
			}
		}
	}
	if len(hosts) > 0 {
		return facts.Texts(hosts, ev...)
	}
	for _, path := range [][]string{{"panorama-server"}, {"panorama", "local-panorama", "panorama-server"}} {
		if n := r.device(append([]string{"deviceconfig", "system"}, path...)...); n != nil {
			return facts.Unknown(pb.Reason_REASON_ELSEWHERE, "Panorama", r.At(n)).Texts()
		}
	}
	return r.Doc.Absence().Texts()
}

// signatures gives when the oldest of the signatures in use was made.
func (r *reader) signatures() *pb.TimeFact {
	var oldest *pb.TimeFact
	for _, key := range []string{"threat-release-date", "av-release-date"} {
		f := r.shown(key)
		if !facts.Known(f) {
			continue
		}
		word := strings.TrimSuffix(f.GetValue(), " "+lastWord(f.GetValue()))
		at, err := time.Parse("2006/01/02 15:04:05", strings.TrimSpace(word))
		if err != nil {
			if at, err = time.Parse("2006/01/02 15:04:05", f.GetValue()); err != nil {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, key, f.GetEvidence()...).Time()
			}
		}
		if oldest == nil || at.Before(oldest.GetValue().AsTime()) {
			oldest = facts.Time(at, f.GetEvidence()...)
		}
	}
	if oldest == nil {
		return facts.LikeState(r.shown("threat-release-date")).Time()
	}
	return oldest
}

func lastWord(s string) string {
	w := strings.Fields(s)
	if len(w) == 0 {
		return ""
	}
	return w[len(w)-1]
}

var (
	stateLine  = regexp.MustCompile(`^NTP state:$`)
	syncedLine = regexp.MustCompile(`^NTP (?:synched to (\S+)|not synched.*)$`)
	serverLine = regexp.MustCompile(`^NTP server:? (\S+?):?$`)
)

type shownServer struct{ reachable, selected *pb.BoolFact }

// shownNTP reads the servers in "show ntp".
func (r *reader) shownNTP() map[string]shownServer {
	out := map[string]shownServer{}
	doc := r.ans.Command(showNTP)
	name := ""
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		ev := doc.Line(n, t)
		if m := serverLine.FindStringSubmatch(t); m != nil {
			name = m[1]
			continue
		}
		key, value, _ := strings.Cut(t, ": ")
		s := out[name]
		switch {
		case name == "":
			continue
		case key == "reachable":
			s.reachable = facts.Bool(value == "yes", ev)
		case key == "status":
			s.selected = facts.Bool(strings.HasPrefix(value, "synched"), ev)
		default:
			continue
		}
		out[name] = s
	}
	return out
}

func (r *reader) clock() *pb.Clock {
	doc := r.ans.Command(showNTP)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("timezone").Text()}
	if z := r.device("deviceconfig", "system", "timezone").Value(); z != nil {
		c.Timezone = facts.Text(z.Word, r.At(z))
	}
	begun := false
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		begun = begun || stateLine.MatchString(t)
		if f := syncedLine.FindStringSubmatch(t); begun && f != nil {
			ev := doc.Line(n, t)
			c.Synchronised = facts.Bool(f[1] != "" && f[1] != "LOCAL", ev)
			if f[1] != "" {
				c.Source = facts.Text(f[1], ev)
			}
		}
	}
	return c
}
