package api

import (
	"maps"
	"net/http"
	"slices"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/score"
)

// Parameters that several routes take.
var (
	byTarget   = param{name: "target", zh: "目标编号", en: "id of the target"}
	byZone     = param{name: "zone", zh: "区域；缺省为全部", en: "zone; all if not given"}
	byBaseline = param{name: "baseline", zh: "基线编号", en: "id of the baseline"}
	byClause   = param{name: "clause", zh: "条款编号", en: "id of the clause"}
	from       = param{name: "from", kind: moment, zh: "起始时间（含）", en: "not before this time"}
	since      = param{name: "since", kind: size, zh: "另存检查点的条数，证据包将证明日志自此只增不改", en: "sizes of checkpoints that you keep; the bundle proves that the log only grew since"}
	until      = param{name: "until", kind: moment, zh: "截止时间（不含）", en: "before this time"}
)

// routes are all that the API answers.
func routes() []*route {
	const (
		get    = http.MethodGet
		put    = http.MethodPut
		post   = http.MethodPost
		remove = http.MethodDelete
		v1     = "/api/v1"
	)
	return []*route{
		{method: get, path: "/healthz", zh: "进程是否存活", en: "whether the process lives", gives: health{}, do: (*call).getHealth},
		{method: get, path: "/readyz", zh: "是否可以提供服务", en: "whether it can serve", gives: health{}, do: (*call).getReady},
		{method: get, path: "/metrics", zh: "Prometheus 指标", en: "figures for Prometheus", media: []string{"text/plain"}, do: (*call).getMetrics},
		{method: get, path: "/openapi.json", zh: "本接口的 OpenAPI 描述", en: "this API for machines", media: []string{"application/json"}, do: (*call).getOpenAPI},
		{method: get, path: v1 + "/me", zh: "当前身份、角色与令牌范围", en: "who you are to the server", gives: me{}, do: (*call).getMe},

		{method: get, path: v1 + "/findings", zh: "当前结果；指定 changed_since 时为其后变化的结果", en: "current findings, or with changed_since those that changed, the latest first",
			query: paging(byTarget, byZone, byBaseline, byClause,
				param{name: "check", zh: "检查项", en: "id of the check"},
				param{name: "control", zh: "控制点", en: "id of the control"},
				param{name: "outcome", kind: choices, words: outcomes, zh: "结论，可多个", en: "outcomes"},
				param{name: "waived", kind: flag, zh: "只列已豁免的，或未豁免的", en: "only those that a waiver covers, or that none does"},
				param{name: "gone", kind: flag, zh: "是否包含已消失的结果", en: "those that are gone, too"},
				param{name: "changed_since", kind: moment, zh: "此时间之后变化", en: "only what changed since"}),
			gives: list[finding]{}, do: (*call).getFindings},
		{method: get, path: v1 + "/findings/{id}", zh: "一条结果及其依据", en: "one finding with its evidence", costly: true, gives: findingDetail{}, do: (*call).getFinding},
		{method: get, path: v1 + "/findings/{id}/history", zh: "一条结果在历次快照中的结论", en: "how one finding stood in each snapshot, the latest first",
			query: paging(), gives: list[point]{}, do: (*call).getHistory},

		{method: get, path: v1 + "/snapshots", zh: "快照，最新的在前", en: "snapshots, the latest first",
			query: paging(byTarget, from, until,
				param{name: "sender", zh: "上报者编号", en: "id of the sender"},
				param{name: "sweep", zh: "扫描任务编号", en: "id of the sweep"}),
			gives: list[snapshot]{}, do: (*call).getSnapshots},
		{method: get, path: v1 + "/snapshots/{id}", zh: "快照概要", en: "one snapshot, without its body", gives: snapshot{}, do: (*call).getSnapshot},
		{method: get, path: v1 + "/snapshots/{id}/report", zh: "快照的报告；导出记入审计日志", en: "the snapshot's report; on record in the audit log", costly: true,
			query: reporting(),
			media: formatMedia(), do: (*call).getReport},
		{method: get, path: v1 + "/snapshots/{id}/bundle", zh: "快照的签名证据包；导出记入审计日志", en: "the snapshot as a signed evidence bundle; on record in the audit log", costly: true,
			query: []param{since}, media: []string{tarMedia}, do: (*call).getSnapshotBundle},
		{method: get, path: v1 + "/snapshots/{id}/rejudge", zh: "按另一基线、方案或场所信息重新判断快照中的事实，不接触目标", en: "what the snapshot's facts come to by another baseline, profile or site file; no target is asked", costly: true,
			query: []param{{name: "baseline", kind: choices, words: baselineIDs(), zh: "基线，可多个；缺省为当时所用", en: "baselines; those that judged if not given"},
				{name: "profile", kind: choice, words: profileNames(), zh: "方案；缺省为当时所用", en: "profile; the recorded one if not given"},
				{name: "site", kind: number, zh: "场所信息的版本；缺省为当时所用", en: "version of the site file; the one that was used if not given"}},
			gives: list[rejudged]{}, do: (*call).getRejudge},
		{method: get, path: v1 + "/snapshots/{id}/recheck", zh: "按记录的方式重新判断并与上报的结论核对；不一致记入审计日志", en: "judge the snapshot again as it was recorded and compare; a difference is on record in the audit log", costly: true,
			gives: recheck{}, do: (*call).getRecheck},
		{method: get, path: v1 + "/snapshots/{id}/diff/{other}", zh: "同一目标两个快照的差异及原因", en: "what differs between two snapshots of a target, and why", costly: true,
			gives: list[change]{}, do: (*call).getDiff},
		{method: get, path: v1 + "/refusals", zh: "被拒收的上报，最新的在前", en: "deliveries that were refused, the latest first", query: paging(), gives: list[refusal]{}, do: (*call).getRefusals},

		{method: get, path: v1 + "/targets", zh: "资产清单及各目标现状", en: "the inventory with where each target stands",
			query: paging(byZone,
				param{name: "role", zh: "用途", en: "role"},
				param{name: "owner", zh: "责任人", en: "owner"},
				param{name: "driver", zh: "驱动", en: "driver"},
				param{name: "reader", zh: "读取该目标的代理或采集器", en: "the agent or collector that reads it"},
				param{name: "label", kind: pair, zh: "标签，须全部具有", en: "labels, all of which it has"}),
			gives: list[target]{}, do: (*call).getTargets},
		{method: get, path: v1 + "/targets/{id}", zh: "一个目标及其现状", en: "one target and where it stands", gives: target{}, do: (*call).getTarget},
		{method: put, path: v1 + "/targets", zh: "新增或更新多个目标，全部成功或全部不变", en: "add or change several targets, all or none", takes: targetList{}, do: (*call).putTargets},
		{method: put, path: v1 + "/targets/{id}", zh: "新增或更新一个目标", en: "add or change a target", takes: targetFields{}, do: (*call).putTarget},
		{method: post, path: v1 + "/targets/import", zh: "导入资产清单（YAML、CSV、Ansible），全部成功或全部不变；有误时逐条给出行与改法", en: "bring an inventory in (YAML, CSV, Ansible), all or nothing; what is wrong is told with line and remedy", costly: true,
			query: []param{
				{name: "dry_run", kind: flag, zh: "只返回将做什么", en: "only say what would be done"},
				{name: "prune", kind: flag, zh: "移出清单中没有的目标", en: "take out targets that it does not hold"},
				{name: "driver", zh: "另有该驱动", en: "there is this driver, too"}},
			body: maxInventory, accepts: slices.Sorted(maps.Keys(inventoryNames)), gives: imported{}, do: (*call).importTargets},
		{method: get, path: v1 + "/targets/export", zh: "导出全部目标，可再导入；记入审计日志", en: "all targets in a form that can be imported; on record in the audit log", costly: true,
			query: []param{{name: "format", kind: choice, words: inventory.Forms(), zh: "格式，缺省 yaml", en: "the form; yaml if not given"}},
			media: []string{"application/yaml", "text/csv"}, do: (*call).exportTargets},
		{method: remove, path: v1 + "/targets/{id}", zh: "移出资产清单，已有结果保留", en: "take a target out of the inventory; what was found stays", do: (*call).deleteTarget},
		{method: get, path: v1 + "/clauses", zh: "各条款的汇总", en: "how each clause stands", query: []param{byZone, byBaseline}, gives: list[clause]{}, do: (*call).getClauses},
		{method: get, path: v1 + "/scores", zh: "得分：全部、各区域或各目标，按基线，计与不计豁免", en: "scores of the whole, of zones or of targets, by baseline, with and without waivers", costly: true,
			query: []param{byTarget, byZone, byBaseline, {name: "level", kind: choice, words: score.Levels(), zh: "层次，缺省 whole", en: "of what; whole if not given"}, paging()[0]},
			gives: scores{}, do: (*call).getScores},
		{method: get, path: v1 + "/scores/shanghai", zh: "上海评分表：各指标已证明与可能的得分、依据与缺失", en: "the Shanghai scoring table: what is proved and possible of each indicator, on what it rests and what is missing", costly: true,
			query: []param{byZone}, gives: score.Table{}, do: (*call).getShanghai},
		{method: get, path: v1 + "/trend", zh: "按日趋势，缺省最近 90 天", en: "day by day; the last 90 days if not given",
			query: []param{byZone, byBaseline, byClause, {name: "since", kind: moment, zh: "起始时间", en: "since"}}, gives: list[day]{}, do: (*call).getTrend},
		{method: get, path: v1 + "/worst", zh: "问题最多的目标", en: "targets, the worst first", query: []param{byZone, paging()[0]}, gives: list[standing]{}, do: (*call).getWorst},
		{method: get, path: v1 + "/stale", zh: "久未成功读取的目标，从未读取的在前；缺省 48 小时", en: "targets not read since a time, those never read first; 48 hours if not given",
			query: paging(param{name: "since", kind: moment, zh: "此后未读取", en: "not read since"}), gives: list[standing]{}, do: (*call).getStale},

		{method: get, path: v1 + "/sweeps", zh: "扫描任务，最新的在前", en: "sweeps, the latest first",
			query: paging(param{name: "state", kind: choice, words: []string{"planned", "running", "done", "cancelled"}, zh: "状态", en: "state"},
				param{name: "schedule", zh: "计划编号", en: "id of the schedule"}),
			gives: list[sweep]{}, do: (*call).getSweeps},
		{method: get, path: v1 + "/sweeps/{id}", zh: "一个扫描任务及其交代情况", en: "one sweep and what became of its targets", gives: sweep{}, do: (*call).getSweep},
		{method: get, path: v1 + "/sweeps/{id}/targets", zh: "扫描任务的目标", en: "the targets of a sweep",
			query: paging(param{name: "state", kind: choice, words: []string{"planned", "handed", "ended"}, zh: "状态", en: "state"}),
			gives: list[sweepTarget]{}, do: (*call).getSweepTargets},
		{method: get, path: v1 + "/sweeps/{id}/report", zh: "扫描任务全部目标的报告；导出记入审计日志", en: "the report of all targets of the sweep; on record in the audit log", costly: true,
			query: reporting(), media: formatMedia(), do: (*call).getSweepReport},
		{method: get, path: v1 + "/sweeps/{id}/diff/{other}", zh: "两次扫描任务的差异", en: "what differs between two sweeps", costly: true,
			query: paging(), gives: list[targetChange]{}, do: (*call).getSweepDiff},
		{method: get, path: v1 + "/sweeps/{id}/bundle", zh: "扫描任务全部快照的签名证据包；导出记入审计日志", en: "all snapshots of a sweep as a signed evidence bundle; on record in the audit log", costly: true,
			query: []param{since}, media: []string{tarMedia}, do: (*call).getSweepBundle},
		{method: get, path: v1 + "/checkpoints", zh: "证据日志的签名检查点，最新的在前，请另行保存", en: "signed checkpoints of the evidence log, the latest first; to be kept elsewhere",
			query: paging(), gives: list[checkpoint]{}, do: (*call).getCheckpoints},
		{method: get, path: v1 + "/evidence-keys", zh: "校验证据包的公钥，现用的在前", en: "public keys by which evidence is checked, the one in use first", gives: list[evidenceKey]{}, do: (*call).getEvidenceKeys},
		{method: get, path: v1 + "/sweeps/{id}/ledger", zh: "逐条交代：每个目标与条款的计划项各计一次", en: "the ledger: every planned pair of a target and a clause, counted once", costly: true,
			gives: orders.Ledger{}, do: (*call).getLedger},
		{method: get, path: v1 + "/sweeps/{id}/ledger/{target}", zh: "一个目标的逐条交代", en: "the ledger of one target, clause by clause", costly: true,
			gives: list[ledgerLine]{}, do: (*call).getTargetLedger},
		{method: post, path: v1 + "/sweeps", zh: "申请扫描或按需快照，须由他人授权", en: "ask for a sweep or a snapshot; somebody else authorises it", takes: sweepOrder{}, gives: made{}, do: (*call).postSweep},
		{method: post, path: v1 + "/sweeps/{id}/authorise", zh: "授权扫描任务", en: "authorise a sweep", do: (*call).authorise},
		{method: post, path: v1 + "/sweeps/{id}/cancel", zh: "取消扫描任务", en: "cancel a sweep", do: (*call).cancel},

		{method: get, path: v1 + "/waivers", zh: "豁免，最新申请的在前", en: "waivers, the latest request first",
			query: paging(byTarget, byBaseline, byClause,
				param{name: "state", kind: choice, words: waiverStates, zh: "状态", en: "state"},
				param{name: "due", kind: flag, zh: "只列已到提醒期的", en: "only those of which somebody is to be reminded now"}),
			gives: list[waived]{}, do: (*call).getWaivers},
		{method: get, path: v1 + "/waivers/{id}", zh: "一项豁免", en: "one waiver", gives: waived{}, do: (*call).getWaiver},
		{method: post, path: v1 + "/waivers", zh: "申请豁免，须由他人批准", en: "ask for a waiver; somebody else approves it", takes: waiverRequest{}, gives: waived{}, do: (*call).postWaiver},
		{method: post, path: v1 + "/waivers/{id}/approve", zh: "批准豁免", en: "approve a waiver", takes: decision{}, do: (*call).approveWaiver},
		{method: post, path: v1 + "/waivers/{id}/reject", zh: "驳回豁免，须写明理由", en: "reject a waiver, with the reason", takes: decision{}, do: (*call).rejectWaiver},
		{method: post, path: v1 + "/waivers/{id}/withdraw", zh: "撤回豁免，立即失效", en: "withdraw a waiver, at once", do: (*call).withdrawWaiver},
		{method: get, path: v1 + "/attestations", zh: "人员证明，最新的在前", en: "attestations, the latest first",
			query: paging(byTarget, byBaseline, byClause,
				param{name: "site", zh: "场所", en: "site"},
				param{name: "state", kind: choice, words: attestationStates, zh: "状态", en: "state"}),
			gives: list[attestation]{}, do: (*call).getAttestations},
		{method: get, path: v1 + "/attestations/missing", zh: "基线中须由人员证明而尚无有效证明的条款", en: "clauses of a baseline that a person has to attest and nobody has",
			query: []param{byBaseline}, gives: list[gap]{}, do: (*call).getMissing},
		{method: get, path: v1 + "/attestations/{id}", zh: "一项人员证明", en: "one attestation", gives: attestation{}, do: (*call).getAttestation},
		{method: post, path: v1 + "/attestations", zh: "提交人员证明，须由他人确认", en: "state how a clause stands; somebody else confirms it", takes: claim{}, gives: attestation{}, do: (*call).postAttestation},
		{method: post, path: v1 + "/attestations/{id}/confirm", zh: "确认人员证明", en: "confirm an attestation", do: (*call).confirmAttestation},
		{method: post, path: v1 + "/attestations/{id}/withdraw", zh: "撤回人员证明，立即失效", en: "withdraw an attestation, at once", do: (*call).withdrawAttestation},

		{method: get, path: v1 + "/schedules", zh: "扫描计划及其后续触发时间", en: "schedules with their next starts", gives: list[scheduled]{}, do: (*call).getSchedules},
		{method: get, path: v1 + "/schedules/{id}", zh: "一个扫描计划", en: "one schedule", gives: scheduled{}, do: (*call).getSchedule},
		{method: put, path: v1 + "/schedules/{id}", zh: "新增或更改扫描计划，须由他人批准后才会触发", en: "add or change a schedule; it fires once somebody else approved it", takes: timetable{}, do: (*call).putSchedule},
		{method: post, path: v1 + "/schedules/{id}/approve", zh: "批准扫描计划", en: "approve a schedule", do: (*call).approveSchedule},
		{method: post, path: v1 + "/schedules/{id}/enable", zh: "启用扫描计划", en: "let a schedule fire", do: (*call).enableSchedule},
		{method: post, path: v1 + "/schedules/{id}/disable", zh: "停用扫描计划", en: "let a schedule rest", do: (*call).disableSchedule},
		{method: remove, path: v1 + "/schedules/{id}", zh: "删除扫描计划，已有任务保留", en: "remove a schedule; its sweeps stay", do: (*call).deleteSchedule},

		{method: get, path: v1 + "/identities", zh: "代理与采集器", en: "agents and collectors",
			query: []param{{name: "name", zh: "名称", en: "name"}, {name: "kind", kind: choice, words: []string{"agent", "collector"}, zh: "类型", en: "kind"},
				{name: "state", kind: choice, words: []string{"active", "quarantined", "revoked"}, zh: "状态", en: "state"}},
			gives: list[member]{}, do: (*call).getIdentities},
		{method: get, path: v1 + "/identities/{name}", zh: "一个代理或采集器", en: "one agent or collector", gives: member{}, do: (*call).getIdentity},
		{method: post, path: v1 + "/identities/{name}/revoke", zh: "吊销身份并切断连接", en: "revoke an identity and cut its connections", takes: revocation{}, do: (*call).revoke},
		{method: post, path: v1 + "/join-tokens", zh: "签发一次性注册令牌，仅显示一次", en: "make a one-time join token, shown once", takes: joining{}, gives: joinString{}, do: (*call).postJoinToken},

		{method: get, path: v1 + "/site", zh: "场所信息及其未答问题，缺省为最新版本", en: "the site file and what it does not answer; the newest version if none is named",
			query: []param{{name: "version", kind: number, zh: "版本", en: "version"}}, gives: siteVersion{}, do: (*call).getSite},
		{method: get, path: v1 + "/site/versions", zh: "场所信息的各版本，最新的在前", en: "the versions of the site file, the newest first", gives: list[siteVersion]{}, do: (*call).getSites},
		{method: put, path: v1 + "/site", zh: "保存新版本；based 之后已有新版本时拒绝，内容有误时逐条给出行", en: "keep a new version; refused where based is not the newest; what is wrong is told with its line",
			takes: siteText{}, gives: siteVersion{}, body: 4 << 20, do: (*call).putSite},

		{method: get, path: v1 + "/credentials", zh: "凭据的名称、种类与指纹，不含内容", en: "credentials by name, kind and fingerprint, never what they hold",
			gives: list[credential]{}, do: (*call).getCredentials},
		{method: put, path: v1 + "/credentials/{name}", zh: "写入凭据，此后不能读出", en: "write a credential; nothing gives it out again", takes: map[string]string{}, gives: credential{}, do: (*call).putCredential},
		{method: remove, path: v1 + "/credentials/{name}", zh: "删除凭据", en: "remove a credential", do: (*call).deleteCredential},
		{method: get, path: v1 + "/outlets", zh: "结果外送通道及其发送状态", en: "outlets and how far each has come", gives: list[outlet]{}, do: (*call).getOutlets},
		{method: get, path: v1 + "/outlets/{name}/refusals", zh: "被通道永久拒收而跳过的事件，最新的在前", en: "events that an outlet will never take, the latest first",
			query: paging(), gives: list[refusedEvent]{}, do: (*call).getOutletRefusals},

		{method: get, path: v1 + "/audit", zh: "审计日志，最新的在前", en: "the audit log, the latest first",
			query: paging(from, until,
				param{name: "actor", zh: "操作者", en: "who"},
				param{name: "action", zh: "操作", en: "what"},
				param{name: "object", zh: "对象", en: "to what"}),
			gives: list[record]{}, do: (*call).getAudit},
		{method: get, path: v1 + "/audit/verify", zh: "校验整个审计日志，可与另存的末端比对", en: "verify the whole audit log, against heads kept elsewhere too", costly: true,
			query: []param{{name: "head", kind: mark, zh: "另存的末端 N:SHA256", en: "a head, N:SHA256"}}, gives: verified{}, do: (*call).getVerify},

		{method: get, path: v1 + "/users", zh: "用户", en: "users", gives: list[user]{}, do: (*call).getUsers},
		{method: post, path: v1 + "/users", zh: "申请用户，须由安全管理员授权", en: "ask for a user; a security administrator authorises him", takes: newcomer{}, gives: user{}, do: (*call).postUser},
		{method: post, path: v1 + "/users/{name}/activate", zh: "授权用户", en: "authorise a user", takes: authorisation{}, do: (*call).activate},
		{method: post, path: v1 + "/users/{name}/lock", zh: "锁定用户，立即生效", en: "lock a user, at once", do: (*call).lock},
		{method: get, path: v1 + "/tokens", zh: "API 令牌：本人的，安全与审计管理员可见全部", en: "tokens: one's own; security and audit administrators see all",
			query: []param{{name: "user", zh: "用户", en: "user"}}, gives: list[token]{}, do: (*call).getTokens},
		{method: post, path: v1 + "/tokens", zh: "为本人签发令牌，仅显示一次", en: "make oneself a token, shown once", takes: wish{}, gives: issued{}, do: (*call).postToken},
		{method: remove, path: v1 + "/tokens/{id}", zh: "吊销令牌：本人的，安全管理员可吊销任何人的", en: "end a token: one's own; a security administrator anybody's", do: (*call).deleteToken},
	}
}
