package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/inventory/strict"
	"github.com/plumbline/plumbline/server"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
)

func (a *app) secretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "secret", Short: a.Say("管理采集器使用的凭据（只写，不可读出）", "keep the credentials that collectors log in with; nothing gives them out again"),
		Long: a.Say(`凭据以各自的密钥加密，该密钥再由数据库之外的密钥文件（配置 secrets.key_file）加密：只有数据库或其备份的人得不到任何凭据。
凭据只在采集器领有任务时逐个交付，并以该次请求的公钥加密；每次交付与拒绝均写入审计日志。`,
			`Each credential is sealed by a key of its own, and that one by the key in a file outside the database (secrets.key_file in the configuration): who has
the database or a backup of it has no credential. One is handed to a collector for one target of an order it has, sealed to a key made for that
call; each hand-over and each refusal is in the audit log.`),
		Example: a.Example(`  {program} secret init-key                    生成密钥文件
  {program} secret put core-switch < core.yaml  从标准输入写入
  {program} secret list`,
			`  {program} secret init-key                    make the file of keys
  {program} secret put core-switch < core.yaml  write one from standard input
  {program} secret list`),
		Args: cobra.ArbitraryArgs, RunE: a.NoCommand,
	}
	cmd.AddCommand(a.secretInitCommand(), a.secretPutCommand(), a.secretListCommand(), a.secretRemoveCommand(), a.secretRotateCommand())
	return cmd
}

// keyFile is the configured one.
func (a *app) keyFile() (*server.Config, error) {
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	if c.Secrets.KeyFile == "" {
		return nil, a.Fail("配置中没有 secrets.key_file；请填写一个数据目录之外的路径，如 /etc/plumbline/secrets.key", "the configuration names no secrets.key_file: write a path outside state_dir, like /etc/plumbline/secrets.key")
	}
	return c, nil
}

// secrets opens the credentials; the caller closes the store.
func (a *app) secrets(cmd *cobra.Command) (*secrets.Keeper, *store.Store, error) {
	c, err := a.keyFile()
	if err != nil {
		return nil, nil, err
	}
	s, err := a.store(cmd)
	if err != nil {
		return nil, nil, err
	}
	k, err := server.OpenSecrets(cmd.Context(), s, c, a.Now)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return k, s, nil
}

func (a *app) secretInitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init-key", Short: a.Say("生成加密凭据的密钥文件", "make the file with the key that seals credentials"),
		Long: a.Say("文件仅属主可读，已存在时不覆盖。请将其与数据库分开备份：丢失后凭据无法恢复，须重新录入。",
			"The file is for its owner alone and never replaced. Back it up apart from the database: without it the credentials are lost and must be put anew."),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.keyFile()
			if err != nil {
				return err
			}
			id, err := secrets.InitKeyFile(c.Secrets.KeyFile)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("已生成 %s，密钥编号 %s", "made %s; the key's id is %s", c.Secrets.KeyFile, id))
			return err
		},
	}
}

func (a *app) secretPutCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "put " + a.Say("名称", "NAME"), Short: a.Say("写入一个凭据，取自标准输入或文件", "write a credential from standard input or a file"),
		Long: a.Say(`内容为一条记录（YAML 或 JSON），键与采集器凭据文件相同：%s。
内容不从命令行参数读取，因为其他用户可以看到命令行。`,
			`What is read is one record in YAML or JSON, with the keys of a collector's own credentials: %s.
Nothing is taken from the command line, which other users can see.`, strings.Join(secrets.Keys(), ", ")),
		Example: a.Example(`  {program} secret put core-switch < core.yaml                 从标准输入
  {program} secret put core-switch --file /run/keys/core.yaml  从文件`, `  {program} secret put core-switch < core.yaml                 from standard input
  {program} secret put core-switch --file /run/keys/core.yaml  from a file`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请给出一个凭据名称，内容从标准输入或 --file 读取", "name one credential; what it holds is read from standard input or --file")
			}
			text, name, err := readSecret(cmd.InOrStdin(), file)
			if err != nil {
				return err
			}
			defer clear(text)
			record, err := secrets.ParseRecord(name, args[0], text)
			if err != nil {
				return a.problems(err)
			}
			k, s, err := a.secrets(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			put, err := k.Put(cmd.Context(), store.Entry{Actor: operator(), Action: "credential.put", Object: args[0], Detail: `{"made":"on the host"}`}, record)
			if err != nil {
				return err
			}
			return a.printCredentials([]secrets.Info{put})
		},
	}
	cmd.Flags().StringVar(&file, "file", "", a.Say("从该`文件`读取", "read it from `FILE`"))
	return cmd
}

