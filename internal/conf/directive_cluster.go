package conf

import (
	"slices"
	"strings"
)

// Limits of C Heartbeat, which peers of its kind share with us.
const (
	maxNodeName = 100 // bytes, less one
	maxNodes    = 100 // ping nodes included
	maxMedia    = 64
)

func clusterDirectives() []Directive {
	return []Directive{
		{Name: "node", Type: "names", Example: "node node1 node2", Many: true, Hidden: true,
			Doc:   "The nodes of the cluster, as `uname -n` prints them; this node among them.",
			DocZH: "集群节点名，须与 `uname -n` 的输出一致，并包含本节点。", apply: (*reader).node},
		{Name: "auto_failback", Type: "on, off or legacy", Default: "legacy", Example: "auto_failback off",
			Doc:   "Whether a group returns to its home node when that node is back. legacy is the oldest protocol and the default of C Heartbeat.",
			DocZH: "主节点恢复后资源是否切回。legacy 为最老的协议，也是 C 版 Heartbeat 的默认值。", apply: (*reader).autoFailback},
		{Name: "nice_failback", Type: "bool", Example: "nice_failback on", Hidden: true,
			Doc:   "Obsolete: counts as auto_failback legacy.",
			DocZH: "已废弃：等同于 auto_failback legacy。",
			apply: func(r *reader, v string, line int) {
				r.warn(line, "write auto_failback off (was: nice_failback on) or auto_failback on", "directive nice_failback is obsolete and means auto_failback legacy")
				r.h.AutoFailback = FailbackLegacy
			}},
		{Name: "autojoin", Type: "none, other or any", Default: "none", Example: "autojoin none",
			Doc:   "Whether nodes that are not listed may join. Must be none with haresources.",
			DocZH: "未列出的节点能否加入集群。使用 haresources 时必须为 none。",
			apply: wordInto("Invalid autojoin directive [%s]", func(h *HaCf) *string { return &h.AutoJoin }, "none", "other", "any")},
		{Name: "cluster", Type: "name", Default: "linux-ha", Example: "cluster web",
			Doc:   "Name of the cluster, for clients.",
			DocZH: "集群名称，供客户端查询。", apply: func(r *reader, v string, _ int) { r.h.Cluster = v }},
		{Name: "uuidfrom", Type: "file or nodename", Default: "file", Example: "uuidfrom file",
			Doc:   "Where the node's identity comes from: the file hb_uuid, or a digest of its name.",
			DocZH: "节点标识的来源：hb_uuid 文件，或由节点名计算。",
			apply: wordInto("Invalid uuidfrom directive [%s]", func(h *HaCf) *string { return &h.UUIDFrom }, "file", "nodename")},
		{Name: "hbgenmethod", Type: "file or time", Default: "file", Example: "hbgenmethod file",
			Doc:   "Where the number of this start comes from: a counter in a file, or the clock.",
			DocZH: "启动代数的来源：文件计数器或系统时钟。",
			apply: wordInto("Illegal hb generation method [%s]", func(h *HaCf) *string { return &h.HBGenMethod }, "file", "time")},
		{Name: "msgfmt", Type: "classic or netstring", Default: "classic", Example: "msgfmt classic",
			Doc:   "How messages are written on the wire; both are understood.",
			DocZH: "发送消息的格式；两种格式均可接收。",
			apply: wordInto("invalid msgfmt [%s]", func(h *HaCf) *string { return &h.MsgFmt }, "classic", "netstring")},
		{Name: "compression", Type: "zlib or bz2", Default: "zlib", Example: "compression bz2",
			Doc:   "How long messages are compressed.",
			DocZH: "长消息的压缩方法。",
			apply: wordInto("Compression module(%s) not found", func(h *HaCf) *string { return &h.Compression }, "zlib", "bz2")},
		{Name: "compression_threshold", Type: "int (KB)", Default: "2", Example: "compression_threshold 2",
			Doc:   "Messages from this size on are compressed, in KB.",
			DocZH: "达到该大小（KB）的消息才压缩。",
			apply: func(r *reader, v string, line int) {
				n, err := numberIn(v, 1, 2048)
				if err != nil {
					r.fail(line, "write: compression_threshold 2", "compress_threshhold(%s) invalid", v)
					return
				}
				r.h.CompressionThreshold = n * 1024
			}},
		{Name: "traditional_compression", Type: "bool", Default: "no", Example: "traditional_compression no",
			Doc:   "Compress whole messages instead of single fields.",
			DocZH: "压缩整条消息而不是单个字段。",
			apply: boolInto("traditional_compression", func(h *HaCf) *bool { return &h.TraditionalCompression })},
		{Name: "crm", Type: "off, on, respawn, minimal, valgrind or ccm-only", Default: "false", Example: "crm off", Hidden: true,
			Doc:   "Cluster resource manager instead of haresources.",
			DocZH: "是否使用集群资源管理器（CRM）取代 haresources。", apply: (*reader).crm},
		{Name: "pacemaker", Type: "as crm", Default: "false", Example: "pacemaker respawn", Hidden: true,
			Doc:   "Another name of crm.",
			DocZH: "crm 的另一个名称。", apply: (*reader).crm},
		{Name: "crm_daemon_dir", Type: "path", Example: "crm_daemon_dir /usr/lib/heartbeat",
			Doc:   "Where the daemons of the CRM are; stands before crm.",
			DocZH: "CRM 守护进程所在目录；须写在 crm 之前。", apply: beforeCRM("crm_daemon_dir", false)},
		{Name: "crmd_spawns_pengine", Type: "bool", Default: "true", Example: "crmd_spawns_pengine true",
			Doc:   "Who starts the policy engine; stands before crm.",
			DocZH: "由谁启动策略引擎；须写在 crm 之前。", apply: beforeCRM("crmd_spawns_pengine", true)},
		{Name: "quorum_server", Type: "host", Example: "quorum_server qs1",
			Doc:   "Host of the quorum server, for clients.",
			DocZH: "仲裁服务器主机名，供客户端查询。", apply: stored},
		{Name: "record_config_changes", Type: "bool", Default: "on", Example: "record_config_changes on",
			Doc: "Kept for clients that ask.", DocZH: "仅供客户端查询。", apply: storedBool("record_config_changes")},
		{Name: "record_pengine_inputs", Type: "bool", Default: "on", Example: "record_pengine_inputs on",
			Doc: "Kept for clients that ask.", DocZH: "仅供客户端查询。", apply: storedBool("record_pengine_inputs")},
		{Name: "enable_config_writes", Type: "bool", Default: "on", Example: "enable_config_writes on",
			Doc: "Kept for clients that ask.", DocZH: "仅供客户端查询。", apply: storedBool("enable_config_writes")},
		{Name: "stonith", Type: "type configfile", Example: "stonith baytech /etc/ha.d/conf/stonith.baytech", WholeLine: true, Many: true, Hidden: true,
			Doc:   "Fencing device for all nodes, with its configuration file. All stonith and stonith_host lines that are for this node are used, in their order: when one device fails the next one is tried.",
			DocZH: "适用于所有节点的隔离（fencing）设备及其配置文件。适用于本节点的所有 stonith 与 stonith_host 行按顺序使用：一个设备失败就试下一个。", apply: (*reader).stonith},
		{Name: "stonith_host", Type: "host|* type params", Example: "stonith_host * external/ipmi node2 10.0.0.12 admin secret lan", WholeLine: true, Many: true, Hidden: true,
			Doc:   "Fencing device that one node (or * any) uses, with its parameters: a type of cluster-glue (stonith -L) with the values of its parameters in order, or a fence agent (fence_NAME or its path) with name=value words; hosts=node1,node2 says which nodes the agent can switch.",
			DocZH: "某个节点（或 * 所有节点）使用的隔离设备及参数：cluster-glue 的类型（stonith -L）按顺序写参数值，或 fence agent（fence_NAME 或其路径）写 name=value；hosts=node1,node2 说明该设备能操作哪些节点。", apply: (*reader).stonithHost},
	}
}

