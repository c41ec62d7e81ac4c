package checks

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// reasons says each reason for people. reason_test.go holds it to be complete.
var reasons = map[pb.Reason]*pb.Text{
	pb.Reason_REASON_UNSPECIFIED:           Say("未读取到相关信息", "nothing was read about it"),
	pb.Reason_REASON_NOT_PERMITTED:         Say("权限不足,需要 root 或更高权限", "not permitted; it takes root or a higher privilege"),
	pb.Reason_REASON_OFFLINE:               Say("仅运行中的系统可见", "only the running system can show it"),
	pb.Reason_REASON_NOT_FOUND:             Say("目标上不存在", "not found on the target"),
	pb.Reason_REASON_NOT_UNDERSTOOD:        Say("内容无法解析", "not understood"),
	pb.Reason_REASON_TRUNCATED:             Say("输出不完整", "the answer is not complete"),
	pb.Reason_REASON_TOO_LARGE:             Say("超过读取上限", "larger than the limit"),
	pb.Reason_REASON_TIMEOUT:               Say("超时", "timed out"),
	pb.Reason_REASON_FAILED:                Say("读取失败", "could not be read"),
	pb.Reason_REASON_NO_DOCUMENTED_DEFAULT: Say("未配置,且该版本默认值无文档依据", "not configured, and no document states this version's default"),
	pb.Reason_REASON_CONFLICT:              Say("多处配置相互矛盾", "places contradict one another"),
	pb.Reason_REASON_NOT_ASKED:             Say("未采集", "not asked"),
	pb.Reason_REASON_ELSEWHERE:             Say("由其他系统决定", "decided elsewhere"),
	pb.Reason_REASON_UNSAFE_FILE:           Say("不是可安全读取的普通文件", "not a file that is safe to read"),
	pb.Reason_REASON_SITE_UNSTATED:         Say("场所信息未声明", "not stated by the site"),
	pb.Reason_REASON_TOO_YOUNG:             Say("记录时间尚短", "the record does not reach back far enough"),
	pb.Reason_REASON_NO_EVIDENCE:           Say("结论缺少依据（没有对应的配置行或文档）", "nothing was shown that it rests on (no line and no document)"),
	pb.Reason_REASON_NOT_REACHED:           Say("目标未能连通或登录", "the target was not reached"),
}

// ReasonText says why something could not be told, in both languages. The detail is quoted as it is.
func ReasonText(r pb.Reason, detail string) *pb.Text {
	t := reasons[r]
	if t == nil {
		t = reasons[pb.Reason_REASON_UNSPECIFIED]
	}
	if detail == "" {
		return t
	}
	return Say("%s:%s", "%s: %s", t, detail)
}
