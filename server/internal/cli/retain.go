package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server"
)

// retained is a rule with what it did, as it is printed in JSON.
type retained struct {
	Rule     string `json:"rule"`
	Zone     string `json:"zone"`
	KeepDays int    `json:"keep_days"`
	Removed  int64  `json:"removed"`
	DryRun   bool   `json:"dry_run"`
}

func (a *app) retainCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "retain", Short: a.Say("按留存规则清除旧快照的正文（服务器每天自动执行）", "remove bodies of old snapshots by the rules; a running server does it daily"),
		Long: a.Say(`规则写在配置的 retention 中，最短 183 天。被清除的快照保留编号、时间、摘要与结论；每个目标最新的快照与审计日志不会被清除。`,
			`The rules stand under retention in the configuration; none keeps less than 183 days. Of a removed snapshot remain its key, times, digest and outcomes;
the newest of a target and the audit log are never touched.`),
		Example: a.Example(`  {program} retain --dry-run    只显示将清除多少`, `  {program} retain --dry-run    say how many would go`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.settings()
			if err != nil {
				return err
			}
			if len(c.Retention) == 0 {
				a.note(a.Say("配置中没有留存规则，所有快照均保留", "the configuration has no retention rule: all snapshots are kept"))
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			done, err := server.Retain(cmd.Context(), s, c, operator(), dry)
			if err != nil {
				return err
			}
			list := make([]retained, len(done))
			for i, r := range done {
				list[i] = retained{r.Rule.Name, r.Rule.Zone, int(r.Rule.Keep.Hours() / 24), r.Removed, dry}
			}
			head := []string{a.Say("规则", "RULE"), a.Say("区域", "ZONE"), a.Say("保留天数", "DAYS"), a.Say("清除", "REMOVED")}
			if dry {
				head[3] = a.Say("将清除", "WOULD GO")
			}
			return write(a, list, head, func(r retained) []string {
				return []string{r.Rule, r.Zone, fmt.Sprint(r.KeepDays), fmt.Sprint(r.Removed)}
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.Say("只显示将清除什么", "say what would go, and remove nothing"))
	return cmd
}
