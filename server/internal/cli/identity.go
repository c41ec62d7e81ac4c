package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server/enrol"
)

// identityLine is an agent or a collector as it is printed in JSON.
type identityLine struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Why      string    `json:"why,omitempty"`
	Renewals uint64    `json:"renewals"`
	Enrolled time.Time `json:"enrolled"`
	Expires  time.Time `json:"expires"`
}

func (a *app) identityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "identity", Short: a.Say("查看代理与采集器的身份，批准重新注册", "list agents and collectors; approve that one enrols anew"),
		Example: a.Example(`  {program} identity list --state quarantined   被隔离的身份
  {program} identity approve web1               批准 web1 重新注册`,
			`  {program} identity list --state quarantined   those that were seen twice
  {program} identity approve web1               let web1 enrol anew`),
		Args: cobra.ArbitraryArgs, RunE: a.NoCommand,
	}
	cmd.AddCommand(a.identityListCommand(), a.identityApproveCommand())
	return cmd
}

func (a *app) identityListCommand() *cobra.Command {
	var kind, state string
	kinds, states := []string{"agent", "collector"}, []string{string(enrol.Active), string(enrol.Quarantined), string(enrol.Revoked)}
	cmd := &cobra.Command{
		Use: "list", Short: a.Say("列出代理与采集器", "list agents and collectors"), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for flag, check := range map[string][]string{kind: kinds, state: states} {
				if flag != "" {
					if err := a.OneOf("--kind, --state", flag, check); err != nil {
						return err
					}
				}
			}
			if err := a.OneOf("--format", a.format, []string{tableFormat, jsonFormat}); err != nil {
				return err
			}
			e, end, err := a.enrolment(cmd)
			if err != nil {
				return err
			}
			defer end()
			all, err := e.Identities(cmd.Context())
			if err != nil {
				return err
			}
			var list []identityLine
			for _, i := range all {
				if kind != "" && string(i.Kind) != kind || state != "" && string(i.State) != state {
					continue
				}
				list = append(list, identityLine{i.Name, string(i.Kind), string(i.State), a.Lang.Of(i.Why), i.Renewals, i.EnrolledAt, i.NotAfter})
			}
			head := []string{a.Say("名称", "NAME"), a.Say("类型", "KIND"), a.Say("状态", "STATE"), a.Say("注册时间", "ENROLLED"), a.Say("证书有效至", "EXPIRES"), a.Say("原因", "WHY")}
			return write(a, list, head, func(i identityLine) []string {
				return []string{i.Name, i.Kind, i.State, when(i.Enrolled), when(i.Expires), i.Why}
			})
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", a.Say("只列 `agent` 或 collector", "only `agent` or collector"))
	cmd.Flags().StringVar(&state, "state", "", a.Say("只列该`状态`：active、quarantined、revoked", "only those in `STATE`: active, quarantined, revoked"))
	a.Fixed(cmd, "kind", kinds...)
	a.Fixed(cmd, "state", states...)
	return cmd
}

func (a *app) identityApproveCommand() *cobra.Command {
	var life time.Duration
	cmd := &cobra.Command{
		Use: "approve " + a.Say("名称", "NAME"), Short: a.Say("批准已有名称重新注册，签发一次性令牌", "approve that a known name enrols anew, with a one-time token"),
		Long: a.Say("用于重装、被隔离或被吊销的主机。旧身份在新身份注册时失效。",
			"For a host that was set up anew, quarantined or revoked. The former identity ends when the new one enrols."), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请给出一个名称", "name one agent or collector")
			}
			e, end, err := a.enrolment(cmd)
			if err != nil {
				return err
			}
			defer end()
			known, err := e.Identity(cmd.Context(), args[0])
			if err != nil {
				return a.Fail("没有名为 %s 的身份；首次注册请用 token", "there is no identity %s; for a newcomer use token", args[0])
			}
			line, t, err := e.IssueToken(cmd.Context(), enrol.TokenRequest{Name: known.Name, Kind: known.Kind, Replace: true, Life: life, By: operator()})
			if err != nil {
				return err
			}
			a.note(a.Say("有效至 %s", "good until %s", when(t.EndsAt)))
			_, err = fmt.Fprintln(a.Stdout, line)
			return err
		},
	}
	cmd.Flags().DurationVar(&life, "life", enrol.TokenLife, a.Say("令牌有效`时长`", "how long the token is good: `SPAN`"))
	a.PlainDefault(cmd, "life")
	return cmd
}
