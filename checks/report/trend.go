package report

import "fmt"

// CauseBaseline is the cause of what another baseline, or another profile, judged otherwise.
const CauseBaseline = "baseline"

// cause says why a finding differs from what it was, in the words of the server's comparison.
func (l lang) cause(word string) string {
	switch word {
	case "setting":
		return l.pick("配置变化", "setting changed")
	case CauseBaseline:
		return l.pick("基线变化", "baseline changed")
	case "unreadable":
		return l.pick("无法读取", "could not be read")
	case "site":
		return l.pick("场所声明变化", "site facts changed")
	case "driver":
		return l.pick("驱动版本变化", "driver changed")
	case "inventory":
		return l.pick("用途或区域变化", "role or zone changed")
	case "time":
		return l.pick("时间推移", "time passed")
	case "program":
		return l.pick("程序版本变化", "program changed")
	}
	return l.pick("其他", "other")
}

// CauseName is a cause of drift as people read it.
func CauseName(language, cause string) string { return lang(language).cause(cause) }

// A rect is a part of a bar of the trend's chart.
type rect struct {
	Outcome    string
	X, Y, W, H string
}

// A trendChart has a bar a snapshot, as tall as there were findings.
type trendChart struct {
	Width int
	Bars  []rect
}

func trend(points []Past) trendChart {
	const step, bar, height = 18, 14, 96.0
	most := 1
	for _, p := range points {
		most = max(most, p.Total())
	}
	chart := trendChart{Width: max(step*len(points), 20*step)}
	for i, p := range points {
		y := height
		for _, o := range []string{Fail, Unknown, Pass, NotApplicable} {
			h := height * float64(p.Of(o)) / float64(most)
			if h == 0 {
				continue
			}
			y -= h
			chart.Bars = append(chart.Bars, rect{o, fmt.Sprint(i * step), fmt.Sprintf("%.2f", y), fmt.Sprint(bar), fmt.Sprintf("%.2f", h)})
		}
	}
	return chart
}
