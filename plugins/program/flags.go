package program

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
)

// Flags that several commands have.

// OutputFlag lets the output go to a file.
func (a *App) OutputFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVarP(name, "output", "o", "", a.Say("写入`文件`（仅属主可读），缺省写到标准输出", "write to `FILE` (for its owner only) instead of standard output"))
}

// FormatFlag offers formats, of which the first is the default.
func (a *App) FormatFlag(cmd *cobra.Command, format *string, formats []string) {
	words := strings.Join(formats, "|")
	cmd.Flags().StringVar(format, "format", formats[0], a.Say("输出格式 `%s`", "how to print: `%s`", words))
	a.PlainDefault(cmd, "format")
	a.Fixed(cmd, "format", formats...)
}

// PlainDefault says a flag's default in the command's language: the library would say it in English.
func (a *App) PlainDefault(cmd *cobra.Command, name string) {
	f := cmd.Flags().Lookup(name)
	f.Usage += a.Say("，缺省 %s", " (%s if not given)", f.DefValue)
	f.DefValue = ""
}

// OneOf refuses a value that is not on a list.
func (a *App) OneOf(what, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return a.UnknownName(checks.Say("%s 取值", "value of %s:", what), value, known)
}
