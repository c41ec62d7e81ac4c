package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var apacheConfs = []string{"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/usr/local/apache2/conf/httpd.conf"}

var apacheSettings = []string{"sslprotocol", "sslciphersuite", "sslcertificatefile", "sslengine", "servername"}

// readApache reads the configuration that is there: Debian's or that of all others.
func readApache(a driver.Answers) *webConf {
	c := &webConf{included: included{a: a}, program: "apache", certificate: "sslcertificatefile"}
	for _, f := range apacheConfs {
		global := &webServer{set: map[string]webSetting{}}
		c.root = map[string]string{apacheConfs[0]: "/etc/apache2", apacheConfs[1]: "/etc/httpd", apacheConfs[2]: "/usr/local/apache2"}[f]
		var open *webServer
		before := len(c.servers)
		c.apacheFile(f, global, &open)
		for _, s := range c.servers[before:] {
			s.tls, s.root = apacheEngineOn(s), c.root
		}
		if a.File(f).Had() {
			if apacheEngineOn(global) {
				global.name, global.tls, global.root = "-", true, c.root
				c.servers = append(c.servers, global)
			}
			return c
		}
	}
	return c
}

func apacheEngineOn(s *webServer) bool {
	v, ok := s.get("sslengine")
	return ok && !strings.EqualFold(v.words[0], "off")
}

// apacheFile reads one file: directives of the main server, and blocks of virtual hosts. A file may be included within
// a block.
func (c *webConf) apacheFile(file string, global *webServer, open **webServer) {
	c.visit(file, func(d driver.Document) {
		var text string
		for _, l := range linesOf(d) {
			text += strings.TrimSpace(l.text)
			if strings.HasSuffix(text, "\\") {
				text = strings.TrimSuffix(text, "\\") + " "
				continue
			}
			w := quotedWords(text)
			text = ""
			if len(w) == 0 || strings.HasPrefix(w[0], "#") {
				continue
			}
			c.apacheDirective(strings.ToLower(w[0]), w, l, global, open)
		}
	})
}

func (c *webConf) apacheDirective(name string, w []string, l confLine, global *webServer, open **webServer) {
	cur := global
	if *open != nil {
		cur = *open
	}
	switch {
	case name == "<virtualhost":
		*open = &webServer{name: "-", at: l, set: map[string]webSetting{}, outer: global}
		if len(w) > 1 {
			(*open).set["listen"] = webSetting{[]string{strings.TrimSuffix(w[1], ">")}, l}
		}
		c.servers = append(c.servers, *open)
	case name == "</virtualhost>":
		*open = nil
	case len(w) < 2:
	case name == "serverroot":
		c.root = strings.Trim(w[1], `"`)
	case name == "include" || name == "includeoptional":
		pattern := w[1]
		if !strings.HasPrefix(pattern, "/") {
			pattern = path.Join(c.root, pattern)
		}
		for _, f := range c.matching(pattern) {
			c.apacheFile(f, global, open)
		}
	case slices.Contains(apacheSettings, name):
		cur.set[name] = webSetting{w[1:], l}
		if name == "servername" && *open != nil {
			cur.name = w[1]
		}
	}
}

// apacheVersions reads SSLProtocol: words that switch versions on and off, from left to right.
func apacheVersions(r *reader, s *webServer) *pb.TextsFact {
	v, ok := s.get("sslprotocol")
	if !ok {
		if r.release().family == "debian" || r.release().debianBased {
			return facts.Texts(slices.Clone(tlsVersions[2:]), s.at.ev(), facts.Default("mod_ssl, Apache 2.4, SSLProtocol: all -SSLv3"))
		}
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "SSLProtocol", s.at.ev()).Texts()
	}
	on := map[string]bool{}
	for i, w := range v.words {
		off := strings.HasPrefix(w, "-")
		name := strings.TrimLeft(w, "+-")
		if w == name && i > 0 {
			clear(on) // a word without a sign starts anew
		}
		if strings.EqualFold(name, "all") {
			for _, version := range tlsVersions[2:] {
				on[version] = !off
			}
			continue
		}
		version, ok := tlsVersion(name)
		if !ok {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "SSLProtocol "+w, v.at.ev()).Texts()
		}
		on[version] = !off
	}
	out := slices.DeleteFunc(slices.Clone(tlsVersions), func(version string) bool { return !on[version] })
	return facts.Texts(out, v.at.ev())
}

func apacheCiphers(s *webServer) *pb.TextsFact {
	v, ok := s.get("sslciphersuite")
	if !ok {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "SSLCipherSuite", s.at.ev()).Texts()
	}
	return facts.Texts(strings.Split(v.words[len(v.words)-1], ":"), v.at.ev())
}
