package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/server/export"
)

func formatMedia() []string {
	var out []string
	for _, f := range export.Formats() {
		out = append(out, strings.TrimSuffix(f.Media, "; charset=utf-8"))
	}
	return out
}

// reporting are the parameters of reports.
func reporting() []param {
	return []param{
		{name: "format", kind: choice, words: export.Names(), zh: "格式，缺省 json", en: "the format; json if not given"},
		{name: "lang", kind: choice, words: []string{"zh", "en"}, zh: "语言，缺省 zh", en: "the language; zh if not given"},
		{name: "sheets", kind: choice, words: []string{"one", "target"}, zh: "xlsx：一张记录表，或每个目标一张；缺省 one", en: "xlsx: one record sheet, or one a target; one if not given"},
	}
}

func (c *call) getReport() (any, error) {
	return c.export(export.Request{Snapshot: c.path("id")}, "snapshot.export", c.path("id"))
}

func (c *call) getSweepReport() (any, error) {
	return c.export(export.Request{Sweep: c.path("id")}, "sweep.export", c.path("id"))
}

func (c *call) export(r export.Request, action, object string) (any, error) {
	r.Format, r.Language, r.PerTarget = c.query.or("format", "json"), c.query.or("lang", "zh"), c.query.word("sheets") == "target"
	f, err := c.exporter.Export(c.ctx(), r)
	if err != nil {
		return nil, err
	}
	// What leaves the server is on record before it does.
	detail := map[string]any{"format": f.As.Name, "language": r.Language, "targets": f.Targets, "findings": f.Findings, "bytes": f.Size, "sha256": f.SHA256}
	if err := c.record(action, object, "", detail); err != nil {
		_ = f.Close() // it is not needed any more
		return nil, err
	}
	return exported{f}, nil
}

// exported is an answer that is read from a file, and closes it.
type exported struct{ *export.File }

// sendPiece is how much is sent under one deadline, sendTime the deadline: who reads slower than that has gone.
const (
	sendPiece = 1 << 20
	sendTime  = 30 * time.Second
)

func (w *answer) send(f exported) {
	defer func() { _ = f.Close() }() // it was only read
	w.Header().Set("Content-Type", f.As.Media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.FileName+`"`)
	w.Header().Set("Content-Length", strconv.FormatInt(f.Size, 10))
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w.ResponseWriter)
	for {
		_ = control.SetWriteDeadline(time.Now().Add(sendTime)) // a connection without deadlines is that of a test
		if n, err := io.CopyN(w.ResponseWriter, f, sendPiece); err != nil || n < sendPiece {
			return // all of it, or whoever asked has gone
		}
	}
}
