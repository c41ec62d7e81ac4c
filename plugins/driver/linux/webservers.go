package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A webServer is one server block or virtual host that speaks TLS, or may.
type webServer struct {
	name string
	tls  bool
	at   confLine
	// root is the folder that its relative paths start from.
	root string
	set  map[string]webSetting
	// outer is the level around it: what it does not set itself it takes from there.
	outer *webServer
}

func (s *webServer) get(key string) (webSetting, bool) {
	for ; s != nil; s = s.outer {
		if v, ok := s.set[key]; ok {
			return v, true
		}
	}
	return webSetting{}, false
}

type webSetting struct {
	words []string
	at    confLine
}

// webConf is a web server's configuration: the servers in it.
type webConf struct {
	included
	program     string
	root        string
	servers     []*webServer
	certificate string
}

func (c *webConf) certificates() []string {
	var out []string
	for _, s := range c.servers {
		if f := c.certificateFile(s); s.tls && strings.HasPrefix(f, "/") && !strings.ContainsAny(f, "$") {
			out = append(out, f)
		}
	}
	return out
}

func (c *webConf) certificateFile(s *webServer) string {
	set, ok := s.get(c.certificate)
	if !ok {
		return ""
	}
	v := set.words
	if strings.HasPrefix(v[0], "/") || strings.ContainsAny(v[0], "$:") {
		return v[0]
	}
	return path.Join(s.root, v[0])
}

// nginxConfs are where nginx keeps its configuration: as distributors build it, and as it builds itself.
var nginxConfs = []string{"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf", "/opt/nginx/conf/nginx.conf"}

// nginxWord is a word of nginx's notation; a brace or a semicolon that is not quoted is a mark.
type nginxWord struct {
	text string
	mark bool
	at   *confLine
}

func nginxWords(lines []confLine) []nginxWord {
	var out []nginxWord
	var word strings.Builder
	var quote byte
	in := false
	for n := range lines {
		l := &lines[n]
		flush := func() {
			if in {
				out = append(out, nginxWord{word.String(), false, l})
			}
			word.Reset()
			in = false
		}
		s := l.text
	line:
		for i := 0; i < len(s); i++ {
			ch := s[i]
			switch {
			case ch == '\\' && i+1 < len(s):
				word.WriteByte(ch)
				i++
				word.WriteByte(s[i])
				in = true
			case quote != 0 && ch == quote:
				quote = 0
			case quote != 0:
				word.WriteByte(ch)
			case (ch == '"' || ch == '\'') && !in:
				quote, in = ch, true
			case ch == '#' && !in:
				break line
			case ch == ' ' || ch == '\t':
				flush()
			case ch == '{' && in && strings.HasSuffix(word.String(), "$"):
				word.WriteByte(ch) // ${variable}
			case ch == '}' && strings.Contains(word.String(), "${"):
				word.WriteByte(ch)
			case ch == ';' || ch == '{' || ch == '}':
				flush()
				out = append(out, nginxWord{s[i : i+1], true, l})
			default:
				word.WriteByte(ch)
				in = true
			}
		}
		if quote == 0 {
			flush()
		}
	}
	return out
}

func readNginx(a driver.Answers) *webConf {
	c := &webConf{included: included{a: a}, program: "nginx", certificate: "ssl_certificate"}
	for _, file := range nginxConfs {
		c.root = path.Dir(file)
		levels := []*webServer{{set: map[string]webSetting{}}}
		before := len(c.servers)
		c.nginxFile(file, &levels)
		for _, s := range c.servers[before:] {
			s.root = c.root
		}
	}
	return c
}

// nginxSettings are what counts; of each, a server has its own or that of the level around it.
var nginxSettings = []string{"ssl_protocols", "ssl_ciphers", "ssl_certificate", "ssl"}

// nginxFile reads one file into the levels that are open: a level is a block; a server block is a server.
func (c *webConf) nginxFile(file string, levels *[]*webServer) {
	c.visit(file, func(d driver.Document) {
		var st []nginxWord
		for _, w := range nginxWords(linesOf(d)) {
			cur := (*levels)[len(*levels)-1]
			switch {
			case !w.mark:
				st = append(st, w)
				continue
			case w.text == "{":
				next := &webServer{set: map[string]webSetting{}, at: *w.at, outer: cur}
				if len(st) > 0 && st[0].text == "server" && len(st) == 1 {
					next.name = "-"
					c.servers = append(c.servers, next)
				}
				*levels = append(*levels, next)
			case w.text == "}":
				if len(*levels) > 1 {
					*levels = (*levels)[:len(*levels)-1]
				}
			case len(st) > 1:
				c.nginxDirective(cur, st, levels)
			}
			st = nil
		}
	})
}

