package ports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Listening asks that every port open to the network is one that the site approves for the target's role.
var Listening = &checks.Check{
	ID:       "ports.listening",
	Controls: []string{"PRT-01"},
	Title:    checks.Say("仅开放经批准的端口", "Only approved ports listen"),
	Rationale: checks.Say(
		"每个对网络监听的端口都是入口。开放的端口须与为该角色批准的清单一致，清单之外的端口应关闭；telnet、rsh、tftp 等高风险端口即使没有清单也判为不符合。",
		"Every port that listens to the network is a way in. What is open must be on the list approved for the role, and the rest must be closed; ports of telnet, rsh, tftp and their like fail even without a list."),
	Remedy: checks.Say(
		"Linux：用 ss -lntup 找出监听进程，systemctl disable --now 停用不需要的服务，或将其改为仅监听 127.0.0.1；配合 firewalld/nftables 默认拒绝。\n"+
			"设备：华为 display tcp status、H3C display tcp 与 display udp、Cisco show control-plane host open-ports 查看开放端口，关闭对应功能（如 undo telnet server enable、undo ftp server、no ip http server、no vstack）。\n"+
			"确需开放的端口，经批准后写入场所文件 roles.角色.ports（如 tcp/443）。",
		"Linux: find the program with ss -lntup, switch off what is not needed with systemctl disable --now, or have it listen on 127.0.0.1 only; let firewalld or nftables refuse the rest.\n"+
			"Devices: display tcp status on Huawei, display tcp and display udp on H3C, show control-plane host open-ports on Cisco show what is open; switch the feature off (undo telnet server enable, undo ftp server, no ip http server, no vstack).\n"+
			"Ports that are really needed go, once approved, into the site file under roles.ROLE.ports (tcp/443)."),
	Sees: checks.Say(
		"查看目标上对网络监听的 TCP、UDP 套接字及其进程，与场所文件为该角色批准的端口核对；仅本机可达的套接字不计。同一端口的多个地址合并为一条结果。看不到被外部防火墙拦截的情况；离线目录或镜像中没有监听，结果为无法判断。",
		"Reads the TCP and UDP sockets that listen to the network, with their programs, and compares them with the ports that the site file approves for the role; sockets that only the target itself can reach do not count. Addresses with the same port are one result. It cannot see what a firewall in between stops; in a folder or an image nothing listens, so it cannot tell."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		list := f.GetListeners()
		out := judgeAll(group(list.GetItems()), p.Env)
		// What Each says of the list itself: that it is not complete, or that it is and holds nothing.
		about := checks.EachWhere(list,
			checks.Passed(expected, checks.Say("没有对网络监听的端口", "nothing listens to the network")),
			func(*pb.Listener) bool { return false }, nil)
		if len(out) == 0 || list.GetState() != pb.FactState_FACT_STATE_KNOWN {
			out = append(out, about...)
		}
		return out
	},
}

var expected = checks.Say("仅监听经批准的端口", "only approved ports listen")

// A port is the listeners with one protocol and port number.
type port struct {
	scope     string
	listeners []*pb.Listener
	reach     services.State
	// numbered: protocol and port are known.
	numbered bool
}

// group puts together the listeners of one port that others can reach, or may.
func group(listeners []*pb.Listener) []*port {
	var out []*port
	by := map[string]*port{}
	for _, l := range listeners {
		reach := Reachable(l)
		if reach == services.Off {
			continue
		}
		scope, numbered := l.GetScope(), services.Numbered(l)
		if numbered {
			scope = fmt.Sprintf("%s/%d", strings.ToLower(l.GetProtocol().GetValue()), l.GetPort().GetValue())
		}
		g := by[scope]
		if g == nil {
			g = &port{scope: scope, numbered: numbered}
			by[scope] = g
			out = append(out, g)
		}
		g.listeners = append(g.listeners, l)
		g.reach = max(g.reach, reach)
	}
	slices.SortStableFunc(out, func(a, b *port) int {
		return cmp.Or(cmp.Compare(a.proto(), b.proto()), cmp.Compare(a.number(), b.number()), cmp.Compare(a.scope, b.scope))
	})
	return out
}

func (g *port) proto() string { return g.listeners[0].GetProtocol().GetValue() }
func (g *port) number() int64 { return g.listeners[0].GetPort().GetValue() }

func (g *port) evidence() []*pb.Evidence {
	var ev []*pb.Evidence
	for _, l := range g.listeners {
		ev = append(ev, l.GetPort().GetEvidence()...)
		ev = append(ev, l.GetProcess().GetEvidence()...)
	}
	return compact(ev)
}

// compact drops evidence of what is quoted already.
func compact(ev []*pb.Evidence) []*pb.Evidence {
	type place struct {
		source string
		line   uint32
	}
	seen := map[place]bool{}
	var out []*pb.Evidence
	for _, e := range ev {
		if at := (place{e.GetSource(), e.GetFirstLine()}); !seen[at] {
			seen[at] = true
			out = append(out, e)
		}
	}
	return out
}

