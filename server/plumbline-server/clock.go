//go:build !testclock

package main

import "time"

// now is the server's clock.
var now = time.Now
