package program

import (
	"cmp"
	"slices"
	"strings"
)

// maxSuggestions is how many names are offered for a wrong one.
const maxSuggestions = 3

// closest gives the known names that a wrong one may have meant: few letters apart, or one part of the other.
func closest(name string, known []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	lower := strings.ToLower(name)
	var near []candidate
	for _, k := range known {
		d := distance(lower, strings.ToLower(k))
		within := len(lower) > 2 && strings.Contains(strings.ToLower(k), lower)
		if d <= max(2, len(k)/4) || within {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range near[:min(len(near), maxSuggestions)] {
		out = append(out, c.name)
	}
	return slices.Compact(out)
}

// distance is how many letters must be put in, taken out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
