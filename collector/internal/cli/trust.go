package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/ssh/hostkeys"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sweep"
)

type trustFlags struct {
	targetFlags
	accept, replace, list bool
	fingerprint, remove   string
	who                   string
}

func (a *app) trustCommand() *cobra.Command {
	var given trustFlags
	cmd := &cobra.Command{
		Use: "trust " + a.Say("[目标...]", "[TARGET...]"), Short: a.Say("查看并登记目标的主机密钥", "look at the host keys of targets, and pin them"),
		Long: a.Say(`连接目标取得其主机密钥，列出指纹及与已登记密钥的关系；不向目标发送任何凭据（途经的跳板须先登记，并照常登录）。
与设备控制台上显示的指纹核对无误后再登记。
在终端中逐个询问；脚本中用 --fingerprint 给出已核对的指纹，或用 --accept 全部接受（仅限可信网络内首次登记）。`,
			`Connects to the targets for their host keys only, and shows the fingerprints and how they stand to what is pinned; no credential is
sent to them (jump hosts on the way are logged in to, and must be pinned before).
Compare a fingerprint with what the device's console shows before you pin it. On a terminal each key is asked about; in scripts give the
fingerprint that you compared with --fingerprint, or take all with --accept (for a first time on a network you trust).`),
		Example: a.Example(`  {program} trust 10.1.1.1
  {program} trust --inventory net.yaml --limit zone=core
  {program} trust 10.1.1.1 --fingerprint SHA256:...      密钥与给出的指纹一致才登记
  {program} trust 10.1.1.1 --replace                     设备更换密钥之后
  {program} trust --list`,
			`  {program} trust 10.1.1.1
  {program} trust --inventory net.yaml --limit zone=core
  {program} trust 10.1.1.1 --fingerprint SHA256:...      pin it only if it is this one
  {program} trust 10.1.1.1 --replace                     after the device's key was renewed
  {program} trust --list`),
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, args []string) error { return a.trust(cmd, given, args) },
	}
	f := cmd.Flags()
	f.StringSliceVarP(&given.inventories, "inventory", "i", nil, a.Say("资产清单`文件`（YAML、CSV 或 Ansible），可重复", "inventory `FILE` (YAML, CSV or Ansible); may be repeated"))
	f.StringArrayVar(&given.limit, "limit", nil, a.Say("只取清单中符合`条件`的目标，可重复", "only targets of the inventory that fit `EXPR`; may be repeated"))
	a.keyFlags(cmd, &given.targetFlags)
	f.StringVar(&given.jump, "jump", "", a.Say("命令行所列目标经由的`跳板`：用户@主机:端口", "go through `USER@HOST:PORT` to targets named on the command line"))
	f.StringVar(&given.credentials, "credentials", "", a.Say("跳板的凭据来源与规则`文件`（YAML）", "where the credentials of jump hosts come from: a YAML `FILE`"))
	f.BoolVar(&given.legacy, "legacy", false, a.Say("允许过时的 SSH 算法", "allow outdated SSH algorithms"))
	f.BoolVar(&given.accept, "accept", false, a.Say("不询问，登记所有未登记的密钥", "pin every key that is not pinned, without asking"))
	f.StringVar(&given.fingerprint, "fingerprint", "", a.Say("只登记与此`指纹`一致的密钥", "pin the key only if it has this fingerprint: `SHA256:...`"))
	f.BoolVar(&given.replace, "replace", false, a.Say("以新密钥替换已登记的", "put a new key in the place of pinned ones"))
	f.BoolVar(&given.list, "list", false, a.Say("列出已登记的密钥", "list the pinned keys"))
	f.StringVar(&given.remove, "remove", "", a.Say("删除该`目标`的登记", "forget the keys of `TARGET`"))
	f.StringVar(&given.who, "by", "", a.Say("登记人`姓名`，缺省为当前系统用户", "who vouches for it: `NAME`; the current user if not given"))
	return cmd
}

func (a *app) trust(cmd *cobra.Command, given trustFlags, args []string) error {
	keys, err := a.openKeys(given.targetFlags)
	if err != nil {
		return err
	}
	switch {
	case given.list:
		return a.listPins(keys, args)
	case given.remove != "":
		n, err := keys.Remove(given.remove, "")
		if err != nil {
			return err
		}
		if n == 0 {
			return a.Fail("目标 %s 没有登记的密钥", "no key of %s is pinned", given.remove)
		}
		_, err = fmt.Fprintln(a.Stdout, a.Say("已删除 %s 的 %d 个密钥", "%[1]s: %[2]d keys forgotten", given.remove, n))
		return err
	}
	given.driver, given.transport = inventory.Auto, "ssh"
	targets, known, err := a.targets(given.targetFlags, args)
	if err != nil {
		return err
	}
	targets = slices.DeleteFunc(targets, func(t *inventory.Target) bool { return !slices.Contains(t.Transports, "ssh") })
	if len(targets) == 0 {
		return a.Fail("所选目标都不经 SSH，没有主机密钥可登记", "none of these targets is reached by SSH: there are no host keys to pin")
	}
	c, closeAll, err := a.collector(given.targetFlags, known, collector.Config{})
	if err != nil {
		return err
	}
	defer closeAll()
	missed := 0
	for _, s := range a.look(cmd.Context(), c, targets) {
		if cmd.Context().Err() != nil {
			return cmd.Context().Err()
		}
		ok, err := a.trustOne(keys, given, s)
		if err != nil {
			return err
		}
		if !ok {
			missed++
		}
	}
	if missed > 0 {
		return program.ErrMissed
	}
	return nil
}

