package cli

import (
	"cmp"
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/ssh/hostkeys"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	"github.com/plumbline/plumbline/plugins/sweep"
)

// targetFlags say which targets are meant and how they are reached.
type targetFlags struct {
	inventories, limit            []string
	driver, credential, jump      string
	transport                     string
	legacy, sudo                  bool
	credentials, drivers          string
	hostKeys                      string
	knownHosts                    []string
	concurrency, perZone, perCred int
	rate                          float64
	timeout                       time.Duration
	flags                         *pflag.FlagSet
}

func (a *app) targetFlags(cmd *cobra.Command, given *targetFlags) {
	f := cmd.Flags()
	given.flags = f
	f.StringSliceVarP(&given.inventories, "inventory", "i", nil, a.Say("资产清单`文件`（YAML、CSV 或 Ansible），可重复", "inventory `FILE` (YAML, CSV or Ansible); may be repeated"))
	f.StringArrayVar(&given.limit, "limit", nil, a.Say("只取清单中符合`条件`的目标，如 core-*、10.1.0.0/16、zone=dmz、!role=lab，可重复", "only targets of the inventory that fit `EXPR`, like core-*, 10.1.0.0/16, zone=dmz, !role=lab; may be repeated"))
	f.StringVar(&given.driver, "driver", inventory.Auto, a.Say("命令行所列目标的`驱动`，auto 为自动识别", "the driver of targets named on the command line: `NAME`, or auto"))
	a.PlainDefault(cmd, "driver")
	f.StringVar(&given.credential, "credential", "", a.Say("命令行所列目标的凭据`名称`，缺省按规则选取，没有规则时为 default", "the credential of targets named on the command line: `NAME`; by rule if not given, or default where there are no rules"))
	f.StringVar(&given.transport, "transport", "ssh", a.Say("命令行所列目标的连接方式 `ssh|snmp|ssh+snmp`", "how to reach targets named on the command line: `ssh|snmp|ssh+snmp`"))
	a.PlainDefault(cmd, "transport")
	f.StringVar(&given.jump, "jump", "", a.Say("命令行所列目标经由的`跳板`：用户@主机:端口", "go through `USER@HOST:PORT` to targets named on the command line"))
	f.BoolVar(&given.legacy, "legacy", false, a.Say("允许命令行所列目标使用过时的 SSH 算法（会写入结果）", "allow outdated SSH algorithms to targets named on the command line (it is reported)"))
	f.BoolVar(&given.sudo, "sudo", false, a.Say("主机上的特权读取经 sudo -n 执行", "read what takes root on hosts through sudo -n"))
	f.StringVar(&given.credentials, "credentials", "", a.Say("凭据来源与规则`文件`（YAML），缺省取环境变量 PLUMBLINE_CRED_<名称>_USER、_PASSWORD 等", "where credentials come from, and for whom: a YAML `FILE`; the variables PLUMBLINE_CRED_<NAME>_USER, _PASSWORD and so on if not given"))
	a.driversFlag(cmd, &given.drivers)
	a.keyFlags(cmd, given)
	f.IntVar(&given.concurrency, "concurrency", sweep.DefaultConcurrency, a.Say("同时检查的目标`数`", "how many targets at once: `N`"))
	a.PlainDefault(cmd, "concurrency")
	f.IntVar(&given.perZone, "per-zone", 0, a.Say("同一区域同时检查的目标`数`上限", "at most `N` at once in one zone"))
	f.IntVar(&given.perCred, "per-credential", 0, a.Say("同一凭据同时使用的目标`数`上限", "at most `N` at once with one credential"))
	for _, name := range []string{"per-zone", "per-credential"} {
		f.Lookup(name).DefValue = "" // no bound
	}
	f.Float64Var(&given.rate, "rate", sweep.DefaultRate, a.Say("每秒新建会话`数`上限，负数为不限", "at most `N` new sessions a second; negative: no bound"))
	a.PlainDefault(cmd, "rate")
	f.DurationVar(&given.timeout, "timeout", sweep.DefaultTimeout, a.Say("每个目标的`时限`", "how long one target may take: `SPAN`"))
	a.PlainDefault(cmd, "timeout")
	a.Fixed(cmd, "driver", append(a.driverNames(), inventory.Auto)...)
	a.Fixed(cmd, "transport", "ssh", "snmp", "ssh+snmp")
}

