package api

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/server/score"
)

// scores are lines with how many there are in all; baselines of which this server has no content are named apart.
type scores struct {
	Items            []score.Line `json:"items"`
	Total            int          `json:"total"`
	UnknownBaselines []string     `json:"unknown_baselines"`
}

func (c *call) getScores() (any, error) {
	level := c.query.or("level", score.Whole)
	rows, unknown, err := score.Of(c.ctx(), c.Store, score.Question{
		Target: c.query.word("target"), Zone: c.query.word("zone"), Baseline: c.query.word("baseline"), Level: level,
	})
	if err != nil {
		return nil, err
	}
	if level == score.Target { // the worst first, for there may be many
		slices.SortStableFunc(rows, func(a, b score.Row) int { return cmp.Compare(a.Without.Points, b.Without.Points) })
	}
	out := scores{Items: []score.Line{}, Total: len(rows), UnknownBaselines: unknown}
	if out.UnknownBaselines == nil {
		out.UnknownBaselines = []string{}
	}
	for _, row := range rows[:min(len(rows), c.query.limit())] {
		out.Items = append(out.Items, row.Line())
	}
	return out, nil
}

func (c *call) getShanghai() (any, error) {
	a, err := score.Shanghai(c.ctx(), c.Store, c.query.word("zone"))
	if err != nil {
		return nil, err
	}
	return score.TableOf(a), nil
}
