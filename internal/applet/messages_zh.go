package applet

// A Translation is the Chinese text of an event kind. Where it is missing the English one is shown.
type Translation struct{ Title, Meaning, Action string }

// MessagesZH is the Chinese vocabulary of the timeline, by event name.
func MessagesZH() map[string]Translation {
	const none = "无需处理"
	return map[string]Translation{
		"node.up":           {"收到了某节点的心跳", "该节点的第一个可信报文到达，或者它死亡之后重新出现", none},
		"node.active":       {"节点加入工作", "该节点启动完毕，可以持有资源", none},
		"node.dead":         {"节点死亡", "在其 deadtime 内，所有链路上都没有收到该节点的可信报文。它的资源将被接管", "查明原因：该节点的日志、电源、内核；若它并未死亡，检查链路和 deadtime"},
		"node.left":         {"节点离开", "该节点宣布已释放全部资源，随后按宣布的那样停止了心跳", none},
		"node.returned":     {"分区后节点重现", "被认为死亡的节点其实一直活着：双方可能曾同时持有相同的资源", "增加第二条独立链路或加大 deadtime；考虑使用 fencing"},
		"node.restarted":    {"节点很快重启了", "该节点在其 deadtime 之内以新的代号重新出现", "在该节点的日志中查找崩溃原因"},
		"node.unknown":      {"未知节点在发言", "一个签名正确的报文来自 ha.cf 未列出的节点", "在所有节点的 ha.cf 中列出它，或者让不同集群使用不同的密钥或端口"},
		"node.duplicate":    {"两台机器使用同一身份", "同一节点名的报文带有两个不同的身份标识", "为其中一台改名，或删除它的 hb_uuid 后重启 heartbeat"},
		"link.up":           {"心跳链路正常", "该节点的报文从这条链路到达", none},
		"link.dead":         {"心跳链路沉默", "在 deadtime 内这条链路没有任何报文，而该节点可能仍能从其他链路听到", "检查这条链路的网线、交换机和防火墙；最后一条链路断开就意味着分区"},
		"heartbeat.late":    {"心跳迟到", "两次心跳的间隔超过了 warntime", "检查两个节点的负载；若经常发生，加大 deadtime"},
		"packet.dropped":    {"报文被拒绝", "到达的报文不可信、格式错误或是重放的，已丢弃并计数；同一来源、同一原因每分钟最多记录一行", "比较各节点的 authkeys；若来源不是你的机器，让你的集群使用自己的端口或密钥"},
		"message.lost":      {"消息永久丢失", "对端已无法重发一条从未到达这里的消息", "检查链路的丢包情况"},
		"comm.up":           {"通信就绪", "所有已配置的节点都已听到或被宣布死亡，可以开始处理资源", none},
		"peer.slow":         {"节点不确认消息", "一个活着的节点落后的消息数超过了允许值", "检查该节点的负载"},
		"self.paused":       {"本节点曾被暂停", "本节点有一段时间没有运行（挂起、过载或停止）；这期间的沉默不会算到对端头上", "找出让本机停顿的原因：快照、交换、调试器"},
		"node.added":        {"节点加入集群", "ha.cf 未列出的节点从现在起加入：通过 autojoin、hb_addnode，或因为另一节点列出了它", "若认识它则无需处理；否则用 hb_delnode 删除并更换密钥"},
		"node.removed":      {"节点不再属于集群", "某节点已从节点列表中移除", "无需处理；hb_addnode 可让它回来"},
		"node.expelled":     {"本节点被删除", "本节点仍在运行时，另一节点把它从集群中删除了。本节点停止，以免同一服务运行两份", "若是误删：在另一节点执行 hb_addnode，然后在本机启动 heartbeat"},
		"node.list.refused": {"节点列表的更改被拒绝", "另一节点要求的更改在这里无法执行：各节点的列表现在不同", "比较所有节点的 cl_status listnodes，原因消除后重新执行该命令"},
		"node.set":          {"节点的属性已更改", "管理员设置了某节点的权重或站点", none},
		"identity.new":      {"节点换了身份", "一个已配置的节点带着与以前不同的 uuid 出现", "若机器是重装的，无需处理"},

		"group.acquire":        {"正在本机启动资源组", "本节点决定运行该组", none},
		"group.acquired":       {"资源组在本机运行", "该组的全部资源都已启动", none},
		"group.release":        {"正在本机停止资源组", "本节点决定放弃该组", none},
		"group.released":       {"资源组已在本机停止", "该组的全部资源都已停止", none},
		"group.failed":         {"资源组无法启动", "组中某个资源启动失败；已启动的成员又被停止", "在 heartbeat status 中查看该资源的输出，修复后执行 heartbeat takeover 或重启"},
		"group.stuck":          {"资源组无法停止", "组中某个资源停止失败。该组在本机保持阻塞，不会在别处启动", "手工停止该资源，或关闭本节点电源"},
		"group.conflict":       {"两个节点持有同一资源组", "两个节点都声称持有该组。按固定规则其中一个保留，另一个先释放", "增加第二条独立链路，或使用 fencing"},
		"group.kept":           {"本节点保留有争议的资源组", "分区之后本节点保留该组，并再次通告其地址", none},
		"agent.start":          {"资源已启动", "资源的启动操作结束", none},
		"agent.stop":           {"资源已停止", "资源的停止操作结束", none},
		"agent.failed":         {"资源操作失败", "资源的操作以错误结束或超过时限", "查看该事件中附带的输出"},
		"address.conflict":     {"另一台机器占用该地址", "对服务地址的 ARP 探测得到了另一台机器的应答", "找到给出 MAC 地址的机器，取消它的该地址"},
		"address.restored":     {"服务地址已恢复", "集群之外的程序删除了服务地址；已重新添加并通告", "不要让网络管理程序管理该接口或地址"},
		"takeover.unprotected": {"未经 fencing 的接管", "没有配置 STONITH 设备，被认为死亡的节点可能仍在运行资源：共享磁盘没有受到保护", "配置 stonith 设备，或接受这一风险"},
		"standby.begun":        {"开始移交", "某节点请求放弃资源", none},
		"standby.done":         {"移交完成", "资源现在由另一节点运行", none},
		"standby.refused":      {"移交被拒绝", "现在无法执行该请求，原因见正文", "待原因消除后再次请求"},
		"failback.begun":       {"资源回家", "auto_failback 已开启，首选节点已恢复", none},
		"shutdown.begun":       {"本节点离开", "收到正常停止的请求；先移交资源", none},
		"shutdown.done":        {"本节点已离开", "全部资源已释放，并已告知对端", none},

		"carrier.lost":      {"服务接口失去载波", "承载服务地址的接口没有载波：网线、交换机端口或接口本身有问题。若另一节点连通，资源组将移到那里", "检查该接口的网线和交换机端口"},
		"carrier.returned":  {"服务接口恢复载波", "该接口恢复工作。保持正文所述的时间之后才被视为可接收其他节点的资源组，每断一次时间更长", none},
		"connectivity.move": {"资源组移到连通更好的节点", "另一节点能到达本节点已到达不了的客户端或 ping 节点，因此本节点移交该组", "修复正文所述的问题；auto_failback on 时该组会自行返回"},
		"connectivity.stay": {"连通不良的资源组保持不动", "本节点连通不良，但没有已知更好的其他节点，因此不移动", "修复正文所述的链路"},

		"self.starting":    {"Heartbeat 启动", "配置有效，本节点开始发送心跳", none},
		"config.differs":   {"各节点配置不同", "某个对端使用的资源定义与本节点不同", "把 haresources 和 ha.cf 复制到所有节点"},
		"config.reloaded":  {"配置已重新读取", "收到重读请求，新的文件已生效", none},
		"config.refused":   {"新配置被拒绝", "文件有错误，正在使用的配置保持有效", "运行 heartbeat check，修复它列出的问题后再次重读"},
		"state.unwritable": {"无法写入状态", "状态目录中的某个文件无法写入。集群继续运行", "腾出磁盘空间，或让该目录可写"},
		"media.error":      {"介质无法发送", "向心跳链路写入失败", "检查该接口及其网线"},
		"media.works":      {"介质恢复发送", "先前写入失败的心跳链路又可以写入了", none},
		"queue.full":       {"循环之间的队列已满", "工作到达的速度超过处理速度；最旧的条目已丢弃并计数", "检查本节点的负载和磁盘；计数见 heartbeat status --json；请报告此问题"},
	}
}
