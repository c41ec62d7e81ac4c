package program

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Language is zh or en.
type Language string

const (
	// Chinese is chosen by zh.
	Chinese Language = "zh"
	// English is chosen by en, and where nothing is said.
	English Language = "en"
)

// Of picks a text.
func (l Language) Of(t *pb.Text) string {
	if l == Chinese {
		return t.GetZh()
	}
	return t.GetEn()
}

// languageOf chooses the language before flags are read, since the flags' own help is in it: --lang, PLUMBLINE_LANG, the
// locale, in this order.
func languageOf(args []string, getenv func(string) string) Language {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, ok := strings.CutPrefix(arg, "--lang="); ok {
			return Language(v).orEnglish()
		}
		if arg == "--lang" && i+1 < len(args) {
			return Language(args[i+1]).orEnglish()
		}
	}
	for _, name := range []string{"PLUMBLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return Language(v).orEnglish()
		}
	}
	return English
}

// orEnglish takes a locale for its language.
func (l Language) orEnglish() Language {
	if strings.HasPrefix(strings.ToLower(string(l)), string(Chinese)) {
		return Chinese
	}
	return English
}

func (a *App) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help", Short: a.Say("显示子命令的帮助", "show the help of a command"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || target == cmd.Root() && len(rest) > 0 {
				return a.NoCommand(cmd.Root(), args)
			}
			return target.Help()
		},
	}
}

func (a *App) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: a.Say("输出命令行补全脚本", "print a script that completes the command line"),
		Example: a.Example("  {program} completion bash > /etc/bash_completion.d/{program}   为所有用户启用 bash 补全",
			"  {program} completion bash > /etc/bash_completion.d/{program}   for all users of bash"),
		ValidArgs: shells, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请指定一种 shell：%s", "name one shell: %s", strings.Join(shells, ", "))
			}
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.Stdout)
			case "fish":
				return root.GenFishCompletion(a.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Stdout)
			}
			return a.UnknownName("shell", args[0], shells)
		},
	}
}

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: a.Say("显示版本", "show the version"), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Stdout, "%s %s (%s %s/%s)\n", a.Name, a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
