//go:build bootstrap

package baseline

// With the tag bootstrap the package compiles without its generated files, so that they can be written anew.
var (
	builtin  []*Baseline
	controls []Control
	scoring  ScoringTable
)
