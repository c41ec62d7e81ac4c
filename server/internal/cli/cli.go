// Package cli is the command plumbline-server: it reads arguments, calls package server or its store, and prints.
package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/server"
	"github.com/plumbline/plumbline/server/store"
)

// Run runs the command with its arguments and gives its exit status.
func Run(ctx context.Context, args []string, sys program.System) int {
	return program.Run(ctx, "plumbline-server", args, sys, own)
}

// own is what the server has of its own.
func own(shared *program.App) *cobra.Command {
	a := &app{App: shared}
	root := &cobra.Command{
		Use:   a.Name,
		Short: a.Say("汇总各代理和采集器的检查结果", "keep what agents and collectors find, and answer for it"),
		Long: a.Say(`准绳服务器：接收代理和采集器上报的快照，保存结果、历史与审计日志，供查询、比较和导出。
除 serve 外的子命令直接读写服务器的数据库，须在服务器所在主机上运行。`,
			`The server takes snapshots from agents and collectors, keeps findings, history and an audit log, and answers for them. Besides serve, its
commands work on the server's database itself and are run on the server's host.`),
		Example: a.Example(`  {program} findings --outcome fail             当前不符合的条目
  {program} diff --target core-sw-01            与上一次快照相比的变化
  {program} report ID --format xlsx -o r.xlsx   导出核查记录
  {program} audit --verify                      校验审计日志`,
			`  {program} findings --outcome fail             what fails now
  {program} diff --target core-sw-01            what changed since the snapshot before
  {program} report ID --format xlsx -o r.xlsx   export the record of an inspection
  {program} audit --verify                      verify the audit log`),
	}
	root.PersistentFlags().StringVar(&a.config, "config", "", a.Say("服务器配置`文件`（YAML），缺省取 %s", "the server's configuration: a YAML `FILE` (%s if not given)", "/etc/plumbline/server.yaml"))
	root.PersistentFlags().StringVar(&a.format, "format", tableFormat, a.Say("输出格式 `table|json`", "how to print: `table|json`"))
	root.PersistentFlags().Lookup("format").DefValue = ""
	root.AddCommand(
		a.serveCommand(),
		a.tokenCommand(),
		a.revokeCommand(),
		a.userCommand(),
		a.identityCommand(),
		a.secretCommand(),
		a.sweepCommand(),
		a.scheduleCommand(),
		a.snapshotCommand(),
		a.siteCommand(),
		a.findingsCommand(),
		a.snapshotsCommand(),
		a.diffCommand(),
		a.reportCommand(),
		a.targetsCommand(),
		a.targetCommand(),
		a.waiverCommand(),
		a.attestCommand(),
		a.scoreCommand(),
		a.rejudgeCommand(),
		a.auditCommand(),
		a.outletCommand(),
		a.bundleCommand(),
		a.verifyCommand(),
		a.evidenceCommand(),
		a.retainCommand(),
		a.backupCommand(),
		a.restoreCommand(),
	)
	return root
}

const (
	tableFormat = "table"
	jsonFormat  = "json"
	csvFormat   = "csv"
	// configFile is read if it is there and no other is named.
	configFile = "/etc/plumbline/server.yaml"
)

// app is the command with what its parts share.
type app struct {
	*program.App
	config, format string
}

// settings reads the configuration.
func (a *app) settings() (*server.Config, error) {
	name := a.config
	if name == "" {
		if _, err := os.Stat(configFile); err == nil {
			name = configFile
		}
	}
	return server.ReadConfig(name)
}

// store opens the server's database.
func (a *app) store(cmd *cobra.Command) (*store.Store, error) {
	return a.storeFor(cmd, tableFormat, jsonFormat)
}

// storeFor opens it for a command that prints in these formats.
func (a *app) storeFor(cmd *cobra.Command, formats ...string) (*store.Store, error) {
	if err := a.OneOf("--format", a.format, formats); err != nil {
		return nil, err
	}
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	return server.OpenStore(cmd.Context(), c, a.Now)
}

// operator is who the audit log names for what is done here: the system's user and, for root, the person who became it.
func operator() string {
	if os.Geteuid() == 0 {
		for _, name := range []string{os.Getenv("SUDO_USER"), os.Getenv("LOGNAME")} {
			if name != "" {
				return name
			}
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Geteuid())
}

// write writes rows as a table, or values as JSON: an object a line.
func write[T any](a *app, items []T, head []string, row func(T) []string) error {
	if a.format == jsonFormat {
		e := json.NewEncoder(a.Stdout)
		e.SetEscapeHTML(false)
		for _, item := range items {
			if err := e.Encode(item); err != nil {
				return err
			}
		}
		return nil
	}
	if a.format == csvFormat {
		return writeCSV(a.Stdout, items, head, row)
	}
	w := program.NewColumns(a.Stdout)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, item := range items {
		cells := row(item)
		for i := range cells {
			cells[i] = program.Cut(cells[i], 1<<10) // no control characters reach the terminal
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// writeCSV writes a row an item, with the mark that spreadsheets need to read Chinese; no cell becomes a formula.
func writeCSV[T any](to io.Writer, items []T, head []string, row func(T) []string) error {
	if _, err := io.WriteString(to, "\uFEFF"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	if err := w.Write(head); err != nil {
		return err
	}
	for _, item := range items {
		cells := row(item)
		for i, cell := range cells {
			cells[i] = program.Cut(cell, 1<<10)
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cells[i] = "'" + cells[i]
			}
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// all reads every page of a list, up to a limit.
func all[T any](limit int, page func(store.Page) ([]T, string, error)) ([]T, error) {
	var out []T
	after := ""
	for {
		found, next, err := page(store.Page{Limit: 1000, After: after})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
		if next == "" || limit > 0 && len(out) >= limit {
			break
		}
		after = next
	}
	if limit > 0 && len(out) > limit {
		out = slices.Clip(out[:limit])
	}
	return out, nil
}

// when prints a time, nothing for none.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}
