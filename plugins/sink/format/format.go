// Package format lists the formats of events by name, for outlets that take several.
package format

import (
	"fmt"

	"github.com/plumbline/plumbline/plugins/sink/cef"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/ocsf"
)

// Settings that outlets with a format share.
const (
	// Format is event, ocsf or cef.
	Format = "format"
	// Lang is zh (the default) or en: what people read, in formats that hold one language.
	Lang = "lang"
)

// A Choice is what the operator wants.
type Choice struct{ Format, Lang string }

// Set takes a setting and says whether it knows it.
func (c *Choice) Set(name, text string) bool {
	switch name {
	case Format:
		c.Format = text
	case Lang:
		c.Lang = text
	default:
		return false
	}
	return true
}

// Make gives the format, the fallback where none was chosen.
func (c Choice) Make(fallback string) (event.Format, error) {
	if c.Lang != "" && c.Lang != "zh" && c.Lang != "en" {
		return nil, fmt.Errorf("setting %q: want zh or en, not %q", Lang, c.Lang)
	}
	if c.Format == "" {
		c.Format = fallback
	}
	switch c.Format {
	case "event":
		return event.JSON{}, nil
	case "ocsf":
		return ocsf.Format{English: c.Lang == "en"}, nil
	case "cef":
		return cef.Format{English: c.Lang == "en"}, nil
	}
	return nil, fmt.Errorf("setting %q: want event, ocsf or cef, not %q", Format, c.Format)
}
