package collector

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/collector/snmp"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// errNoDriver says that there is no driver of a name.
type errNoDriver struct{ name string }

func (e errNoDriver) Error() string { return e.Say().GetEn() }

// Say says it in both languages.
func (e errNoDriver) Say() *pb.Text {
	return checks.Say("没有名为 %q 的驱动（plumbline-collector drivers 可列出全部）", "there is no driver %q (plumbline-collector drivers lists them)", e.name)
}

// errUser says that a credential is another account's than the inventory wants.
type errUser struct{ credential, has, wanted string }

func (e *errUser) Error() string { return e.Say().GetEn() }

// Say says it in both languages.
func (e *errUser) Say() *pb.Text {
	return checks.Say("清单要求账户 %q，凭据 %s 属于账户 %q，未尝试登录", "the inventory wants the account %q, the credential %s is of %q; no login was tried", e.wanted, e.credential, e.has)
}

// errOther says that a configuration is another platform's than its driver reads: what the driver makes of it, defaults above all,
// would be wrong.
type errOther struct{ driver, looksLike string }

func (e errOther) Error() string { return e.Say().GetEn() }

// Say says it in both languages.
func (e errOther) Say() *pb.Text {
	return checks.Say("所指驱动为 %s，而配置内容像是 %s，未作判断；请核对驱动", "the driver stated is %s, and the configuration looks like %s; nothing was judged. Which is right?", e.driver, e.looksLike)
}

// Is finds it whatever the platforms are.
func (errOther) Is(target error) bool {
	_, ok := target.(errOther) //nolint:errorlint // what is asked for is not wrapped
	return ok
}

// errNotRecognised says that the platform of a target could not be told.
var errNotRecognised = errors.New("the platform was not recognised")

// errUnknownFile says that the platform of a file could not be told.
var errUnknownFile = errors.New("no driver knows this text")

// outcomes are the ends that are told apart, in the order in which they are looked for; those without words say themselves.
var outcomes = []struct {
	err   error
	state pb.VisitState
	say   *pb.Text
}{
	{sshasker.ErrChangedKey, pb.VisitState_VISIT_STATE_HOST_KEY_CHANGED, nil},
	{sshasker.ErrUnknownKey, pb.VisitState_VISIT_STATE_HOST_KEY_UNKNOWN, nil},
	{sshasker.ErrPasswordChange, pb.VisitState_VISIT_STATE_PASSWORD_CHANGE, checks.Say("登录要求先修改口令，未予修改；由账户使用人修改后更新凭据", "it lets nobody in before the password is changed, which was not done; have the account's user change it and update the credential")},
	{sshasker.ErrRefused, pb.VisitState_VISIT_STATE_REFUSED, checks.Say("拒绝登录；本次不再重试，请核对凭据与账户状态", "it refused the login; it is not tried again. Look at credential and account")},
	{sshasker.ErrRaise, pb.VisitState_VISIT_STATE_REFUSED, checks.Say("拒绝提升权限（enable/super）；本次不再重试", "it refused to raise the privilege (enable, super); it is not tried again")},
	{sshasker.ErrMFA, pb.VisitState_VISIT_STATE_REFUSED, checks.Say("要求第二种身份鉴别，采集器不作答；请使用密钥或免二次鉴别的只读账户", "it asks for a second factor, which the collector never answers; give it a key, or a read-only account without one")},
	{sshasker.ErrNoMethod, pb.VisitState_VISIT_STATE_FAILED, checks.Say("没有与凭据相符的登录方式，未尝试登录", "it offers no login method that the credential fits; no login was tried")},
	{sshasker.ErrCredential, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, checks.Say("凭据不可用", "the credential cannot be used")},
	{sshasker.ErrAlgorithms, pb.VisitState_VISIT_STATE_FAILED, checks.Say("没有共同的 SSH 算法；老旧设备可在清单中注明 algorithms: legacy", "no SSH algorithm in common; state algorithms: legacy in the inventory for an old device")},
	{sshasker.ErrBusy, pb.VisitState_VISIT_STATE_BUSY, checks.Say("没有空余会话，已让给运维人员", "it has no session to spare; it was left to its operators")},
	{sshasker.ErrQuestion, pb.VisitState_VISIT_STATE_FAILED, checks.Say("登录后出现未知的询问，未作回答", "it asks something at login to which no safe answer is known; it was not answered")},
	{sshasker.ErrDialect, pb.VisitState_VISIT_STATE_FAILED, checks.Say("驱动的终端描述不可用", "the driver's description of the terminal cannot be used")},
	{sshasker.ErrNoPrompt, pb.VisitState_VISIT_STATE_FAILED, checks.Say("登录后未见到该平台的命令提示符，请核对清单中的 driver", "no prompt of this platform was seen; is the inventory's driver right?")},
	{sshasker.ErrOutOfSync, pb.VisitState_VISIT_STATE_FAILED, checks.Say("应答与命令错位，已读内容作废", "answers were out of step with commands; nothing that was read is used")},
	{sshasker.ErrHostile, pb.VisitState_VISIT_STATE_FAILED, checks.Say("应答超出上限", "it sent more than the limits allow")},
	{sshasker.ErrTimeout, pb.VisitState_VISIT_STATE_TIMEOUT, checks.Say("超时", "timed out")},
	{sshasker.ErrNotSSH, pb.VisitState_VISIT_STATE_UNREACHABLE, checks.Say("该端口不是 SSH 服务", "that port does not speak SSH")},
	{sshasker.ErrUnreachable, pb.VisitState_VISIT_STATE_UNREACHABLE, checks.Say("无法连通", "no connection")},
	{sshasker.ErrLost, pb.VisitState_VISIT_STATE_UNREACHABLE, checks.Say("会话中断", "the session was lost")},
	{snmp.ErrRefused, pb.VisitState_VISIT_STATE_REFUSED, checks.Say("SNMP 代理拒绝了凭据；本次不再重试", "the SNMP agent refused the credential; it is not tried again")},
	{snmp.ErrWrongEngine, pb.VisitState_VISIT_STATE_HOST_KEY_CHANGED, checks.Say("SNMP 引擎标识与登记的不一致", "the SNMP engine ID is not the expected one")},
	{snmp.ErrCredential, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, checks.Say("SNMP 凭据不可用", "the SNMP credential cannot be used")},
	{snmp.ErrUnreachable, pb.VisitState_VISIT_STATE_UNREACHABLE, checks.Say("该地址没有 SNMP 服务", "nothing answers SNMP at that address")},
	{snmp.ErrTimeWindow, pb.VisitState_VISIT_STATE_FAILED, checks.Say("SNMPv3 时间窗口不一致", "the SNMPv3 time window does not fit")},
	{snmp.ErrMalformed, pb.VisitState_VISIT_STATE_FAILED, checks.Say("SNMP 应答无法解析", "its SNMP answers cannot be read")},
	{snmp.ErrNoAnswer, pb.VisitState_VISIT_STATE_TIMEOUT, checks.Say("SNMP 没有应答（团体名错误时也会如此）", "no SNMP answer (a wrong community looks the same)")},
	{vault.ErrUnknownName, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, nil},
	{vault.ErrNoRule, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, nil},
	{vault.ErrSource, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, nil},
	{vault.ErrUnfit, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, nil},
	{errOther{}, pb.VisitState_VISIT_STATE_NOT_RECOGNISED, nil},
	{errNotRecognised, pb.VisitState_VISIT_STATE_NOT_RECOGNISED, checks.Say("未能识别平台，请在清单中注明 driver", "its platform was not recognised; state its driver in the inventory")},
	{errUnknownFile, pb.VisitState_VISIT_STATE_NOT_RECOGNISED, checks.Say("未能识别该文件属于哪种设备；请用 --driver 指明", "what device the file is from was not recognised; say so with --driver")},
	{context.DeadlineExceeded, pb.VisitState_VISIT_STATE_TIMEOUT, checks.Say("超时", "timed out")},
}

