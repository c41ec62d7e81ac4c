// Package cli is the command plumbline-agent: it reads arguments, calls package agent and prints. It reads nothing of the host
// itself and judges nothing.
package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/program"
)

// Run runs the command with its arguments and gives its exit status.
func Run(ctx context.Context, args []string, sys program.System) int {
	return program.Run(ctx, "plumbline-agent", args, sys, own)
}

// own is what the agent has of its own.
func own(shared *program.App) *cobra.Command {
	a := &app{shared}
	a.Platforms = []baseline.Platform{{Name: linux.Driver{}.Describe().GetName(), Kind: baseline.Host}}
	root := &cobra.Command{
		Use:   a.Name,
		Short: a.Say("按安全基线检查本机", "judge this host against security baselines"),
		Long: a.Say("准绳：按书面安全基线检查本机或一个目录中的系统，只读，逐条给出实际值、要求值、依据的文件与行号及整改办法。",
			"Plumbline judges this host, or a system in a folder, against written security baselines. It only reads, and shows for each clause the actual\nvalue, the wanted one, the file and line, and the remedy."),
		Example: a.Example(`  {program} scan                      检查本机
  {program} scan --root /mnt/disk     检查挂载的磁盘
  {program} explain password.max_age  说明一项检查`,
			`  {program} scan                      judge this host
  {program} scan --root /mnt/disk     judge a mounted disk
  {program} explain password.max_age  say what a check is about`),
	}
	root.AddCommand(a.scanCommand(), a.factsCommand(), a.runCommand(), a.service().EnrolCommand(), a.service().StatusCommand())
	return root
}

// app is the command with what its parts share.
type app struct{ *program.App }

func (a *app) rootFlag(cmd *cobra.Command, root *string) {
	cmd.Flags().StringVar(root, "root", "", a.Say("读取`目录`中的系统（解开的镜像、挂载的磁盘），而不是本机", "read the system in `DIR` (an unpacked image, a mounted disk) instead of this host"))
	if err := cmd.MarkFlagDirname("root"); err != nil {
		panic(err)
	}
}
