package accounts_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/accounts"
	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestChecks(t *testing.T) { checktest.All(t, accounts.All) }

// The notation of the cases cannot say that a name is there twice.
func TestUniqueNames(t *testing.T) {
	list := &pb.AccountList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.Account{
		{Scope: "zhang", Uid: facts.Int(1000)}, {Scope: "zhang", Uid: facts.Int(1001)}, {Scope: "li", Uid: facts.Int(1002)},
	}}
	results := accounts.Unique.Run(&pb.Facts{Accounts: list}, checks.Params{})
	if results[0].Scope != "names" || results[0].Outcome != pb.Outcome_OUTCOME_FAIL {
		t.Errorf("two accounts of one name came to %v", results[0])
	}
	if results[1].Outcome != pb.Outcome_OUTCOME_PASS {
		t.Errorf("different uids came to %v", results[1])
	}
}
