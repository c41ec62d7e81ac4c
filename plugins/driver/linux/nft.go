package linux

import "strings"

// nftToken is a word, a quoted text (its quotes kept off, quoted set) or a sign of nft's notation; a line end and a
// semicolon are both "\n".
type nftToken struct {
	text   string
	quoted bool
	at     *confLine
}

// maxNftTokens bounds what one ruleset may hold.
const maxNftTokens = 1 << 20

// nftTokens takes the lines apart; past is the line at which there were too many.
func nftTokens(lines []confLine) (out []nftToken, past *confLine) {
	for n := range lines {
		l := &lines[n]
		s := l.text
		for i := 0; i < len(s); {
			if len(out) > maxNftTokens {
				return out, l
			}
			switch c := s[i]; {
			case c == ' ' || c == '\t' || c == '\r':
				i++
			case c == '#':
				i = len(s)
			case c == '"':
				end := strings.IndexByte(s[i+1:], '"')
				if end < 0 {
					end = len(s) - i - 1
				}
				out = append(out, nftToken{s[i+1 : i+1+end], true, l})
				i += end + 2
			case c == '{' || c == '}' || c == ',':
				out = append(out, nftToken{s[i : i+1], false, l})
				i++
			case c == ';':
				out = append(out, nftToken{"\n", false, l})
				i++
			case c == '\\' && i == len(s)-1:
				i++
			default:
				j := i
				for j < len(s) && !strings.ContainsRune(" \t\r{},;\"#", rune(s[j])) {
					j++
				}
				out = append(out, nftToken{s[i:j], false, l})
				i = j
			}
		}
		if !strings.HasSuffix(s, "\\") {
			out = append(out, nftToken{"\n", false, l})
		}
	}
	return out, nil
}

type nftParser struct {
	toks   []nftToken
	i      int
	tables []*filterTable
	odd    []confLine
}

// parseNft reads what "nft list ruleset" prints, and files in the same notation. odd are statements of other kinds
// (include, define, add rule): what they do is not known.
func parseNft(lines []confLine) (tables []*filterTable, odd []confLine) {
	p := &nftParser{}
	var past *confLine
	if p.toks, past = nftTokens(lines); past != nil {
		p.odd = append(p.odd, *past)
	}
	for p.i < len(p.toks) {
		switch st := p.statement(true); {
		case len(st) == 0:
			if p.i < len(p.toks) && p.block() {
				p.odd = append(p.odd, *p.toks[p.i-1].at)
				p.skipBlock()
			}
		case st[0].text == "table" && p.block():
			p.table(st)
		case st[0].text == "flush" || st[0].text == "destroy" || st[0].text == "delete":
		case st[0].text == "table" || len(st) > 1 && st[0].text == "add" && st[1].text == "table":
			// An empty table.
		default:
			p.odd = append(p.odd, *st[0].at)
			if p.block() {
				p.skipBlock()
			}
		}
	}
	return p.tables, p.odd
}

// statement takes words up to a line end or a brace that closes. Where blocks may stand it ends before one; other braces
// (sets) belong to the statement.
func (p *nftParser) statement(blocks bool) []nftToken {
	var out []nftToken
	for ; p.i < len(p.toks); p.i++ {
		t := p.toks[p.i]
		if t.quoted {
			out = append(out, t)
			continue
		}
		switch t.text {
		case "\n":
			p.i++
			return out
		case "}":
			if len(out) == 0 {
				p.i++
			}
			return out
		case "{":
			if blocks && opensBlock(out) {
				return out
			}
			out = append(out, p.braces()...)
			p.i--
		default:
			out = append(out, t)
		}
	}
	return out
}

// opensBlock says that a brace after these words begins a block and not a set.
func opensBlock(w []nftToken) bool {
	if len(w) == 0 {
		return true
	}
	switch w[0].text {
	case "table", "chain", "set", "map", "flowtable", "counter", "quota", "ct", "limit", "secmark", "synproxy":
		return true
	}
	return false
}