func (a *app) keyFlags(cmd *cobra.Command, given *targetFlags) {
	cmd.Flags().StringVar(&given.hostKeys, "host-keys", "", a.Say("登记主机密钥的`文件`，缺省 %s", "the `FILE` of pinned host keys (%s if not given)", a.stateFile()))
	cmd.Flags().StringSliceVar(&given.knownHosts, "known-hosts", nil, a.Say("另外信任的 OpenSSH known_hosts `文件`，可重复", "OpenSSH known_hosts `FILE` to trust besides; may be repeated"))
}

// stateFile is where host keys are pinned if no flag says otherwise.
func (a *app) stateFile() string {
	const name = "host_keys"
	if dir := a.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "plumbline", name)
	}
	if home := a.Getenv("HOME"); home != "" && os.Geteuid() != 0 {
		return filepath.Join(home, ".local", "state", "plumbline", name)
	}
	return filepath.Join("/var/lib/plumbline", name)
}

// targets finds the targets that are meant: those named on the command line, or those of the inventories that the limits leave.
func (a *app) targets(given targetFlags, args []string) (chosen, known []*inventory.Target, err error) {
	if err := a.sensible(given); err != nil {
		return nil, nil, err
	}
	switch {
	case len(args) == 0 && len(given.inventories) == 0:
		return nil, nil, a.Fail("请列出目标，或用 --inventory 指定资产清单", "name targets, or an inventory with --inventory")
	case len(given.inventories) == 0 && len(given.limit) > 0:
		return nil, nil, a.Fail("--limit 只用于 --inventory 的目标", "--limit chooses among the targets of --inventory, and none is given")
	case len(given.inventories) == 0:
		chosen, err = a.named(given, args)
		return chosen, chosen, err
	}
	inv, err := inventory.Load(a.driverNames(), given.inventories...)
	if err != nil {
		return nil, nil, a.problems(err)
	}
	for _, n := range inv.Notices {
		a.note(a.Lang.Of(n.Say()))
	}
	chosen, err = inventory.Select(inv.Targets, append(slices.Clone(given.limit), args...)...)
	if err != nil {
		return nil, nil, a.problems(err)
	}
	if given.sudo {
		for _, t := range chosen {
			t.Sudo = true
		}
	}
	return chosen, inv.Targets, nil
}

// sensible refuses figures and flags that would otherwise be passed over in silence.
func (a *app) sensible(given targetFlags) error {
	for _, n := range []struct {
		flag  string
		value int
	}{{"concurrency", given.concurrency}, {"per-zone", given.perZone}, {"per-credential", given.perCred}} {
		if n.value < 1 && given.given(n.flag) {
			return a.Fail("--%s 应为正整数", "--%s must be 1 or more", n.flag)
		}
	}
	switch {
	case given.given("rate") && (given.rate == 0 || math.IsNaN(given.rate)):
		return a.Fail("--rate 应为每秒的会话数，负数为不限", "--rate is sessions a second; a negative one means no bound")
	case given.given("timeout") && given.timeout < time.Second:
		return a.Fail("--timeout 不能短于 1s", "--timeout: want 1s or more")
	}
	for _, name := range []string{"driver", "credential", "transport", "jump", "legacy"} {
		if len(given.inventories) > 0 && given.given(name) {
			return a.Fail("--%s 只用于命令行所列目标；清单中的目标请在清单里注明", "--%s is for targets named on the command line; state it in the inventory for those of an inventory", name)
		}
	}
	return nil
}

// given says whether the user gave a flag.
func (given targetFlags) given(name string) bool {
	return given.flags != nil && given.flags.Changed(name)
}

