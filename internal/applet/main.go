package applet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heartbeat/internal/agent"
	"heartbeat/internal/crmtool"
	"heartbeat/internal/guard"
)

// A classic is a command with a name of its own, its own option rules and its own output.
type classic struct {
	run   func(*call, []string) int
	short string
	zh    string
	where []string // directories where C's packages have it
	raw   bool     // its arguments are texts or commands of others: no option of ours is taken out of them
}

// classics are the names this binary answers to, besides heartbeat.
func classics() map[string]classic {
	all := classicsOfHeartbeat()
	for name, t := range crmtool.Tools() {
		all[name] = crmClassic(t)
	}
	return all
}

// classicsOfHeartbeat are those that do not belong to the cluster resource manager.
func classicsOfHeartbeat() map[string]classic {
	tools := []string{"/usr/share/heartbeat", "/usr/lib/heartbeat", "/usr/lib64/heartbeat"}
	daemons := []string{"/usr/lib/heartbeat", "/usr/lib64/heartbeat"}
	return map[string]classic{
		"cl_status":          {clStatus, "ask a node about nodes, links, resources and parameters", "查询节点、链路、资源与参数", []string{"/usr/bin"}, false},
		"apphbd":             {apphbd, "watch programs that promised to beat", "监视承诺发送心跳的程序", append([]string{"/usr/libexec/heartbeat"}, daemons...), false},
		"cl_respawn":         {clRespawn, "keep one program running", "让一个程序保持运行", []string{"/usr/bin"}, true},
		"ha_logd":            {haLogd, "write the log of the programs of this machine", "替本机的程序写日志", daemons, false},
		"ha_logger":          {haLogger, "hand lines to the logging daemon", "把日志行交给日志守护进程", []string{"/usr/sbin"}, true},
		"ha_propagate":       {haPropagate, "give ha.cf, authkeys and haresources of this node to the others", "把本节点的 ha.cf、authkeys 和 haresources 交给其他节点", tools, true},
		"hb_addnode":         {hbAddNode, "add nodes to the running cluster", "把节点加入运行中的集群", tools, false},
		"hb_delnode":         {hbDelNode, "delete dead nodes from the cluster", "从集群中删除已死亡的节点", tools, false},
		"hb_setweight":       {hbSetWeight, "set the weight of a node's vote", "设置节点的投票权重", tools, false},
		"hb_setsite":         {hbSetSite, "say at which site a node stands", "设置节点所在的站点", tools, false},
		"haresources2cib":    {haresources2cib, "turn haresources into the configuration of a cluster resource manager", "把 haresources 转换为集群资源管理器的配置", tools, false},
		"haresources2cib.py": {haresources2cib, "the same by its classic name", "同上，经典名称", tools, false},
		"ResourceManager":    {resourceManager, "list the groups of haresources; run their scripts while no node does", "列出 haresources 中的资源组；没有节点运行时执行其脚本", tools, false},
		"findif":             {findif, "say which interface an address belongs to", "某地址属于哪个网络接口", append([]string{"/usr/libexec/heartbeat"}, daemons...), false},
		"ha_config":          {haConfig, "print where things are, for scripts", "打印各目录位置，供脚本使用", tools, false},
		"mach_down":          {machDown, "classic take-over script; the daemon does it itself", "经典接管脚本；由守护进程自行完成", tools, false},
		"req_resource":       {reqResource, "classic acquisition script; the daemon does it itself", "经典获取脚本；由守护进程自行完成", tools, false},
		"send_arp":           {sendArp, "tell the network that an address lives here", "告知网络某地址位于本机", append([]string{"/usr/libexec/heartbeat"}, daemons...), false},
		"drbd-peer-outdater": {drbdPeerOutdater, "mark the disk of a DRBD peer as outdated", "把 DRBD 对端的磁盘标记为过期", append([]string{"/usr/libexec/heartbeat"}, daemons...), false},
		"hb_standby":         {hbStandby, "give resources up to the other node", "把资源交给另一节点", tools, false},
		"hb_takeover":        {hbTakeover, "take resources over from the other node", "从另一节点接管资源", tools, false},
		"recoverymgrd":       {recoverymgrd, "run a script when a program that apphbd watches fails", "apphbd 监视的程序失败时运行脚本", append([]string{"/usr/libexec/heartbeat"}, daemons...), false},
	}
}

