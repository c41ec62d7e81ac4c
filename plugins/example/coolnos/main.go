// Command coolnos is a whole driver as a program of its own: the worked example of README.md, for an invented switch.
package main

import "github.com/plumbline/plumbline/plugins/driver"

func main() { driver.Serve(coolNOS{}) }
