// Package cli is the command plumbline-agent: it reads arguments, calls package agent and prints. What it says is said in
// Chinese or in English. It reads nothing of the host itself, judges nothing, and writes no file but the one that
// --output names.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
)

// The exit statuses.
const (
	exitFine  = 0
	exitFound = 1
	exitError = 2
)

// errFound says that a scan found what --fail-on names. The report has said what.
var errFound = errors.New("found")

// System is what the command has of the world.
type System struct {
	Stdout, Stderr io.Writer
	// Getenv reads the environment: PLUMBLINE_LANG, LC_ALL, LC_MESSAGES, LANG, NO_COLOR.
	Getenv func(string) string
	// Version of the program.
	Version string
}

// Run runs the command with its arguments and gives its exit status. When ctx ends it stops, leaves no half file and
// gives 2.
func Run(ctx context.Context, args []string, sys System) int {
	l := languageOf(args, sys.Getenv)
	a := &app{System: sys, lang: l, checks: all.List()}
	root := a.command()
	root.SetArgs(args)
	root.SetOut(sys.Stdout)
	root.SetErr(sys.Stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFound):
		return exitFound
	case ctx.Err() != nil:
		err = a.fail("已中断", "interrupted")
	}
	fmt.Fprintf(sys.Stderr, "plumbline-agent: %v\n", err)
	return exitError
}

// app is the command with what its parts share.
type app struct {
	System
	lang   language
	checks []*checks.Check
}

// say picks the words in the command's language.
func (a *app) say(zh, en string, args ...any) string { return a.lang.of(checks.Say(zh, en, args...)) }

// fail is an error in the command's language.
func (a *app) fail(zh, en string, args ...any) error { return errors.New(a.say(zh, en, args...)) }

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "plumbline-agent",
		Short: a.say("按安全基线检查本机", "judge this host against security baselines"),
		Long: a.say("准绳：按书面安全基线检查本机或一个目录中的系统，只读，逐条给出实际值、要求值、依据的文件与行号及整改办法。",
			"Plumbline judges this host, or a system in a folder, against written security baselines. It only reads, and shows for each clause the actual\nvalue, the wanted one, the file and line, and the remedy."),
		Example: a.say(`  plumbline-agent scan                      检查本机
  plumbline-agent scan --root /mnt/disk     检查挂载的磁盘
  plumbline-agent explain password.max_age  说明一项检查`,
			`  plumbline-agent scan                      judge this host
  plumbline-agent scan --root /mnt/disk     judge a mounted disk
  plumbline-agent explain password.max_age  say what a check is about`),
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE:              a.noCommand,
	}
	root.PersistentFlags().String("lang", "", a.say("语言：`zh` 或 en；缺省取自 PLUMBLINE_LANG 或系统区域设置", "language: `zh` or en; default from PLUMBLINE_LANG or the locale"))
	root.PersistentFlags().BoolP("help", "h", false, a.say("显示帮助", "show this help"))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		given, _ := cmd.Flags().GetString("lang")
		if given != "" && given != string(chinese) && given != string(english) {
			return a.fail("--lang 只能是 zh 或 en，不能是 %q", "--lang is zh or en, not %q", given)
		}
		return nil
	}
	a.fixed(root, "lang", string(chinese), string(english))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { fmt.Fprint(a.Stdout, a.help(cmd)) })
	root.SetFlagErrorFunc(a.flagError)
	root.AddCommand(a.scanCommand(), a.factsCommand(), a.explainCommand(), a.baselinesCommand(), a.coverageCommand(), a.completionCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	return root
}

// noCommand answers a command line without a subcommand, or with one that there is not.
func (a *app) noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return a.unknownName(checks.Say("子命令", "command"), args[0], names)
}

// unknownName says that there is no such thing, and what may have been meant.
func (a *app) unknownName(what any, name string, known []string) error {
	near := closest(name, known)
	if len(near) == 0 {
		return a.fail("没有%s %q（运行 plumbline-agent --help 查看用法）", "there is no %s %q (plumbline-agent --help says what there is)", what, name)
	}
	return a.fail("没有%s %q；是否想用：%s", "there is no %s %q; did you mean: %s", what, name, strings.Join(near, ", "))
}

// flagError says in the command's language what is wrong with a flag.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	var absent *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &absent):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		dashes := "--"
		if absent.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return a.unknownName(checks.Say("参数", "flag"), dashes+absent.GetSpecifiedName(), names)
	case errors.As(err, &empty):
		return a.fail("参数 --%s 缺少取值", "flag --%s lacks its value", empty.GetFlag().Name)
	case errors.As(err, &invalid):
		return a.fail("参数 --%s 的取值 %q 不正确：%v", "flag --%s: %q will not do: %v", invalid.GetFlag().Name, invalid.GetValue(), invalid.Unwrap())
	}
	return err
}

// none refuses arguments that are no flags.
func (a *app) none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return a.fail("%s 不接受参数 %q", "%s takes no argument %q", cmd.Name(), args[0])
	}
	return nil
}

// fixed offers the values of a flag to the shell.
func (a *app) fixed(cmd *cobra.Command, flag string, values ...string) {
	// It fails only for a flag that the command does not have, which the tests of every command would show.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}