// braces takes a set with everything in it, lines ends dropped.
func (p *nftParser) braces() []nftToken {
	var out []nftToken
	depth := 0
	for ; p.i < len(p.toks); p.i++ {
		t := p.toks[p.i]
		if t.text == "\n" && !t.quoted {
			continue
		}
		out = append(out, t)
		if t.text == "{" && !t.quoted {
			depth++
		}
		if t.text == "}" && !t.quoted {
			if depth--; depth == 0 {
				p.i++
				break
			}
		}
	}
	return out
}

// block enters a block if one begins here.
func (p *nftParser) block() bool {
	if p.i < len(p.toks) && p.toks[p.i].text == "{" && !p.toks[p.i].quoted {
		p.i++
		return true
	}
	return false
}

// ends says that the block ends here, and leaves it.
func (p *nftParser) ends() bool {
	if p.i >= len(p.toks) {
		return true
	}
	if t := p.toks[p.i]; t.text == "}" && !t.quoted {
		p.i++
		return true
	}
	return false
}

func (p *nftParser) skipBlock() {
	for depth := 1; p.i < len(p.toks) && depth > 0; p.i++ {
		switch t := p.toks[p.i]; {
		case t.quoted:
		case t.text == "{":
			depth++
		case t.text == "}":
			depth--
		}
	}
}

func (p *nftParser) table(head []nftToken) {
	family, name := "ip", ""
	if len(head) >= 3 {
		family, name = head[1].text, head[2].text
	} else if len(head) == 2 {
		name = head[1].text
	}
	t := newFilterTable("nftables", family, name)
	p.tables = append(p.tables, t)
	for !p.ends() {
		st := p.statement(true)
		switch {
		case len(st) == 0:
			if p.block() {
				p.skipBlock()
			}
		case st[0].text == "chain" && len(st) > 1 && p.block():
			p.chain(t, st)
		case (st[0].text == "set" || st[0].text == "map") && len(st) > 1 && p.block():
			p.set(t, st[1].text)
		case p.block():
			p.skipBlock()
		case st[0].text == "comment" || st[0].text == "flags":
		default:
			p.odd = append(p.odd, *st[0].at)
		}
	}
	for _, c := range t.chains {
		for i := range c.rules {
			c.rules[i].resolveSets(t)
		}
	}
}

func (p *nftParser) set(t *filterTable, name string) {
	for !p.ends() {
		st := p.statement(false)
		if len(st) > 2 && st[0].text == "elements" {
			t.sets[name] = setElements(st[2:])
		} else if len(st) == 0 && p.block() {
			p.skipBlock()
		}
	}
}

// setElements gives what stands between braces; of an element with a time-out or a comment, the element.
func setElements(w []nftToken) []string {
	var out []string
	fresh := true
	for _, t := range w {
		switch {
		case t.quoted && !fresh:
		case t.text == "{" && !t.quoted:
			fresh = true
		case t.text == "}" && !t.quoted:
		case t.text == "," && !t.quoted:
			fresh = true
		case fresh:
			out = append(out, t.text)
			fresh = false
		}
	}
	return out
}

func (p *nftParser) chain(t *filterTable, head []nftToken) {
	c := t.chain(head[1].text)
	c.at, c.scope = *head[0].at, strings.Join([]string{"nftables", t.family, t.name, head[1].text}, " ")
	for !p.ends() {
		st := p.statement(false)
		switch {
		case len(st) == 0:
			if p.block() {
				p.skipBlock()
			}
		case st[0].text == "type" && len(st) > 3 && st[2].text == "hook":
			c.at, c.policy = *st[0].at, verdictAccept
			// Chains that rewrite addresses or routes decide nothing here.
			if st[1].text == "filter" {
				c.hook = st[3].text
			}
		case st[0].text == "policy" && len(st) > 1:
			c.policy, c.at = st[1].text, *st[0].at
		case st[0].text == "comment" || st[0].text == "flags" || st[0].text == "devices":
		default:
			c.rules = append(c.rules, nftRules(st, t.family)...)
		}
	}
}

// resolveSets puts the elements in the place of a set's name. A set that is empty, or filled while the system runs,
// keeps its name.
func (r *filterRule) resolveSets(t *filterTable) {
	if len(r.from) == 1 && strings.HasPrefix(r.from[0], "@") {
		if elements := t.sets[r.from[0][1:]]; len(elements) > 0 {
			r.from = elements
		}
	}
}
