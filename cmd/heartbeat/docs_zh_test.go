package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// verbsZH says in Chinese what the commands do. Those of the lab are explained by its own page.
var verbsZH = map[string]string{
	"run":             "在前台运行本机节点。TERM 和 INT 信号：先移交资源再离开；HUP：重读配置；USR1/USR2：升降调试级别",
	"check":           "启动之前列出配置中的所有错误，附文件、行号和修复方法；`--offline` 只看文件。给出文件（或 `-`）时，检查集群文档 cib.xml，与 crm_verify 判断相同。退出码：0 可以启动，1 不能启动",
	"standby":         "把资源交给另一节点，并等到对方运行它们。`all` 全部，`local` 以本机为家的，`foreign`/`failback` 以对方为家的",
	"takeover":        "从另一节点接管资源，并等到本机运行它们",
	"confirm":         "由人声明某个沉默的节点确已停机，放行等待中的接管；会先询问，脚本中用 `--yes`。能听到的节点会被拒绝",
	"fence":           "fencing 设备：`list` 列出并显示验证时间，`test [NODE]` 检查而不断电，`off|reset NODE` 立即断电或复位",
	"move":            "把一个资源组移到另一个节点并等到它在那里运行；其他组不动，事后不留任何痕迹。`--stay 2h` 把它固定在那里一段时间，`--pin` 固定一天，`heartbeat resume 组` 提前结束；`--dry-run` 只显示会发生什么。与 C 版节点之间只能移动整半边",
	"drain":           "节点维护：本节点（或指定的节点）交出全部资源组，在 heartbeat resume 之前什么也不接收，重启之后也是如此。`--for 2h`、`--reason 文字`；没有其他节点能接管时被拒绝，`--force` 则直接停止",
	"hold":            "冻结一个资源组或整个集群：不启动、不停止、不移动、不故障切换，直到 heartbeat resume 或 `--for` 到期；结束时检查组中的每个资源",
	"resume":          "结束排空、冻结或固定：给出资源组或节点名；不给名字则是本节点的排空和整个集群的冻结；`all` 结束全部",
	"retry":           "忘记资源组在某节点上的启动失败（否则一小时后自动忘记），使它可以再次到那里；停不下来的组会再停一次",
	"why":             "资源组为什么在现在的位置：事件链、关键数字、每一步所用的时间；以及为什么不在别的节点：已死亡、已排空、在那里失败过以及到何时为止。带 `-x 文件`（或 CIB_file）时说明集群资源管理器中的一个资源：每个节点的分数、分数的每一部分从何而来、由什么决定，以及接下来会做什么。退出码：0 在运行，1 没有这个组，2 无处运行",
	"report":          "把有助于了解本集群的一切打包成一个文件：配置、状态、时间线、日志末尾、地址、路由、版本；密钥和密码已去除。`-o 文件`；heartbeat 未运行时也可用。请在每个节点上各运行一次",
	"drill":           "在真实集群上演练故障切换：先确认一切正常且另一节点能够接管，然后移走一个组（或用 `--node` 排空一个节点），测量服务地址中断多久，再移回来并打印报告。`--yes` 不询问，`--json`。退出码：0 通过，1 失败，2 被拒绝，3 超时，4 未运行",
	"plan":            "如果……会怎样：用各节点真正的资源管理器在虚拟时间里演算，按顺序列出会做什么、为什么、每个组中断多久，对集群没有任何影响。`--if 节点=down|stopped|drained`、`--if link=名称`、`--haresources 文件`、`--svg 文件` 画图。带 `-x 文件`（或 CIB_file）时针对集群资源管理器：`--node-fail`、`--node-down`、`--standby`、`--stop`、`--move`、`--edited 文件` 等，列出步骤和原因、前后位置、每个资源中断几步，`--svg` 画出谁等待谁。退出码：0 最后每个组都有且只有一个节点，1 不是这样，2 会被拒绝或无法预测",
	"config":          "各节点的文件是否相同：`status` 列出哪个节点的哪个文件不同、谁只是落后，`diff` 显示差异（绝不显示密钥），`push` 把本节点的文件交给其他节点（即 ha_propagate，先由对方检查），`undo` 撤销。`--json`，`--to 节点`。退出码：0 全部相同，1 有不同，2 无法询问，4 未运行，5 只有 root 可以，7 能询问到的都相同；详见 [propagate.md](propagate.md)",
	"reload":          "重读配置；有错误时旧配置继续有效（退出码 6）",
	"keys":            "在集群运行时更换签名密钥，分三步，每步在所有节点上做完再做下一步：`add` 添加、`switch` 切换、`remove` 删除旧密钥；`status` 显示各节点有哪些密钥和下一步，`show` 打印密钥行以便用 ssh 传给其他节点，`undo` 撤销。会使存活节点失聪的步骤被拒绝（退出码 2）；有 C 版节点存活时须在所有节点上同时更换",
	"agent":           "手工执行一次资源代理的操作：`heartbeat agent 类型 [参数...] 操作`，参数与 haresources 相同，退出码与状态文字同经典脚本；不需要节点在运行。`agent list` 列出内置代理及本机由谁执行，`agent 类型 --help` 显示参数，`agent install-ocf` 把内置代理安装为 OCF 代理（`ocf:heartbeat-go:Filesystem`，Pacemaker 也可用）。`--json`、`--timeout`。退出码：0 成功或运行中，1 失败，2 参数错误，5 未安装，6 配置错误，7 未运行，64 用法错误；详见 [agents.md](agents.md)",
	"witness":         "在第三台机器上以前台方式运行见证者：两个节点互相失去联系时，把租约给其中一个，另一个停止。`--listen` UDP 地址（默认 :694），`--keys` 密钥文件，或每个集群一个文件的目录；HUP 重读密钥。`witness status` 显示状态（`--json`）。退出码：4 未运行，6 密钥文件有错误；见 [witness.md](witness.md)",
	"stop":            "移交全部资源，离开集群，并等待结束",
	"install-links":   "让经典命令名指向本程序；`--dry-run` 只显示，`--undo` 撤销，`--classic` 使用 C 版软件包的目录",
	"status":          "一屏概览：服务是否正常、在哪里、是否受保护、该做什么。退出码：0 一切正常，1 需要注意，2 有资源组无处运行，4 未运行，5 无权限",
	"events":          "时间线：发生了什么，因何发生。`-f` 持续显示，`--json` 每行一个 JSON，`--since 10m` 只看最近十分钟",
	"explain":         "解释指令、设置、事件名，以及集群文档（CIB）中的元素、属性和选项；`--zh` 显示中文",
	"doctor":          "本节点观测到了什么、该改什么：`doctor timing` 根据观测到的静默推荐 keepalive、warntime、deadtime",
	"alerts":          "告警：各通道（邮件、webhook、程序）的状态、失败原因与待发数量，以及尚未解除的事件；`--json`。`alerts test [通道]` 发送测试消息并报告各通道的结果。退出码：0 全部正常，1 有通道失败，4 未运行，5 无权限；详见 [alerts.md](alerts.md)",
	"metrics":         "以 Prometheus 文本格式打印本节点的指标；未运行时只有 `heartbeat_up 0`。名称见 [metrics.md](metrics.md)",
	"version":         "显示版本",
	"cl_status":       "经典命令：查询节点、链路、资源与参数，输出与退出码同 C 版",
	"ha_propagate":    "经典命令：通过集群通道（无需 ssh）把本节点的 ha.cf、authkeys、haresources 交给其他节点。先由每个节点像启动时那样检查，全部通过才写入；每个节点要么全部写入，要么一个也不写。`--dry-run` 显示差异，`--undo` 撤销，`--files`、`--node` 选择文件和节点。退出码：0 所有节点都有了这些文件，1 用法错误或失败，2 被拒绝且未作任何改动，3 有节点中途沉默，4 未运行，5 只有 root 可以，6 本机文件有错误，7 完成但跳过了部分节点（已停机、C 版或 accept_files off）；详见 [propagate.md](propagate.md)",
	"hb_addnode":      "经典命令：把节点加入运行中的集群。退出码：0 完成，1 用法错误，2 被拒绝，4 未运行，5 无权限",
	"hb_delnode":      "经典命令：从集群中删除已死亡的节点，其他节点必须都活着；在 hb_addnode 之前它会被忽略。退出码同上",
	"hb_setweight":    "经典命令：设置节点的投票权重（默认 100），退出码同上",
	"hb_setsite":      "经典命令：设置节点所在的站点，退出码同上",
	"apphbd":          "经典命令：应用心跳监视器。`-c` 文件（默认 ./apphbd.cf），`-s` 状态（0 运行中，3 已停止），`-k` 停止，`-r` 重启，`-d` 更详细。退出码 6：文件缺失或有错误",
	"cl_respawn":      "经典命令：让一个程序保持运行。程序结束后在 0.1 至 30 秒内重新启动；以 `-m` 的退出码（100）结束则不再启动。`-i`、`-w` 心跳间隔与警告时间（毫秒），`-p` pid 文件，`-r` 恢复。退出码：0 结束，1 无法启动，2 用法错误",
	"recoverymgrd":    "经典命令：恢复管理器，在前台运行；参数为配置文件（默认 ./recoverymgrd.conf）。apphbd 监视的程序失败时以指定用户运行脚本。HUP 重读文件；退出码 6：文件缺失或有错误",
	"ha_logd":         "经典命令：日志守护进程，按 logd.cf 写本机各程序的日志。`-d` 在后台运行，`-k` 停止，`-s` 状态（0 运行中，3 已停止，1 pid 文件过期），`-c` 指定文件；文件有错误时退出码 6。已有节点以 `use_logd` 运行时，由该节点接收日志",
	"ha_logger":       "经典命令：把参数或标准输入的各行交给日志守护进程；`-t` 标签，`-D ha-debug` 作为调试行。退出码：1 守护进程未运行或用法错误",
	"haresources2cib": "经典命令：把 haresources 和 ha.cf 转换为集群资源管理器的 cib.xml。`--stdout` 打印，`--schema 0.6|1.x` 选择 Heartbeat 2.1 或 Pacemaker 的格式，`--no-ocf`、`--no-monitor`、`-c ha.cf`，`--force` 覆盖已有文件；第二个参数为输出文件。行尾的 `#名称`、`#clone:名称` 以及 `#rsc_order`、`#rsc_colocation` 行的含义同经典工具；auto_failback、ipfail 和各时限一并转换。退出码：0 已写，1 未写：所有问题附文件和行号",
	"hb_standby":      "经典命令：把资源交给另一节点。退出码：0 完成，1 用法错误，2 被拒绝，3 超时，4 未运行",
	"hb_takeover":     "经典命令：从另一节点接管资源，退出码同上",
	"lab":             "在一台机器上试验集群：不需要 root，不改动本机网络。子命令见 `heartbeat lab --help`",

	"cts": "集群测试套件：按场景目录破坏真实的集群（断电、冻结、断线、杀进程、移交、脚本失败），测量中断时间并检查任何时刻只有一个所有者。子命令 `run`、`list`、`show`；自己编写场景见 [cts.md](cts.md)",

	"disklock":         "共享磁盘上的锁：`take_over arbiter disk PATH` 用它决定断开之后谁继续运行；不写 PATH 时用 ha.cf 中的那一个。见 [disklock.md](disklock.md)",
	"disklock init":    "为 ha.cf 的两个节点在 PATH 开头建立空锁，只需在一个节点上执行一次。已有非零内容时拒绝，`--force` 覆盖；已挂载或使用中的磁盘一律拒绝。`--nodes` 指定两个节点。退出码：2 拒绝，1 磁盘没有应答",
	"disklock show":    "显示每个节点在磁盘上最后写下的内容，什么都不改变；`--json`。退出码：1 没有锁，或磁盘在 10 秒内没有应答",
	"disklock release": "以 NODE 的名义写下它没有租约，仅用于确实已关机的节点；在终端上会询问，其他情况需要 `--yes`。退出码：2 拒绝",
}

