// Command lister is a whole sink as a program of its own: the worked example of README.md. It keeps a list of what fails.
package main

import "github.com/plumbline/plumbline/plugins/sink"

func main() { sink.Serve(&lister{}) }
