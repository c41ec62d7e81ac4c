package program

import (
	"bytes"
	"fmt"
	"testing"
)

// A column begins at the same place of the terminal in every row, also behind Chinese words.
func TestColumns(t *testing.T) {
	var b bytes.Buffer
	c := NewColumns(&b)
	fmt.Fprintln(c, "目标\t区域\t结论")
	fmt.Fprint(c, "core-sw-1\tcore\t不符合\nedge\t生产区\tpass\n")
	fmt.Fprintln(c, "alone")
	if b.Len() != 0 {
		t.Error("it prints before it is flushed")
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "目标       区域    结论\ncore-sw-1  core    不符合\nedge       生产区  pass\nalone\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