// named makes targets of what stands on the command line: HOST or HOST:PORT.
func (a *app) named(given targetFlags, args []string) ([]*inventory.Target, error) {
	if given.driver != inventory.Auto {
		if err := a.knownDriver(given.driver); err != nil {
			return nil, err
		}
	}
	transports := strings.Split(given.transport, "+")
	if err := a.OneOf("--transport", given.transport, []string{"ssh", "snmp", "ssh+snmp"}); err != nil {
		return nil, err
	}
	var out []*inventory.Target
	for _, arg := range args {
		if strings.Contains(arg, "@") {
			return nil, a.Fail("%q：目标只写地址，账户由凭据决定（--credential）", "%q: a target is an address; the account is the credential's (--credential)", arg)
		}
		t := &inventory.Target{ID: arg, Address: strings.Trim(arg, "[]"), Driver: given.driver, Transports: transports, Credential: given.credential, SNMPCredential: given.credential, Jump: given.jump, Sudo: given.sudo}
		if host, port, err := net.SplitHostPort(arg); err == nil {
			n, err := strconv.Atoi(port)
			if err != nil || n < 1 || n > 65535 {
				return nil, a.Fail("%q：端口应为 1 至 65535", "%q: a port is 1 to 65535", arg)
			}
			t.Address, t.Port = host, n
		}
		if given.legacy {
			t.Algorithms = inventory.Legacy
		}
		if slices.ContainsFunc(out, func(o *inventory.Target) bool { return o.ID == t.ID }) {
			return nil, a.Fail("目标 %s 指定了两次", "target %s is named twice", t.ID)
		}
		out = append(out, t)
	}
	return out, nil
}

// defaultCredential is the name that is looked up where nothing says which credential is meant.
const defaultCredential = "default"

// collector makes what reaches targets.
func (a *app) collector(given targetFlags, known []*inventory.Target, config collector.Config) (*collector.Collector, func(), error) {
	access := &vault.Config{
		Sources: []vault.Source{{Environment: &vault.Environment{Prefix: "PLUMBLINE_CRED_"}}, {Systemd: &vault.Systemd{Prefix: "plumbline."}}},
		Rules:   []vault.Rule{{Credential: defaultCredential, SNMPCredential: defaultCredential}},
	}
	if given.credentials != "" {
		var err error
		if access, err = vault.LoadConfig(given.credentials); err != nil {
			return nil, nil, a.problems(err)
		}
	}
	return a.reaching(*access, a.keyFiles(given), known, config)
}

// reaching makes what reaches targets, from where credentials and host keys are.
func (a *app) reaching(access vault.Config, keyFiles []string, known []*inventory.Target, config collector.Config) (*collector.Collector, func(), error) {
	v, err := vault.Open(access)
	if err != nil {
		return nil, nil, a.problems(err)
	}
	keys, err := hostkeys.Open(keyFiles...)
	if err != nil {
		v.Close()
		return nil, nil, a.problems(err)
	}
	config.Drivers = a.drivers
	config.Version = a.Version
	return &collector.Collector{Config: config, Targets: known, Vault: v, HostKeys: keys, Keyring: snmp.NewKeyring()}, v.Close, nil
}

// keyFiles are the files of pinned host keys, the one that is written to first.
func (a *app) keyFiles(given targetFlags) []string {
	return append([]string{cmp.Or(given.hostKeys, a.stateFile())}, given.knownHosts...)
}

func (a *app) openKeys(given targetFlags) (*hostkeys.Store, error) {
	keys, err := hostkeys.Open(a.keyFiles(given)...)
	if err != nil {
		return nil, a.problems(err)
	}
	return keys, nil
}

// limits are those of the sweep.
func (given targetFlags) limits() sweep.Limits {
	return sweep.Limits{Concurrency: given.concurrency, PerZone: given.perZone, PerCredential: given.perCred, Rate: given.rate, Timeout: given.timeout}
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

// note says something on standard error that stops nothing.
func (a *app) note(text string) {
	_, _ = a.Stderr.Write([]byte(text + "\n")) // whoever does not read it misses nothing that the report lacks
}