// crmClassic makes a command of the cluster resource manager one of ours.
func crmClassic(t crmtool.Tool) classic {
	run := func(c *call, args []string) int {
		return int(t.Run(&crmtool.World{
			Ctx: c.ctx, Prog: filepath.Base(c.prog), Args: args, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr, Getenv: c.Getenv, Version: c.Version,
		}))
	}
	where := t.Where
	if where == nil {
		where = []string{"/usr/sbin"}
	}
	return classic{run, t.Short, t.Zh, where, true}
}

// ClassicNames returns their names, sorted.
func ClassicNames() []string {
	return slices.Sorted(maps.Keys(classics()))
}

// Main runs the command that the arguments choose and returns its exit code. Extra verbs come from packages
// that stand beside this one; they are made only when a verb is asked for, since scripts call classic commands hundreds of times.
func Main(ctx context.Context, env Env, extra ...func() *cobra.Command) int {
	if env.Open == nil {
		if code, mine := guard.Main(env.Args, env.Stderr); mine {
			return code
		}
	}
	if code, text, mine := agent.Chore(env.Args[1:]); mine {
		fmt.Fprint(env.Stderr, text)
		return code
	}
	c := &call{Env: env, Places: placesOf(env.Getenv), ctx: ctx, prog: "heartbeat"}
	args := env.Args[1:]
	if kind, ok := ocfKind(env.Args[0]); ok {
		return c.ocf(kind, args)
	}
	if command, ok := classicOf(filepath.Base(env.Args[0])); ok {
		return c.classic(command, env.Args[0], args)
	}
	if len(args) > 0 {
		if command, ok := classicOf(args[0]); ok {
			return c.classic(command, args[0], args[1:])
		}
	}
	if c.wantsDaemon(args) {
		rest, err := c.Places.strip(args)
		if err != nil {
			c.complain("heartbeat: %s\n", err)
			return exitUsage
		}
		return daemonOptions(c, rest)
	}
	var more []*cobra.Command
	for _, command := range extra {
		more = append(more, command())
	}
	root := newRoot(c, more...)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		c.complain("heartbeat: %s\n", text)
	}
	if _, ok := errors.AsType[*wrongUsage](err); ok || isUnknownCommand(err) {
		c.complain("try: %s --help\n", cmd.CommandPath())
		return exitUsage
	}
	return codeOf(err)
}

func classicOf(name string) (classic, bool) {
	if name == "heartbeat" {
		return classic{}, false
	}
	if t, ok := crmtool.Tools()[name]; ok {
		return crmClassic(t), true
	}
	command, ok := classicsOfHeartbeat()[name]
	return command, ok
}

// classic runs one of the classics under the name that it was called by.
func (c *call) classic(command classic, prog string, args []string) int {
	c.prog = prog
	if command.raw {
		return command.run(c, args)
	}
	rest, err := c.Places.strip(args)
	if err != nil {
		c.complain("%s: %s\n", filepath.Base(prog), err)
		return exitUsage
	}
	return command.run(c, rest)
}

// wantsDaemon says whether the arguments are those of the classic daemon: none, or single-letter options.
func (c *call) wantsDaemon(args []string) bool {
	places := c.Places
	rest, err := places.strip(args)
	if err != nil {
		return false
	}
	if len(rest) == 0 {
		return true
	}
	return rest[0] != "-h" && strings.HasPrefix(rest[0], "-") && !strings.HasPrefix(rest[0], "--")
}
