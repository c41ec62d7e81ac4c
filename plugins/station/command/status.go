package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
)

var statusFormats = []string{"table", "json"}

// StatusCommand is the command that shows how the service stands.
func (s *Service) StatusCommand() *cobra.Command {
	var config, format string
	cmd := &cobra.Command{
		Use: "status", Short: s.Say("显示服务的状态：上次与下次扫描、待送数量", "show how the service stands: last and next scan, what waits"),
		Long: s.Say(`显示上次扫描、下次扫描、各送达通道的待送数量与最近的错误。

退出码：0 正常；1 未运行、扫描失败、缓存已满或送达失败；2 没有状态可读。`,
			`Shows the last scan, the next one, and for each sink what waits and why delivering fails.

Exit status: 0 all is well, 1 it does not run, a scan failed, a spool is full or delivering fails, 2 there is no status to read.`),
		Args: s.None, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error { return s.status(config, format) },
	}
	s.ConfigFlag(cmd, &config)
	s.FormatFlag(cmd, &format, statusFormats)
	return cmd
}

func (s *Service) status(config, format string) error {
	if err := s.OneOf("--format", format, statusFormats); err != nil {
		return err
	}
	c, err := s.Load(config)
	if err != nil {
		return err
	}
	st, err := station.ReadStatus(c.StateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return s.Fail("%s 中没有状态：%s 从未运行", "there is no status in %s: the %s never ran", c.StateDir, string(s.Kind))
	}
	if err != nil {
		return err
	}
	running, err := station.Running(c.StateDir)
	if err != nil {
		return err
	}
	if format == "json" {
		out := json.NewEncoder(s.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(struct {
			Running bool `json:"running"`
			*station.Status
		}{running, st})
	} else {
		_, err = fmt.Fprint(s.Stdout, s.statusTable(st, running))
	}
	if err == nil && (!running || st.Amiss()) {
		return program.ErrFound
	}
	return err
}

func (s *Service) statusTable(st *station.Status, running bool) string {
	var b strings.Builder
	line := func(zh, en string, args ...any) { fmt.Fprintln(&b, s.Say(zh, en, args...)) }
	if running {
		line("服务：  运行中，自 %s，版本 %s", "service:   runs since %s, version %s", when(st.Started), st.Program)
	} else {
		line("服务：  未运行（状态更新于 %s）", "service:   does not run (status of %s)", when(st.Updated))
	}
	if s.Kind == identity.Agent {
		line("目标：  %s", "target:    %s", st.Target)
	} else {
		line("名称：  %s", "name:      %s", st.Target)
	}
	line("上次扫描：%s", "last scan: %s", s.lastScan(st.Last))
	if n := s.targets(st.Last); n != "" {
		line("          %s", "           %s", n)
	}
	if st.Next.IsZero() || !running {
		line("下次扫描：-", "next scan: -")
	} else {
		line("下次扫描：%s", "next scan: %s", when(st.Next))
	}
	if o := st.Orders; o != nil && running {
		switch {
		case o.None:
			line("任务：  服务器不下达任务", "orders:    the server gives none")
		case o.Error != "":
			line("任务：  连接中断：%s", "orders:    no line: %s", o.Error)
		default:
			line("任务：  连接正常，处理中 %d 个", "orders:    the line is open, %d at work", len(o.Working))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.Waiting)) {
		line("扫描已停：通道 %s 的缓存无法写入：%s", "SCANNING HAS STOPPED: the spool of %s takes nothing: %s", name, st.Waiting[name])
	}
	line("\n通道                待送  缓存占用             送达", "\nSINK             WAITING  SPOOL                DELIVERING")
	for _, k := range st.Sinks {
		fmt.Fprintf(&b, "%-16s %7d  %-20s %s\n", k.Name, k.Depth, megabytes(k.Bytes)+"/"+megabytes(k.Quota)+" MiB", s.delivering(k))
	}
	return b.String()
}

func (s *Service) lastScan(last *station.Scan) string {
	switch {
	case last == nil:
		return "-"
	case last.Finished.IsZero():
		return s.Say("%s 开始，尚未完成", "begun %s, not over", when(last.Started))
	case last.Error != "":
		return s.Say("%s 失败：%s", "%s, failed: %s", when(last.Finished), sink.Clean(last.Error))
	}
	return s.Say("%s，符合 %d、不符合 %d、无法判断 %d、不适用 %d", "%s: %d pass, %d fail, %d unknown, %d not applicable",
		when(last.Finished), last.Findings["pass"], last.Findings["fail"], last.Findings["unknown"], last.Findings["not_applicable"])
}

// targets says how the targets of a scan ended, where it has several.
func (s *Service) targets(last *station.Scan) string {
	if s.Kind == identity.Agent || last == nil {
		return ""
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(last.Targets)) {
		parts = append(parts, fmt.Sprintf("%s %d", state, last.Targets[state]))
	}
	return strings.Join(parts, ", ")
}

func (s *Service) delivering(k station.SinkStatus) string {
	var parts []string
	say := func(zh, en string, args ...any) { parts = append(parts, s.Say(zh, en, args...)) }
	if !k.Full.IsZero() {
		say("缓存已满，自 %s", "spool full since %s", when(k.Full))
	}
	if k.Error != "" {
		say("失败（%s）：%s", "fails (%s): %s", when(k.ErrorAt), sink.Clean(k.Error))
	}
	if k.Refused > 0 {
		say("被拒收 %d 份", "%d refused", k.Refused)
	}
	if k.Damaged > 0 {
		say("损坏 %d 份", "%d damaged", k.Damaged)
	}
	if len(parts) == 0 {
		say("正常", "well")
	}
	return strings.Join(parts, s.Say("；", "; "))
}

func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 -0700") }

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
