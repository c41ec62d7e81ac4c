package services

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// State is whether something is on.
type State int

// Silence is Unclear.
const (
	Unclear State = iota
	Off
	On
)

// Switched reads a yes or no: absent and not applicable are no.
func Switched(f *pb.BoolFact) State {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
		if f.GetValue() {
			return On
		}
		return Off
	case pb.FactState_FACT_STATE_ABSENT, pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return Off
	}
	return Unclear
}

// StateOf says whether a service runs or will: On if it is enabled or runs. Off takes both; of a folder or image, where
// nothing runs, and of what has no process of its own (an inetd entry, a device's feature) it takes that it is not enabled.
func StateOf(s *pb.Service) State {
	enabled, running := Switched(s.GetEnabled()), Switched(s.GetRunning())
	if enabled == On || running == On {
		return On
	}
	if enabled == Off && running == Unclear && (offline(s.GetRunning()) || s.GetRunning() == nil && !strings.Contains(s.GetScope(), ".")) {
		return Off
	}
	if enabled == Off && running == Off {
		return Off
	}
	return Unclear
}

func offline(f facts.Fact) bool {
	return f.GetState() == pb.FactState_FACT_STATE_UNKNOWN && f.GetReason() == pb.Reason_REASON_OFFLINE
}

// Offline says whether a list could not be had because nothing runs.
func Offline(list facts.Fact) bool { return offline(list) }

// Told is a service's state in words: "enabled, running".
func Told(s *pb.Service) *pb.Text {
	var parts []*pb.Text
	if Switched(s.GetEnabled()) == On {
		parts = append(parts, checks.Say("已启用", "enabled"))
	}
	if Switched(s.GetRunning()) == On {
		parts = append(parts, checks.Say("正在运行", "running"))
	}
	if len(parts) == 0 {
		return checks.Say("状态未知", "state not known")
	}
	return checks.Join(parts, "、", ", ")
}

// Doubt is the fact that leaves a service's state unclear.
func Doubt(s *pb.Service) facts.Fact {
	if Switched(s.GetEnabled()) == Unclear {
		return s.GetEnabled()
	}
	return s.GetRunning()
}

// Evidence is what a service's state rests on.
func Evidence(s *pb.Service) []*pb.Evidence {
	out := append([]*pb.Evidence{}, s.GetEnabled().GetEvidence()...)
	return append(out, s.GetRunning().GetEvidence()...)
}