func (c *webConf) nginxDirective(cur *webServer, st []nginxWord, levels *[]*webServer) {
	args := make([]string, 0, len(st)-1)
	for _, w := range st[1:] {
		args = append(args, w.text)
	}
	switch name := st[0].text; name {
	case "include":
		pattern := args[0]
		if !strings.HasPrefix(pattern, "/") {
			pattern = path.Join(c.root, pattern)
		}
		for _, f := range c.matching(pattern) {
			c.nginxFile(f, levels)
		}
	case "listen":
		if slices.Contains(args, "ssl") || slices.Contains(args, "quic") {
			cur.tls = true
			cur.at = *st[0].at
		}
		if cur.set["listen"].words == nil {
			cur.set["listen"] = webSetting{args, *st[0].at}
		}
	case "server_name":
		if cur.name != "" {
			cur.name = args[0]
		}
	default:
		if slices.Contains(nginxSettings, name) {
			cur.set[name] = webSetting{args, *st[0].at}
			if name == "ssl" && args[0] == "on" {
				cur.tls = true
			}
		}
	}
}

// endpoints states the servers that speak TLS.
func (c *webConf) endpoints(r *reader) []*pb.TlsEndpoint {
	var out []*pb.TlsEndpoint
	for _, s := range c.servers {
		if !s.tls {
			continue
		}
		scope := c.program
		if s.name != "-" && s.name != "_" {
			scope += " " + s.name
		}
		if listen := s.set["listen"].words; len(listen) > 0 {
			scope += " " + listen[0]
		}
		e := &pb.TlsEndpoint{Scope: scope}
		if c.program == "nginx" {
			e.Versions, e.Ciphers = nginxVersions(r, s), nginxCiphers(s)
		} else {
			e.Versions, e.Ciphers = apacheVersions(r, s), apacheCiphers(s)
		}
		if c.gap != nil {
			c.doubt(s, e)
		}
		certificate, _ := s.get(c.certificate)
		r.certified(e, c.certificateFile(s), s.evidence(certificate))
		out = append(out, e)
	}
	return unique(out)
}

// doubt takes back what rests on a setting's absence while part of the configuration was not read.
func (c *webConf) doubt(s *webServer, e *pb.TlsEndpoint) {
	for _, key := range []string{"ssl_protocols", "sslprotocol"} {
		if _, ok := s.get(key); ok {
			return
		}
	}
	e.Versions = c.gap.Texts()
}

func (s *webServer) evidence(v webSetting) *pb.Evidence {
	if v.at.doc.Source == "" {
		return s.at.ev()
	}
	return v.at.ev()
}

func nginxVersions(r *reader, s *webServer) *pb.TextsFact {
	v, ok := s.get("ssl_protocols")
	if !ok {
		return nginxDefault(r, s)
	}
	var out []string
	for _, w := range v.words {
		version, ok := tlsVersion(w)
		if !ok {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "ssl_protocols "+w, v.at.ev()).Texts()
		}
		out = append(out, version)
	}
	return facts.Texts(out, v.at.ev())
}

// nginxDefault: TLS 1.0 to 1.2 until TLS 1.3 was added in 1.23.4; only the newest two since 1.27.3.
func nginxDefault(r *reader, s *webServer) *pb.TextsFact {
	const document = "ngx_http_ssl_module, ssl_protocols"
	ev := []*pb.Evidence{s.at.ev(), facts.Default(document)}
	v := r.installedVersion("nginx", "nginx-core", "nginx-light", "nginx-full", "nginx-extras", "nginx-common")
	if v == nil {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "ssl_protocols", s.at.ev()).Texts()
	}
	switch n := dottedVersion(v.GetValue()); {
	case n >= 1_027_003:
		return facts.Texts(slices.Clone(tlsVersions[4:]), ev...)
	case n >= 1_023_004:
		return facts.Texts(slices.Clone(tlsVersions[2:]), ev...)
	case n >= 1_009_001:
		return facts.Texts(slices.Clone(tlsVersions[2:5]), ev...)
	case n > 0:
		return facts.Texts(slices.Clone(tlsVersions[1:5]), ev...)
	}
	return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "ssl_protocols", s.at.ev()).Texts()
}

// dottedVersion makes 1.23.4 a number that compares: 1023004; 0 if it is none.
func dottedVersion(s string) int {
	if _, rest, ok := strings.Cut(s, ":"); ok {
		s = rest
	}
	parts := append(strings.SplitN(s, ".", 3), "0", "0")
	n := 0
	for _, p := range parts[:3] {
		n = n*1000 + min(leadingNumber(p), 999)
	}
	return n
}

func nginxCiphers(s *webServer) *pb.TextsFact {
	v, ok := s.get("ssl_ciphers")
	if !ok {
		return facts.Texts([]string{"HIGH", "!aNULL", "!MD5"}, s.at.ev(), facts.Default("ngx_http_ssl_module, nginx 1.0.5 and later, ssl_ciphers"))
	}
	return facts.Texts(strings.Split(strings.Join(v.words, ""), ":"), v.at.ev())
}
