package program

import (
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help is what --help prints. It is written here because the library's own is in English, and takes a Chinese character
// for one column.
func (a *App) help(cmd *cobra.Command) string {
	var p page
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	p.WriteString(about + "\n")
	usage := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		usage = cmd.CommandPath() + " " + a.Say("子命令", "COMMAND")
	}
	if cmd.HasAvailableFlags() {
		usage += a.Say(" [参数]", " [FLAGS]")
	}
	p.part(a.Say("用法:", "Usage:"), usage)
	if cmd.HasExample() {
		p.heading(a.Say("示例:", "Examples:"))
		p.WriteString(cmd.Example + "\n")
	}
	var commands [][2]string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			commands = append(commands, [2]string{c.Name(), c.Short})
		}
	}
	p.part(a.Say("子命令:", "Commands:"), twoColumns(commands))
	p.part(a.Say("参数:", "Flags:"), twoColumns(flagRows(cmd.LocalFlags())))
	p.part(a.Say("通用参数:", "Common flags:"), twoColumns(flagRows(cmd.InheritedFlags())))
	return p.String()
}

func flagRows(flags *pflag.FlagSet) [][2]string {
	var rows [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		value, usage := pflag.UnquoteUsage(f)
		if f.Value.Type() != "bool" {
			name += " " + value
		}
		rows = append(rows, [2]string{name, usage})
	})
	return rows
}

// twoColumns lines up names with what is said about them.
func twoColumns(rows [][2]string) string {
	width := 0
	for _, r := range rows {
		width = max(width, columns(r[0]))
	}
	var b strings.Builder
	for _, r := range rows {
		left := r[0]
		for line := range strings.Lines(r[1]) {
			b.WriteString(left + strings.Repeat(" ", width-columns(left)+2) + line)
			left = ""
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// columns is how wide a line is on a terminal. Of what this command prints, whatever is not ASCII is two columns wide.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r >= utf8.RuneSelf {
		return 2
	}
	return 1
}

// Cut fits a line into columns, showing no control characters.
func Cut(line string, columns int) string {
	out := make([]rune, 0, len(line))
	for _, r := range line {
		if columns -= runeColumns(r); columns < 0 {
			break
		}
		if r < ' ' || r == 0x7f {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}
