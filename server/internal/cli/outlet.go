package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server/outlet"
	"github.com/plumbline/plumbline/server/store"
)

// outletRow is how far an outlet has come, as it is printed in JSON.
type outletRow struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Error       string    `json:"error,omitempty"`
	Since       time.Time `json:"since,omitzero"`
	Behind      int64     `json:"behind"`
	Delivered   int64     `json:"delivered"`
	Refused     int64     `json:"refused"`
	Failed      int64     `json:"failed"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	Full        string    `json:"full,omitempty"`
	FullAsked   time.Time `json:"full_asked,omitzero"`
	FullEnded   time.Time `json:"full_ended,omitzero"`
}

func newOutletRow(o store.OutletState) outletRow {
	return outletRow{
		Name: o.Name, Kind: o.Kind, Error: o.Error, Since: o.Since, Behind: o.Behind, Delivered: o.Delivered, Refused: o.Refused, Failed: o.Failed,
		DeliveredAt: o.DeliveredAt, Full: o.Full.ID, FullAsked: o.Full.Asked, FullEnded: o.Full.Ended,
	}
}

func (a *app) outletCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "outlet", Short: a.Say("结果外送通道（SIEM 等）：状态、测试、补发、发送全部现状", "outlets such as a SIEM: how far each is; test, send again, send all that stands"),
		Example: a.Example(`  {program} outlet list                      各通道的发送状态
  {program} outlet test soc                  发送测试事件
  {program} outlet resend soc --since 24h    补发一天内的变化
  {program} outlet full soc                  发送全部现状`,
			`  {program} outlet list                      how far each has come
  {program} outlet test soc                  send a test event
  {program} outlet resend soc --since 24h    what changed within a day once more
  {program} outlet full soc                  all that stands`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.outletListCommand(), a.outletTestCommand(), a.outletResendCommand(), a.outletFullCommand())
	return cmd
}

func (a *app) outletListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.Say("列出通道及其发送状态", "list the outlets and how far each has come"),
		Example: a.Example(`  {program} outlet list    各通道的发送状态`, `  {program} outlet list    how far each has come`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := s.OutletStates(cmd.Context())
			if err != nil {
				return err
			}
			list := make([]outletRow, len(found))
			for i, o := range found {
				list[i] = newOutletRow(o)
			}
			head := []string{a.Say("通道", "OUTLET"), a.Say("类型", "KIND"), a.Say("状态", "STATE"), a.Say("自", "SINCE"), a.Say("待发", "WAITING"), a.Say("已送达", "DELIVERED"), a.Say("拒收", "REFUSED"), a.Say("最近错误", "ERROR")}
			return write(a, list, head, func(o outletRow) []string {
				state := a.Say("正常", "ok")
				if o.Error != "" {
					state = a.Say("失败", "failing")
				}
				return []string{o.Name, o.Kind, state, when(o.Since), fmt.Sprint(o.Behind), fmt.Sprint(o.Delivered), fmt.Sprint(o.Refused), o.Error}
			})
		},
	}
}

// oneOutlet is the name that was given.
func (a *app) oneOutlet(args []string) (string, error) {
	if len(args) != 1 {
		return "", a.Fail("请指定一个通道", "name one outlet")
	}
	return args[0], nil
}

func (a *app) outletTestCommand() *cobra.Command {
	return &cobra.Command{
		Use: "test " + a.Say("通道", "OUTLET"), Short: a.Say("立即发送一条测试事件，并报告对方是否收到", "send a test event now, and say whether the receiver has it"),
		Example: a.Example(`  {program} outlet test soc    对方是否收到`, `  {program} outlet test soc    does the receiver have it?`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := a.oneOutlet(args)
			if err != nil {
				return err
			}
			c, err := a.settings()
			if err != nil {
				return err
			}
			var one *outlet.Config
			for i := range c.Outlets {
				if c.Outlets[i].Name == name {
					one = &c.Outlets[i]
				}
			}
			if one == nil {
				return a.Fail("配置中没有名为 %s 的通道", "the configuration has no outlet %s", name)
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if _, err := s.Append(cmd.Context(), store.Entry{Actor: operator(), Action: "outlet.test", Object: name}); err != nil {
				return err
			}
			if err := one.Try(cmd.Context(), time.Now(), a.Version); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("%s 已收到测试事件", "%s has the test event", name))
			return err
		},
	}
}

func (a *app) outletResendCommand() *cobra.Command {
	var since time.Duration
	cmd := &cobra.Command{
		Use: "resend " + a.Say("通道", "OUTLET"), Short: a.Say("补发一段时间以来的变化，事件编号与首次相同", "send the changes of a span again, with the ids they had"),
		Example: a.Example(`  {program} outlet resend soc --since 24h    补发一天内的变化`, `  {program} outlet resend soc --since 24h    what changed within a day once more`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := a.oneOutlet(args)
			if err != nil {
				return err
			}
			if since <= 0 {
				return a.Fail("请用 --since 指定时段，如 24h", "say with --since how far back, like 24h")
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			from := time.Now().Add(-since)
			n, err := s.ResendOutlet(cmd.Context(), store.Entry{Actor: operator(), Action: "outlet.resend", Object: name, Detail: fmt.Sprintf(`{"since":%q}`, from.UTC().Format(time.RFC3339))}, name, from)
			if errors.Is(err, store.ErrNotFound) {
				return a.noOutlet(name)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("%s 将补发 %d 个快照的变化", "%s gets the changes of %d snapshots again", name, n))
			return err
		},
	}
	cmd.Flags().DurationVar(&since, "since", 0, a.Say("补发此`时段`内的变化，最多 30 天", "how far back: `SPAN`, 30 days at the most"))
	cmd.Flags().Lookup("since").DefValue = ""
	return cmd
}

func (a *app) noOutlet(name string) error {
	return a.Fail("没有名为 %s 的通道；它在服务器首次以该配置运行时建立", "there is no outlet %s; it is made when the server first runs with it", name)
}

func (a *app) outletFullCommand() *cobra.Command {
	return &cobra.Command{
		Use: "full " + a.Say("通道", "OUTLET"), Short: a.Say("发送全部现状，以一条汇总事件结束", "send all that stands, ended by a summary"),
		Example: a.Example(`  {program} outlet full soc    发送全部现状`, `  {program} outlet full soc    all that stands`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := a.oneOutlet(args)
			if err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			run := outlet.NewRun()
			err = s.AskFull(cmd.Context(), store.Entry{Actor: operator(), Action: "outlet.full", Object: name, Detail: fmt.Sprintf(`{"run":%q}`, run)}, name, run)
			switch {
			case errors.Is(err, store.ErrNotFound):
				return a.noOutlet(name)
			case errors.Is(err, store.ErrConflict):
				return a.Fail("%s 正在发送全部现状", "%s is sending all that stands already", name)
			case err != nil:
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("%s 将发送全部现状，批次 %s", "%s sends all that stands, run %s", name, run))
			return err
		},
	}
}
