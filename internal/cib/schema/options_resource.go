package schema

// resourceOptions are the options in meta_attributes of resources and in rsc_defaults.
func resourceOptions() []Option {
	const r = ResourceOption
	return []Option{
		{Name: "priority", Scope: r, Type: "score", Default: "0", EN: "If not everything can run, resources with lower priority stop.", ZH: "无法运行全部资源时，优先级低的先停止。"},
		{Name: "target-role", Scope: r, Type: "list", Default: "Started", Values: "Stopped Started Promoted Unpromoted Master Slave", Strict: true, EN: "The role that the resource shall have at most.", ZH: "资源最高应处于的角色。"},
		{Name: "is-managed", Scope: r, Type: "boolean", Default: "true", EN: "Whether the cluster starts and stops it.", ZH: "集群是否启动和停止它。"},
		{Name: "maintenance", Scope: r, Type: "boolean", Default: "false", EN: "Hands off: not started, stopped or monitored.", ZH: "维护：不启动、不停止、不监控。"},
		{Name: "resource-stickiness", Scope: r, Type: "score", Default: "0", EN: "How much it wants to stay where it is (clones: 1).", ZH: "留在原节点的倾向（克隆默认 1）。"},
		{Name: "requires", Scope: r, Type: "list", Default: "fencing", Values: "nothing quorum fencing unfencing", Strict: true, EN: "What must be given before it is started; by default fencing if that is enabled, else quorum.", ZH: "启动前必须具备的条件；默认在启用隔离时为 fencing，否则为 quorum。"},
		{Name: "migration-threshold", Scope: r, Type: "score", Default: "INFINITY", EN: "After how many failures it leaves a node; 0: never.", ZH: "在一个节点失败多少次后离开；0 表示从不。"},
		{Name: "failure-timeout", Scope: r, Type: "time", Default: "0", EN: "After how long failures are forgotten; 0: never.", ZH: "多久之后忘记失败；0 表示从不。"},
		{Name: "resource-failure-stickiness", Scope: r, Type: "score", Default: "0", EN: "Heartbeat 2: what every failure takes from the score of a node; now migration-threshold.", ZH: "Heartbeat 2：每次失败对节点分数的影响；现为 migration-threshold。"},
		{Name: "multiple-active", Scope: r, Type: "list", Default: "stop_start", Values: "block stop_only stop_start stop_unexpected", EN: "What to do when it runs on more than one node.", ZH: "发现在多个节点运行时如何处理。"},
		{Name: "allow-migrate", Scope: r, Type: "boolean", Default: "false", EN: "Whether it may move without stopping, when the agent can do that.", ZH: "代理支持时是否可以不停机迁移。"},
		{Name: "critical", Scope: r, Type: "boolean", Default: "true", EN: "Whether its failures may move the resources that it is colocated with; false: it stops instead.", ZH: "其失败是否可使同置的资源迁移；false 表示改为停止它自己。"},
		{Name: "allow-unhealthy-nodes", Scope: r, Type: "boolean", Default: "false", EN: "Whether it may stay on a node whose health is bad.", ZH: "是否可以留在健康状况差的节点。"},
		{Name: "restart-type", Scope: r, Type: "list", Default: "ignore", Values: "ignore restart", EN: "Old: whether it restarts when what it is ordered after does. Gone in pacemaker-4.0.", ZH: "旧选项：所依赖的资源重启时是否也重启。pacemaker-4.0 中已取消。"},
		{Name: "container-attribute-target", Scope: r, Type: "text", EN: "In a bundle: host writes attributes of the container's host.", ZH: "在 bundle 中：host 表示属性写到容器所在主机。"},
		{Name: "remote-node", Scope: r, Type: "text", EN: "Name of the guest node that this virtual machine is.", ZH: "此虚拟机作为客户节点时的名称。"},
		{Name: "remote-addr", Scope: r, Type: "text", EN: "Address of the guest node.", ZH: "客户节点的地址。"},
		{Name: "remote-port", Scope: r, Type: "integer", Default: "3121", EN: "Port of the guest node.", ZH: "客户节点的端口。"},
		{Name: "remote-connect-timeout", Scope: r, Type: "time", Default: "60s", EN: "How long connecting to the guest node may take.", ZH: "连接客户节点的最长时间。"},
		{Name: "remote-allow-migrate", Scope: r, Type: "boolean", Default: "true", EN: "Whether the connection to the guest node may move by itself.", ZH: "到客户节点的连接是否可以单独迁移。"},
		{Name: "clone-max", Scope: r, Type: "integer", Default: "number of nodes", EN: "How many instances of a clone there are.", ZH: "克隆的实例总数。"},
		{Name: "clone-node-max", Scope: r, Type: "integer", Default: "1", EN: "How many of them may run on one node.", ZH: "单个节点上的实例数上限。"},
		{Name: "clone-min", Scope: r, Type: "integer", Default: "0", EN: "How many must run before what is ordered after the clone may start; 0: all.", ZH: "排在其后的资源启动前必须运行的实例数；0 表示全部。"},
		{Name: "notify", Scope: r, Type: "boolean", Default: "false", EN: "Whether instances are told before and after others start or stop.", ZH: "其他实例启停前后是否通知。"},
		{Name: "ordered", Scope: r, Type: "boolean", Default: "false", EN: "Clones: start one instance after the other. Groups (default true): members in their order.", ZH: "克隆：逐个启动实例。组（默认 true）：按顺序启动成员。"},
		{Name: "collocated", Scope: r, Type: "boolean", Default: "true", EN: "Groups: members run on the same node.", ZH: "组：成员在同一节点运行。"},
		{Name: "interleave", Scope: r, Type: "boolean", Default: "false", EN: "Whether an instance waits only for the other clone's instance on its own node.", ZH: "实例是否只等待同一节点上另一克隆的实例。"},
		{Name: "globally-unique", Scope: r, Type: "boolean", Default: "false", Old: "true", EN: "Whether every instance is something of its own, so that it matters which one runs.", ZH: "每个实例是否各不相同。"},
		{Name: "promotable", Scope: r, Type: "boolean", Default: "false", EN: "Whether instances can be promoted.", ZH: "实例是否可以提升。"},
		{Name: "promoted-max", Scope: r, Type: "integer", Default: "1", EN: "How many instances may be promoted; formerly master-max.", ZH: "可提升的实例数上限；原名 master-max。"},
		{Name: "promoted-node-max", Scope: r, Type: "integer", Default: "1", EN: "How many of them on one node; formerly master-node-max.", ZH: "单个节点上可提升的实例数；原名 master-node-max。"},
		{Name: "master-max", Scope: r, Type: "integer", Default: "1", EN: "The older name of promoted-max.", ZH: "promoted-max 的旧名称。"},
		{Name: "master-node-max", Scope: r, Type: "integer", Default: "1", EN: "The older name of promoted-node-max.", ZH: "promoted-node-max 的旧名称。"},
	}
}

