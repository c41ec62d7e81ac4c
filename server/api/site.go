package api

import (
	"net/http"
	"time"

	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/server/store"
)

// siteVersion is one version of the site file. Missing is what it does not answer.
type siteVersion struct {
	Version int64          `json:"version"`
	Author  string         `json:"author"`
	At      time.Time      `json:"at"`
	SHA256  string         `json:"sha256"`
	Text    string         `json:"text,omitempty"`
	Missing []siteQuestion `json:"missing,omitempty"`
}

type siteQuestion struct {
	Key string `json:"key"`
	Zh  string `json:"question_zh"`
	En  string `json:"question_en"`
}

func newSiteVersion(s store.Site) siteVersion {
	return siteVersion{Version: s.Version, Author: s.Author, At: s.At, SHA256: s.SHA256}
}

func asked(s *site.Site) []siteQuestion {
	var out []siteQuestion
	for _, q := range s.Missing() {
		out = append(out, siteQuestion{q.Key, q.Text.GetZh(), q.Text.GetEn()})
	}
	return out
}

// parsedSite holds a text to being a site file.
func parsedSite(text string) (*site.Site, error) {
	s, err := site.Parse("site", []byte(text))
	if err == nil {
		return s, nil
	}
	problems := site.Problems(err)
	f := invalid("场所信息有 %d 处错误，未作任何更改", "%d things are wrong with the site file; nothing was changed", len(problems))
	for _, p := range problems[:min(len(problems), maxPlaced)] {
		f.problems = append(f.problems, placed{Line: p.Line, Column: p.Column, Zh: p.Text.GetZh(), En: p.Text.GetEn()})
	}
	return nil, f
}

func (c *call) getSite() (any, error) {
	kept, err := c.Store.Site(c.ctx(), int64(c.query.number("version")))
	if err != nil {
		return nil, err
	}
	out := newSiteVersion(kept)
	out.Text = kept.Text
	// What was kept was good; a newer program may still know better, and then says nothing of what is missing.
	if s, err := site.Parse("site", []byte(kept.Text)); err == nil {
		out.Missing = asked(s)
	}
	return out, nil
}

func (c *call) getSites() (any, error) {
	found, err := c.Store.Sites(c.ctx())
	return listOf(found, "", newSiteVersion), err
}

// siteText is a new version, and the one that it was made from, 0 for none.
type siteText struct {
	Text  string `json:"text"`
	Based int64  `json:"based"`
}

func (c *call) putSite() (any, error) {
	body, err := readBody[siteText](c)
	if err != nil {
		return nil, err
	}
	if len(body.Text) > store.MaxSite || body.Based < 0 {
		return nil, failing(http.StatusRequestEntityTooLarge, "too_large", "场所信息过大，上限为 %d 字节", "the site file is too large: at most %d bytes are taken", store.MaxSite)
	}
	stated, err := parsedSite(body.Text)
	if err != nil {
		return nil, err
	}
	kept, err := c.Store.PutSite(c.ctx(), c.entry("site.put", "site", map[string]any{"based": body.Based}), body.Text, body.Based)
	if err != nil {
		return nil, err
	}
	out := newSiteVersion(kept)
	out.Missing = asked(stated)
	return out, nil
}
