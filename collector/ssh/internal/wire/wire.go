// Package wire is the only way to a device's terminal. A Word is what may be typed there, and only a List makes words: out of
// the driver's published commands, its few fixed dialogue answers, the newline, and a secret for the line that asks for one. An
// Out types words and takes nothing else, so that no other code can send a byte.
//
// It does not decide when a word is right to send; it decides what can be sent at all.
package wire

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/collector/vault"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A Word is what may be typed. The zero Word types nothing.
type Word struct{ text string }

// A List is what may ever be typed on one platform.
type List struct {
	commands map[string]Word
	open     []Word
	answers  []Word
	raise    Word
	logout   Word
	key      Word
}

// ErrWord says that a driver wants something typed that never may be.
var ErrWord = errors.New("not a word that may be typed")

// The longest command and the longest dialogue answer.
const (
	maxCommand = 255
	maxAnswer  = 16
	maxSecret  = 512
)

// New makes the list of a driver. A command that could change something by its form alone (a redirection, a pipe into anything
// but a pure filter, a control character) is left off; the same in what the session itself needs is an error.
func New(d *pluginpb.DescribeResponse) (*List, error) {
	l := &List{commands: make(map[string]Word, len(d.GetCommands()))}
	for _, c := range d.GetCommands() {
		if Typable(c) {
			l.commands[c] = Word{c + "\n"}
		}
	}
	dialect := d.GetDialect()
	for _, c := range dialect.GetOnOpen() {
		if !Typable(c) {
			return nil, fmt.Errorf("%w: on open: %q", ErrWord, c)
		}
		l.open = append(l.open, Word{c + "\n"})
	}
	for _, a := range dialect.GetDialogues() {
		if len(a.GetAnswer()) > maxAnswer || !printable(a.GetAnswer()) {
			return nil, fmt.Errorf("%w: dialogue answer: %q", ErrWord, a.GetAnswer())
		}
		l.answers = append(l.answers, Word{a.GetAnswer() + "\n"})
	}
	for _, one := range []struct {
		what, text string
		word       *Word
	}{{"raise", dialect.GetRaiseCommand(), &l.raise}, {"logout", dialect.GetLogout(), &l.logout}} {
		if one.text == "" {
			continue
		}
		if !Typable(one.text) {
			return nil, fmt.Errorf("%w: %s: %q", ErrWord, one.what, one.text)
		}
		*one.word = Word{one.text + "\n"}
	}
	switch key := dialect.GetPagerKey(); {
	case key == "":
	case key == "\n" || key == "\r", len(key) == 1 && printable(key):
		l.key = Word{key}
	default:
		return nil, fmt.Errorf("%w: pager key: %q", ErrWord, key)
	}
	return l, nil
}

// filters are what a command may be piped into: they change how an answer is shown and nothing else.
var filters = []string{"no-more", "display set"}

// Typable says that a command may be typed at all: printable ASCII, no help key, no redirection, no second command, no pipe
// but into a filter that only shows.
func Typable(c string) bool {
	if c == "" || len(c) > maxCommand || !printable(c) || strings.ContainsAny(c, "?<>;&`$!\\") || strings.TrimSpace(c) != c {
		return false
	}
	parts := strings.Split(c, "|")
	for _, p := range parts[1:] {
		if !slices.Contains(filters, strings.TrimSpace(p)) {
			return false
		}
	}
	return true
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Command is the word for a command that is, letter by letter, on the list.
func (l *List) Command(c string) (Word, bool) {
	w, ok := l.commands[c]
	return w, ok
}

// Open are the commands that prepare a session.
func (l *List) Open() []Word { return l.open }

// Raise is the command that raises privilege; false where there is none.
func (l *List) Raise() (Word, bool) { return l.raise, l.raise != Word{} }

// Logout is what ends a session; false where the driver names nothing.
func (l *List) Logout() (Word, bool) { return l.logout, l.logout != Word{} }

// Key asks the pager for more; false where there is none.
func (l *List) Key() (Word, bool) { return l.key, l.key != Word{} }

// Answer is the answer to the driver's dialogue of that index.
func (l *List) Answer(i int) Word { return l.answers[i] }

// Newline is the bare newline.
func (l *List) Newline() Word { return Word{"\n"} }

// Secret is the answer to a line that asks for a password. A secret that would be more than one line is refused.
func (l *List) Secret(s vault.Secret) (Word, error) {
	text := s.Reveal()
	if text == "" || len(text) > maxSecret || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Word{}, fmt.Errorf("%w: a secret that is empty, too long or has control characters", ErrWord)
	}
	return Word{text + "\n"}, nil
}

// Text is what is typed, without the newline, to compare with the echo. Never ask it of a secret.
func (w Word) Text() string { return strings.TrimSuffix(w.text, "\n") }

// An Out types words on one terminal.
type Out struct{ w io.Writer }

// NewOut types on w.
func NewOut(w io.Writer) Out { return Out{w} }

// Type sends a word.
func (o Out) Type(w Word) error {
	if w == (Word{}) {
		return ErrWord
	}
	_, err := io.WriteString(o.w, w.text)
	return err
}
