package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

var (
	statements        = []string{"met", "partly", "not_met", "not_applicable"}
	attestationStates = []string{"stated", "confirmed", "withdrawn", "expired"}
)

// attested is an attestation as it is printed in JSON.
type attested struct {
	ID          string         `json:"id"`
	State       string         `json:"state"`
	Baseline    string         `json:"baseline"`
	Clause      string         `json:"clause"`
	Target      string         `json:"target,omitempty"`
	Site        string         `json:"site,omitempty"`
	Statement   string         `json:"statement"`
	Remark      string         `json:"remark,omitempty"`
	Evidence    []evidenceFile `json:"evidence,omitempty"`
	StatedBy    string         `json:"stated_by"`
	StatedAt    time.Time      `json:"stated_at"`
	Until       time.Time      `json:"until"`
	TimeZone    string         `json:"time_zone"`
	ConfirmedBy string         `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time      `json:"confirmed_at,omitzero"`
}

type evidenceFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func newAttested(m *pb.Attestation) attested {
	out := attested{
		ID: m.GetId(), State: strings.ToLower(strings.TrimPrefix(m.GetState().String(), "ATTESTATION_STATE_")), Baseline: m.GetBaseline(), Clause: m.GetClause(),
		Target: m.GetTargetId(), Site: m.GetSite(), Statement: strings.ToLower(strings.TrimPrefix(m.GetStatement().String(), "STATEMENT_")), Remark: m.GetRemark(),
		StatedBy: m.GetStatedBy(), StatedAt: timeOf(m.GetStatedAt()), Until: timeOf(m.GetUntil()), TimeZone: m.GetTimeZone(), ConfirmedBy: m.GetConfirmedBy(),
		ConfirmedAt: timeOf(m.GetConfirmedAt()),
	}
	for _, f := range m.GetEvidence() {
		out.Evidence = append(out.Evidence, evidenceFile{f.GetName(), f.GetSize(), hex.EncodeToString(f.GetSha256())})
	}
	return out
}

func (a *app) attestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "attest", Short: a.Say("人员证明：无法扫描的条款由人声明、他人确认", "attestations: what no scanner sees is stated by a person and confirmed by another"),
		Long: a.Say(`对无法扫描的条款，由一人声明其状况、另一人确认，并附证据文件的 SHA-256；文件内容不保存在服务器上。`,
			`What no scanner sees is stated by one person and confirmed by another, with the SHA-256 of files of evidence; the server does not keep their content.`),
	}
	cmd.AddCommand(a.attestAdd(), a.attestEnd("confirm", a.Say("确认他人的声明，使其生效", "confirm what somebody else stated, so that it counts")),
		a.attestEnd("withdraw", a.Say("撤回一项证明，立即失效", "withdraw an attestation, at once")), a.attestList(), a.attestMissing())
	return cmd
}

func (a *app) attestAdd() *cobra.Command {
	var c waiver.Claim
	var statement string
	var files []string
	cmd := &cobra.Command{
		Use: "add", Short: a.Say("声明一个条款的状况，须由他人确认", "state how a clause stands; somebody else confirms it"),
		Example: a.Example(`  {program} attest add --baseline shanghai-internet-finance --clause SHIF/9-1 --statement met --evidence 应急预案.pdf --until 2027-03-31`,
			`  {program} attest add --baseline shanghai-internet-finance --clause SHIF/9-1 --statement met --evidence plan.pdf --until 2027-03-31`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.OneOf("--statement", statement, statements); err != nil {
				return err
			}
			c.Statement = pb.Statement(pb.Statement_value["STATEMENT_"+strings.ToUpper(statement)])
			for _, name := range files {
				f, err := measure(name)
				if err != nil {
					return err
				}
				c.Evidence = append(c.Evidence, f)
			}
			return a.act(cmd, "attestation.add", func(_ *store.Store, rules *waiver.Service, by store.Entry, _ api.Role) error {
				m, err := rules.Attest(cmd.Context(), by, c)
				if err != nil {
					return err
				}
				return a.attestations([]*pb.Attestation{m})
			}, api.Operator)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Baseline, "baseline", "", a.Say("`基线`编号", "the baseline's `ID`"))
	f.StringVar(&c.Clause, "clause", "", a.Say("`条款`编号", "the clause's `ID`"))
	f.StringVar(&c.Target, "target", "", a.Say("只对该`目标`", "for `TARGET` only"))
	f.StringVar(&c.Site, "site", "", a.Say("只对该`场所`；不指定则为整个机构", "for the site `NAME` only; the whole organisation if neither is given"))
	f.StringVar(&statement, "statement", "", a.Say("`声明`：met 符合、partly 部分符合、not_met 不符合、not_applicable 不适用", "what is stated: `met|partly|not_met|not_applicable`"))
	f.StringVar(&c.Remark, "remark", "", a.Say("查看了什么、所见如何：`说明`", "what was looked at and what it showed: `TEXT`"))
	f.StringArrayVar(&files, "evidence", nil, a.Say("证据`文件`，可重复；只记录名称、大小与 SHA-256", "a `FILE` of evidence, may be repeated; its name, size and SHA-256 are kept"))
	f.StringVar(&c.Until, "until", "", a.Say("有效至该`日期`（含当日，最长 366 天）", "valid until the end of `DATE`; 366 days at the most"))
	f.StringVar(&c.TimeZone, "time-zone", defaultZone, a.Say("日期所在`时区`", "the time `ZONE` that dates are meant in"))
	a.PlainDefault(cmd, "time-zone")
	a.Fixed(cmd, "statement", statements...)
	return cmd
}

// measure reads a file for its digest.
func measure(name string) (*pb.EvidenceFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &pb.EvidenceFile{Name: filepath.Base(name), Size: size, Sha256: sum.Sum(nil)}, nil
}

func (a *app) attestEnd(verb, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " " + a.Say("编号", "ID"), Short: short,
		Example: a.Example(`  {program} attest `+verb+` a-0a1b2c3d4e5f6071    编号见 attest list`, `  {program} attest `+verb+` a-0a1b2c3d4e5f6071    attest list shows the ids`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			roles := []api.Role{api.Security}
			if verb == "withdraw" {
				roles = append(roles, api.Operator)
			}
			return a.act(cmd, "attestation."+verb, func(s *store.Store, rules *waiver.Service, by store.Entry, as api.Role) error {
				var err error
				if verb == "withdraw" {
					err = rules.Retract(cmd.Context(), by, id, as == api.Security)
				} else {
					err = rules.Confirm(cmd.Context(), by, id)
				}
				if err != nil {
					return err
				}
				m, err := s.Attestation(cmd.Context(), id)
				if err != nil {
					return err
				}
				return a.attestations([]*pb.Attestation{m})
			}, roles...)
		},
	}
}

func (a *app) attestList() *cobra.Command {
	var filter store.AttestationFilter
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: a.Say("列出人员证明，最新的在前", "list attestations, the latest first"),
		Example: a.Example(`  {program} attest list --state stated    待确认的`, `  {program} attest list --state stated    those that nobody confirmed yet`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" {
				if err := a.OneOf("--state", state, attestationStates); err != nil {
					return err
				}
				filter.State = pb.AttestationState(pb.AttestationState_value["ATTESTATION_STATE_"+strings.ToUpper(state)])
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := waiver.All(cmd.Context(), s, filter)
			if err != nil {
				return err
			}
			return a.attestations(found)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", a.Say("只列该`状态`：stated、confirmed、withdrawn、expired", "only those that are `stated|confirmed|withdrawn|expired`"))
	cmd.Flags().StringVar(&filter.Baseline, "baseline", "", a.Say("只列该`基线`的", "only those of the baseline `ID`"))
	cmd.Flags().StringVar(&filter.Clause, "clause", "", a.Say("只列该`条款`的", "only those of the clause `ID`"))
	a.Fixed(cmd, "state", attestationStates...)
	return cmd
}

func (a *app) attestations(found []*pb.Attestation) error {
	list := make([]attested, len(found))
	for i, m := range found {
		list[i] = newAttested(m)
	}
	head := []string{a.Say("编号", "ID"), a.Say("状态", "STATE"), a.Say("条款", "CLAUSE"), a.Say("范围", "FOR"), a.Say("声明", "STATEMENT"), a.Say("有效至", "UNTIL"), a.Say("声明人", "STATED BY"), a.Say("确认人", "CONFIRMED BY"), a.Say("证据", "EVIDENCE")}
	return write(a, list, head, func(m attested) []string {
		return []string{m.ID, m.State, m.Clause, m.Target + m.Site, m.Statement, inZone(m.Until, m.TimeZone), m.StatedBy, m.ConfirmedBy, fmt.Sprint(len(m.Evidence))}
	})
}

// absent is a clause without an attestation as it is printed in JSON.
type absent struct {
	Clause   string `json:"clause"`
	Text     string `json:"text"`
	Expected string `json:"expected_evidence"`
	Partly   bool   `json:"checks_decide_a_part"`
	Had      string `json:"had,omitempty"`
	HadState string `json:"had_state,omitempty"`
}

func (a *app) attestMissing() *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use: "missing", Short: a.Say("列出须由人员证明而尚无有效证明的条款", "list the clauses that a person has to attest and nobody has"),
		Example: a.Example(`  {program} attest missing --baseline shanghai-internet-finance    上海指引`, `  {program} attest missing --baseline shanghai-internet-finance    the Shanghai guideline`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var ids []string
			for _, b := range baseline.Builtin() {
				ids = append(ids, b.ID)
			}
			if err := a.OneOf("--baseline", id, ids); err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			gaps, err := (&waiver.Service{Store: s, Now: a.Now}).Missing(cmd.Context(), baseline.ByID(id))
			if err != nil {
				return err
			}
			list := make([]absent, len(gaps))
			for i, g := range gaps {
				list[i] = absent{Clause: g.Clause.ID, Text: a.Lang.Of(g.Clause.Text), Expected: a.Lang.Of(g.Clause.Evidence()), Partly: len(g.Clause.Checks) > 0}
				if g.Had != nil {
					had := newAttested(g.Had)
					list[i].Had, list[i].HadState = had.ID, had.State
				}
			}
			head := []string{a.Say("条款", "CLAUSE"), a.Say("要求", "DEMANDS"), a.Say("应出示", "SHOW"), a.Say("已有", "HAD")}
			return write(a, list, head, func(m absent) []string {
				return []string{m.Clause, m.Text, m.Expected, strings.TrimSpace(m.Had + " " + m.HadState)}
			})
		},
	}
	cmd.Flags().StringVar(&id, "baseline", "", a.Say("`基线`编号", "the baseline's `ID`"))
	return cmd
}
