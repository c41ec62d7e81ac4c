package cli

import (
	"errors"
	"io"
	"os"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/program"
)

// maxRecords is how much standard input may hold.
const maxRecords = 4 << 20

func (a *app) sealCommand() *cobra.Command {
	var recipients []string
	var name string
	var example bool
	cmd := &cobra.Command{
		Use: "seal", Short: a.Say("把标准输入中的凭据密封为 age 加密文件", "seal the credentials on standard input into an age file"),
		Long: a.Say(`读取标准输入中的 YAML 凭据（每个名称下为 user、password、raise、private_key、snmp_community 等），校验后用 age 加密。
口令不经命令行，也不落盘为明文。私钥由 age-keygen 生成，只有属主可读。`,
			`Reads credentials as YAML from standard input (under each name user, password, raise, private_key, snmp_community and so on), validates
them and seals them with age. No secret passes the command line or lies on disk in the clear. Make the identity with age-keygen; only
its owner may read it.`),
		Example: a.Example(`  {program} seal --recipient age1... -o credentials.age < credentials.yaml
  {program} seal --example > access.yaml     凭据来源与规则的示例`,
			`  {program} seal --recipient age1... -o credentials.age < credentials.yaml
  {program} seal --example > access.yaml     where credentials come from, and for whom: a sample`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			if example {
				_, err := a.Stdout.Write(vault.Sample)
				return err
			}
			if len(recipients) == 0 {
				return a.Fail("请用 --recipient 指定 age 公钥", "name an age public key with --recipient")
			}
			var to []age.Recipient
			for _, r := range recipients {
				x, err := age.ParseX25519Recipient(r)
				if err != nil {
					return a.Fail("--recipient 不是 age 公钥（age1…）", "--recipient: not an age public key (age1...)")
				}
				to = append(to, x)
			}
			text, err := io.ReadAll(io.LimitReader(os.Stdin, maxRecords+1))
			defer clear(text)
			if err != nil {
				return err
			}
			if len(text) > maxRecords {
				return errors.New(a.Say("标准输入过长", "standard input is too long"))
			}
			creds, err := vault.ParseRecords("standard input", text)
			if err != nil {
				return a.problems(err)
			}
			out, err := program.OpenOutput(name, a.Stdout)
			if err != nil {
				return err
			}
			defer out.Discard()
			if err := vault.Seal(out, creds, to...); err != nil {
				return errors.New(a.ErrorText(err))
			}
			return out.Commit()
		},
	}
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil, a.Say("age `公钥`，可重复", "age public `KEY`; may be repeated"))
	cmd.Flags().BoolVar(&example, "example", false, a.Say("输出带注释的凭据来源与规则示例（--credentials 所指的文件）", "print a sample, with comments, of what --credentials names"))
	a.OutputFlag(cmd, &name)
	return cmd
}
