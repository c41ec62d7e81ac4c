package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/program"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// scanFlags are what scan was given.
type scanFlags struct {
	program.Judging
	program.Reporting
	targetFlags
	dryRun bool
}

func (a *app) scanCommand() *cobra.Command {
	var given scanFlags
	cmd := &cobra.Command{
		Use: "scan " + a.Say("[目标...]", "[TARGET...]"), Short: a.Say("经 SSH、SNMP 检查设备和主机", "judge devices and hosts over SSH and SNMP"),
		Long: a.Say(`连接目标，读取配置与状态，按基线逐条判断：符合、不符合、无法判断（附原因）、不适用。只发送驱动公布的只读命令，从不修改设备。
登录被拒绝的账户不在同一设备上重试；集中认证账户先在一台设备上试用。未能到达的目标逐个列出原因，其各条款记为无法判断。

退出码：0 没有 --fail-on 所指的结果；1 有；2 未能执行；3 有目标未能读取。`,
			`Reaches the targets, reads configuration and state, and judges them clause by clause: pass, fail, unknown with the reason, not applicable. It
sends only the drivers' published read-only commands and changes nothing. An account that a device refused is not tried there again; one
that is central to many devices is tried on a single one first. Targets that were not reached are listed with the reason, and their
clauses are unknown.

Exit status: 0 nothing that --fail-on names, 1 something, 2 could not run, 3 some target was not read.`),
		Example: a.Example(`  PLUMBLINE_CRED_DEFAULT_USER=audit PLUMBLINE_CRED_DEFAULT_PASSWORD=... {program} scan 10.1.1.1
  {program} scan --inventory net.yaml --credentials access.yaml --limit zone=core --format html -o core.html
  {program} scan --inventory net.yaml --dry-run      只列出将要发送的命令，不连接`,
			`  PLUMBLINE_CRED_DEFAULT_USER=audit PLUMBLINE_CRED_DEFAULT_PASSWORD=... {program} scan 10.1.1.1
  {program} scan --inventory net.yaml --credentials access.yaml --limit zone=core --format html -o core.html
  {program} scan --inventory net.yaml --dry-run      print what would be sent, and connect to nothing`),
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, args []string) error { return a.scan(cmd, given, args) },
	}
	a.targetFlags(cmd, &given.targetFlags)
	a.JudgingFlags(cmd, &given.Judging)
	a.ReportingFlags(cmd, &given.Reporting)
	cmd.Flags().BoolVar(&given.dryRun, "dry-run", false, a.Say("只列出每个目标将收到的命令，不连接", "print exactly which commands each target would get, and connect to nothing"))
	return cmd
}

func (a *app) scan(cmd *cobra.Command, given scanFlags, args []string) error {
	end, err := a.loadDrivers(cmd.Context(), given.drivers)
	if err != nil {
		return err
	}
	defer end()
	chosen, known, err := a.targets(given.targetFlags, args)
	if err != nil {
		return err
	}
	if given.dryRun {
		return a.dryRun(chosen)
	}
	config, plan, err := a.judging(given.Judging, roles(chosen)...)
	if err != nil {
		return err
	}
	out, err := a.OpenReport(given.Reporting)
	if err != nil {
		return err
	}
	defer out.Discard()
	c, closeAll, err := a.collector(given.targetFlags, known, config)
	if err != nil {
		return err
	}
	defer closeAll()
	p := a.showProgress(len(chosen))
	var kept shelf
	c.Sweep(cmd.Context(), chosen, given.limits(), p.begun, func(s *pb.Snapshot) {
		p.ended(s)
		kept.keep(s)
	})
	p.end()
	snapshots := kept.snapshots
	inOrder(snapshots, chosen)
	a.missed(snapshots)
	a.whence(given.targetFlags, snapshots)
	return verdict(a.Write(out, snapshots, plan), snapshots)
}

// A shelf keeps snapshots until the last target has ended. Thousands of them wait there, so it leaves out what no report shows, and keeps
// texts that many findings have only once.
type shelf struct {
	snapshots []*pb.Snapshot
	texts     map[words]*pb.Text
}

// words are a text's.
type words struct{ zh, en string }