func chinese(t *testing.T, root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# 命令\n\n[English](../commands.md)\n\n一个程序回答所有名称：`heartbeat 动词`；经典名称，可以是链接，也可以是第一个参数\n" +
		"（`cl_status hbstatus`，`heartbeat cl_status hbstatus`）；以及经典守护进程的选项（`heartbeat -s`）。\n" +
		"`heartbeat install-links 目录` 创建这些链接。本页由命令表生成。\n\n" +
		"所有命令都接受 `--etc`、`--state`、`--run` 和 `--node`（或 `HA_ETC`、`HA_STATE`、`HA_RUN`、`HA_NODE`），因此一台机器上可以有多个节点。\n\n" +
		"动词的退出码：0 完成或一切正常，1 不正常，2 被拒绝（`status`：有资源组无处运行），3 超时，4 未运行，5 无权限，6 配置错误，64 用法错误。\n" +
		"`heartbeat completion bash` 输出补全脚本。\n\n## 经典守护进程\n\n")
	b.WriteString(daemonTable("选项", "作用", "退出码", [][3]string{
		{"（无）", "在后台启动；节点就绪后返回，否则显示其错误", "0，6 配置错误，4 权限不足"},
		{"`-f`", "在前台运行，同 `heartbeat run`", "同上"},
		{"`-s`", "是否在运行", "0 是，1 已停止但 pid 文件还在，3 已停止"},
		{"`-k`", "停止：移交、离开、等待结束", "0"},
		{"`-r`", "重读配置", "0，6 配置错误，4 未运行"},
		{"`-V`", "版本", "0"},
		{"`-D`、`-DW`", "各指令及默认值，表格或 wiki 格式", "0"},
		{"`-d`、`-v`", "日志更详细", ""},
		{"`-l`、`-M`", "不使用实时调度；不管理资源", ""},
		{"`-R`、`-C`", "拒绝：节点重启后会自己找回资源", "1"},
	}))
	for _, cmd := range visible(root) {
		if cmd.Parent() != root {
			continue
		}
		text, ok := verbsZH[cmd.Name()]
		if !ok {
			text, ok = toolsZH[cmd.Name()]
		}
		if !ok {
			t.Errorf("%s has no Chinese text in docs_zh_test.go", cmd.CommandPath())
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s。\n\n```sh\n%s\n```\n", cmd.CommandPath(), text, dedent(cmd.Example))
	}
	return b.String()
}
