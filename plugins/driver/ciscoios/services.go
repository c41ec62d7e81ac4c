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
	// on and document state the documented default of IOS from 12.minor on.
	on       bool
	document string
	minor    int
}

var toggles = []toggle{
	{scope: "smart-install", forms: [][]string{{"vstack"}}},
	{scope: "cdp", forms: [][]string{{"cdp", "run"}}, on: true, document: cdpOn, minor: 2},
	{scope: "lldp", forms: [][]string{{"lldp", "run"}}},
	{scope: "finger", forms: [][]string{{"ip", "finger"}, {"service", "finger"}}, document: fingerOff, minor: 2},
	{scope: "tcp-small-servers", forms: [][]string{{"service", "tcp-small-servers"}}, document: smallServers},
	{scope: "udp-small-servers", forms: [][]string{{"service", "udp-small-servers"}}, document: smallServers},
	{scope: "pad", forms: [][]string{{"service", "pad"}}},
	{scope: "bootp", forms: [][]string{{"ip", "bootp", "server"}}},
	{scope: "config-network", forms: [][]string{{"service", "config"}}},
	{scope: "scp-server", forms: [][]string{{"ip", "scp", "server", "enable"}}},
	{scope: "ftp-server", forms: [][]string{{"ftp-server", "enable"}}},
	{scope: "tftp-server", forms: [][]string{{"tftp-server"}}, document: tftpOff},
	{scope: "http", forms: [][]string{{"ip", "http", "server"}}},
	{scope: "https", forms: [][]string{{"ip", "http", "secure-server"}}},
}

// services states the services that a hardened device does without.
func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, t := range toggles {
		s := &pb.Service{Scope: t.scope, Enabled: r.Doc.NoDefault(t.scope).Bool()}
		if t.document != "" && r.classic(t.minor) {
			s.Enabled = r.DefaultBool(t.on, t.document)
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
	r.Facts.Services = list
}
