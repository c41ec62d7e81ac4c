package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	"github.com/plumbline/plumbline/server/targets"
)

// inventoryNames are the file names that stand for what a body is said to be.
var inventoryNames = map[string]string{"application/yaml": "body.yaml", "application/json": "body.json", "text/csv": "body.csv", "text/plain": "body.ini"}

// maxInventory is the longest inventory that is taken, for tens of thousands of targets.
const maxInventory = 16 << 20

// placed is one thing that is wrong with a file, or that is not used of it.
type placed struct {
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Field  string `json:"field,omitempty"`
	Zh     string `json:"message_zh"`
	En     string `json:"message_en"`
}

// maxPlaced is how many are told.
const maxPlaced = 200

func newPlaced(p *strict.Problem) placed {
	return placed{p.Line, p.Column, cutTo(p.Field, maxWord), p.Text.GetZh(), p.Text.GetEn()}
}

func allPlaced(problems []*strict.Problem) []placed {
	var out []placed
	for _, p := range problems[:min(len(problems), maxPlaced)] {
		out = append(out, newPlaced(p))
	}
	return out
}

type changedTarget struct {
	ID     string   `json:"id"`
	Fields []string `json:"fields"`
}

// imported is what an import did, or would do.
type imported struct {
	DryRun  bool            `json:"dry_run"`
	Added   []string        `json:"added"`
	Changed []changedTarget `json:"changed"`
	Removed []string        `json:"removed"`
	Same    int             `json:"same"`
	Notices []placed        `json:"notices,omitempty"`
}

func (c *call) importTargets() (any, error) {
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	name := inventoryNames[media]
	if err != nil || name == "" {
		return nil, failing(http.StatusUnsupportedMediaType, "unsupported_media_type", "正文须为 application/yaml、application/json、text/csv，或 text/plain（Ansible INI）",
			"the body must be application/yaml, application/json, text/csv, or text/plain for Ansible's INI")
	}
	text, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, failing(http.StatusRequestEntityTooLarge, "too_large", "清单过大，上限为 16 MiB", "the inventory is too large: at most 16 MiB is taken")
	}
	if err != nil {
		return nil, invalid("请求正文未能完整读取", "the body could not be read to its end")
	}
	drivers := slices.Clone(c.query["driver"])
	for _, d := range all.Descriptions() {
		drivers = append(drivers, d.GetName())
	}
	plan, err := targets.Read(c.ctx(), c.Store, targets.Import{Files: []inventory.File{{Name: name, Data: text}}, Drivers: drivers, Prune: c.query.is("prune")})
	if problems := strict.Problems(err); len(problems) > 0 {
		f := invalid("清单有 %d 处错误，未作任何更改", "%d things are wrong with the inventory; nothing was changed", len(problems))
		f.problems = allPlaced(problems)
		return nil, f
	}
	if err != nil {
		return nil, err
	}
	out := imported{DryRun: c.query.is("dry_run"), Added: orNone(plan.Added), Changed: []changedTarget{}, Removed: orNone(plan.Removed), Same: plan.Same, Notices: allPlaced(plan.Notices)}
	for _, one := range plan.Changed {
		out.Changed = append(out.Changed, changedTarget{one.ID, one.Fields})
	}
	if out.DryRun {
		return out, nil
	}
	return out, plan.Apply(c.ctx(), c.Store, c.entry("target.import", fmt.Sprintf("%d targets", len(out.Added)+len(out.Changed)+len(out.Removed)), plan.Detail()))
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (c *call) exportTargets() (any, error) {
	form := c.query.or("format", inventory.FormYAML)
	var b bytes.Buffer
	n, err := targets.Export(c.ctx(), c.Store, form, &b)
	if err != nil {
		return nil, err
	}
	if err := c.record("target.export", fmt.Sprintf("%d targets", n), "ok", map[string]any{"format": form}); err != nil {
		return nil, err
	}
	media, ext := "application/yaml; charset=utf-8", "yaml"
	if form == inventory.FormCSV {
		media, ext = "text/csv; charset=utf-8", "csv"
	}
	return file{media: media, name: "targets." + ext, body: b.Bytes()}, nil
}
