package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
)

// enrolFlags are what enrol was given.
type enrolFlags struct {
	config, server, token string
	replace               bool
}

// EnrolCommand is the command that joins the server.
func (s *Service) EnrolCommand() *cobra.Command {
	var given enrolFlags
	cmd := &cobra.Command{
		Use: "enrol", Short: s.Say("向中心服务器登记，取得身份证书", "join the central server and get an identity"),
		Long: s.Say(`用一次性加入令牌向中心服务器登记，身份存入 state_dir/identity。令牌须绑定本程序的名称（run --check 显示）。
以 root 运行时，由 run_as 用户的进程连接服务器。令牌只从文件或标准输入读取，不出现在命令行。`,
			`Trades a one-time join token for an identity, which is kept in state_dir/identity. The token must be for this program's name (run --check shows
it). As root, a process of the run_as user speaks to the server. The token is read from a file or standard input, never from the
command line.`),
		Example: s.Example(`  {program} enrol --server plumbline.example:8443 --token-file token
  {program} enrol --server plumbline.example:8443 --token-file -       从标准输入读取令牌`,
			`  {program} enrol --server plumbline.example:8443 --token-file token
  {program} enrol --server plumbline.example:8443 --token-file -       the token comes by standard input`),
		Args: s.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.enrol(cmd.Context(), cmd.InOrStdin(), given) },
	}
	f := cmd.Flags()
	f.StringVar(&given.server, "server", "", s.Say("服务器的`主机:端口`", "the server's `HOST:PORT`"))
	f.StringVar(&given.token, "token-file", "", s.Say("存有加入令牌的`文件`；- 为标准输入", "the `FILE` with the join token; - is standard input"))
	f.BoolVar(&given.replace, "replace", false, s.Say("放弃已有的身份，重新登记（令牌须允许）", "give up an identity that is there (the token must allow it)"))
	s.ConfigFlag(cmd, &given.config)
	return cmd
}

// maxToken is the longest join string.
const maxToken = 4 << 10

func (s *Service) enrol(ctx context.Context, stdin io.Reader, given enrolFlags) error {
	if given.server == "" || given.token == "" {
		return s.Fail("必须指定 --server 和 --token-file", "--server and --token-file must be given")
	}
	c, err := s.Load(given.config)
	if errors.Is(err, fs.ErrNotExist) && given.config == s.Config { // it may be written later
		given.config = ""
		defaults := station.Defaults(s.StateDir)
		c, err = &defaults, nil
	}
	if err != nil {
		return err
	}
	name, err := s.Name(ctx, given.config)
	if err != nil {
		return err
	}
	token, err := readToken(given.token, stdin)
	if err != nil {
		return err
	}
	as, _, err := c.RunsAs()
	if err != nil {
		return err
	}
	if err := station.Prepare(c.StateDir, as); err != nil {
		return err
	}
	dir := c.IdentityDir()
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if as != nil {
		if err := give(dir, as); err != nil {
			return err
		}
	}
	err = join(ctx, identity.JoinConfig{
		Dir: dir, Server: given.server, Join: token, Name: name, Kind: s.Kind, Replace: given.replace,
	}, as)
	if errors.Is(err, identity.ErrJoined) {
		return s.Fail("已有身份：%s；重新登记请加 --replace", "there is an identity already: %s; --replace gives it up", dir)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Stdout, s.Say("%s 已登记到 %s", "%s has joined %s", name, given.server))
	return err
}

func readToken(name string, stdin io.Reader) (string, error) {
	from := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxToken))
	return strings.TrimSpace(string(text)), err
}
