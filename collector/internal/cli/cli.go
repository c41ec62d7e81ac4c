// Package cli is the command plumbline-collector: it reads arguments, calls package collector and prints. It reaches nothing itself
// and judges nothing.
package cli

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/program"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// Run runs the command with its arguments and gives its exit status.
func Run(ctx context.Context, args []string, sys program.System) int {
	return program.Run(ctx, "plumbline-collector", args, sys, own)
}

// own is what the collector has of its own.
func own(shared *program.App) *cobra.Command {
	a := &app{App: shared, drivers: all.List()}
	a.Platforms = all.Platforms()
	root := &cobra.Command{
		Use:   a.Name,
		Short: a.Say("按安全基线检查网络设备和无代理主机", "judge network devices and agentless hosts against security baselines"),
		Long: a.Say(`准绳采集器：经 SSH 和 SNMP 读取防火墙、交换机、路由器和主机，或读取已保存的配置文件，按书面安全基线逐条判断，给出实际值、要求值、
依据的配置行及整改办法。只发送各驱动公布的只读命令，不进入配置模式，每台设备每个账户最多一次登录尝试，主机密钥未登记时不发送口令。`,
			`The collector reads firewalls, switches, routers and hosts over SSH and SNMP, or configurations that were saved, and judges them clause by
clause against written security baselines, with the actual value, the wanted one, the line it came from and the remedy. It sends only the
read-only commands that each driver publishes, never enters configuration mode, tries each account once on each device, and sends no
password to a device whose host key is not pinned.`),
		Example: a.Example(`  {program} check backups/                       检查一个文件夹的配置备份，不接触设备
  {program} trust 10.1.1.1                       查看并登记主机密钥
  {program} scan 10.1.1.1 --driver huawei-vrp    检查一台设备
  {program} scan --inventory net.yaml            检查清单中的全部目标
  {program} drivers --commands                   列出会发送的每一条命令`,
			`  {program} check backups/                       judge a folder of configuration backups, touching no device
  {program} trust 10.1.1.1                       look at a host key and pin it
  {program} scan 10.1.1.1 --driver huawei-vrp    one device
  {program} scan --inventory net.yaml            all targets of an inventory
  {program} drivers --commands                   every command that is ever sent`),
	}
	root.AddCommand(a.scanCommand(), a.checkCommand(), a.factsCommand(), a.recordCommand(), a.pingCommand(), a.trustCommand(),
		a.driversCommand(), a.inventoryCommand(), a.sealCommand(), a.runCommand(), a.service().EnrolCommand(), a.service().StatusCommand())
	return root
}

// app is the command with what its parts share.
type app struct {
	*program.App
	// drivers are those that we ship and, once loadDrivers has run, external ones.
	drivers []driver.Driver
}

func (a *app) driversFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "drivers", "", a.Say("外部驱动的`配置`（YAML：名称、程序路径、SHA-256、批准的命令）", "external drivers: a YAML `FILE` of their names, programs, SHA-256 and approved commands"))
}

// loadDrivers starts the external drivers that a file names; the caller ends them.
func (a *app) loadDrivers(ctx context.Context, file string) (end func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	configs, err := plugins.ReadConfig(file)
	if err != nil {
		return nil, a.fileError(err)
	}
	external, err := plugins.Load(ctx, configs, a.Stderr)
	if err != nil {
		return nil, err
	}
	a.drivers = append(a.drivers, external.Drivers...)
	return external.Close, nil
}

// descriptions gives what each driver says of itself.
func (a *app) descriptions() []*pluginpb.DescribeResponse {
	var out []*pluginpb.DescribeResponse
	for _, d := range a.drivers {
		out = append(out, d.Describe())
	}
	return out
}

func (a *app) driverNames() []string {
	var names []string
	for _, d := range a.descriptions() {
		names = append(names, d.GetName())
	}
	slices.Sort(names)
	return names
}

// knownDriver refuses a driver that there is not.
func (a *app) knownDriver(name string) error {
	if slices.Contains(a.driverNames(), name) {
		return nil
	}
	return a.Fail("没有驱动 %q，可用的有：%s", "there is no driver %q; there are: %s", name, strings.Join(a.driverNames(), ", "))
}

// fileError says in the command's language what is most often wrong with a file.
func (a *app) fileError(err error) error {
	var path *fs.PathError
	switch {
	case !errors.As(err, &path):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return a.Fail("%s：文件不存在", "%s: there is no such file", path.Path)
	case errors.Is(err, fs.ErrPermission):
		return a.Fail("%s：没有读取权限", "%s: no permission to read it", path.Path)
	}
	return err
}
