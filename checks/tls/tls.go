// Package tls judges where TLS is configured: the versions that are offered, the strength of the ciphers, and the
// certificates. It reads configuration and does not connect; what a client would negotiate is not seen.
package tls

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Versions, Strength, Certificate}

// web gives the target's own HTTPS administration, unless it is known to be off.
func web(f *pb.Facts) []*pb.AccessPath {
	var out []*pb.AccessPath
	for _, p := range f.GetAccessPaths().GetItems() {
		if strings.HasPrefix(strings.ToLower(p.GetScope()), "https") && services.Switched(p.GetEnabled()) != services.Off {
			out = append(out, p)
		}
	}
	return out
}

// rest says what was not seen: of a host the places where TLS is configured; of a device, whose driver need not tell
// those apart, its paths of administration.
func rest(f *pb.Facts, expected *pb.Text) []checks.Result {
	lists := []facts.Fact{f.GetTlsEndpoints()}
	if checks.Device(f) {
		lists = []facts.Fact{f.GetAccessPaths()}
		if f.GetTlsEndpoints() != nil {
			lists = append(lists, f.GetTlsEndpoints())
		}
	}
	for _, l := range lists {
		switch l.GetState() {
		case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT, pb.FactState_FACT_STATE_NOT_APPLICABLE:
			continue
		}
		r := checks.Unknown(expected, l.GetReason(), l.GetDetail(), l.GetEvidence()...)
		r.Observed = checks.Say("清单不完整", "the list is not complete")
		return []checks.Result{r}
	}
	return nil
}

// orNone is what the results come to where TLS is used nowhere.
func orNone(out []checks.Result, f *pb.Facts) []checks.Result {
	if len(out) > 0 {
		return out
	}
	return []checks.Result{checks.NotApplicable(checks.Say("未发现 TLS 配置", "TLS is configured nowhere"), f.GetTlsEndpoints().GetEvidence()...)}
}

// ifUsed is r for a path that may be on: a failure is not known where that is not known.
func ifUsed(p *pb.AccessPath, r checks.Result) checks.Result {
	if services.Switched(p.GetEnabled()) == services.On || r.Outcome != pb.Outcome_OUTCOME_FAIL {
		return r
	}
	observed := r.Observed
	r = checks.Unknown(r.Expected, p.GetEnabled().GetReason(), p.GetEnabled().GetDetail(), r.Evidence...)
	r.Observed = checks.Say("%s；是否启用未知", "%s; whether it is enabled is not known", observed)
	return r
}

// versions in the order of their strength, as parameters and facts name them.
var versions = []string{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// rank places a version among versions; ok is false for a word it does not know. The protocol of GB/T 38636 stands
// with TLS 1.2, after which it is made.
func rank(v string) (int, bool) {
	v = strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToUpper(strings.TrimSpace(v)))
	if strings.HasPrefix(v, "TLCP") || strings.HasPrefix(v, "GMTLS") || strings.HasPrefix(v, "GMSSL") || strings.HasPrefix(v, "NTLS") {
		return slices.Index(versions, "TLSv1.2"), true
	}
	name := ""
	switch number := strings.TrimPrefix(strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(v, "TLS"), "SSL"), "V"), "V"); {
	case strings.HasPrefix(v, "SSL"):
		name = "SSLv" + strings.TrimSuffix(number, ".0")
	case strings.HasPrefix(v, "TLS"):
		if len(number) == 2 && number[0] == '1' {
			number = "1." + number[1:]
		}
		if number == "1" {
			number = "1.0"
		}
		name = "TLSv" + number
	}
	i := slices.Index(versions, name)
	return i, i >= 0
}
