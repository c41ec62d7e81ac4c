package cli

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/targets"
)

func (a *app) targetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "target", Short: a.Say("导入与导出资产清单", "bring inventories in and out"),
		Example: a.Example(`  {program} target import net.yaml --dry-run    先看将新增、修改什么
  {program} target import hosts.ini
  {program} target export --format csv > all.csv    导出全部目标`,
			`  {program} target import net.yaml --dry-run    see first what would be added and changed
  {program} target import hosts.ini
  {program} target export --format csv > all.csv    all targets`),
		Args: cobra.ArbitraryArgs, RunE: a.NoCommand,
	}
	cmd.AddCommand(a.targetImportCommand(), a.targetExportCommand())
	return cmd
}

// step is one thing that an import does, as it is printed in JSON.
type step struct {
	Do     string   `json:"do"`
	Target string   `json:"target"`
	Fields []string `json:"fields,omitempty"`
}

// maxInventory is the longest file that is read.
const maxInventory = 64 << 20

func (a *app) targetImportCommand() *cobra.Command {
	var dry, prune bool
	var own []string
	cmd := &cobra.Command{
		Use: "import " + a.Say("文件...", "FILE..."), Short: a.Say("导入资产清单（YAML、CSV 或 Ansible）", "bring an inventory in: YAML, CSV or Ansible"),
		Long: a.Say(`文件有误时整体拒绝，所有错误一次列出，均带文件、行与改法。已有的目标按标识更新；文件中没有的目标保留，除非指定 --prune。
清单中的口令不会被读取；凭据只写名称，内容用 secret put 写入。Ansible 的分组保存在标签 groups 中。`,
			`A file with anything wrong is refused as a whole, and all that is wrong is told with file, line and remedy. Targets are told apart by their ids;
those that no file holds stay, but for --prune. Passwords in an inventory are not used: it names credentials, which secret put writes. Groups are
kept in the label groups.`),
		Example: a.Example(`  {program} target import net.yaml hosts.ini --dry-run   只显示差异
  {program} target import all.csv --prune                以文件为准`,
			`  {program} target import net.yaml hosts.ini --dry-run   show what differs
  {program} target import all.csv --prune                make it what the file says`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.Fail("请列出清单文件", "name inventory files")
			}
			files, sums, err := readInventories(args)
			if err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			plan, err := targets.Read(cmd.Context(), s, targets.Import{Files: files, Drivers: append(driverNames(), own...), Prune: prune})
			if err != nil {
				return a.problems(err)
			}
			for _, n := range plan.Notices {
				a.note(a.Lang.Of(n.Say()))
			}
			if !dry {
				detail := plan.Detail()
				detail["files"] = sums
				text, err := json.Marshal(detail)
				if err != nil {
					return fmt.Errorf("record the import: %w", err)
				}
				if err := plan.Apply(cmd.Context(), s, store.Entry{Actor: operator(), Action: "target.import", Object: strings.Join(args, " "), Detail: string(text)}); err != nil {
					return err
				}
			}
			return a.printPlan(plan, dry)
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.Say("只显示将做什么", "show what would be done, and do nothing"))
	cmd.Flags().BoolVar(&prune, "prune", false, a.Say("移出文件中没有的目标（已有结果保留）", "take out targets that no file holds; what was found on them stays"))
	cmd.Flags().StringSliceVar(&own, "driver", nil, a.Say("另有该`驱动`（采集器上的第三方驱动），可重复", "there is the driver `NAME` too, of a collector's own plugins; may be repeated"))
	return cmd
}

func driverNames() []string {
	var out []string
	for _, d := range drivers.Descriptions() {
		out = append(out, d.GetName())
	}
	return out
}

// readInventories reads files, with their digests for the record.
func readInventories(names []string) (files []inventory.File, sums map[string]string, err error) {
	sums = map[string]string{}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, fmt.Errorf("read the file: %w", err)
		}
		data, err := io.ReadAll(io.LimitReader(f, maxInventory+1))
		f.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("read the file: %w", err)
		}
		files, sums[filepath.Base(name)] = append(files, inventory.File{Name: name, Data: data}), fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return files, sums, nil
}

func (a *app) printPlan(plan *targets.Plan, dry bool) error {
	var steps []step
	for _, id := range plan.Added {
		steps = append(steps, step{Do: "add", Target: id})
	}
	for _, c := range plan.Changed {
		steps = append(steps, step{"change", c.ID, c.Fields})
	}
	for _, id := range plan.Removed {
		steps = append(steps, step{Do: "remove", Target: id})
	}
	if len(steps) > 0 || a.format == jsonFormat {
		words := map[string]string{"add": a.Say("新增", "add"), "change": a.Say("修改", "change"), "remove": a.Say("移出", "remove")}
		head := []string{a.Say("操作", "DO"), a.Say("目标", "TARGET"), a.Say("字段", "FIELDS")}
		if err := write(a, steps, head, func(s step) []string { return []string{words[s.Do], s.Target, strings.Join(s.Fields, ",")} }); err != nil {
			return err
		}
	}
	sum := a.Say("新增 %d，修改 %d，移出 %d，不变 %d", "%d added, %d changed, %d removed, %d as they were", len(plan.Added), len(plan.Changed), len(plan.Removed), plan.Same)
	if dry {
		sum += a.Say("（未做任何更改）", " (nothing was done: a dry run)")
	}
	a.note(sum)
	return nil
}

func (a *app) targetExportCommand() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use: "export", Short: a.Say("导出全部目标，可再导入", "write all targets in a form that import reads"),
		Example: a.Example(`  {program} target export --format yaml > all.yaml       准绳格式
  {program} target export --format ansible > hosts.yaml  Ansible 清单`, `  {program} target export --format yaml > all.yaml       our own form
  {program} target export --format ansible > hosts.yaml  an Ansible inventory`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.OneOf("--format", form, inventory.Forms()); err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			n, err := targets.Export(cmd.Context(), s, form, a.Stdout)
			if err != nil {
				return err
			}
			a.note(a.Say("已导出 %d 个目标", "%d targets", n))
			return nil
		},
	}
	cmd.Flags().StringVar(&form, "format", inventory.FormYAML, a.Say("格式：`yaml`、csv、ansible", "the form: `yaml`, csv or ansible"))
	a.PlainDefault(cmd, "format")
	a.Fixed(cmd, "format", inventory.Forms()...)
	return cmd
}