func (r *reader) node(v string, line int) {
	name := strings.ToLower(v)
	switch {
	case len(name) >= maxNodeName:
		r.fail(line, "names have fewer than 100 characters", "node name %.30s… is too long", name)
	case slices.Contains(r.h.Nodes, name):
		r.warn(line, "remove it", "node %s is listed twice", name)
	default:
		r.h.Nodes = append(r.h.Nodes, name)
	}
}

func (r *reader) autoFailback(v string, line int) {
	if v == "legacy" {
		r.h.AutoFailback = FailbackLegacy
		return
	}
	on, err := ParseBool(v)
	if err != nil {
		r.fail(line, didYouMean(v, []string{"on", "off", "legacy"}, "write on, off or legacy"), "invalid auto_failback [%s]", v)
		return
	}
	r.h.AutoFailback = Failback(onOff(on))
}

func (r *reader) crm(v string, line int) {
	if r.crmLine > 0 {
		r.fail(line, "keep one of them", "pacemaker/crm directive used multiple times! (first in line %d)", r.crmLine)
		return
	}
	r.crmLine = line
	switch word := strings.ToLower(v); word {
	case "respawn", "minimal", "valgrind", "ccm-only":
		r.h.CRM = word
	case "manual":
		r.h.CRM = "minimal"
	default:
		on, err := ParseBool(v)
		if err != nil {
			r.fail(line, didYouMean(v, []string{"respawn", "minimal", "manual", "valgrind", "ccm-only", "on", "off"}, "write on, off or respawn"), "invalid crm value [%s]", v)
			return
		}
		r.h.CRM = onOff(on)
	}
}

// beforeCRM stores a value that counts only above crm.
func beforeCRM(name string, isBool bool) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		if r.crmLine > 0 {
			r.fail(line, "move it above line "+itoa(r.crmLine), "If you specify %s, it must come before the pacemaker directive", name)
		}
		if isBool {
			storedBool(name)(r, v, line)
		}
	}
}

func (r *reader) stonith(v string, line int) {
	f := words(v)
	switch len(f) {
	case 0:
		r.fail(line, "write: stonith type configfile", "No Stonith type given")
	case 1:
		r.fail(line, "name its file: stonith "+f[0]+" /etc/ha.d/conf/stonith."+f[0], "Invalid Stonith config file []")
	default:
		r.h.Stonith = append(r.h.Stonith, Stonith{Type: f[0], Params: restAfter(v, f[0]), Line: line})
	}
}

func (r *reader) stonithHost(v string, line int) {
	f := words(v)
	if len(f) < 2 {
		r.fail(line, "write: stonith_host node1 type parameters", "No Stonith type given")
		return
	}
	rest := restAfter(v, f[0])
	r.h.Stonith = append(r.h.Stonith, Stonith{Host: strings.ToLower(f[0]), Type: f[1], Params: restAfter(rest, f[1]), Line: line})
}

// restAfter is what follows the first word of s.
func restAfter(s, first string) string {
	_, rest, _ := strings.Cut(s, first)
	return strings.Trim(rest, " \t,")
}
