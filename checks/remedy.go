package checks

import (
	"slices"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A paragraph of a remedy that begins with the name of a platform is for that kind of target; the others are for all.
var (
	hostParagraphs   = []string{"Linux", "RHEL", "Debian", "Windows", "主机", "Hosts"}
	deviceParagraphs = []string{"华为", "H3C", "思科", "Cisco", "Huawei", "网络设备", "设备", "Network devices", "Devices", "Does not apply to network", "防火墙", "Firewalls", "边界防火墙", "Border firewalls"}
)

// RemedyFor gives the paragraphs of the remedy that concern a kind of target: "host" or, for anything else, a network
// device. Where none would be left it gives them all.
func (c *Check) RemedyFor(kind string) *pb.Text {
	others := hostParagraphs
	if kind == "host" {
		others = deviceParagraphs
	}
	return &pb.Text{Zh: without(c.Remedy.GetZh(), others), En: without(c.Remedy.GetEn(), others)}
}

func without(text string, platforms []string) string {
	kept := slices.DeleteFunc(strings.Split(text, "\n"), func(paragraph string) bool {
		return slices.ContainsFunc(platforms, func(p string) bool { return strings.HasPrefix(paragraph, p) })
	})
	if len(kept) == 0 {
		return text
	}
	return strings.Join(kept, "\n")
}
