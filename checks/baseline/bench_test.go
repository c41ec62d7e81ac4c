package baseline

import "testing"

// All rules for a host under all built-in baselines: what a scan pays before it judges.
func BenchmarkPlan(b *testing.B) {
	known := known()
	for _, profile := range []Profile{AsWritten, Strictest} {
		b.Run(string(profile), func(b *testing.B) {
			rules := 0
			for b.Loop() {
				rules = 0
				for _, bl := range Builtin() {
					list, err := bl.Rules(known, Host, Options{Profile: profile})
					if err != nil {
						b.Fatal(err)
					}
					rules += len(list)
				}
			}
			b.ReportMetric(float64(rules), "rules")
		})
	}
}

// The same content from its file, for comparison with what is built in.
func BenchmarkLoad(b *testing.B) {
	data, known := read(b, "data/jrt0068-2012.yaml"), known()
	for b.Loop() {
		l := newLoader("x", controls, known)
		if l.baseline(data) == nil || l.err() != nil {
			b.Fatal(l.err())
		}
	}
}
