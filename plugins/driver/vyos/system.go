package vyos

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var versionLine = regexp.MustCompile(`^Version: +(?:VyOS )?v?(\S+)`)

func (r *reader) platform() *pb.Platform {
	missing := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	p := &pb.Platform{Kind: facts.Text("router", r.Doc.All()), Vendor: facts.Text("VyOS"), Os: facts.Text("vyos"), OsName: facts.Text("VyOS"), Product: missing.Text(), Version: missing.Text(), Hostname: missing.Text()}
	if r.Root.Has("service", "gui") || r.Root.Has("system", "offload", "hwnat") {
		p.Vendor, p.OsName = facts.Text("Ubiquiti"), facts.Text("EdgeOS")
	}
	if r.release != "" {
		p.Version = facts.Text(r.release, r.Doc.Line(r.releaseAt, "Release version: "+r.release))
	}
	doc := r.ans.Command(showVersion)
	for n, l := range doc.Lines() {
		if m := versionLine.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			p.Version = facts.Text(m[1], doc.Line(n, strings.TrimSpace(l)))
		}
	}
	if h := r.Root.Value("system", "host-name"); h != nil {
		if p.Hostname = facts.Text(h.Word, r.At(h)); tree.Hole(h.Word) {
			p.Hostname = r.Hole(h).Text()
		}
	}
	return p
}

func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Bool(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.Doc.Absence().Texts()}
	hosts, ev := []string{}, []*pb.Evidence{}
	for _, u := range r.Root.All("system", "config-management", "commit-archive", "location") {
		hosts, ev = append(hosts, mask([]string{u.Word})[0]), append(ev, r.At(u))
	}
	if len(hosts) > 0 {
		s.Archives = facts.Texts(hosts, ev...)
	}
	return s
}

// timeSources: below system up to VyOS 1.3, below service from 1.4 on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.list()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, top := range []string{"system", "service"} {
		for _, n := range r.Root.All(top, "ntp", "server") {
			if n.Has("noselect") {
				continue
			}
			t := &pb.TimeSource{Scope: n.Word, Kind: facts.Text("server", r.At(n)), Authenticated: r.Doc.Off()}
			if p := n.Get("pool"); p != nil {
				t.Kind = facts.Text("pool", r.At(p))
			}
			if nts := n.Get("nts"); nts != nil {
				t.Authenticated = facts.Bool(true, r.At(nts))
			}
			if tree.Hole(n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

// facilities is what a destination takes, as written, and whether that is everything from info downwards.
func (r *reader) facilities(n *tree.Node) (string, bool, []*pb.Evidence) {
	words, ev := []string{}, []*pb.Evidence{}
	all, narrowed := false, false
	for _, f := range n.All("facility") {
		level := f.Value("level")
		words, ev = append(words, strings.TrimSpace(f.Word+" "+level.Text())), append(ev, r.At(f))
		full := slices.Contains([]string{"info", "debug", "all"}, level.Text())
		if f.Word == "all" {
			all = full
		} else {
			narrowed = narrowed || !full
		}
	}
	return strings.Join(words, ", "), all && !narrowed, ev
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.list()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope string, n *tree.Node) {
		level, _, ev := r.facilities(n)
		st := &pb.LogStore{Scope: scope, Active: facts.Bool(level != "", append(ev, r.At(n))...), Level: facts.Text(level, append(ev, r.At(n))...), MaxBytes: r.Doc.NoDefault("archive size").Int()}
		size, at, ok1 := r.number(n, "archive", "size")
		if files, filesAt, ok2 := r.number(n, "archive", "file"); ok1 && ok2 {
			st.MaxBytes = facts.Int(size*1024*(files+1), r.At(at), r.At(filesAt))
			st.OnFull, st.RetentionBasis = facts.Text("rotate", r.At(at)), facts.Text("size", r.At(at))
		}
		out.Items = append(out.Items, st)
	}
	for _, word := range []string{"global", "local"} {
		if n := r.Root.Get("system", "syslog", word); n != nil {
			add("messages", n)
		}
	}
	if len(out.Items) == 0 {
		out.Items = append(out.Items, &pb.LogStore{Scope: "messages", Active: r.defaultBool(true, syslogDefault), Level: r.Doc.NoDefault("syslog").Text()})
	}
	for _, n := range r.Root.All("system", "syslog", "file") {
		add(n.Word, n)
	}
	return out
}

func (r *reader) logTargets() *pb.LogTargetList {
	s := r.list()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, word := range []string{"host", "remote"} {
		for _, n := range r.Root.All("system", "syslog", word) {
			selector, all, ev := r.facilities(n)
			t := &pb.LogTarget{Address: facts.Text(n.Word, r.At(n)), Port: r.Doc.Unknown().Int(), Protocol: r.Doc.Unknown().Text(), Encrypted: facts.Bool(false, r.At(n)), Selector: facts.Text(selector, append(ev, r.At(n))...), Everything: facts.Bool(all, append(ev, r.At(n))...)}
			if r.Whole() {
				t.Port, t.Protocol = facts.Int(514, facts.Default(syslogDefault)), facts.Text("udp", facts.Default(syslogDefault))
			} else {
				t.Everything = r.Doc.Unknown().Bool()
			}
			if p, at, ok := r.number(n, "port"); ok {
				t.Port = facts.Int(p, r.At(at))
			}
			for _, f := range append(n.All("facility"), n) {
				if p := f.Value("protocol"); p != nil {
					t.Protocol = facts.Text(p.Word, r.At(p))
				}
			}
			if tls := n.Get("tls"); tls != nil {
				t.Protocol, t.Encrypted = facts.Text("tls", r.At(tls)), facts.Bool(true, r.At(tls))
			}
			t.Scope = n.Word
			if facts.Known(t.Port) {
				t.Scope += ":" + strconv.FormatInt(t.Port.GetValue(), 10)
			}
			if tree.Hole(n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.list()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.units() {
		i := &pb.Interface{Scope: u.name, Enabled: r.Doc.NoDefault("disable").Bool(), Described: r.Doc.Off(), FilterIn: r.Doc.Absence().Text(), FilterOut: r.Doc.Absence().Text()}
		if n := u.node.Get("description"); n != nil {
			i.Described = facts.Bool(true, r.At(n))
		}
		if n := u.node.Get("disable"); n != nil {
			i.Enabled = facts.Bool(false, r.At(n))
		}
		addresses, ev := []string{}, []*pb.Evidence{}
		for _, a := range u.node.All("address") {
			addresses, ev = append(addresses, a.Word), append(ev, r.At(a))
		}
		i.Addresses = facts.Texts(addresses, ev...)
		if !r.Whole() {
			i.Addresses = r.Doc.Unknown().Texts()
		}
		for _, c := range r.chains {
			switch c.where {
			case u.name + " in":
				i.FilterIn = facts.Text(c.name, r.At(c.at))
			case u.name + " out":
				i.FilterOut = facts.Text(c.name, r.At(c.at))
			}
		}
		out.Items = append(out.Items, i)
	}
	return out
}

func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.list()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	none := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	for _, g := range r.Root.All("high-availability", "vrrp", "group") {
		state, peer := r.standby(g.Word)
		out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "vrrp " + g.Word, Kind: facts.Text("vrrp", r.At(g)), State: state, PeerPresent: peer})
	}
	for _, u := range r.units() {
		for _, g := range u.node.All("vrrp", "vrrp-group") {
			out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "vrrp " + g.Word + " " + u.name, Kind: facts.Text("vrrp", r.At(g)), State: none.Text(), PeerPresent: none.Bool()})
		}
	}
	return out
}
