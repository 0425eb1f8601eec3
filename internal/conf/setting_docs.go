package conf

import "slices"

// SettingDoc explains one setting that C Heartbeat does not know.
type SettingDoc struct {
	Name, Type, Default, Example, Doc, DocZH string
}

// SettingDocs is the vocabulary of "#!hb" lines and of ha.cf.d (resources spec, 12.1).
func SettingDocs() []SettingDoc {
	return []SettingDoc{
		{"take_over", "unsafe, fenced, manual, arbiter witness HOST[:PORT]..., arbiter disk PATH, arbiter ping", "unsafe; fenced with a stonith line", "take_over arbiter witness 192.168.1.9",
			"What must be known before the resources of a dead node are taken. arbiter: after a cut the node that gets the lease of the arbiter goes on, and the other one stops before that one takes over; see witness.md and disklock.md.",
			"接管死亡节点的资源之前必须确认什么。arbiter：断开之后，得到仲裁者租约的节点继续运行，另一个节点先停止，然后才被接管；见 witness.md 和 disklock.md。"},
		{"stop_budget", "time", "0.5 with addresses only, else 5", "stop_budget 10", "With take_over arbiter: how long a node that must stop may take for it. The other node waits that long before it starts anything.", "使用 take_over arbiter 时：必须停止的节点最多可用多长时间来停止。另一节点会等待这段时间之后才启动资源。"},
		{"takeover_delay", "time", "0", "takeover_delay 5", "Time between the alarm and the take-over.", "告警与接管之间的时间。"},
		{"fence_delay", "time, auto", "auto", "fence_delay 5",
			"How long a node waits before it fences the other one, when both may be alive and the other one goes first: the node that holds more groups, then the lower name. It must be longer than a device needs. auto: 2 s more than twice the slowest status check of the devices. 0: never wait; then both nodes of a cut cluster may go down.",
			"两个节点都可能活着、且应由对端先行动时，本节点在 fencing 对端之前等待多久。先行动者：持有资源组较多的节点，其次名字较小者。必须长于设备所需时间。auto：各设备最慢状态检查时间的两倍再加 2 秒。0：不等待，此时被隔断的两个节点可能同时停机。"},
		{"fence_timeout", "time", "60", "fence_timeout 90", "Time limit of one call of a fencing device. meatware has none.", "一次 fencing 设备调用的时限；meatware 没有时限。"},
		{"fence_brake", "number", "3", "fence_brake 5",
			"How often this node fences the same node within an hour by itself. After that it waits for heartbeat fence release NODE or heartbeat confirm NODE, so that two nodes with broken links do not reset each other for ever. 0: no limit.",
			"本节点一小时内自动隔离同一节点的最多次数。达到后等待 heartbeat fence release NODE 或 heartbeat confirm NODE，以免链路断开的两个节点无休止地互相复位。0：不限。"},
		{"fence_action", "reset, off", "reset", "fence_action off", "What a fencing device does to a silent node.", "fencing 设备对沉默节点执行的动作。"},
		{"connectivity", "on, carrier, off, dampen TIME, weight TARGET N", "on with respawn ipfail, else carrier; dampen 5", "connectivity on",
			"Move a group to the node that is better connected. carrier: when the interface of its addresses has no carrier here and has one there; on: also when more ping nodes answer there. What works again counts after dampen, twice as long after every further loss within an hour. Only between nodes that both run this Heartbeat, and not with auto_failback legacy.",
			"把资源组移到网络连通更好的节点。carrier：本机服务地址所在接口无载波而对端有；on：另外比较能应答的 ping 节点。恢复后须保持 dampen 时间才算数，一小时内每再断一次加倍。仅在都运行本软件的节点之间有效，auto_failback legacy 时无效。"},
		{"consensus", "on, off, auto", "auto: on with respawn ccm or crm", "consensus on",
			"Consensus membership and quorum: the nodes agree on numbered memberships, together with nodes on which C's ccm runs. Where a respawn or failfast line names ccm, the daemon does this itself and the program is not started, unless it says off. Quorum plug-ins: env quorum=majority:twonodes (also weight, ping, connected), tie-breakers: env tiebreaker=ping. Ping nodes vote with their connectivity weight.",
			"共识成员关系与法定人数：各节点（包括运行 C 版 ccm 的节点）就带编号的成员名单达成一致。respawn 或 failfast 行若写了 ccm，由守护进程自己完成，不再启动该程序（设为 off 时照常启动）。仲裁插件：env quorum=majority:twonodes（另有 weight、ping、connected），平票裁决：env tiebreaker=ping。ping 节点按 connectivity 权重投票。"},
		{"start_timeout", "time [script]", "60", "start_timeout 120 mysql", "Time limit of a start.", "启动的时限。"},
		{"stop_timeout", "time [script]", "60", "stop_timeout 120 Filesystem", "Time limit of a stop.", "停止的时限。"},
		{"status_timeout", "time [script]", "15", "status_timeout 30", "Time limit of a status call.", "状态查询的时限。"},
		{"start_retries", "number", "1", "start_retries 2", "Further attempts after a failed start.", "启动失败后的重试次数。"},
		{"stop_retries", "number", "3", "stop_retries 3", "Further attempts after a failed stop.", "停止失败后的重试次数。"},
		{"start_failure", "move, block", "move", "start_failure move", "After the last failed start: offer the group to the peer, or leave it.", "启动最终失败后：交给对端，或保持不动。"},
		{"stop_failure", "fence-self, block", "fence-self with watchdog or stonith, else block", "stop_failure block", "After the last failed stop: reset this machine, or leave the group.", "停止最终失败后：复位本机，或保持不动。"},
		{"monitor_interval", "time [group]", "0", "monitor_interval 10", "Ask running resources for their status; 0: never, as C Heartbeat.", "定期检查运行中资源的状态；0 表示不检查（与 C 版相同）。"},
		{"serial", "on, off", "off", "serial off", "Work on one group after the other, as C Heartbeat.", "像 C 版那样逐组处理资源。"},
		{"native_ip", "on, off", "on", "native_ip on", "Set addresses without scripts.", "不借助脚本直接设置 IP 地址。"},
		{"native_agents", "on, off", "on", "native_agents off", "Run Filesystem, MailTo, Delay and portblock without the scripts of the distribution, as long as those are unmodified.", "Filesystem、MailTo、Delay、portblock 由程序内置实现，不运行发行版未改动的脚本。"},
		{"ip_conflict_check", "off, warn, refuse", "warn", "ip_conflict_check refuse", "Look whether another machine has the address before setting it.", "设置地址前检查是否已被其他机器占用。"},
		{"arp_refresh", "time", "60", "arp_refresh 60", "Announce held addresses again after this time; 0: never.", "定期重新通告所持地址；0 表示不通告。"},
		{"encryption", "off, on, required", "off", "encryption on", "Encrypt what the nodes tell each other, with the key of authkeys: on while every live node can read it, required always, so that a C node is refused.", "用 authkeys 的密钥加密节点间的通信：on 表示在所有存活节点都能解密时加密；required 表示始终加密，C 版节点将被拒绝。"},
		{"config_sync", "on, off", "off", "config_sync on",
			"Keep ha.cf, authkeys, haresources and the files of config_files the same on all nodes: what heartbeat reload or a start puts into force on one node is given to those that still have what it had before, also when they come back later. Files that were changed on two nodes are left alone, and status says so. Both sides must have it on. See propagate.md.",
			"让 ha.cf、authkeys、haresources 以及 config_files 所列文件在所有节点上保持一致：在一个节点上由 heartbeat reload 或启动而生效的内容，会交给仍持有它先前版本的节点（包括稍后才回来的节点）。两个节点上都改过的文件不会被动，状态中会说明。双方都须设为 on。见 propagate.md。"},
		{"config_files", "FILE...", "none", "config_files ldirectord.cf",
			"Further files of the configuration directory that are the same on all nodes: ha_propagate, heartbeat config and config_sync carry them, too. Plain names without a directory; at most 16.",
			"配置目录中其他须在所有节点上相同的文件：ha_propagate、heartbeat config 和 config_sync 会一并处理。只写文件名，不带目录；最多 16 个。"},
		{"metrics", "ADDRESS:PORT, off", "off", "metrics 192.168.1.11:9664", "Serve metrics for Prometheus at http://ADDRESS:PORT/metrics, to whoever can reach that address. Without it they are at the admin socket and in heartbeat metrics.",
			"在 http://ADDRESS:PORT/metrics 向 Prometheus 提供指标，能访问该地址的任何人均可读取。不设置时只能通过管理套接字和 heartbeat metrics 命令取得。"},
		{"alert", "mail ADDRESS, webhook URL, exec PROGRAM, with options; level LEVEL; only, except or also EVENTS; gather, settle or fold TIME", "none; level warning", "alert mail root@localhost",
			"Tell people what happens. It may stand any number of times; a reload puts it into force. docs/alerts.md explains all words.", "把发生的事告知人员，可写多行，重读配置即生效。各词的含义见 alerts.md。"},
		{"accept_files", "on, off", "on", "accept_files off",
			"Let ha_propagate on another node replace ha.cf, authkeys and haresources of this one. off holds from the moment it stands in a file; its place is a file in ha.cf.d, which is never sent. Without a secret in authkeys (crc) nothing is accepted.",
			"允许其他节点上的 ha_propagate 替换本节点的 ha.cf、authkeys 与 haresources。off 写入文件后立即生效；宜写在 ha.cf.d 的文件中（该目录从不发送）。authkeys 没有密钥（crc）时一律不接受。"},
		{"auto_failback_group", "GROUP on, off or delay TIME", "auto_failback", "auto_failback_group 192.168.1.10/24/eth0 off", "Exception from auto_failback for one group.", "某个资源组的 auto_failback 例外。"},
		{"strict_haresources", "on, off", "off", "strict_haresources on", "Comments and continuation of haresources exactly as C Heartbeat.", "haresources 的注释与续行规则与 C 版完全一致。"},
	}
}

func settingNamed(name string) (SettingDoc, bool) {
	ds := SettingDocs()
	i := slices.IndexFunc(ds, func(d SettingDoc) bool { return d.Name == name })
	if i < 0 {
		return SettingDoc{}, false
	}
	return ds[i], true
}

func settingNames() []string {
	var out []string
	for _, d := range SettingDocs() {
		out = append(out, d.Name)
	}
	return out
}