// told says what listens: "tcp/8080 java (tomcat.service, user app) 0.0.0.0, ::".
func (g *port) told() *pb.Text {
	var who, where []string
	for _, l := range g.listeners {
		w := l.GetProcess().GetValue()
		var more []string
		if u := l.GetUnit().GetValue(); u != "" {
			more = append(more, u)
		}
		if u := l.GetUser().GetValue(); u != "" {
			more = append(more, "user "+u)
		}
		if w != "" && len(more) > 0 {
			w += " (" + strings.Join(more, ", ") + ")"
		}
		if w != "" && !slices.Contains(who, w) {
			who = append(who, w)
		}
		if a := l.GetAddress().GetValue(); a != "" && !slices.Contains(where, a) {
			where = append(where, a)
		}
	}
	if len(who) == 0 {
		return checks.Say("%s，进程未知，%s", "%s, program not known, %s", g.scope, strings.Join(where, ", "))
	}
	return checks.Verbatim(strings.TrimSuffix(strings.TrimSpace(fmt.Sprintf("%s %s, %s", g.scope, strings.Join(who, ", "), strings.Join(where, ", "))), ","))
}

// Unconnected UDP sockets with such a port are as a rule a client's own: a resolver's, a log sender's.
const firstEphemeral = 32768

func (g *port) ephemeral() bool {
	return g.numbered && strings.EqualFold(g.proto(), "udp") && g.number() >= firstEphemeral
}

func judgeAll(groups []*port, env checks.Env) []checks.Result {
	role, stated := env.Site.Role(env.Role)
	approved := stated && role.Ports != nil
	var out []checks.Result
	var asked, clients []*port
	for _, g := range groups {
		if quote := approval(g, env.Role, role.Ports); quote != "" {
			out = append(out, checks.Passed(expected, g.told(), g.evidence()...).Quoting(quote).As(g.scope))
			continue
		}
		risk, risky := g.risk()
		switch {
		case risky && g.reach == services.On:
			told := checks.Say("%s，高风险协议 %s 的端口", "%s, the port of %s, which is risky", g.told(), risk.Name)
			out = append(out, checks.Failed(expected, told, g.evidence()...).As(g.scope))
		case g.ephemeral():
			clients = append(clients, g)
		case !approved:
			asked = append(asked, g)
		case !g.numbered:
			out = append(out, unclear(g, checks.Say("端口或协议未知", "its port or protocol is not known")))
		case g.reach != services.On:
			out = append(out, unclear(g, checks.Say("未经批准，且无法得知是否对网络开放", "not approved, and whether others can reach it is not known")))
		default:
			out = append(out, checks.Failed(expected, g.told(), g.evidence()...).As(g.scope).
				Quoting(fmt.Sprintf("roles.%s.ports: [%s]", env.Role, strings.Join(role.Ports, ", "))))
		}
	}
	if len(clients) > 0 {
		r := checks.Undecided(expected, all(clients), pb.Reason_REASON_UNSPECIFIED,
			checks.Say("临时端口上的 UDP 套接字，可能是客户端自身的端口；若为服务，请批准或关闭", "UDP sockets on ephemeral ports may be a client's own; approve or close them if they serve"), evidence(clients)...)
		out = append(out, r.As("udp ephemeral"))
	}
	if len(asked) > 0 {
		out = append(out, checks.Unstated(expected, all(asked), question(env.Role, asked), evidence(asked)...).As("not approved"))
	}
	return out
}

func unclear(g *port, why *pb.Text) checks.Result {
	return checks.Undecided(expected, g.told(), pb.Reason_REASON_UNSPECIFIED, why, g.evidence()...).As(g.scope)
}

// risk is the risky service that some listener of the port is known to stand for.
func (g *port) risk() (risk services.Known, ok bool) {
	for _, l := range g.listeners {
		if k, speaks := services.RiskyAt(l); speaks == services.On {
			return k, true
		}
	}
	return services.Known{}, false
}

// approval quotes the statement that approves a port, "" if there is none.
func approval(g *port, role string, approved []string) string {
	if !g.numbered {
		return ""
	}
	for _, a := range approved {
		if services.Holds(a, g.listeners[0]) {
			return fmt.Sprintf("roles.%s.ports: %s", role, a)
		}
	}
	return ""
}

func question(role string, groups []*port) *pb.Text {
	var scopes []string
	for _, g := range groups[:min(len(groups), mostNamed)] {
		scopes = append(scopes, g.scope)
	}
	ports := strings.Join(scopes, ", ")
	if more := len(groups) - len(scopes); more > 0 {
		ports += fmt.Sprintf(", … (+%d)", more)
	}
	if role == "" {
		return checks.Say("该目标是什么角色，允许开放哪些端口？目前开放：%s。请以 --role 或在清单中指定角色，并填写场所文件 roles.角色.ports",
			"which role has this target, and which ports may it open? Open now: %s. Give it one (--role, or in the inventory) and fill in roles.ROLE.ports in the site file", ports)
	}
	return checks.Say("角色 %[1]s 允许开放哪些端口？目前开放：%[2]s。请填写场所文件 roles.%[1]s.ports",
		"which ports may a %[1]s open? Open now: %[2]s. Fill in roles.%[1]s.ports in the site file", role, ports)
}

// mostNamed bounds how many ports one result names.
const mostNamed = 50

func all(groups []*port) *pb.Text {
	var told []*pb.Text
	for _, g := range groups[:min(len(groups), mostNamed)] {
		told = append(told, g.told())
	}
	if more := len(groups) - len(told); more > 0 {
		told = append(told, checks.Say("另有 %d 个", "%d more", more))
	}
	return checks.Join(told, "；", "; ")
}

func evidence(groups []*port) []*pb.Evidence {
	var ev []*pb.Evidence
	for _, g := range groups[:min(len(groups), mostNamed)] {
		ev = append(ev, g.evidence()...)
	}
	return compact(ev)
}