// look gets the keys of targets, in the order of the targets.
func (a *app) look(ctx context.Context, c *collector.Collector, targets []*inventory.Target) []collector.Sight {
	place := map[*inventory.Target]int{}
	for i, t := range targets {
		place[t] = i
	}
	p := a.showProgress(len(targets))
	defer p.end()
	seen := make([]collector.Sight, len(targets))
	c.Look(ctx, targets, sweep.Limits{}, func(s collector.Sight) {
		seen[place[s.Target]] = s
		p.looked(s.Key != nil)
	})
	return seen
}

// trustOne shows one target's key and pins it, if that is wanted. It is false if the target's key is not known afterwards.
func (a *app) trustOne(keys *hostkeys.Store, given trustFlags, s collector.Sight) (bool, error) {
	t, address, key := s.Target, s.Address, s.Key
	if key == nil {
		fmt.Fprintf(a.Stdout, "%s  %s\n", t.ID, a.Lang.Of(s.Why))
		return false, nil
	}
	pending, err := keys.Pending(hostkeys.Seen{Target: t.ID, Address: address, Key: key})
	if err != nil {
		return false, err
	}
	p := pending[0]
	fmt.Fprintf(a.Stdout, "%s  %s  %s  %s  %s\n", t.ID, address, key.Type(), p.Fingerprint, a.status(p.Status))
	for _, old := range p.Pinned {
		fmt.Fprintln(a.Stdout, a.Say("    已登记 %s（%s，%s）", "    pinned %s (%s, %s)", old.Fingerprint(), old.Who, old.When.Format(time.DateOnly)))
	}
	mode := hostkeys.Add
	switch {
	case p.Status == hostkeys.Known:
		return true, nil
	case p.Status == hostkeys.Revoked:
		return false, nil
	case p.Status == hostkeys.Changed && !given.replace:
		fmt.Fprintln(a.Stdout, a.Say("    密钥已改变。查明原因后用 --replace 替换", "    the key has changed. Find out why, then use --replace"))
		return false, nil
	case given.replace:
		mode = hostkeys.Replace
	}
	switch {
	case given.fingerprint != "" && given.fingerprint != p.Fingerprint:
		fmt.Fprintln(a.Stdout, a.Say("    与给出的指纹不一致，未登记", "    not the fingerprint that was given; not pinned"))
		return false, nil
	case given.fingerprint == "" && !given.accept && !a.agrees():
		return false, nil
	}
	if err := keys.Accept(t.ID, address, key, a.who(given.who), time.Now(), mode); err != nil {
		return false, err
	}
	fmt.Fprintln(a.Stdout, a.Say("    已登记", "    pinned"))
	return true, nil
}

func (a *app) status(s hostkeys.Status) string {
	switch s {
	case hostkeys.Known:
		return a.Say("已登记", "pinned")
	case hostkeys.Changed:
		return a.Say("已改变！", "CHANGED")
	case hostkeys.Another:
		return a.Say("另一种密钥", "another kind of key")
	case hostkeys.Revoked:
		return a.Say("已吊销", "revoked")
	}
	return a.Say("未登记", "not pinned")
}

// agrees asks on the terminal; without one nobody agrees.
func (a *app) agrees() bool {
	if _, ok := program.Terminal(os.Stdin); !ok {
		fmt.Fprintln(a.Stdout, a.Say("    未登记：核对后用 --fingerprint 或 --accept", "    not pinned: compare it, then use --fingerprint or --accept"))
		return false
	}
	fmt.Fprint(a.Stdout, a.Say("    登记此密钥？[y/N] ", "    pin this key? [y/N] "))
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.EqualFold(strings.TrimSpace(answer), "y")
}

// who vouches for a key.
func (a *app) who(given string) string {
	for _, name := range []string{given, a.Getenv("SUDO_USER"), a.Getenv("USER"), a.Getenv("LOGNAME")} {
		if name != "" {
			return name
		}
	}
	return fmt.Sprint("uid ", os.Geteuid())
}

func (a *app) listPins(keys *hostkeys.Store, targets []string) error {
	pins, err := keys.List(targets...)
	if err != nil {
		return err
	}
	w := program.NewColumns(a.Stdout)
	for _, p := range pins {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Target, p.Address, p.Key.Type(), p.Fingerprint(), p.Who, p.When.Format(time.DateTime))
	}
	return w.Flush()
}
