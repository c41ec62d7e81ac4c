package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// language is zh or en.
type language string

const (
	chinese language = "zh"
	english language = "en"
)

// of picks a text.
func (l language) of(t *pb.Text) string {
	if l == chinese {
		return t.GetZh()
	}
	return t.GetEn()
}

// languageOf chooses the language before flags are read, since the flags' own help is in it: --lang, PLUMBLINE_LANG, the
// locale, in this order.
func languageOf(args []string, getenv func(string) string) language {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, ok := strings.CutPrefix(arg, "--lang="); ok {
			return language(v).orEnglish()
		}
		if arg == "--lang" && i+1 < len(args) {
			return language(args[i+1]).orEnglish()
		}
	}
	for _, name := range []string{"PLUMBLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return language(v).orEnglish()
		}
	}
	return english
}

// orEnglish takes a locale for its language.
func (l language) orEnglish() language {
	if strings.HasPrefix(strings.ToLower(string(l)), string(chinese)) {
		return chinese
	}
	return english
}

func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help", Short: a.say("显示子命令的帮助", "show the help of a command"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || target == cmd.Root() && len(rest) > 0 {
				return a.noCommand(cmd.Root(), args)
			}
			return target.Help()
		},
	}
}

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: a.say("输出命令行补全脚本", "print a script that completes the command line"),
		Example: a.say("  plumbline-agent completion bash > /etc/bash_completion.d/plumbline-agent   为所有用户启用 bash 补全",
			"  plumbline-agent completion bash > /etc/bash_completion.d/plumbline-agent   for all users of bash"),
		ValidArgs: shells, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.fail("请指定一种 shell：%s", "name one shell: %s", strings.Join(shells, ", "))
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
			return a.unknownName("shell", args[0], shells)
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: a.say("显示版本", "show the version"), Args: a.none, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Stdout, "plumbline-agent %s (%s %s/%s)\n", a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
