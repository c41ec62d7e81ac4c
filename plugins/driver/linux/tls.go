package linux

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Where TLS is configured: OpenSSL's defaults, nginx, Apache. Other servers are noticed by their ports, not read.

var tlsTopic = topic{
	name: "tls",
	ask: func(a driver.Answers) []*question {
		out := files(append(slices.Clone(opensslFiles), cryptoPolicy)...)
		for _, f := range opensslFiles {
			c := readOpenssl(a, f)
			out = append(append(out, files(c.paths...)...), globs(c.patterns...)...)
		}
		for _, c := range []*webConf{readNginx(a), readApache(a)} {
			out = append(append(out, files(c.paths...)...), globs(c.patterns...)...)
			out = append(out, files(c.certificates()...)...)
		}
		return out
	},
	read: readTLS,
}

var tlsVersions = []string{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// tlsVersion turns a program's word for a version into ours.
func tlsVersion(s string) (string, bool) {
	if strings.EqualFold(s, "TLSv1") {
		return "TLSv1.0", true
	}
	i := slices.IndexFunc(tlsVersions, func(v string) bool { return strings.EqualFold(v, s) })
	if i < 0 {
		return "", false
	}
	return tlsVersions[i], true
}

// included is a configuration that names other files, and what has to be asked for it.
type included struct {
	conf
	patterns, paths []string
	a               driver.Answers
	depth, count    int
}

// visit reads a file once more for each place that includes it, within bounds, and hands its lines to f. The file that
// a program begins with may be missing.
func (c *included) visit(file string, f func(driver.Document)) {
	c.count++
	if c.depth > 6 || c.count > 2000 {
		c.lack(facts.Unknown(pb.Reason_REASON_UNSAFE_FILE, file))
		return
	}
	if c.depth <= askSSHDepth {
		c.paths = append(c.paths, file)
	}
	d := c.a.File(file)
	if d.NotFound() {
		return
	}
	if !d.Whole() {
		c.lack(d.Unknown())
	}
	if !d.Had() {
		return
	}
	c.found = append(c.found, d)
	c.depth++
	f(d)
	c.depth--
}

// matching gives the files of a pattern, in order; a path without wildcards is that file.
func (c *included) matching(pattern string) []string {
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}
	}
	if c.depth <= askSSHDepth {
		c.patterns = append(c.patterns, pattern)
	}
	if _, gap := entries(c.a, pattern); gap != nil {
		c.lack(*gap)
	}
	return slices.DeleteFunc(listed(c.a, pattern), func(p string) bool { return strings.HasPrefix(path.Base(p), ".") })
}

func readTLS(r *reader) {
	list := &pb.TlsEndpointList{}
	var gap *facts.Missing
	var ev []*pb.Evidence
	for _, f := range opensslFiles {
		c := readOpenssl(r.Answers, f)
		gap = firstGap(gap, c.gap)
		ev = append(ev, c.whole()...)
		if e := c.endpoint(r.Answers); e != nil {
			list.Items = append(list.Items, e)
			break
		}
	}
	n := readNginx(r.Answers)
	list.Items = append(list.Items, n.endpoints(r)...)
	a := readApache(r.Answers)
	list.Items = append(list.Items, a.endpoints(r)...)
	seen := map[string]bool{"nginx": len(n.found) > 0, "httpd": len(a.found) > 0, "apache2": len(a.found) > 0}
	gap = firstGap(gap, n.gap, a.gap, r.otherTLS(seen))
	ev = append(append(ev, n.whole()...), a.whole()...)
	if len(ev) == 0 {
		ev = []*pb.Evidence{r.File(opensslFiles[0]).All(), r.File(nginxConfs[0]).All(), r.File(apacheConfs[0]).All()}
	}
	settle(list, gap, ev...)
	r.facts.TlsEndpoints = list
}

// tlsPorts are ports on which TLS is spoken from the first byte.
var tlsPorts = []int64{443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2376, 3269, 5061, 6443, 6697, 8443, 9443, 10443}

// otherTLS says that a server speaks TLS whose settings were not seen: the list is then not complete.
func (r *reader) otherTLS(seen map[string]bool) *facts.Missing {
	for _, l := range r.facts.GetListeners().GetItems() {
		if l.GetProtocol().GetValue() != "tcp" || l.GetLocalOnly().GetValue() || !slices.Contains(tlsPorts, l.GetPort().GetValue()) {
			continue
		}
		if seen[l.GetProcess().GetValue()] {
			continue
		}
		return ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, strings.TrimSpace(l.GetScope()+" "+l.GetProcess().GetValue()), l.GetPort().GetEvidence()...))
	}
	return nil
}

// certified adds what a certificate says to an endpoint.
func (r *reader) certified(e *pb.TlsEndpoint, file string, at *pb.Evidence) {
	set := func(m facts.Missing) {
		e.KeyBits, e.KeyKind, e.Expires, e.Issuer = m.Int(), m.Text(), m.Time(), m.Text()
	}
	if file == "" {
		set(facts.Absent(at))
		return
	}
	if !strings.HasPrefix(file, "/") || strings.ContainsAny(file, "$") {
		set(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, file, at))
		return
	}
	d := r.File(file)
	if !d.Had() {
		set(d.Unknown())
		return
	}
	c, ok := parseCertificate(d.Answer.GetBody())
	if !ok {
		set(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, file, d.All()))
		return
	}
	ev := d.All()
	e.KeyBits, e.KeyKind, e.Expires, e.Issuer = facts.Int(int64(c.bits), ev), facts.Text(c.kind, ev), facts.Time(c.expires, ev), facts.Text(c.issuer, ev)
}

// unique makes scopes differ: the second of two servers with one name is "NAME (2)".
func unique(items []*pb.TlsEndpoint) []*pb.TlsEndpoint {
	n := map[string]int{}
	for _, e := range items {
		scope := e.Scope
		if n[scope]++; n[scope] > 1 {
			e.Scope += " (" + strconv.Itoa(n[scope]) + ")"
		}
	}
	return items
}
