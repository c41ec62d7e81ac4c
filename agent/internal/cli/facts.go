package cli

import (
	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/program"
)

func (a *app) factsCommand() *cobra.Command {
	var root, format, name string
	cmd := &cobra.Command{
		Use: "facts", Short: a.Say("输出读到的事实，不作判断", "print the facts that were read, without judging"),
		Example: a.Example(`  {program} facts                       每行一条事实及其出处
  {program} facts --format json         供程序使用
  {program} facts --root /mnt/disk      读取一个目录中的系统`,
			`  {program} facts                       a fact a line, with where it was read
  {program} facts --format json         for programs
  {program} facts --root /mnt/disk      of a system in a folder`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.OneOf("--format", format, program.FactFormats); err != nil {
				return err
			}
			out, err := program.OpenOutput(name, a.Stdout)
			if err != nil {
				return err
			}
			defer out.Discard()
			p := a.showProgress()
			snapshot, err := agent.Scan(cmd.Context(), agent.Config{Driver: linux.Driver{}, Root: root, Version: a.Version, MaskKey: a.MaskKey(), Asked: p.ask})
			p.end()
			if err != nil {
				return err
			}
			if err := program.WriteFacts(out, format, snapshot.GetFacts()); err != nil {
				return err
			}
			return out.Commit()
		},
	}
	a.rootFlag(cmd, &root)
	a.OutputFlag(cmd, &name)
	a.FormatFlag(cmd, &format, program.FactFormats)
	return cmd
}