func (h *shelf) keep(s *pb.Snapshot) {
	if h.texts == nil {
		h.texts = map[words]*pb.Text{}
	}
	s.Facts = &pb.Facts{Platform: s.GetFacts().GetPlatform()}
	s.Answers = slices.DeleteFunc(s.GetAnswers(), func(d *pb.AnswerDigest) bool { return d.GetReason() == pb.Reason_REASON_UNSPECIFIED })
	for _, f := range s.GetFindings() {
		f.Expected, f.Observed, f.Reason = h.once(f.GetExpected()), h.once(f.GetObserved()), h.once(f.GetReason())
	}
	h.snapshots = append(h.snapshots, s)
}

func (h *shelf) once(t *pb.Text) *pb.Text {
	if t == nil {
		return nil
	}
	w := words{t.GetZh(), t.GetEn()}
	if known := h.texts[w]; known != nil {
		return known
	}
	h.texts[w] = t
	return t
}

// verdict decides what a command ends with: what could not be done, then targets that were not read, then what was found.
func verdict(err error, snapshots []*pb.Snapshot) error {
	if missed(snapshots) > 0 && (err == nil || errors.Is(err, program.ErrFound)) {
		return program.ErrMissed
	}
	return err
}

// judging reads the baselines for both kinds of target, and the site.
func (a *app) judging(given program.Judging, roles ...string) (collector.Config, program.Plan, error) {
	stated, err := a.Site(given.Site, roles...)
	if err != nil {
		return collector.Config{}, program.Plan{}, err
	}
	devices, err := a.Plan(given, baseline.Device)
	if err != nil {
		return collector.Config{}, program.Plan{}, err
	}
	hosts, err := a.Plan(given, baseline.Host)
	if err != nil {
		return collector.Config{}, program.Plan{}, err
	}
	return collector.Config{
		Host: hosts.Rules, Device: devices.Rules, Baselines: devices.Names(), HostJudging: hosts.Judging, DeviceJudging: devices.Judging, Site: stated, MaskKey: a.MaskKey(),
	}, devices, nil
}

func roles(targets []*inventory.Target) []string {
	var out []string
	for _, t := range targets {
		out = append(out, t.Role)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inOrder puts snapshots into the order of the targets: they come in the order of their ends.
func inOrder(snapshots []*pb.Snapshot, targets []*inventory.Target) {
	place := map[string]int{}
	for i, t := range targets {
		place[t.ID] = i
	}
	slices.SortStableFunc(snapshots, func(x, y *pb.Snapshot) int {
		return cmp.Compare(place[x.GetTarget().GetId()], place[y.GetTarget().GetId()])
	})
}

// missed says on standard error how many targets were read, of each other one why it was not, and what was amiss with one that was read.
func (a *app) missed(snapshots []*pb.Snapshot) {
	n, stopped := missed(snapshots), 0
	a.note(a.Say("共 %d 个目标，已读取 %d 个，未读取 %d 个", "%d targets: %d read, %d not", len(snapshots), len(snapshots)-n, n))
	for _, s := range snapshots {
		switch why := a.Lang.Of(s.GetVisit().GetDetail()); {
		case s.GetVisit().GetState() == pb.VisitState_VISIT_STATE_CANCELLED:
			stopped++
		case why != "":
			a.note(fmt.Sprintf("  %s: %s", s.GetTarget().GetId(), why))
		}
	}
	if stopped > 0 {
		a.note(a.Say("  检查被中止，%d 个目标未完成；其余结果已写入报告", "  stopped: %d targets were not finished; the report has the others", stopped))
	}
}

// whence says where credentials are looked for, if some were missing and no file says it.
func (a *app) whence(given targetFlags, snapshots []*pb.Snapshot) {
	missing := func(s *pb.Snapshot) bool { return s.GetVisit().GetState() == pb.VisitState_VISIT_STATE_NO_CREDENTIAL }
	if given.credentials == "" && slices.ContainsFunc(snapshots, missing) {
		a.note(a.Say("未给出 --credentials 时，凭据取自环境变量 PLUMBLINE_CRED_<名称>_USER、PLUMBLINE_CRED_<名称>_PASSWORD，名称缺省为 DEFAULT", "without --credentials they are the variables PLUMBLINE_CRED_<NAME>_USER and PLUMBLINE_CRED_<NAME>_PASSWORD, by default with the name DEFAULT"))
	}
}

func missed(snapshots []*pb.Snapshot) int {
	n := 0
	for _, s := range snapshots {
		if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
			n++
		}
	}
	return n
}
