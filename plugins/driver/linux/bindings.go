package linux

import (
	"net/netip"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const neighbours = "ip -4 neigh show nud permanent"

// Fixed ties of addresses to hardware. /etc/ethers alone ties nothing: something has to load it, and then it shows here.
var bindingsTopic = topic{
	name:     "bindings",
	commands: []string{neighbours},
	ask:      func(driver.Answers) []*question { return commands(neighbours) },
	read: func(r *reader) {
		list := &pb.AddressBindingList{}
		r.facts.AddressBindings = list
		d := r.Command(neighbours)
		var gap *facts.Missing
		if !d.Whole() {
			m := d.Unknown()
			gap = &m
		}
		for _, l := range linesOf(d) {
			f := strings.Fields(l.text)
			if len(f) == 0 {
				continue
			}
			b := &pb.AddressBinding{Scope: f[0], Kind: facts.Text("static-arp", l.ev())}
			for i := 1; i+1 < len(f); i++ {
				switch f[i] {
				case "dev":
					b.Interface = facts.Text(f[i+1], l.ev())
				case "lladdr":
					b.Mac = facts.Text(f[i+1], l.ev())
				}
			}
			if _, err := netip.ParseAddr(f[0]); err != nil || b.Mac == nil {
				r.miss(d, l.n, l.text)
				continue
			}
			list.Items = append(list.Items, b)
		}
		settle(list, gap, d.All())
	},
}
