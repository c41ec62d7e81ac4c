// Package all lists the drivers that Plumbline ships. It does nothing else.
package all

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/asa"
	"github.com/plumbline/plumbline/plugins/driver/ciscoios"
	"github.com/plumbline/plumbline/plugins/driver/comware"
	"github.com/plumbline/plumbline/plugins/driver/dptech"
	"github.com/plumbline/plumbline/plugins/driver/eos"
	"github.com/plumbline/plumbline/plugins/driver/fortios"
	"github.com/plumbline/plumbline/plugins/driver/frr"
	"github.com/plumbline/plumbline/plugins/driver/gaia"
	"github.com/plumbline/plumbline/plugins/driver/huaweivrp"
	"github.com/plumbline/plumbline/plugins/driver/iosxr"
	"github.com/plumbline/plumbline/plugins/driver/junos"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/driver/nxos"
	"github.com/plumbline/plumbline/plugins/driver/panos"
	"github.com/plumbline/plumbline/plugins/driver/rgos"
	"github.com/plumbline/plumbline/plugins/driver/routeros"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
	"github.com/plumbline/plumbline/plugins/driver/stoneos"
	"github.com/plumbline/plumbline/plugins/driver/tmos"
	"github.com/plumbline/plumbline/plugins/driver/topsec"
	"github.com/plumbline/plumbline/plugins/driver/venustech"
	"github.com/plumbline/plumbline/plugins/driver/vyos"
	"github.com/plumbline/plumbline/plugins/driver/zxros"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// List gives every driver, in the order in which people are told of them.
func List() []driver.Driver {
	return []driver.Driver{
		linux.Driver{},
		huaweivrp.Driver{},
		comware.Driver{},
		ciscoios.Driver{},
		nxos.Driver{},
		asa.Driver{},
		iosxr.Driver{},
		junos.Driver{},
		fortios.Driver{},
		panos.Driver{},
		eos.Driver{},
		rgos.Driver{},
		stoneos.Driver{},
		topsec.Driver{},
		venustech.Driver{},
		dptech.Driver{},
		gaia.Driver{},
		tmos.Driver{},
		routeros.Driver{},
		vyos.Driver{},
		frr.Driver{},
		zxros.Driver{},
		snmpmib.Driver{},
	}
}

// Named gives the driver with a name; nil if there is none.
func Named(name string) driver.Driver {
	for _, d := range List() {
		if d.Describe().GetName() == name {
			return d
		}
	}
	return nil
}

// Descriptions gives what each driver says of itself.
func Descriptions() []*pluginpb.DescribeResponse {
	var out []*pluginpb.DescribeResponse
	for _, d := range List() {
		out = append(out, d.Describe())
	}
	return out
}
