package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/server/store"
)

// kind is what a parameter's value must be.
type kind int

const (
	// word is any name; see checkWord.
	word kind = iota //nolint:unused // the zero value: what is said of no other
	// moment is a time as in RFC 3339.
	moment
	// number counts from 1 to maxLimit.
	number
	// flag is true or false.
	flag
	// choice is one of a list, choices any of them, as often as is wanted or with commas between.
	choice
	choices
	// pair is NAME=VALUE, as often as is wanted.
	pair
	// cursor is where the next page begins, as the page before said.
	cursor
	// mark is a head of the audit log, N:HASH, as often as is wanted.
	mark
	// size counts from 1, as often as is wanted.
	size
)

// A param is a parameter of a query.
type param struct {
	name   string
	kind   kind
	words  []string
	zh, en string
}

// maxLimit is the longest page, defaultLimit the usual one.
const (
	maxLimit     = 1000
	defaultLimit = 100
	maxWord      = 256
	maxRepeated  = 50
)

// paging are the parameters of every list in pages.
func paging(more ...param) []param {
	return append(more,
		param{name: "limit", kind: number, zh: "每页条数，1 至 1000，缺省 100", en: "how many a page, 1 to 1000; 100 if not given"},
		param{name: "after", kind: cursor, zh: "上一页返回的 next", en: "the next of the page before"})
}

// query are the values of parameters; each was held to its kind.
type query map[string][]string

// readQuery takes a query apart. What the route does not know is refused, and so is what is given twice without need.
func readQuery(raw string, known []param) (query, error) {
	if len(raw) > maxQuery {
		return nil, invalid("查询串过长", "the query is too long")
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, invalid("查询串无法解析", "the query cannot be read")
	}
	out := query{}
	for name, given := range values {
		at := slices.IndexFunc(known, func(p param) bool { return p.name == name })
		if at < 0 {
			return nil, invalid("未知参数 %q", "there is no parameter %q", cutTo(name, 40))
		}
		if out[name], err = known[at].read(given); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p param) read(given []string) ([]string, error) {
	if p.kind == choices {
		given = strings.Split(strings.Join(given, ","), ",")
	}
	repeats := p.kind == choices || p.kind == pair || p.kind == mark || p.kind == size
	if len(given) > 1 && !repeats || len(given) > maxRepeated {
		return nil, invalid("参数 %s 重复", "parameter %s is given too often", p.name)
	}
	for _, value := range given {
		if err := checkWord(p.name, value); err != nil && p.kind != cursor {
			return nil, err
		}
		if !p.fits(value) {
			return nil, invalid("参数 %s 的值无效：%s", "parameter %s: not a valid value: %s", p.name, p.wants())
		}
	}
	return given, nil
}

func (p param) fits(value string) bool {
	var err error
	switch p.kind {
	case moment:
		var at time.Time
		at, err = time.Parse(time.RFC3339, value)
		return err == nil && at.Year() >= 1970 && at.Year() <= 9999
	case number:
		var n int
		n, err = strconv.Atoi(value)
		return err == nil && n >= 1 && n <= maxLimit
	case size:
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		return err == nil && n >= 1
	case flag:
		return value == "true" || value == "false"
	case choice, choices:
		return slices.Contains(p.words, value)
	case pair:
		name, _, found := strings.Cut(value, "=")
		return found && name != ""
	case cursor:
		return isCursor(value)
	case mark:
		_, err = parseHead(value)
		return err == nil
	}
	return true
}

// wants says what a value must be.
func (p param) wants() string {
	switch p.kind {
	case moment:
		return "RFC 3339, 1970–9999"
	case number:
		return "1–" + strconv.Itoa(maxLimit)
	case size:
		return "≥ 1"
	case flag:
		return "true | false"
	case choice, choices:
		return strings.Join(p.words, " | ")
	case pair:
		return "NAME=VALUE"
	case cursor:
		return "next"
	case mark:
		return "N:SHA256"
	}
	return ""
}

// isCursor says whether a list may have given it: the store takes it apart as it is, so what is none stays out here.
func isCursor(s string) bool {
	var place struct {
		N  int64
		ID string
	}
	if len(s) > 8*maxWord {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && utf8.Valid(b) && json.Unmarshal(b, &place) == nil && !strings.Contains(place.ID, "\x00")
}

func (q query) word(name string) string {
	if len(q[name]) == 0 {
		return ""
	}
	return q[name][0]
}

func (q query) or(name, otherwise string) string {
	if len(q[name]) == 0 {
		return otherwise
	}
	return q[name][0]
}

func (q query) is(name string) bool { return q.word(name) == "true" }

// time is the zero time where it is not given.
func (q query) time(name string) time.Time {
	at, _ := time.Parse(time.RFC3339, q.word(name)) // it was checked
	return at
}

// number is 0 where it is not given.
func (q query) number(name string) int {
	n, _ := strconv.Atoi(q.word(name)) // it was checked
	return n
}

func (q query) limit() int {
	n, err := strconv.Atoi(q.word("limit"))
	if err != nil {
		return defaultLimit
	}
	return n
}

func (q query) page() store.Page { return store.Page{Limit: q.limit(), After: q.word("after")} }

// checkWord holds a name to what can be stored, logged and shown: short, UTF-8 and without control characters.
func checkWord(field, s string) error {
	switch {
	case s == "":
		return invalid("%s 不能为空", "%s must not be empty", field)
	case len(s) > maxWord:
		return invalid("%s 过长，上限为 256 字节", "%s is too long: at most 256 bytes are taken", field)
	}
	return checkLine(field, s)
}

// checkText holds what people write to what can be stored, logged and shown; it may have lines and be empty.
func checkText(field, s string) error {
	return checkLine(field, strings.NewReplacer("\r\n", " ", "\n", " ").Replace(s))
}

func checkLine(field, s string) error {
	switch {
	case !utf8.ValidString(s):
		return invalid("%s 不是有效的 UTF-8", "%s is not UTF-8", field)
	case strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}):
		return invalid("%s 含有控制字符", "%s holds control characters", field)
	}
	return nil
}

