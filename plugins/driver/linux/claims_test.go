package linux

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// claims holds the facts that the whole driver makes of a written host to single statements: "PATH = VALUE", with or
// without the evidence; "no PATH" that nothing is stated there.
func claims(t *testing.T, archive string, statements ...string) {
	t.Helper()
	if len(statements) == 0 {
		t.Fatal("nothing is claimed")
	}
	stated := map[string]string{}
	for line := range strings.Lines(readTopics(t, "a written host\nall files are here\n"+archive)) {
		path, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " = ")
		stated[path] = value
	}
	for _, s := range statements {
		path, want, ok := strings.Cut(s, " = ")
		got, there := stated[strings.TrimPrefix(path, "no ")]
		switch {
		case !ok && there:
			t.Errorf("%s: got %s", s, got)
		case !ok:
		case !there:
			t.Errorf("%s: nothing is stated", s)
		case !strings.Contains(want, "  #") && strings.Split(got, "  #")[0] != want, strings.Contains(want, "  #") && got != want:
			t.Errorf("%s: got %s", s, got)
		}
	}
}

// sections puts a written host together.
func sections(parts ...string) string { return strings.Join(parts, "") }

// netTopics are the topics that the fuzz targets below feed: all that are about the network, and what they lean on.
var netTopics = []topic{platformTopic, listenersTopic, packagesTopic, servicesTopic, sshTopic, snmpTopic, accessTopic, filtersTopic, tlsTopic}

// readsAnything feeds them answers with one replaced by whatever the fuzzer thinks of: they may not panic or hang, and
// reading twice must give the same.
func readsAnything(f *testing.F, q *pluginpb.Question, others []*pluginpb.Answer, seeds ...string) {
	f.Helper()
	if len(seeds) == 0 {
		f.Fatal("no seed")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := driver.Index(append([]*pluginpb.Answer{{Question: q, Body: body, Complete: true}}, others...))
		read := func() string {
			r := &reader{Answers: a, facts: &pb.Facts{}}
			for _, topic := range netTopics {
				topic.ask(a)
				topic.read(r)
			}
			if _, err := proto.Marshal(r.facts); err != nil {
				t.Error(err)
			}
			return facts.Flat(r.facts)
		}
		if read() != read() {
			t.Error("reading twice gave other facts")
		}
	})
}

// answer is a whole answer.
func answer(q *pluginpb.Question, body string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: q, Body: []byte(body), Complete: true}
}

// listing is the answer to a glob that found these files.
func listing(pattern string, paths ...string) *pluginpb.Answer {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString(driver.FormatEntry(driver.Entry{Path: p, Kind: "file", Mode: 0o644}) + "\n")
	}
	return answer(driver.Glob(pattern), b.String())
}

// readableHost are answers of a host on which everything is there, for fuzzing one of them.
func readableHost() []*pluginpb.Answer {
	return []*pluginpb.Answer{
		answer(driver.File("/etc/os-release"), "ID=debian\nVERSION_ID=12\n"),
		answer(driver.File(sshdConfig), "PermitRootLogin no\nMatch User a\nPasswordAuthentication no\n"),
		answer(driver.Probe(pluginpb.Probe_PROBE_LISTENERS), "tcp 0.0.0.0:22 pid=1 process=sshd uid=0\nudp 0.0.0.0:161 pid=?\n"),
		answer(driver.Probe(pluginpb.Probe_PROBE_PROCESSES), "1 name=systemd uid=0\n"),
		listing("/usr/sbin/sshd", "/usr/sbin/sshd"), listing("/etc/ssh/sshd_config.d/*.conf"),
		listing("/usr/lib/systemd/system/*", "/usr/lib/systemd/system/ssh.service", "/usr/lib/systemd/system/snmpd.service"),
		listing("/etc/systemd/system/*.wants/*", "/etc/systemd/system/multi-user.target.wants/ssh.service"),
		listing("/etc/xinetd.d/*", "/etc/xinetd.d/telnet"),
		answer(driver.File("/etc/xinetd.d/telnet"), "service telnet\n{\n disable = no\n}\n"),
		answer(driver.Command(nftRuleset), ""), answer(driver.Command(saveIPv4), ""), answer(driver.Command(saveIPv6), ""),
		answer(driver.File("/etc/ssl/openssl.cnf"), "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1.2\n"),
		answer(driver.File(nginxConfs[0]), "http { server { listen 443 ssl; ssl_certificate /etc/x.pem; } }\n"),
		answer(driver.File(snmpFiles[0]), "rocommunity x\n"),
		answer(driver.File(firewalldConf), "DefaultZone=public\n"),
	}
}
