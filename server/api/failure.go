package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/export"
	"github.com/plumbline/plumbline/server/rejudge"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

// A failure is what the caller is told. It never holds what went wrong inside.
type failure struct {
	status int
	code   string
	text   *pb.Text
	// problems are the places in a file that are wrong.
	problems []placed
	// retry is in how many seconds it may be tried again.
	retry int
}

func (f *failure) Error() string { return f.code + ": " + f.text.GetEn() }

// problem is the body of every answer that is no success.
type problem struct {
	Error struct {
		Code string `json:"code"`
		Zh   string `json:"message_zh"`
		En   string `json:"message_en"`
		// Problems are the places in a file that are wrong, where it is about a file.
		Problems []placed `json:"problems,omitempty"`
	} `json:"error"`
}

func (f *failure) body() problem {
	var p problem
	p.Error.Code, p.Error.Zh, p.Error.En, p.Error.Problems = f.code, f.text.GetZh(), f.text.GetEn(), f.problems
	return p
}

func failing(status int, code, zh, en string, args ...any) *failure {
	return &failure{status: status, code: code, text: checks.Say(zh, en, args...)}
}

// invalid is about what the caller sent.
func invalid(zh, en string, args ...any) *failure {
	return failing(http.StatusBadRequest, "invalid", zh, en, args...)
}

func conflict(zh, en string, args ...any) *failure {
	return failing(http.StatusConflict, "conflict", zh, en, args...)
}

var (
	errNoRoute  = failing(http.StatusNotFound, "no_such_route", "没有该接口", "there is no such route")
	errMethod   = failing(http.StatusMethodNotAllowed, "method_not_allowed", "该接口不支持此方法", "the route does not take this method")
	errNoToken  = failing(http.StatusUnauthorized, "unauthenticated", "须提供有效的 API 令牌", "a valid API token is needed")
	errDenied   = failing(http.StatusForbidden, "forbidden", "当前角色或令牌范围无权执行此操作", "neither your role nor your token's scopes allow this")
	errNotFound = failing(http.StatusNotFound, "not_found", "对象不存在", "there is no such thing")
	errNone     = failing(http.StatusNotFound, "not_offered", "本服务器未启用该功能", "this server does not offer that")
	errRemoved  = failing(http.StatusGone, "removed", "快照正文已按留存规则清除，结论仍可查询", "retention removed the snapshot's body; its outcomes are still known")
	errConflict = conflict("对象已存在，或状态已变化", "it is there already, or is not any more what it was")
	errTooLarge = failing(http.StatusRequestEntityTooLarge, "too_large", "请求正文过大，上限为 1 MiB", "the body is too large: at most 1 MiB is taken")
	errInternal = failing(http.StatusInternalServerError, "internal", "服务器内部错误，请凭请求编号查阅服务器日志", "the server failed; its log says why under the request's id")
	errDown     = &failure{status: http.StatusServiceUnavailable, code: "unavailable", text: checks.Say("服务暂不可用，未作任何更改", "the server cannot do this now; nothing was changed"), retry: 5}
	errBusy     = &failure{status: http.StatusTooManyRequests, code: "busy", text: checks.Say("此类操作并发过多，请稍后重试", "too many such calls are running; try again later"), retry: 10}
	errLimited  = &failure{status: http.StatusTooManyRequests, code: "too_many_attempts", text: checks.Say("失败次数过多，请稍后重试", "too many failed attempts; try again later"), retry: 60}
)

// failureOf says what the caller is told of an error. Whatever the store fails with is its own: the caller may try again.
func failureOf(err error) *failure {
	var known *failure
	var mistake *waiver.Mistake
	var missing *rejudge.Missing
	var tooLarge *http.MaxBytesError
	var refused *export.Refusal
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &mistake):
		return &failure{status: http.StatusBadRequest, code: "invalid", text: mistake.Say()}
	case errors.As(err, &missing):
		return &failure{status: http.StatusConflict, code: "not_repeatable", text: missing.Say()}
	case errors.Is(err, store.ErrFourEyes):
		return errFourEyes
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.Is(err, waiver.ErrNotYours):
		return errDenied
	case errors.As(err, &refused):
		return &failure{status: http.StatusUnprocessableEntity, code: "cannot_export", text: refused.Text}
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case errors.Is(err, store.ErrConflict):
		return errConflict
	case errors.Is(err, store.ErrRemoved):
		return errRemoved
	case errors.Is(err, context.Canceled):
		// Whoever asked has gone and reads nothing.
		return failing(499, "gone", "客户端已断开", "the client has gone")
	}
	return errDown
}
