package storetest

import (
	"errors"
	"reflect"

	"github.com/plumbline/plumbline/server/store"
)

func (f *fixture) is(want, got error) {
	f.Helper()
	if !errors.Is(got, want) {
		f.Fatalf("got %v, want %v", got, want)
	}
}

func targets(f *fixture) {
	core := store.Target{
		ID: "sw-core-01", Name: "核心交换机", Address: "192.0.2.1", Port: 2222, Driver: "huawei-vrp", Transports: []string{"ssh", "snmp"},
		Zone: "core", Role: "core-switch", Owner: "网络组", Labels: map[string]string{"site": "sh", "tier": "1"}, Credential: "net-ro",
		SNMPCredential: "snmp-ro", Account: "scan", Jump: "bastion", Algorithms: "legacy", Encoding: "gbk", Sudo: true, Reader: "collector-1",
		Added: Epoch0, Updated: Epoch0,
	}
	f.must(f.PutTargets(f.ctx, by, []store.Target{core, {ID: "web-01", Zone: "dmz", Labels: map[string]string{"site": "sh"}}}))
	got, err := f.Target(f.ctx, "sw-core-01")
	f.must(err)
	if !reflect.DeepEqual(got, core) {
		f.Errorf("kept as %+v\nwant    %+v", got, core)
	}
	f.clock.Set(hour(1))
	core.Labels = map[string]string{"site": "bj"}
	f.must(f.PutTargets(f.ctx, by, []store.Target{core}))
	if got, err = f.Target(f.ctx, "sw-core-01"); err != nil || !got.Added.Equal(Epoch0) || !got.Updated.Equal(hour(1)) {
		f.Errorf("changed: %+v, %v", got, err)
	}
	for _, test := range []struct {
		filter store.TargetFilter
		want   int
	}{
		{store.TargetFilter{}, 2}, {store.TargetFilter{Zone: "dmz"}, 1}, {store.TargetFilter{Reader: "collector-1"}, 1},
		{store.TargetFilter{Labels: map[string]string{"site": "sh"}}, 1}, {store.TargetFilter{Labels: map[string]string{"site": "bj", "tier": "1"}}, 0},
	} {
		if found, _, err := f.Targets(f.ctx, test.filter, store.Page{}); err != nil || len(found) != test.want {
			f.Errorf("%+v finds %d, want %d; %v", test.filter, len(found), test.want, err)
		}
	}
	for _, bad := range [][]store.Target{{{}}, {{ID: "a", Zone: store.AllZones}}, {{ID: "a\x00"}}, {{ID: "a"}, {ID: "a"}}} {
		if err := f.PutTargets(f.ctx, by, bad); err == nil {
			f.Errorf("%+v was taken", bad)
		}
	}
	f.must(f.RemoveTargets(f.ctx, by, []string{"web-01"}))
	f.is(store.ErrNotFound, f.RemoveTargets(f.ctx, by, []string{"web-01"}))
	_, err = f.Target(f.ctx, "web-01")
	f.is(store.ErrNotFound, err)
}

func site(f *fixture) {
	_, err := f.Site(f.ctx, 0)
	f.is(store.ErrNotFound, err)
	one, err := f.PutSite(f.ctx, by, "networks: []", 0)
	f.must(err)
	_, err = f.PutSite(f.ctx, by, "networks: [a]", 0)
	f.is(store.ErrConflict, err)
	two, err := f.PutSite(f.ctx, by, "networks: [b]", one.Version)
	f.must(err)
	newest, err := f.Site(f.ctx, 0)
	f.must(err)
	first, err := f.Site(f.ctx, 1)
	f.must(err)
	if newest != two || first != one || newest.Author != "alice" || newest.SHA256 == first.SHA256 {
		f.Errorf("newest %+v, first %+v", newest, first)
	}
	if all, err := f.Sites(f.ctx); err != nil || len(all) != 2 || all[0].Version != 2 || all[1].SHA256 != first.SHA256 || all[0].Text != "" {
		f.Errorf("listed %+v, %v", all, err)
	}
}

func users(f *fixture) {
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserActive}))
	f.must(f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h1", ID: "t1", User: "bob", Role: "auditor", Scopes: []string{"read", "export"}, Expires: hour(1)}))
	f.is(store.ErrNotFound, f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h2", ID: "t2", User: "nobody"}))
	f.is(store.ErrConflict, f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h1", ID: "t3", User: "bob"}))
	got, err := f.UseAPIToken(f.ctx, "h1")
	f.must(err)
	if got.User != "bob" || !reflect.DeepEqual(got.Scopes, []string{"read", "export"}) {
		f.Errorf("token %+v", got)
	}
	if all, err := f.APITokens(f.ctx, "bob"); err != nil || len(all) != 1 || !all[0].Used.Equal(Epoch0) {
		f.Errorf("tokens %+v, %v", all, err)
	}
	bad := func(what, hash string) {
		f.Helper()
		if _, err := f.UseAPIToken(f.ctx, hash); !errors.Is(err, store.ErrNotFound) {
			f.Errorf("%s: %v", what, err)
		}
	}
	bad("unknown", "h9")
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserLocked}))
	bad("of a locked user", "h1")
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserActive}))
	f.clock.Set(hour(1))
	bad("expired", "h1")
	f.must(f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h4", ID: "t4", User: "bob"}))
	f.must(f.RevokeAPIToken(f.ctx, by, "t4"))
	f.is(store.ErrNotFound, f.RevokeAPIToken(f.ctx, by, "t4"))
	bad("revoked", "h4")
	if one, err := f.User(f.ctx, "bob"); err != nil || one.Role != "auditor" {
		f.Errorf("user %+v, %v", one, err)
	}
}
