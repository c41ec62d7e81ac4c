package site

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Problem is one thing that is wrong with a site file.
type Problem struct {
	File string
	// Line and Column count from 1; 0 where the place is not known.
	Line, Column int
	// Text says what is wrong and what to write instead.
	Text *pb.Text
}

// Error says it in English, after the place.
func (p *Problem) Error() string { return p.place() + ": " + p.Text.GetEn() }

// Say says it in both languages, after the place.
func (p *Problem) Say() *pb.Text {
	return &pb.Text{Zh: p.place() + "：" + p.Text.GetZh(), En: p.Error()}
}

func (p *Problem) place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems gives those that an error of Parse consists of, in the order of the file.
func Problems(err error) []*Problem {
	var one *Problem
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Problem
		for _, e := range many.Unwrap() {
			if errors.As(e, &one) {
				out = append(out, one)
			}
		}
		return out
	}
	if errors.As(err, &one) {
		return []*Problem{one}
	}
	return nil
}

// maxSize bounds a site file; those of large sites take some hundred kilobytes.
const maxSize = 8 << 20

// Parse reads a site file; name is what messages call it. It refuses what it does not know or cannot read, and names
// every wrong value with its line and what to write instead. Broken YAML and unknown keys are reported one at a time.
func Parse(name string, data []byte) (*Site, error) {
	sum := sha256.Sum256(data)
	p := reader{file: name, site: &Site{SHA256: hex.EncodeToString(sum[:])}}
	if len(data) > maxSize {
		return nil, p.problem(0, 0, text("文件过大，上限为 %d 字节", "the file is too large, the limit is %d bytes", maxSize))
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return p.site, nil
	}
	doc, err := decode(data, p.site)
	if err != nil {
		return nil, p.syntax(err)
	}
	if len(doc.Docs) > 1 {
		line, column := place(doc.Docs[1].Start)
		return nil, p.problem(line, column, text("只能有一个 YAML 文档，请删除“---”及其后内容或并入前文", "there may be one YAML document only: remove --- or merge what follows it"))
	}
	p.doc = doc
	p.check()
	if len(p.found) == 0 {
		return p.site, nil
	}
	slices.SortStableFunc(p.found, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(p.found))
	for i, f := range p.found {
		errs[i] = f
	}
	return nil, errors.Join(errs...)
}

// decode reads the YAML, strictly. The library panics on some odd documents (a scalar tag before a list): that is a
// document it cannot read, no more.
func decode(data []byte, into *Site) (doc *ast.File, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("odd YAML: %v", e)
		}
	}()
	doc, err = parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	if len(doc.Docs) > 1 {
		return doc, nil
	}
	return doc, yaml.UnmarshalWithOptions(data, into, yaml.Strict())
}

type reader struct {
	file  string
	doc   *ast.File
	site  *Site
	found []*Problem
}

func (p *reader) problem(line, column int, what *pb.Text) *Problem {
	return &Problem{File: p.file, Line: line, Column: column, Text: what}
}

// syntax is what the YAML library refuses, with its place.
func (p *reader) syntax(err error) *Problem {
	message, line, column := err.Error(), 0, 0
	var y yaml.Error
	if errors.As(err, &y) {
		message = y.GetMessage()
		line, column = place(y.GetToken())
	}
	return p.problem(line, column, text("YAML 无法读取：%s（可用的键见 checks/site/README.md）", "not readable as a site file: %s (checks/site/README.md lists the keys)", message))
}

func place(t *token.Token) (line, column int) {
	if t == nil || t.Position == nil {
		return 0, 0
	}
	return t.Position.Line, t.Position.Column
}

// bad notes a wrong value at a YAML path such as "$.roles.web.ports[0]".
func (p *reader) bad(at string, what *pb.Text) {
	line, column := 0, 0
	if yp, err := yaml.PathString(at); err == nil {
		if node, err := yp.FilterFile(p.doc); err == nil && node != nil {
			line, column = place(node.GetToken())
		}
	}
	key := strings.TrimPrefix(at, "$.")
	p.found = append(p.found, p.problem(line, column, text("%s：%s", "%s: %s", key, what)))
}

// text is checks.Say, which this package lies below.
func text(zh, en string, args ...any) *pb.Text {
	za, ea := slices.Clone(args), slices.Clone(args)
	for i, a := range args {
		if t, ok := a.(*pb.Text); ok {
			za[i], ea[i] = t.GetZh(), t.GetEn()
		}
	}
	return &pb.Text{Zh: fmt.Sprintf(zh, za...), En: fmt.Sprintf(en, ea...)}
}

