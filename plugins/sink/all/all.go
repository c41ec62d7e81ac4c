// Package all lists the sinks that agents and collectors have built in.
package all

import (
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/file"
	"github.com/plumbline/plumbline/plugins/sink/stream"
	"github.com/plumbline/plumbline/plugins/sink/syslog"
	"github.com/plumbline/plumbline/plugins/sink/webhook"
)

// List gives central and file, which take whole snapshots, and those that tell a SIEM each finding of them.
func List() []sink.Builtin {
	return []sink.Builtin{
		{Name: "central", New: central.New},
		file.Builtin(),
		telling(syslog.Name, syslog.New),
		telling(stream.Name, stream.New),
		telling(webhook.Name, webhook.New),
	}
}

func telling(name string, outlet func() event.Outlet) sink.Builtin {
	return sink.Builtin{Name: name, New: func() sink.Sink { return event.Sink(outlet()) }}
}
