package cli

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/ssh/host"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/program"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func (a *app) driversCommand() *cobra.Command {
	var commands bool
	var external string
	cmd := &cobra.Command{
		Use: "drivers " + a.Say("[驱动]", "[NAME]"), Short: a.Say("列出支持的平台，以及会发送的每一条命令", "list the platforms, and every command that is ever sent"),
		Example: a.Example(`  {program} drivers                        支持的平台
  {program} drivers --commands huawei-vrp  会发送的全部命令，标 * 的需要最高权限`,
			`  {program} drivers                        the platforms
  {program} drivers --commands huawei-vrp  every command that may be sent; * takes the highest privilege`),
		DisableFlagsInUseLine: true, ValidArgs: a.driverNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			end, err := a.loadDrivers(cmd.Context(), external)
			if err != nil {
				return err
			}
			defer end()
			for _, arg := range args {
				if err := a.knownDriver(arg); err != nil {
					return err
				}
			}
			w := program.NewColumns(a.Stdout)
			for _, d := range a.descriptions() {
				if len(args) > 0 && !slices.Contains(args, d.GetName()) {
					continue
				}
				if commands {
					a.printCommands(a.Stdout, d, false)
					continue
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.GetName(), d.GetVersion(), strings.Join(d.GetPlatforms(), ", "))
			}
			return w.Flush()
		},
	}
	a.driversFlag(cmd, &external)
	cmd.Flags().BoolVar(&commands, "commands", false, a.Say("列出会发送的每一条命令", "print every command that may be sent"))
	return cmd
}

// printCommands prints everything that may be typed on a target of this driver.
func (a *app) printCommands(w io.Writer, d *pluginpb.DescribeResponse, sudo bool) {
	fmt.Fprintln(w, d.GetName())
	line := func(c, note string) {
		mark := " "
		if slices.Contains(d.GetPrivileged(), c) {
			mark = "*"
		}
		fmt.Fprintf(w, "  %s %s%s\n", mark, c, note)
	}
	dialect := d.GetDialect()
	for _, c := range dialect.GetOnOpen() {
		line(c, a.Say("    （仅本次会话不分页）", "    (no paging, for this session only)"))
	}
	if c := dialect.GetRaiseCommand(); c != "" {
		line(c, a.Say("    （仅当凭据含提权口令）", "    (only if the credential has its password)"))
	}
	commands := d.GetCommands()
	if d.GetName() == "linux" { // a host: commands run by exec, files and probes by what host publishes
		commands = host.Commands(d.GetCommands(), d.GetPrivileged(), host.Options{Sudo: sudo})
	}
	for _, c := range commands {
		line(c, "")
	}
	if c := dialect.GetLogout(); c != "" {
		line(c, "")
	}
}

// dryRun prints what each target would get.
func (a *app) dryRun(targets []*inventory.Target) error {
	byName := map[string]*pluginpb.DescribeResponse{}
	for _, d := range a.descriptions() {
		byName[d.GetName()] = d
	}
	out := bufio.NewWriter(a.Stdout)
	for _, t := range targets {
		way := strings.Join(t.Transports, "+")
		if t.Jump != "" {
			way += a.Say("，经由 %s", ", through %s", t.Jump)
		}
		fmt.Fprintf(out, "%s (%s, %s)\n", t.ID, t.Proto().GetAddress(), way)
		for _, transport := range t.Transports {
			name := t.Driver
			if transport == "snmp" {
				name = "snmp"
			}
			if d := byName[name]; d != nil {
				a.printCommands(out, d, t.Sudo)
				continue
			}
			fmt.Fprintln(out, a.Say("  识别平台，直到认出为止，然后重新登录并发送所认出驱动的命令（drivers --commands）：", "  to find out the platform, until it is known; then, after another login, what its driver asks (drivers --commands):"))
			for _, c := range collector.VersionCommands(a.drivers) {
				fmt.Fprintln(out, "    "+c)
			}
		}
	}
	return out.Flush()
}
