package conf

import (
	"path"
	"slices"
	"strings"
)

// maxClientName is the longest name of an API client, in bytes.
const maxClientName = 31

func clientDirectives() []Directive {
	return []Directive{
		{Name: "apiauth", Type: "client [uid=a,b] [gid=c,d]", Example: "apiauth ipfail uid=hacluster", WholeLine: true, Many: true, Hidden: true,
			Doc: "Who may connect as this client of the API.", DocZH: "哪些用户/组可以作为该 API 客户端连接。", apply: (*reader).apiauth},
		{Name: "respawn", Type: "user command", Example: "respawn hacluster /usr/lib/heartbeat/ipfail", WholeLine: true, Many: true, Hidden: true,
			Doc: "Program that runs as this user while the node runs; started again when it ends.", DocZH: "随节点运行的程序，以该用户身份启动，退出后自动重启。",
			apply: func(r *reader, v string, line int) { r.child(v, line, false) }},
		{Name: "failfast", Type: "user command", Example: "failfast hacluster /usr/lib/heartbeat/ccm", WholeLine: true, Many: true, Hidden: true,
			Doc: "As respawn, but its abnormal death reboots the machine.", DocZH: "同 respawn，但异常退出会导致机器重启。",
			apply: func(r *reader, v string, line int) { r.child(v, line, true) }},
		{Name: "env", Type: "NAME=VALUE", Example: "env SITE=berlin", Many: true, Hidden: true,
			Doc: "Variable for scripts and clients, which see it as HA_NAME.", DocZH: "传给脚本和客户端的环境变量，名称前加 HA_。",
			apply: func(r *reader, v string, line int) {
				name, _, ok := strings.Cut(v, "=")
				if !ok || name == "" {
					r.fail(line, "write: env NAME=VALUE", "invalid nvpair(%s)", v)
					return
				}
				r.h.Env = append(r.h.Env, v)
			}},
		{Name: "use_apphbd", Type: "bool", Default: "off", Example: "use_apphbd off",
			Doc:   "Register with the application heartbeat monitor (apphbd) as heartbeat/master_control_process and beat there, with deadtime as interval and warntime as warning time.",
			DocZH: "以 heartbeat/master_control_process 向应用心跳监视器（apphbd）注册并发送心跳，以 deadtime 为间隔、warntime 为警告时间。",
			apply: boolInto("use_apphbd", func(h *HaCf) *bool { return &h.UseApphbd })},
	}
}

// defaultAPIAuth holds where ha.cf says nothing (messaging spec, 2.4).
func defaultAPIAuth(crm string) []APIAuth {
	out := []APIAuth{
		{Client: "ipfail", UIDs: []string{"hacluster"}},
		{Client: "ccm", UIDs: []string{"hacluster"}},
		{Client: "ping", GIDs: []string{"haclient"}},
		{Client: "lha-snmpagent", UIDs: []string{"root"}},
		{Client: "anon", UIDs: []string{"root"}, GIDs: []string{"haclient"}},
	}
	if crm == "off" || crm == "ccm-only" {
		return out
	}
	out = append(out, APIAuth{Client: "cib", UIDs: []string{"hacluster"}}, APIAuth{Client: "crmd", UIDs: []string{"hacluster"}})
	if crm != "minimal" {
		out = append(out, APIAuth{Client: "stonithd", UIDs: []string{"root"}}, APIAuth{Client: "stonith-ng", UIDs: []string{"root"}},
			APIAuth{Client: "attrd", UIDs: []string{"hacluster"}}, APIAuth{Client: "pingd", UIDs: []string{"root"}})
	}
	return out
}

const apiauthForm = "write: apiauth client uid=user,user gid=group,group"

func (r *reader) apiauth(v string, line int) {
	f := strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '\t' })
	a := APIAuth{Client: f[0], Line: line}
	if len(a.Client) > maxClientName {
		r.fail(line, apiauthForm, "client name [%.60s] too long: Invalid apiauth directive", a.Client)
		return
	}
	if i := slices.IndexFunc(r.h.APIAuth, func(o APIAuth) bool { return o.Client == a.Client }); i >= 0 {
		r.fail(line, "put all users into one line", "Duplicate apiauth directive for API client %s (first in line %d)", a.Client, r.h.APIAuth[i].Line)
		return
	}
	for _, w := range f[1:] {
		key, list, _ := strings.Cut(w, "=")
		names := strings.FieldsFunc(list, func(c rune) bool { return c == ',' })
		switch {
		case key == "uid" && len(names) > 0:
			a.UIDs = append(a.UIDs, r.accounts("user", names, line)...)
		case key == "gid" && len(names) > 0:
			a.GIDs = append(a.GIDs, r.accounts("group", names, line)...)
		default:
			r.fail(line, apiauthForm, "Invalid apiauth directive [%.60s]", v)
			return
		}
	}
	if len(f) == 1 {
		r.fail(line, apiauthForm, "Missing uid or gid in apiauth for %s", a.Client)
		return
	}
	r.h.APIAuth = append(r.h.APIAuth, a)
}

// accounts checks users or groups. The two that packages create may be missing: nothing here needs them.
func (r *reader) accounts(kind string, names []string, line int) []string {
	exists, id, add := r.env.UserExists, "user", "useradd -r "
	if kind == "group" {
		exists, id, add = r.env.GroupExists, "group", "groupadd -r "
	}
	for _, name := range names {
		switch {
		case exists == nil || strings.Trim(name, "0123456789") == "" || exists(name):
		case name == "hacluster" || name == "haclient":
			r.warn(line, "run: "+add+name, "Invalid %s id name [%s]: there is no such %s here", id, name, kind)
		default:
			r.fail(line, "run: "+add+name+", or correct the name", "Invalid %s id name [%s]", id, name)
		}
	}
	return names
}

func (r *reader) child(v string, line int, failFast bool) {
	user, command := firstWord(v)
	program, _, _ := strings.Cut(command, " ")
	const form = "write: respawn hacluster /usr/lib/heartbeat/ipfail"
	switch {
	case command == "":
		r.fail(line, form, "respawn of %s names no command", user)
		return
	case !strings.HasPrefix(command, "/"):
		r.fail(line, form, "Client child command [%.60s] is not full pathname", program)
		return
	}
	if r.env.UserExists != nil && strings.Trim(user, "0123456789") != "" && !r.env.UserExists(user) {
		if user != "hacluster" {
			r.fail(line, "run: useradd -r "+user, "Invalid uid [%s] specified for client child", user)
			return
		}
		r.warn(line, "run: useradd -r hacluster", "Invalid uid [hacluster] specified for client child: there is no such user here")
	}
	if r.env.Executable != nil && !isOurs(program) && !r.env.Executable(program) {
		r.fail(line, "install it, correct the path, or remove the line", "Client child command [%.100s] is not executable", program)
		return
	}
	r.h.Respawn = append(r.h.Respawn, Child{User: user, Command: command, FailFast: failFast, Line: line})
}

// IsIpfail says that the program is C's ipfail or pingd, whose work in a v1 cluster is the setting connectivity.
func (c Child) IsIpfail() bool { return c.runs("ipfail") || c.runs("pingd") }

// isOurs says that a classic helper is built in, so that its file need not exist.
func isOurs(program string) bool {
	return slices.Contains([]string{"ipfail", "pingd", "ccm", "dopd"}, path.Base(program))
}