// outcome says how a visit ended that failed.
func outcome(ctx context.Context, err error) (pb.VisitState, *pb.Text) {
	var suspended *sweep.Suspended
	var user *errUser
	var jump errJump
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return pb.VisitState_VISIT_STATE_CANCELLED, checks.Say("检查被中止", "the sweep was stopped")
	case errors.As(err, &suspended):
		return pb.VisitState_VISIT_STATE_SUSPENDED, suspended.Say()
	case errors.As(err, &user):
		return pb.VisitState_VISIT_STATE_NO_CREDENTIAL, user.Say()
	case ctx.Err() != nil && !shown(err):
		return pb.VisitState_VISIT_STATE_TIMEOUT, checks.Say("未在 --timeout 所给的时限内完成", "it was not done in the time that --timeout gives a target")
	case errors.As(err, &jump):
		return pb.VisitState_VISIT_STATE_UNREACHABLE, jump.Say()
	}
	for _, o := range outcomes {
		if !errors.Is(err, o.err) {
			continue
		}
		if o.say == nil {
			return o.state, plain(said(err))
		}
		why := strings.TrimPrefix(strings.TrimPrefix(cause(err), o.err.Error()), ": ")
		if why == "" {
			return o.state, o.say
		}
		return o.state, plain(checks.Say("%s（%s）", "%s (%s)", o.say, why))
	}
	return pb.VisitState_VISIT_STATE_FAILED, plain(said(err))
}

// cause is an error's own words, without target and address, which stand beside it.
func cause(err error) string {
	var dial *sshasker.DialError
	if errors.As(err, &dial) {
		return dial.Err.Error()
	}
	return err.Error()
}

// shown says that a login was tried with the credential and not accepted, as far as is known: the device may have counted a failure. So
// it may if a dialogue was broken off at a second factor or a demand for a new password.
func shown(err error) bool {
	var dial *sshasker.DialError
	return errors.As(err, &dial) && (dial.Attempted || errors.Is(err, sshasker.ErrRefused) || errors.Is(err, sshasker.ErrMFA) || errors.Is(err, sshasker.ErrPasswordChange))
}

// maxDetail is how long a reason may be: a device's own words are in it.
const maxDetail = 300

// plain takes out of a reason what would act on a terminal.
func plain(t *pb.Text) *pb.Text {
	fit := func(s string) string {
		s = strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return ' '
		}, strings.ToValidUTF8(s, "·"))
		if r := []rune(s); len(r) > maxDetail {
			return string(r[:maxDetail]) + "…"
		}
		return s
	}
	return &pb.Text{Zh: fit(t.GetZh()), En: fit(t.GetEn())}
}

// without takes the secrets that were shown out of a reason: a device that wants to can say them back.
func (v *visiting) without(t *pb.Text) *pb.Text {
	var pairs []string
	for _, c := range v.shown {
		for _, s := range []vault.Secret{c.Password, c.Raise, c.SNMP.Community, c.SNMP.AuthPassword, c.SNMP.PrivPassword} {
			if s.Set() {
				pairs = append(pairs, s.Reveal(), s.String())
			}
		}
	}
	if len(pairs) == 0 {
		return t
	}
	r := strings.NewReplacer(pairs...)
	return &pb.Text{Zh: r.Replace(t.GetZh()), En: r.Replace(t.GetEn())}
}
