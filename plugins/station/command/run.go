package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// Running is what a program says of its run command, and what it does.
type Running struct {
	// Short, Long and Example are the help, Once what the flag of that name does.
	Short, Long, Example, Once string
	// Sample is the configuration with everything explained.
	Sample string
	// Run runs by a configuration; check: it only looks whether it could; once: it scans now, and ends when all is delivered.
	Run func(ctx context.Context, config string, check, once bool) error
}

// RunCommand makes the command that is the service.
func (s *Service) RunCommand(r Running) *cobra.Command {
	var config string
	var check, sample, once bool
	cmd := &cobra.Command{
		Use: "run", Short: r.Short, Long: r.Long, Example: r.Example, Args: s.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sample {
				_, err := fmt.Fprint(s.Stdout, r.Sample)
				return err
			}
			return r.Run(cmd.Context(), config, check, once)
		},
	}
	f := cmd.Flags()
	s.ConfigFlag(cmd, &config)
	f.BoolVar(&check, "check", false, s.Say("只检查配置，并列出后续扫描时间", "only check the configuration and list the next scans"))
	f.BoolVar(&sample, "sample", false, s.Say("输出带注释的配置样例", "print a configuration with everything explained"))
	f.BoolVar(&once, "once", false, r.Once)
	cmd.MarkFlagsMutuallyExclusive("check", "sample", "once")
	return cmd
}
