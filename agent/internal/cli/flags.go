package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
)

// Flags that several commands have.

func (a *app) rootFlag(cmd *cobra.Command, root *string) {
	cmd.Flags().StringVar(root, "root", "", a.say("读取`目录`中的系统（解开的镜像、挂载的磁盘），而不是本机", "read the system in `DIR` (an unpacked image, a mounted disk) instead of this host"))
	if err := cmd.MarkFlagDirname("root"); err != nil {
		panic(err)
	}
}

func (a *app) outputFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVarP(name, "output", "o", "", a.say("写入`文件`（仅属主可读），缺省写到标准输出", "write to `FILE` (for its owner only) instead of standard output"))
}

// formatFlag offers formats, of which the first is the default.
func (a *app) formatFlag(cmd *cobra.Command, format *string, formats []string) {
	words := strings.Join(formats, "|")
	cmd.Flags().StringVar(format, "format", formats[0], a.say("输出格式 `%s`", "how to print: `%s`", words))
	plainDefault(cmd, "format", a)
	a.fixed(cmd, "format", formats...)
}

// plainDefault says a flag's default in the command's language: the library would say it in English.
func plainDefault(cmd *cobra.Command, name string, a *app) {
	f := cmd.Flags().Lookup(name)
	f.Usage += a.say("，缺省 %s", " (%s if not given)", f.DefValue)
	f.DefValue = ""
}

// oneOf refuses a value that is not on a list.
func (a *app) oneOf(what, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return a.unknownName(checks.Say("%s 取值", "value of %s:", what), value, known)
}
