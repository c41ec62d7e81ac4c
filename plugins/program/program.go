// Package program is what the command lines of Plumbline's programs share: languages, help, errors that say what was meant, the flags
// that choose baselines, checks, sites and reports, and the commands that explain them. What is said is said in Chinese or in English.
//
// It reaches no target and judges nothing itself, and writes no file but the one that --output names.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The exit statuses.
const (
	// ExitFine means that nothing which --fail-on names was found.
	ExitFine = 0
	// ExitFound means that something was.
	ExitFound = 1
	// ExitError means that the work could not be done.
	ExitError = 2
	// ExitMissed means that some target was not questioned, whatever was found on the others.
	ExitMissed = 3
)

// ErrFound says that a scan found what --fail-on names. The report has said what.
var ErrFound = errors.New("found")

// ErrMissed says that some target was not questioned. The report has said which and why.
var ErrMissed = errors.New("missed")

// System is what a program has of the world.
type System struct {
	Stdout, Stderr io.Writer
	// Getenv reads the environment: PLUMBLINE_LANG, LC_ALL, LC_MESSAGES, LANG, NO_COLOR.
	Getenv func(string) string
	// Version of the program.
	Version string
	// Now is the clock; the ordinary one if unset.
	Now func() time.Time
}

// Run runs the program's command with its arguments and gives its exit status. When ctx ends it stops, leaves no half file and
// gives 2.
func Run(ctx context.Context, name string, args []string, sys System, own func(*App) *cobra.Command) int {
	if sys.Now == nil {
		sys.Now = time.Now
	}
	a := &App{System: sys, Name: name, Lang: languageOf(args, sys.Getenv), Checks: all.List()}
	root := a.Command(own)
	root.SetArgs(args)
	root.SetOut(sys.Stdout)
	root.SetErr(sys.Stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return ExitFine
	case errors.Is(err, ErrFound):
		return ExitFound
	case errors.Is(err, ErrMissed):
		return ExitMissed
	case ctx.Err() != nil:
		err = a.Fail("已中断", "interrupted")
	}
	fmt.Fprintf(sys.Stderr, "%s: %s\n", name, a.ErrorText(err))
	return ExitError
}

// App is a program's command line with what its parts share.
type App struct {
	System
	// Name of the program, e.g. "plumbline-agent".
	Name   string
	Lang   Language
	Checks []*checks.Check
	// Platforms are those for which coverage is stated.
	Platforms []baseline.Platform
}

// Say picks the words in the command's language.
func (a *App) Say(zh, en string, args ...any) string { return a.Lang.Of(checks.Say(zh, en, args...)) }

// Fail is an error in the command's language.
func (a *App) Fail(zh, en string, args ...any) error { return errors.New(a.Say(zh, en, args...)) }

// ErrorText says an error in the command's language, if it can be said in both.
func (a *App) ErrorText(err error) string {
	var both interface{ Say() *pb.Text }
	if errors.As(err, &both) {
		return a.Lang.Of(both.Say())
	}
	return err.Error()
}

// Example is text for a command's examples: {program} stands for the program's name.
func (a *App) Example(zh, en string) string {
	return strings.ReplaceAll(a.Lang.Of(&pb.Text{Zh: zh, En: en}), "{program}", a.Name)
}

// Command gives the root command: what the program has of its own comes first, then what every program has.
func (a *App) Command(own func(*App) *cobra.Command) *cobra.Command {
	root := own(a)
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions = cobra.CompletionOptions{DisableDefaultCmd: true}
	root.Args, root.RunE = cobra.ArbitraryArgs, a.NoCommand
	root.PersistentFlags().String("lang", "", a.Say("语言：`zh` 或 en；缺省取自 PLUMBLINE_LANG 或系统区域设置", "language: `zh` or en; default from PLUMBLINE_LANG or the locale"))
	root.PersistentFlags().BoolP("help", "h", false, a.Say("显示帮助", "show this help"))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		given, _ := cmd.Flags().GetString("lang")
		if given != "" && given != string(Chinese) && given != string(English) {
			return a.Fail("--lang 只能是 zh 或 en，不能是 %q", "--lang is zh or en, not %q", given)
		}
		return nil
	}
	a.Fixed(root, "lang", string(Chinese), string(English))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { fmt.Fprint(a.Stdout, a.help(cmd)) })
	root.SetFlagErrorFunc(a.flagError)
	root.AddCommand(a.explainCommand(), a.baselinesCommand(), a.coverageCommand(), a.completionCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	return root
}

// NoCommand answers a command line without a subcommand, or with one that there is not.
func (a *App) NoCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return a.UnknownName(checks.Say("子命令", "command"), args[0], names)
}

// UnknownName says that there is no such thing, and what may have been meant.
func (a *App) UnknownName(what any, name string, known []string) error {
	near := closest(name, known)
	if len(near) == 0 {
		return a.Fail("没有%s %q（运行 %s --help 查看用法）", "there is no %s %q (%s --help says what there is)", what, name, a.Name)
	}
	return a.Fail("没有%s %q；是否想用：%s", "there is no %s %q; did you mean: %s", what, name, strings.Join(near, ", "))
}

// flagError says in the command's language what is wrong with a flag.
func (a *App) flagError(cmd *cobra.Command, err error) error {
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
		return a.UnknownName(checks.Say("参数", "flag"), dashes+absent.GetSpecifiedName(), names)
	case errors.As(err, &empty):
		return a.Fail("参数 --%s 缺少取值", "flag --%s lacks its value", empty.GetFlag().Name)
	case errors.As(err, &invalid):
		return a.Fail("参数 --%s 的取值 %q 不正确：%v", "flag --%s: %q will not do: %v", invalid.GetFlag().Name, invalid.GetValue(), invalid.Unwrap())
	}
	return err
}

// None refuses arguments that are no flags.
func (a *App) None(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return a.Fail("%s 不接受参数 %q", "%s takes no argument %q", cmd.Name(), args[0])
	}
	return nil
}

// Fixed offers the values of a flag to the shell.
func (a *App) Fixed(cmd *cobra.Command, flag string, values ...string) {
	// It fails only for a flag that the command does not have, which the tests of every command would show.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}
