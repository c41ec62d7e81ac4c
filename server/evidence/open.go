package evidence

import (
	"fmt"
	"io"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Content is what a bundle holds, to be read. Whether it is to be believed [Verify] says.
type Content struct {
	Head  Head
	r     io.ReaderAt
	parts map[string]entry
}

// A Delivery is how a snapshot came, with the waivers beside it.
type Delivery struct {
	Leaf    Leaf
	Waivers [][]byte
}

// Open reads the head of a bundle.
func Open(r io.ReaderAt, size int64) (*Content, error) {
	x, err := readIndex(r, size)
	if err != nil {
		return nil, fmt.Errorf("open the bundle: %w", err)
	}
	c := &Content{r: r, parts: map[string]entry{}}
	for _, e := range x.entries {
		c.parts[e.name] = e
	}
	body, err := c.part(bundlePart)
	if err == nil {
		err = strict(body, &c.Head)
	}
	if err != nil {
		return nil, fmt.Errorf("open the bundle: %w", err)
	}
	return c, nil
}

func (c *Content) part(name string) ([]byte, error) {
	e, ok := c.parts[name]
	if !ok {
		return nil, fmt.Errorf("there is no %s", name)
	}
	return e.part(c.r, maxPart)
}

// Snapshot reads the one with that place in the head.
func (c *Content) Snapshot(i int) (d Delivery, s *pb.Snapshot, err error) {
	var stored delivery
	body, err := c.part(folder(i+1) + deliveryName)
	if err == nil {
		err = strict(body, &stored)
	}
	if err == nil {
		err = strict([]byte(stored.Leaf), &d.Leaf)
	}
	if err == nil {
		body, err = c.part(folder(i+1) + snapshotName)
	}
	if err == nil {
		body, err = inflate(body)
	}
	var one *opened
	if err == nil {
		one, err = read(body)
	}
	if err != nil {
		return d, nil, fmt.Errorf("read snapshot %d of the bundle: %w", i+1, err)
	}
	for _, w := range stored.Waivers {
		d.Waivers = append(d.Waivers, w)
	}
	return d, one.snapshot, nil
}
