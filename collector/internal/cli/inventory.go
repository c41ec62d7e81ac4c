package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/program"
)

func (a *app) inventoryCommand() *cobra.Command {
	var limit []string
	var example bool
	cmd := &cobra.Command{
		Use: "inventory " + a.Say("文件...", "FILE..."), Short: a.Say("校验资产清单并列出其目标", "validate an inventory and list its targets"),
		Example: a.Example(`  {program} inventory --example > net.yaml    带注释的示例
  {program} inventory net.yaml                校验，所有错误一次列出
  {program} inventory hosts.ini --limit 'zone=dmz'`,
			`  {program} inventory --example > net.yaml    a sample with comments
  {program} inventory net.yaml                validate: all errors at once
  {program} inventory hosts.ini --limit 'zone=dmz'`),
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if example {
				_, err := a.Stdout.Write(inventory.Sample)
				return err
			}
			if len(args) == 0 {
				return a.Fail("请列出清单文件", "name inventory files")
			}
			targets, _, err := a.targets(targetFlags{inventories: args, limit: limit}, nil)
			if err != nil {
				return err
			}
			w := program.NewColumns(a.Stdout)
			fmt.Fprintln(w, a.Say("标识\t地址\t驱动\t方式\t区域\t角色\t凭据", "ID\tADDRESS\tDRIVER\tBY\tZONE\tROLE\tCREDENTIAL"))
			for _, t := range targets {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Proto().GetAddress(), t.Driver, strings.Join(t.Transports, "+"), t.Zone, t.Role, t.Credential)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringArrayVar(&limit, "limit", nil, a.Say("只列符合`条件`的目标，可重复", "only targets that fit `EXPR`; may be repeated"))
	cmd.Flags().BoolVar(&example, "example", false, a.Say("输出带注释的示例", "print a sample with comments"))
	return cmd
}
