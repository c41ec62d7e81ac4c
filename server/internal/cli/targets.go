package cli

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
)

// target is where a target stands, as it is printed in JSON.
type target struct {
	ID      string    `json:"id"`
	Zone    string    `json:"zone"`
	Listed  bool      `json:"listed"`
	At      time.Time `json:"at"`
	ReadAt  time.Time `json:"read_at"`
	Fail    int64     `json:"fail"`
	Unknown int64     `json:"unknown"`
	Pass    int64     `json:"pass"`
}

func (a *app) targetsCommand() *cobra.Command {
	var zone string
	var stale time.Duration
	var limit int
	cmd := &cobra.Command{
		Use: "targets", Short: a.Say("列出目标的现状，不符合最多的在前；或久未读取的目标", "list where targets stand, the worst first; or those that were not read for long"),
		Example: a.Example(`  {program} targets --limit 20     问题最多的目标
  {program} targets --stale 48h    两天未成功读取的目标，含从未读取的`,
			`  {program} targets --limit 20     the worst
  {program} targets --stale 48h    not read for two days, or never`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			var found []store.TargetState
			if stale > 0 {
				found, err = all(limit, func(p store.Page) ([]store.TargetState, string, error) {
					return s.Stale(cmd.Context(), a.Now().Add(-stale), p)
				})
			} else {
				found, err = s.Worst(cmd.Context(), cmp.Or(zone, store.AllZones), limit)
			}
			if err != nil {
				return err
			}
			list := make([]target, len(found))
			for i, t := range found {
				list[i] = target{ID: t.Target, Zone: t.Zone, Listed: t.Listed, At: t.At, ReadAt: t.ReadAt, Fail: t.Tally.Failed, Unknown: t.Tally.Unknown, Pass: t.Tally.Passed}
			}
			head := []string{a.Say("目标", "TARGET"), a.Say("区域", "ZONE"), a.Say("最近读取", "LAST READ"), a.Say("不符合", "FAIL"), a.Say("未知", "UNKNOWN"), a.Say("符合", "PASS")}
			return write(a, list, head, func(t target) []string {
				read := when(t.ReadAt)
				if t.ReadAt.IsZero() {
					read = a.Say("从未", "never")
				}
				return []string{t.ID, t.Zone, read, fmt.Sprint(t.Fail), fmt.Sprint(t.Unknown), fmt.Sprint(t.Pass)}
			})
		},
	}
	cmd.Flags().StringVar(&zone, "zone", "", a.Say("只列该`区域`", "only those of `ZONE`"))
	cmd.Flags().DurationVar(&stale, "stale", 0, a.Say("只列这么`久`未成功读取的目标", "only those not read for `SPAN`"))
	cmd.Flags().Lookup("stale").DefValue = ""
	cmd.Flags().IntVar(&limit, "limit", 100, a.Say("最多列出`几`个", "list `N` at the most"))
	a.PlainDefault(cmd, "limit")
	return cmd
}

// auditHead is the end of the log as it is printed in JSON: kept elsewhere, it shows later that nothing was cut off.
type auditHead struct {
	N      int64  `json:"n"`
	SHA256 string `json:"sha256"`
}

func (a *app) auditCommand() *cobra.Command {
	var verify bool
	var limit int
	cmd := &cobra.Command{
		Use: "audit", Short: a.Say("列出或校验审计日志", "list or verify the audit log"),
		Example: a.Example(`  {program} audit --limit 50     最近的记录
  {program} audit --limit 0 --format json > audit.jsonl   导出全部
  {program} audit --verify       逐条校验哈希链，输出末端，可另行保存以备比对`,
			`  {program} audit --limit 50     the latest records
  {program} audit --limit 0 --format json > audit.jsonl   all of it
  {program} audit --verify       verify the chain of hashes, and print its head to be kept elsewhere`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if verify {
				head, err := s.Verify(cmd.Context())
				if err != nil {
					return err
				}
				if a.format == jsonFormat {
					return write(a, []auditHead{{head.N, fmt.Sprintf("%x", head.Hash)}}, nil, nil)
				}
				_, err = fmt.Fprintln(a.Stdout, a.Say("审计日志完整，共 %d 条，末端 %x", "the audit log is whole: %d records, head %x", head.N, head.Hash))
				return err
			}
			found, err := all(limit, func(p store.Page) ([]store.Record, string, error) {
				return s.Records(cmd.Context(), store.AuditFilter{}, p)
			})
			if err != nil {
				return err
			}
			head := []string{a.Say("序号", "NO"), a.Say("时间", "AT"), a.Say("操作者", "ACTOR"), a.Say("操作", "ACTION"), a.Say("对象", "OBJECT"), a.Say("结果", "OUTCOME")}
			return write(a, found, head, func(r store.Record) []string {
				return []string{fmt.Sprint(r.N), when(r.At), r.Actor, r.Action, r.Object, r.Outcome}
			})
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, a.Say("校验整个日志", "verify all of it"))
	cmd.Flags().IntVar(&limit, "limit", 50, a.Say("最多列出`几`条，0 为全部", "list `N` at the most; 0 for all"))
	a.PlainDefault(cmd, "limit")
	return cmd
}

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup " + a.Say("文件", "FILE"), Short: a.Say("备份内嵌数据库（服务器可在运行中）", "back up the embedded database, while the server runs"),
		Long: a.Say("写出一份完整的数据库副本，文件不得已存在。使用 PostgreSQL 时请用其自身的备份工具。",
			"Writes a whole copy of the database to a file that does not exist yet. Where the database is PostgreSQL use its own tools."),
		Example: a.Example("  {program} backup /backup/plumbline-$(date +%F).db   按日期命名", "  {program} backup /backup/plumbline-$(date +%F).db   named by the date"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请指定备份文件", "name the file to write")
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			return s.Backup(cmd.Context(), args[0])
		},
	}
}

func (a *app) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore " + a.Say("文件", "FILE"), Short: a.Say("以备份恢复内嵌数据库（服务器须停止）", "put a backup in the place of the embedded database; the server must not run"),
		Long: a.Say("恢复之前须移走原数据库文件。恢复后代理和采集器会重新上报备份之后的结果。",
			"Move the old database file away first. Afterwards agents and collectors send again what came after the backup."),
		Example: a.Example("  {program} restore /backup/plumbline-2026-03-02.db   恢复某日备份", "  {program} restore /backup/plumbline-2026-03-02.db   that day's"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请指定备份文件", "name the backup")
			}
			c, err := a.settings()
			if err != nil {
				return err
			}
			if c.DatabaseFile() == "" {
				return a.Fail("数据库为 PostgreSQL，请用其自身的工具恢复", "the database is PostgreSQL: restore it with its own tools")
			}
			return sqlite.Restore(cmd.Context(), args[0], c.DatabaseFile(), store.Entry{Actor: operator(), Action: "store.restore", Object: args[0]}, a.Now)
		},
	}
}
