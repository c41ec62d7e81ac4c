package linux

import (
	"strconv"
	"strings"
)

// test answers the conditions whose answer is known for an interactive login bash.
func (s *shell) test(ws []shellWord) verdict {
	args := ws[1:]
	if n := len(args); n > 0 && (args[n-1].text == "]" || args[n-1].text == "]]") {
		args = args[:n-1]
	}
	if len(args) > 0 && args[0].text == "!" {
		return s.test(append([]shellWord{ws[0]}, args[1:]...)).not()
	}
	raw := func(i int) string { return strings.Trim(args[i].raw, `"`) }
	switch len(args) {
	case 1:
		return s.nonEmpty(raw(0))
	case 2:
		switch args[0].text {
		case "-n":
			return s.nonEmpty(raw(1))
		case "-z":
			return s.nonEmpty(raw(1)).not()
		case "-v":
			return s.nonEmpty("$" + args[1].text)
		case "-f", "-r", "-e", "-s", "-d":
			if strings.HasPrefix(args[1].text, "/etc/profile") || s.script(args[1].text).doc.Had() || args[1].raw == "$i" || args[1].raw == `"$i"` {
				return yes
			}
		case "-t":
			return yes
		}
	case 3:
		return s.compare(raw(0), args[1].text, raw(2))
	}
	return undecided
}

// nonEmpty says whether a word that is a variable has a value.
func (s *shell) nonEmpty(word string) verdict {
	name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(word, "$"), "{"), "}")
	name, _, _ = strings.Cut(name, "-")
	name, _, _ = strings.Cut(name, ":")
	if !strings.HasPrefix(word, "$") {
		return verdictOf(word != "")
	}
	switch name {
	case tmout:
		return verdictOf(s.set && s.value.text != "")
	case "PS1", "BASH", "BASH_VERSION", "HOME", "USER", "LOGNAME", "SHELL":
		return yes
	case "ZSH_VERSION", "KSH_VERSION", "ZSH_NAME":
		return no
	}
	return undecided
}

func (s *shell) compare(left, op, right string) verdict {
	switch {
	case strings.HasPrefix(left, "${-#") && right == "$-":
		return verdictOf(op == "!=")
	case left == "$-" && (right == "*i*" && (op == "==" || op == "=") || right == "i" && op == "=~"):
		return yes
	case left == "$-" && right == "*i*" && op == "!=":
		return no
	case left == "$BASH" && right == "/bin/sh":
		return verdictOf(op == "!=")
	case left == "$"+tmout || left == "${"+tmout+"}":
		n, err1 := strconv.Atoi(s.value.text)
		m, err2 := strconv.Atoi(right)
		if !s.set || !s.value.fixed || err1 != nil || err2 != nil {
			return undecided
		}
		if v, ok := compareTest(n, op, m); ok {
			return verdictOf(v)
		}
	}
	return undecided
}

func compareTest(a int, op string, b int) (holds, ok bool) {
	return compare(a, strings.Replace(strings.TrimPrefix(op, "-"), "==", "=", 1), b)
}