// readSecret reads a record, a little more than one may be long.
func readSecret(in io.Reader, file string) (text []byte, name string, err error) {
	name = "stdin"
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, "", fmt.Errorf("read the credential: %w", err)
		}
		defer f.Close()
		in, name = f, file
	}
	text, err = io.ReadAll(io.LimitReader(in, secrets.MaxRecord+1))
	if err != nil {
		return nil, "", fmt.Errorf("read the credential: %w", err)
	}
	return text, name, nil
}

// credential is one as it is printed in JSON.
type credential struct {
	Name        string    `json:"name"`
	Version     int64     `json:"version"`
	Kinds       []string  `json:"kinds"`
	Fingerprint string    `json:"fingerprint"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
	Key         string    `json:"key"`
}

func (a *app) printCredentials(found []secrets.Info) error {
	list := make([]credential, len(found))
	for i, f := range found {
		list[i] = credential{f.Name, f.Version, f.Kinds, f.Fingerprint, f.By, f.At, f.KeyID}
	}
	head := []string{a.Say("名称", "NAME"), a.Say("版本", "VERSION"), a.Say("种类", "KINDS"), a.Say("指纹", "FINGERPRINT"), a.Say("写入者", "BY"), a.Say("写入时间", "AT"), a.Say("密钥", "KEY")}
	return write(a, list, head, func(c credential) []string {
		return []string{c.Name, fmt.Sprint(c.Version), strings.Join(c.Kinds, ","), c.Fingerprint, c.By, when(c.At), c.Key}
	})
}

func (a *app) secretListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.Say("列出凭据的名称、种类与指纹", "list credentials by name, kind and fingerprint"), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := secrets.List(cmd.Context(), s.Reader())
			if err != nil {
				return err
			}
			return a.printCredentials(found)
		},
	}
}

func (a *app) secretRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove " + a.Say("名称", "NAME"), Short: a.Say("删除一个凭据", "remove a credential"), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请给出一个凭据名称", "name one credential")
			}
			k, s, err := a.secrets(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			err = k.Remove(cmd.Context(), store.Entry{Actor: operator(), Action: "credential.remove", Object: args[0], Detail: `{"made":"on the host"}`}, args[0])
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("没有名为 %s 的凭据", "there is no credential %s", args[0])
			}
			return err
		},
	}
}

func (a *app) secretRotateCommand() *cobra.Command {
	var prepare bool
	cmd := &cobra.Command{
		Use: "rotate-key", Short: a.Say("更换加密凭据的密钥，运行中的服务器不受影响", "replace the key that seals credentials, while servers run"),
		Long: a.Say(`在密钥文件中加入新密钥，将全部凭据改由其加密，再从文件中删去旧密钥。中断后再次运行即可完成。
多台服务器共用一个数据库时：先以 --prepare 加入新密钥，将文件复制到各服务器，再运行一次不带 --prepare 的命令，然后再复制一次。`,
			`Puts a new key into the file, wraps all credentials by it, and takes the former key out of the file. Where it was broken off, run it again.
With several servers on one database: put the new key in with --prepare, copy the file to every server, run the command without --prepare, and copy
the file once more.`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, s, err := a.secrets(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if prepare {
				id, err := k.Prepare()
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(a.Stdout, a.Say("新密钥 %s 已写入文件；请复制到各服务器后再运行 secret rotate-key", "key %s is in the file; copy it to every server, then run secret rotate-key", id))
				return err
			}
			n, err := k.Rotate(cmd.Context(), store.Entry{Actor: operator(), Action: "credential.rotate", Object: "key"})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, a.Say("已更换密钥，重新加密 %d 个凭据", "the key was replaced and %d credentials wrapped by it", n))
			return err
		},
	}
	cmd.Flags().BoolVar(&prepare, "prepare", false, a.Say("只将新密钥写入文件", "only put the new key into the file"))
	return cmd
}

// problems says all that is wrong with a file, a line each, in the command's language.
func (a *app) problems(err error) error {
	list := strict.Problems(err)
	if len(list) == 0 {
		return errors.New(a.ErrorText(err))
	}
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = a.Lang.Of(p.Say())
	}
	return errors.New(strings.Join(lines, "\n"))
}
