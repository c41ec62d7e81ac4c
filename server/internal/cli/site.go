package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/server/store"
)

func (a *app) siteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "site", Short: a.Say("管理场所信息（管理网段、日志与时间服务器、各角色端口等）", "keep the site file: management networks, log and time servers, ports by role"),
		Long: a.Say("场所信息只需填写一次，随任务下发给代理和采集器，并在由其决定的结论中引用；缺失的内容列为待答问题。每次修改保留为一个版本。",
			"The site file is stated once, travels in orders to agents and collectors and is quoted in every verdict that it decides; what it lacks becomes a question. Each change is a version."),
		Example: a.Example(`  {program} site check site.yaml     校验并列出待答问题
  {program} site put site.yaml
  {program} site show > site.yaml    取出最新版本`,
			`  {program} site check site.yaml     validate it, and list what it does not answer
  {program} site put site.yaml
  {program} site show > site.yaml    the newest version`),
		Args: cobra.ArbitraryArgs, RunE: a.NoCommand,
	}
	cmd.AddCommand(a.siteShowCommand(), a.sitePutCommand(), a.siteHistoryCommand(), a.siteCheckCommand())
	return cmd
}

// parseSite reads a site file; what is wrong is said a line each.
func (a *app) parseSite(name, text string) (*site.Site, error) {
	s, err := site.Parse(name, []byte(text))
	problems := site.Problems(err)
	if err == nil || len(problems) == 0 {
		return s, err
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = a.Lang.Of(p.Say())
	}
	return nil, errors.New(strings.Join(lines, "\n"))
}

func (a *app) siteShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show " + a.Say("[版本]", "[VERSION]"), Short: a.Say("输出场所信息，缺省为最新版本", "print the site file, the newest version if none is named"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			var version int64
			if len(args) > 0 {
				var err error
				if version, err = strconv.ParseInt(args[0], 10, 64); err != nil || version < 1 || len(args) > 1 {
					return a.Fail("请给出一个版本号", "name one version by its number")
				}
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			kept, err := s.Site(cmd.Context(), version)
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("没有该版本；site history 列出各版本", "there is no such version; site history lists them")
			}
			if err != nil {
				return err
			}
			if a.format == jsonFormat {
				return write(a, []siteVersion{newSiteVersion(kept, true)}, nil, nil)
			}
			a.note(a.Say("版本 %d，%s 于 %s", "version %d, by %s, %s", kept.Version, kept.Author, when(kept.At)))
			_, err = fmt.Fprint(a.Stdout, kept.Text)
			return err
		},
	}
}

func (a *app) sitePutCommand() *cobra.Command {
	var based int64
	cmd := &cobra.Command{
		Use: "put " + a.Say("文件", "FILE"), Short: a.Say("校验并保存为新版本", "validate a site file and keep it as the newest version"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请给出一个文件", "name one file")
			}
			text, err := a.readSite(args[0])
			if err != nil {
				return err
			}
			stated, err := a.parseSite(args[0], text)
			if err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if !cmd.Flags().Changed("based") {
				newest, err := s.Site(cmd.Context(), 0)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				based = newest.Version
			}
			kept, err := s.PutSite(cmd.Context(), store.Entry{Actor: operator(), Action: "site.put", Object: args[0]}, text, based)
			if errors.Is(err, store.ErrConflict) {
				return a.Fail("版本 %d 之后已有新版本，请取出（site show）合并后再保存", "there is a newer version than %d: take it (site show), merge, and put again", based)
			}
			if err != nil {
				return err
			}
			a.questions(stated)
			return write(a, []siteVersion{newSiteVersion(kept, false)}, a.siteHead(), siteRow)
		},
	}
	cmd.Flags().Int64Var(&based, "based", 0, a.Say("所修改的`版本`，其后已有新版本则拒绝；缺省为最新", "the `VERSION` that it was made from: refused if there is a newer one; the newest if not given"))
	cmd.Flags().Lookup("based").DefValue = ""
	return cmd
}

// questions says on standard error what the site does not answer.
func (a *app) questions(s *site.Site) {
	missing := s.Missing()
	if len(missing) == 0 {
		return
	}
	a.note(a.Say("尚未填写的内容（相关条款无法判断）：", "not stated, so that clauses which rest on it cannot be judged:"))
	for _, q := range missing {
		a.note("  " + q.Key + ": " + a.Lang.Of(q.Text))
	}
}

// siteVersion is a version as it is printed in JSON.
type siteVersion struct {
	Version int64     `json:"version"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
	SHA256  string    `json:"sha256"`
	Text    string    `json:"text,omitempty"`
}

func newSiteVersion(s store.Site, whole bool) siteVersion {
	out := siteVersion{Version: s.Version, Author: s.Author, At: s.At, SHA256: s.SHA256}
	if whole {
		out.Text = s.Text
	}
	return out
}

func (a *app) siteHead() []string {
	return []string{a.Say("版本", "VERSION"), a.Say("修改者", "AUTHOR"), a.Say("时间", "AT"), "SHA-256"}
}

func siteRow(s siteVersion) []string {
	return []string{fmt.Sprint(s.Version), s.Author, when(s.At), s.SHA256[:min(len(s.SHA256), 16)]}
}

func (a *app) siteHistoryCommand() *cobra.Command {
	return &cobra.Command{
		Use: "history", Short: a.Say("列出各版本，最新的在前", "list the versions, the newest first"), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			kept, err := s.Sites(cmd.Context())
			if err != nil {
				return err
			}
			list := make([]siteVersion, len(kept))
			for i, k := range kept {
				list[i] = newSiteVersion(k, false)
			}
			return write(a, list, a.siteHead(), siteRow)
		},
	}
}

func (a *app) siteCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check " + a.Say("[文件]", "[FILE]"), Short: a.Say("校验文件（缺省为已保存的最新版本）并列出待答问题", "validate a file, or the newest version kept, and list what it does not answer"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "site"
			var text string
			switch len(args) {
			case 0:
				s, err := a.store(cmd)
				if err != nil {
					return err
				}
				defer s.Close()
				kept, err := s.Site(cmd.Context(), 0)
				if errors.Is(err, store.ErrNotFound) {
					a.note(a.Say("尚未保存场所信息", "no site file is kept yet"))
				} else if err != nil {
					return err
				}
				text = kept.Text
			case 1:
				var err error
				if text, err = a.readSite(args[0]); err != nil {
					return err
				}
				name = args[0]
			default:
				return a.Fail("请给出一个文件", "name one file")
			}
			stated, err := a.parseSite(name, text)
			if err != nil {
				return err
			}
			missing := stated.Missing()
			type question struct {
				Key      string `json:"key"`
				Question string `json:"question"`
			}
			list := make([]question, len(missing))
			for i, q := range missing {
				list[i] = question{q.Key, a.Lang.Of(q.Text)}
			}
			a.note(a.Say("内容有效，待答问题 %d 个", "it is valid; %d questions are open", len(list)))
			return write(a, list, []string{a.Say("键", "KEY"), a.Say("问题", "QUESTION")}, func(q question) []string { return []string{q.Key, q.Question} })
		},
	}
}

// readSite reads a site file; agents and collectors take no longer one.
func (a *app) readSite(name string) (string, error) {
	files, _, err := readInventories([]string{name})
	if err != nil {
		return "", err
	}
	if len(files[0].Data) > store.MaxSite {
		return "", a.Fail("%s 超过 %d 字节", "%s is longer than %d bytes", name, store.MaxSite)
	}
	return string(files[0].Data), nil
}