// readBody reads a JSON object strictly: no field that T does not have, none twice, nothing after it.
func readBody[T any](c *call) (T, error) {
	var out T
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return out, failing(http.StatusUnsupportedMediaType, "unsupported_media_type", "请求正文须为 application/json", "the body must be application/json")
	}
	text, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return out, errTooLarge
	case err != nil:
		return out, invalid("请求正文未能完整读取", "the body could not be read to its end")
	case !utf8.Valid(text):
		return out, invalid("请求正文不是有效的 UTF-8", "the body is not UTF-8")
	}
	if err := noneTwice(text); err != nil {
		return out, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return out, badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return out, invalid("JSON 对象之后还有多余内容", "there is more after the JSON object")
	}
	return out, nil
}

// badJSON says what is wrong with a body, by the field's name where there is one.
func badJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return invalid("字段 %q 的类型不符", "field %q has the wrong type", cutTo(wrongType.Field, 80))
	}
	// encoding/json has no type for this error.
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		return invalid("未知字段 %s", "there is no field %s", cutTo(name, 80))
	}
	return invalid("请求正文不是有效的 JSON", "the body is not valid JSON")
}

// maxDepth is how deep a body may be nested; our own go to 3.
const maxDepth = 16

// noneTwice refuses a field that is given twice, in any spelling: which of them counts would be the reader's choice.
func noneTwice(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		object, key bool
		seen        map[string]bool
	}
	var stack []*level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return invalid("请求正文不是有效的 JSON", "the body is not valid JSON")
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 && stack[n-1].object {
			top := stack[n-1]
			top.key = !top.key
			if top.key {
				name := strings.ToLower(token.(string))
				if top.seen[name] {
					return invalid("字段 %q 重复", "field %q is given twice", cutTo(name, 80))
				}
				top.seen[name] = true
				continue
			}
		}
		if delim, ok := token.(json.Delim); ok {
			if len(stack) == maxDepth {
				return invalid("请求正文嵌套过深", "the body is nested too deeply")
			}
			stack = append(stack, &level{object: delim == '{', seen: map[string]bool{}})
		}
	}
}
