package sshtest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// echoed are a prompt and what was typed at it, as cases that were captured have them: the fake device has its own.
var echoed = regexp.MustCompile(`(?m)^<\S+>.*\n`)

// Answers takes what a driver's case (a txtar file) has the device answer, by command.
func Answers(file string) (map[string]string, error) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range ar.Files {
		if f.Name != "facts" && f.Name != "unread" && !strings.Contains(f.Name, " ! ") && !strings.HasSuffix(f.Name, " ~") {
			out[f.Name] = echoed.ReplaceAllString(string(f.Data), "")
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: the case answers nothing", file)
	}
	return out, nil
}