func (p *reader) check() {
	s := p.site
	p.each("$.management_networks", s.ManagementNetworks, network)
	p.each("$.log_servers", s.LogServers, server)
	p.each("$.time_servers", s.TimeServers, server)
	p.each("$.auth_servers", s.AuthServers, server)
	p.each("$.anti_malware", s.AntiMalware, word)
	p.each("$.monitoring_agents", s.MonitoringAgents, word)
	p.each("$.log_readers", s.LogReaders, word)
	p.each("$.software", s.Software, pattern)
	p.each("$.repositories", s.Repositories, word)
	for name, r := range s.Roles {
		at := "$.roles." + quoteKey(name)
		p.each(at+".ports", r.Ports, ports)
		p.each(at+".services", r.Services, word)
	}
	for name, a := range s.Accounts {
		if a.Duty != "" && !slices.Contains(duties, a.Duty) {
			p.bad("$.accounts."+quoteKey(name)+".duty", text("职责“%s”无效，请填写 %s 之一", "there is no duty %q: write one of %s", a.Duty, strings.Join(duties, ", ")))
		}
	}
	p.boundHosts()
}

var duties = []string{"system", "security", "audit", "operator", "application"}

func (p *reader) boundHosts() {
	seen := map[netip.Addr]string{}
	for ip, mac := range p.site.BoundHosts {
		at := "$.bound_hosts." + quoteKey(ip)
		addr, err := netip.ParseAddr(ip)
		if err != nil {
			p.bad(at, text("“%s”不是 IP 地址（示例：10.1.2.3: 00-11-22-33-44-55）", "%q is not an IP address (example: 10.1.2.3: 00-11-22-33-44-55)", ip))
			continue
		}
		if other, twice := seen[addr.Unmap()]; twice {
			p.bad(at, text("与“%s”是同一地址，请只保留一处", "the same address as %q: keep one of them", other))
		}
		seen[addr.Unmap()] = ip
		if hw, err := net.ParseMAC(mac); err != nil || len(hw) != 6 {
			p.bad(at, text("“%s”不是 MAC 地址（示例：00-11-22-33-44-55 或 0011.2233.4455）", "%q is not a hardware address (examples: 00-11-22-33-44-55, 0011.2233.4455)", mac))
		}
	}
}

// each holds every value of a list to a rule; rule gives nil or what is wrong.
func (p *reader) each(at string, values []string, rule func(string) *pb.Text) {
	for i, v := range values {
		what := rule(v)
		if strings.TrimSpace(v) == "" {
			what = text("值为空，请填写或删除该项", "the value is empty: fill it in or remove the entry")
		} else if v != strings.TrimSpace(v) {
			what = text("“%s”首尾有空格，请删除", "%q begins or ends with a space: remove it", v)
		}
		if what != nil {
			p.bad(fmt.Sprintf("%s[%d]", at, i), what)
		}
	}
}

func network(v string) *pb.Text {
	n, err := ParseNetwork(v)
	if err != nil {
		return text("“%s”不是 IP 地址或网段（示例：10.1.2.0/24）", "%q is "+errNetwork.Error(), v)
	}
	if given, err := netip.ParsePrefix(v); err == nil && given != n {
		return text("“%s”的主机位不为零，请写网段 %s 或单个地址 %s", "%q has bits behind its prefix: write the network %s or the address %s", v, n.String(), given.Addr().String())
	}
	if TooWide(n) {
		return text("“%s”过宽，等于不限制来源，请写实际的管理网段或堡垒机地址", "%q is so wide that it limits nothing: state the networks or bastions that really manage", v)
	}
	return nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func server(v string) *pb.Text {
	if _, err := netip.ParseAddr(v); err == nil || hostName.MatchString(v) {
		return nil
	}
	return text("“%s”不是地址或主机名，请勿带协议、端口或路径（示例：10.1.2.3 或 log.example.com）", "%q is neither an address nor a host name; leave out protocol, port and path (examples: 10.1.2.3, log.example.com)", v)
}

func ports(v string) *pb.Text {
	if _, err := ParsePorts(v); err != nil {
		return text("“%s”不是端口（示例：tcp/22、udp/161、tcp/8000-8010）", "%q is "+errPorts.Error(), v)
	}
	return nil
}

func pattern(v string) *pb.Text {
	if _, err := path.Match(v, ""); err != nil {
		return text("“%s”不是有效的通配模式（示例：gcc、python3-*）", "%q is not a pattern (examples: gcc, python3-*)", v)
	}
	return nil
}

func word(string) *pb.Text { return nil }

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// quoteKey makes a key fit for a YAML path.
func quoteKey(key string) string {
	if plainKey.MatchString(key) {
		return key
	}
	return "'" + strings.ReplaceAll(key, "'", `\'`) + "'"
}
