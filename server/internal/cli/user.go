package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/store"
)

// tokenLife is how long a token that is made here is good for, if nothing else is said.
const tokenLife = 90 * 24 * time.Hour

func (a *app) userCommand() *cobra.Command {
	var role string
	var life time.Duration
	var roles []string
	for _, r := range api.Roles() {
		roles = append(roles, string(r))
	}
	cmd := &cobra.Command{
		Use: "user " + a.Say("名称", "NAME"), Short: a.Say("建立一个 API 用户并签发令牌", "make a user of the API, with a token"),
		Long: a.Say(`用于建立最初的三类管理员（system、security、audit），他们之间相互制约；其后的用户经 API 由系统管理员申请、安全管理员授权。
令牌只显示一次，服务器只保存其散列。`,
			`For the first three administrators (system, security, audit), who are kept apart; later users are requested by the system administrator and
activated by the security administrator over the API. The token is shown once; the server keeps its hash.`),
		Example: a.Example(`  {program} user zhang --role system     系统管理员
  {program} user siem --role siem        供 SIEM 读取`,
			`  {program} user zhang --role system     the system administrator
  {program} user siem --role siem        for a SIEM to read`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return a.Fail("请给出一个用户名", "name one user")
			}
			if err := a.OneOf("--role", role, roles); err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			ctx, name := cmd.Context(), args[0]
			if _, err := s.User(ctx, name); err == nil {
				return a.Fail("用户 %s 已存在", "there is a user %s already", name)
			} else if !errors.Is(err, store.ErrNotFound) {
				return err
			}
			by := store.Entry{Actor: operator(), Action: "user.put", Object: name, Detail: `{"made":"on the host"}`}
			if err := s.PutUser(ctx, by, store.User{Name: name, Role: role, State: store.UserActive}); err != nil {
				return err
			}
			token, hash := api.NewToken()
			by.Action = "token.put"
			t := store.APIToken{Hash: hash, ID: hash[:12], User: name, Role: role, Scopes: api.Role(role).Scopes(), Expires: a.Now().Add(life)}
			if err := s.PutAPIToken(ctx, by, t); err != nil {
				return err
			}
			a.note(a.Say("令牌有效至 %s", "the token is good until %s", when(t.Expires)))
			_, err = fmt.Fprintln(a.Stdout, token)
			return err
		},
	}
	cmd.AddCommand(a.userListCommand())
	cmd.Flags().StringVar(&role, "role", "", a.Say("`角色`：system、security、audit、operator、auditor、siem", "the user's `ROLE`: system, security, audit, operator, auditor, siem"))
	cmd.Flags().DurationVar(&life, "life", tokenLife, a.Say("令牌有效`时长`", "how long the token is good: `SPAN`"))
	a.PlainDefault(cmd, "life")
	a.Fixed(cmd, "role", roles...)
	return cmd
}

// userLine is a user as it is printed in JSON.
type userLine struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	State   string    `json:"state"`
	Created time.Time `json:"created"`
}

func (a *app) userListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.Say("列出 API 用户", "list the users of the API"), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := s.Users(cmd.Context())
			if err != nil {
				return err
			}
			list := make([]userLine, len(found))
			for i, u := range found {
				list[i] = userLine{u.Name, u.Role, u.State, u.Created}
			}
			head := []string{a.Say("名称", "NAME"), a.Say("角色", "ROLE"), a.Say("状态", "STATE"), a.Say("建立时间", "CREATED")}
			return write(a, list, head, func(u userLine) []string { return []string{u.Name, u.Role, u.State, when(u.Created)} })
		},
	}
}
