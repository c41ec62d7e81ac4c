package linux

// choices lets a model leave open what a module answers: every combination is tried in turn.
type choices struct {
	taken []int
	sizes []int
	at    int
}

// pick gives one of n possibilities; across the runs, every one of them.
func (c *choices) pick(n int) int {
	if n <= 1 {
		return 0
	}
	if c.at == len(c.taken) {
		c.taken, c.sizes = append(c.taken, 0), append(c.sizes, n)
	}
	c.at++
	return c.taken[c.at-1] % n
}

// next moves on to the next combination and says whether there is one.
func (c *choices) next() bool {
	c.taken, c.sizes = c.taken[:c.at], c.sizes[:c.at]
	c.at = 0
	for i := len(c.taken) - 1; i >= 0; i-- {
		if c.taken[i]++; c.taken[i] < c.sizes[i] {
			return true
		}
		c.taken, c.sizes = c.taken[:i], c.sizes[:i]
	}
	return false
}

// maxWays bounds how many ways are tried. Each thing that cannot be foreseen doubles or triples them; beyond the bound
// nothing is said.
const maxWays = 1024

// everyWay runs f for every combination of what may happen, until f has seen enough; it says no when there are too many.
func everyWay(f func(*choices) (enough bool)) bool {
	c := &choices{}
	for range maxWays {
		if f(c) || !c.next() {
			return true
		}
	}
	return false
}