// operationOptions are the options of op, its meta_attributes, and op_defaults.
func operationOptions() []Option {
	const o = OperationOption
	return []Option{
		{Name: "interval", Scope: o, Type: "time", Default: "0", EN: "How often it is repeated; 0: not at all.", ZH: "重复间隔；0 表示不重复。"},
		{Name: "timeout", Scope: o, Type: "time", Default: "20s", EN: "How long it may take.", ZH: "最长执行时间。"},
		{Name: "start-delay", Scope: o, Type: "time", Default: "0", EN: "How long to wait before it runs for the first time.", ZH: "首次执行前的等待时间。"},
		{Name: "interval-origin", Scope: o, Type: "text", EN: "A point in time (ISO 8601) that repetitions are counted from.", ZH: "计算重复时刻的起点（ISO 8601）。"},
		{Name: "on-fail", Scope: o, Type: "list", Default: "restart", Values: "ignore block demote stop restart standby fence restart-container", EN: "What follows when it fails. Of stop: fence if fencing is enabled, else block.", ZH: "失败后的处理。stop 操作：启用隔离时为 fence，否则为 block。"},
		{Name: "enabled", Scope: o, Type: "boolean", Default: "true", EN: "Whether it is executed.", ZH: "是否执行。"},
		{Name: "record-pending", Scope: o, Type: "boolean", Default: "true", EN: "Whether it is shown while it runs.", ZH: "执行期间是否显示。"},
		{Name: "role", Scope: o, Type: "list", Default: "any", Values: "Stopped Started Promoted Unpromoted Master Slave", EN: "Only for this role; two monitors of different roles need different intervals.", ZH: "仅用于此角色；不同角色的 monitor 需要不同的间隔。"},
	}
}

// fenceOptions are parameters that all fence devices have, because the cluster reads them.
func fenceOptions() []Option {
	const f = FenceOption
	list := []Option{
		{Name: "pcmk_host_argument", Scope: f, Type: "text", Default: "port", EN: "Name of the parameter that tells the device whom to fence; none: it needs none.", ZH: "告诉设备隔离对象的参数名；none 表示不需要。"},
		{Name: "pcmk_host_map", Scope: f, Type: "text", EN: "What the device calls the nodes: node1:1;node2:2,3.", ZH: "设备对节点的称呼：node1:1;node2:2,3。"},
		{Name: "pcmk_host_list", Scope: f, Type: "text", EN: "Nodes that the device can fence, with blanks or commas between.", ZH: "该设备可隔离的节点，以空格或逗号分隔。"},
		{Name: "pcmk_host_check", Scope: f, Type: "list", Default: "dynamic-list", Values: "dynamic-list static-list status none", EN: "How to find out which nodes the device can fence.", ZH: "如何得知设备可隔离哪些节点。"},
		{Name: "pcmk_delay_max", Scope: f, Type: "time", Default: "0s", EN: "A random delay of at most this long, so that two nodes do not fence each other at the same time.", ZH: "随机延迟的上限，避免两个节点同时互相隔离。"},
		{Name: "pcmk_delay_base", Scope: f, Type: "text", Default: "0s", EN: "A fixed delay, for all nodes or as node1:5s;node2:0.", ZH: "固定延迟，可对所有节点或写作 node1:5s;node2:0。"},
		{Name: "pcmk_action_limit", Scope: f, Type: "integer", Default: "1", EN: "How many actions the device can do at the same time; -1: any number.", ZH: "设备可同时执行的动作数；-1 表示不限。"},
	}
	for _, action := range [...]string{"reboot", "off", "on", "list", "monitor", "status"} {
		list = append(list,
			Option{Name: "pcmk_" + action + "_action", Scope: f, Type: "text", Default: action, EN: "What the device is told in place of " + action + ".", ZH: "用来代替 " + action + " 的动作名。"},
			Option{Name: "pcmk_" + action + "_timeout", Scope: f, Type: "time", Default: "60s", EN: "Time limit of " + action + " with this device.", ZH: "此设备执行 " + action + " 的超时。"},
			Option{Name: "pcmk_" + action + "_retries", Scope: f, Type: "integer", Default: "2", EN: "How often " + action + " is tried within its time limit.", ZH: "在超时内尝试 " + action + " 的次数。"})
	}
	return list
}
