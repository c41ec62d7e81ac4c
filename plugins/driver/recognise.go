package driver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A Recogniser tells which driver a text or a device is for, by the signs that drivers publish. It would rather not know: a
// configuration needs two different signs at the least and more than any other driver finds.
type Recogniser struct {
	signs []signs
}

type signs struct {
	name            string
	config, version []*regexp.Regexp
	oids            []string
}

// Only so much of a configuration is looked at: its beginning and its end.
const (
	maxHead = 3000
	maxTail = 300
	// minSigns is how many different signs a configuration must show.
	minSigns = 2
)

// NewRecogniser reads the signs of drivers.
func NewRecogniser(drivers []*pluginpb.DescribeResponse) (*Recogniser, error) {
	r := &Recogniser{}
	for _, d := range drivers {
		s := signs{name: d.GetName(), oids: d.GetSysObjectIds()}
		var err error
		if s.config, err = compile(d.GetConfigSigns()); err == nil {
			s.version, err = compile(d.GetVersionSigns())
		}
		if err != nil {
			return nil, fmt.Errorf("driver %s: %w", d.GetName(), err)
		}
		r.signs = append(r.signs, s)
	}
	return r, nil
}

func compile(list []string) ([]*regexp.Regexp, error) {
	out := make([]*regexp.Regexp, 0, len(list))
	for _, s := range list {
		re, err := regexp.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		out = append(out, re)
	}
	return out, nil
}

// Config names the driver whose saved configuration the text is; "" if that is not certain.
func (r *Recogniser) Config(text []byte) string {
	return r.most(sample(string(text)), minSigns, func(s signs) []*regexp.Regexp { return s.config })
}

// Version names the driver whose version command gave the text; "" if that is not certain.
func (r *Recogniser) Version(text []byte) string {
	return r.most(sample(string(text)), 1, func(s signs) []*regexp.Regexp { return s.version })
}

// SysObjectID names the driver with the longest prefix of an SNMP sysObjectID; "" if none or two have it.
func (r *Recogniser) SysObjectID(oid string) string {
	oid = strings.TrimPrefix(oid, ".") + "."
	best, longest, tie := "", 0, false
	for _, s := range r.signs {
		for _, prefix := range s.oids {
			if !strings.HasPrefix(oid, strings.TrimPrefix(prefix, ".")+".") {
				continue
			}
			switch {
			case len(prefix) > longest:
				best, longest, tie = s.name, len(prefix), false
			case len(prefix) == longest && s.name != best:
				tie = true
			}
		}
	}
	if tie {
		return ""
	}
	return best
}

// sample gives the lines that are looked at, without their line ends.
func sample(text string) []string {
	var lines []string
	for l := range strings.Lines(string(OfConfig(Printed([]byte(text))))) {
		lines = append(lines, strings.TrimRight(l, " \t\r\n"))
	}
	if len(lines) > maxHead+maxTail {
		lines = append(lines[:maxHead:maxHead], lines[len(lines)-maxTail:]...)
	}
	return lines
}

func (r *Recogniser) most(lines []string, least int, of func(signs) []*regexp.Regexp) string {
	best, most, tie := "", 0, false
	for _, s := range r.signs {
		n := 0
		for _, re := range of(s) {
			if slices.ContainsFunc(lines, re.MatchString) {
				n++
			}
		}
		switch {
		case n < least || n < most:
		case n == most:
			tie = true
		default:
			best, most, tie = s.name, n, false
		}
	}
	if tie {
		return ""
	}
	return best
}
