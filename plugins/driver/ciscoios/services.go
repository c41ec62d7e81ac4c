package ciscoios

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// toggle is a service that lines switch on or off. Of several forms the last line of any counts.
type toggle struct {
	scope string
	forms [][]string
	// on and document state the documented default; classic: it is documented for IOS only, not for IOS-XE.
	on       bool
	document string
	classic  bool
}

var toggles = []toggle{
	{scope: "smart-install", forms: [][]string{{"vstack"}}},
	{scope: "cdp", forms: [][]string{{"cdp", "run"}}, on: true, document: management + "cdp run: enabled", classic: true},
	{scope: "lldp", forms: [][]string{{"lldp", "run"}}, document: management + "lldp run: disabled"},
	{scope: "finger", forms: [][]string{{"ip", "finger"}, {"service", "finger"}}, document: fundamentals + "ip finger: disabled", classic: true},
	{scope: "tcp-small-servers", forms: [][]string{{"service", "tcp-small-servers"}}, document: fundamentals + "service tcp-small-servers: disabled"},
	{scope: "udp-small-servers", forms: [][]string{{"service", "udp-small-servers"}}, document: fundamentals + "service udp-small-servers: disabled"},
	{scope: "pad", forms: [][]string{{"service", "pad"}}, on: true, document: terminal + "service pad: enabled", classic: true},
	{scope: "bootp", forms: [][]string{{"ip", "bootp", "server"}}, on: true, document: addressing + "ip bootp server: enabled", classic: true},
	{scope: "config-network", forms: [][]string{{"service", "config"}}, document: fundamentals + "service config: disabled", classic: true},
	{scope: "scp-server", forms: [][]string{{"ip", "scp", "server", "enable"}}, document: security + "ip scp server enable: disabled"},
	{scope: "ftp-server", forms: [][]string{{"ftp-server", "enable"}}, document: fundamentals + "ftp-server enable: disabled"},
	{scope: "tftp-server", forms: [][]string{{"tftp-server"}}, document: fundamentals + "tftp-server: disabled"},
	{scope: "http", forms: [][]string{{"ip", "http", "server"}}},
	{scope: "https", forms: [][]string{{"ip", "http", "secure-server"}}},
}

// services states the services that a hardened device does without.
func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, t := range toggles {
		s := &pb.Service{Scope: t.scope, Enabled: r.Doc.NoDefault(t.scope).Bool()}
		if t.document != "" && (!t.classic || !r.xe && (r.major > 12 || r.major == 12 && r.minor > 0)) {
			s.Enabled = r.defaultBool(t.on, t.document)
		}
		var last *stanza.Entry
		for _, form := range t.forms {
			if e := r.Final(form...); e != nil && (last == nil || e.Node.N > last.Node.N) {
				last = e
			}
		}
		if last != nil {
			s.Enabled = facts.Bool(!last.Negated, r.At(last))
		}
		list.Items = append(list.Items, s)
	}
	r.facts.Services = list
}
