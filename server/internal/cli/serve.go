package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server"
	"github.com/plumbline/plumbline/server/enrol"
)

func (a *app) serveCommand() *cobra.Command {
	var check, example bool
	cmd := &cobra.Command{
		Use: "serve", Short: a.Say("运行服务器", "run the server"),
		Long: a.Say(`打开数据库（首次运行时建立）、证书机构和两个端口：代理与采集器端口（TLS 1.3 双向认证），以及健康检查端口。
收到 SIGTERM 后停止接收，提交已收到的内容并退出；已确认的上报均已落盘。`,
			`Opens the database (made at the first run), the authority and two ports: that of agents and collectors (TLS 1.3, mutual), and that of health
and readiness. At SIGTERM it takes nothing more, commits what it has and ends; whatever it acknowledged is on disk.`),
		Example: a.Example(`  {program} serve --example > server.yaml    带注释的配置示例
  {program} serve --check --config server.yaml    只检查配置
  {program} serve --config server.yaml`,
			`  {program} serve --example > server.yaml    a sample configuration with comments
  {program} serve --check --config server.yaml    look at the configuration only
  {program} serve --config server.yaml`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if example {
				_, err := a.Stdout.Write(server.Sample)
				return err
			}
			c, err := a.settings()
			if err != nil {
				return err
			}
			if check {
				_, err := fmt.Fprintln(a.Stdout, a.Say("配置正确", "the configuration is right"))
				return err
			}
			s, err := server.Open(cmd.Context(), c, a.Now, a.Stderr, a.Version)
			if err != nil {
				return err
			}
			return s.Run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, a.Say("只检查配置，不运行", "look at the configuration and end"))
	cmd.Flags().BoolVar(&example, "example", false, a.Say("输出带注释的配置示例", "print a sample configuration with comments"))
	return cmd
}

// enrolment opens the authority over the server's database.
func (a *app) enrolment(cmd *cobra.Command) (*enrol.Service, func(), error) {
	c, err := a.settings()
	if err != nil {
		return nil, nil, err
	}
	s, err := server.OpenStore(cmd.Context(), c, a.Now)
	if err != nil {
		return nil, nil, err
	}
	end := func() { _ = s.Close() } // what was changed is committed
	e, err := server.OpenEnrolment(s, c, a.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		end()
		return nil, nil, err
	}
	return e, end, nil
}

func (a *app) tokenCommand() *cobra.Command {
	var kind string
	var replace bool
	var life time.Duration
	cmd := &cobra.Command{
		Use: "token " + a.Say("名称", "NAME"), Short: a.Say("为一个代理或采集器签发一次性注册令牌", "issue a one-time token with which an agent or a collector enrols"),
		Long: a.Say(`令牌只显示一次，只能以该名称使用一次，过期作废；其中带有服务器证书的指纹，注册时据此辨认服务器。
已有身份的名称须加 --replace，表示批准由另一台机器接替。`,
			`The token is shown once. It is good once, for this name, until it ends; it carries the fingerprint by which the newcomer knows the server.
A name that has an identity needs --replace: you approve that another machine takes it over.`),
		Example: a.Example(`  {program} token web1                     供主机 web1 的代理注册
  {program} token edge-1 --kind collector  供采集器注册`,
			`  {program} token web1                     for the agent of the host web1
  {program} token edge-1 --kind collector  for a collector`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请给出一个名称", "name one agent or collector")
			}
			if err := a.OneOf("--kind", kind, []string{string(identity.Agent), string(identity.Collector)}); err != nil {
				return err
			}
			e, end, err := a.enrolment(cmd)
			if err != nil {
				return err
			}
			defer end()
			line, t, err := e.IssueToken(cmd.Context(), enrol.TokenRequest{Name: args[0], Kind: identity.Kind(kind), Replace: replace, Life: life, By: operator()})
			if err != nil {
				return err
			}
			a.note(a.Say("有效至 %s", "good until %s", when(t.EndsAt)))
			_, err = fmt.Fprintln(a.Stdout, line)
			return err
		},
	}
	cmd.Flags().StringVar(&kind, "kind", string(identity.Agent), a.Say("`agent` 或 collector", "`agent` or collector"))
	a.PlainDefault(cmd, "kind")
	cmd.Flags().BoolVar(&replace, "replace", false, a.Say("批准接替已有的身份", "approve that an identity is taken over"))
	cmd.Flags().DurationVar(&life, "life", enrol.TokenLife, a.Say("有效`时长`", "how long it is good: `SPAN`"))
	a.PlainDefault(cmd, "life")
	a.Fixed(cmd, "kind", string(identity.Agent), string(identity.Collector))
	return cmd
}

func (a *app) revokeCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "revoke " + a.Say("名称", "NAME"), Short: a.Say("吊销一个代理或采集器的身份", "shut an agent or a collector out"),
		Example: a.Example(`  {program} revoke web1 --reason "主机下线"`, `  {program} revoke web1 --reason "host retired"`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || reason == "" {
				return a.Fail("请给出一个名称和 --reason", "name one agent or collector, and a --reason")
			}
			e, end, err := a.enrolment(cmd)
			if err != nil {
				return err
			}
			defer end()
			if err := e.Revoke(cmd.Context(), args[0], operator(), reason); err != nil {
				if errors.Is(err, enrol.ErrNotFound) {
					return a.Fail("没有名为 %s 的身份", "there is no identity %s", args[0])
				}
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("已吊销 %s；运行中的服务器会在数秒内断开其连接", "%s is revoked; running servers cut its connections within seconds", args[0]))
			return err
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", a.Say("吊销`原因`，写入审计日志", "why: `TEXT`, for the audit log"))
	return cmd
}

// note says something on standard error that stops nothing.
func (a *app) note(text string) {
	_, _ = a.Stderr.Write([]byte(text + "\n")) // whoever does not read it misses nothing that the output lacks
}
