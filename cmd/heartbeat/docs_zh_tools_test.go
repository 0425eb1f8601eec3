package main

// toolsZH says in Chinese what further classic commands do.
var toolsZH = map[string]string{
	"ResourceManager":    "经典命令：`listkeys 模式`、`allkeys`、`ourkeys`、`otherkeys` 列出资源组；`status 资源`（0 运行，3 未运行）、`statgroup 键`、`verifyallidle`（退出码为意外运行的资源数）；`takegroup`、`givegroup` 在本机没有节点运行时启动、停止资源组，否则被拒绝（退出码 2）",
	"findif":             "经典命令：地址属于哪个接口。输入为环境变量 OCF_RESKEY_ip、cidr_netmask、broadcast、nic，输出一行 `接口<TAB>netmask M<TAB>broadcast B`；`-C` 以位数表示掩码",
	"ha_config":          "经典命令：以 `NAME=\"值\"` 行打印各目录位置",
	"mach_down":          "经典脚本名：接管由守护进程自行完成，因此无事可做（退出码 0；未运行时 4）",
	"req_resource":       "经典脚本名：获取资源由守护进程自行完成，因此无事可做（退出码 0；未运行时 4）",
	"send_arp":           "经典命令：发送免费 ARP。`-i` 间隔毫秒（500），`-r` 次数（1），`-p` pid 文件；参数为接口、地址、auto 或接口的硬件地址，最后两个参数被忽略",
	"crm_simulate":       "经典命令：显示集群资源管理器会做什么，但不执行。`-x 文件` 或标准输入读入 cib.xml（Heartbeat 2.0 以来的各种格式），`-R` 做出决定，`-S` 再模拟执行，`-s` 显示分数，`-D`、`-G` 把转换写成 DOT 图或 XML，`-I`、`-O`、`-X` 保存输入或结果，`-t` 设定时间，`-q -u -d -f -i -F -w -g -r -b -e` 假定法定人数、节点、操作结果、票据等事件，`-P 目录` 测速。退出码：0 完成，1 失败，64 用法错误，66 没有此文件，73 无法写入，78 文档无法使用，102 没有运行中的集群（`-L`）",
	"crm_mon":            "经典命令：显示集群的状态（节点、资源、故障）。`-1` 一次，`-r` 含未运行的资源，`-n` 按节点，`-b` 简短，`-R` 详细，`-f`、`-o`、`-t`、`-A`、`-L`、`-c` 增加各部分，`--include`、`--exclude` 选择各部分，`--output-as text|html|xml`，`-s` 一行（退出码 0 正常，1 有节点离线，2 没有协调节点）；从 `-x 文件` 或环境变量 CIB_file 读入",
	"ptest":              "经典命令：crm_simulate 的旧名称；`-X` 从标准输入读入，`-d` 设定时间",
	"cibadmin":           "经典命令：显示和修改集群配置（`CIB_file` 指定的文件或 `CIB_shadow` 指定的影子）。`-Q` 查询，`-C` 新建，`-M` 修改（`-c` 缺少时新建），`-R` 替换，`-D` 删除，`-d` 删除 XPath 的全部匹配，`-P` 应用补丁，`-B` 增加 epoch，`-E` 清空，`-u` 升级，`-a` 空文档，`-5`、`-6` 摘要；数据来自 `-X` 参数、`-x` 文件、`-p` 标准输入；`-o` 部分，`-A` XPath，`-e` 路径，`-n` 不含子元素，`-f` 强制。退出码：0 完成，4 无权限，64 用法错误，78 无效，102 没有运行中的集群，103 太旧，105 没有此对象，107 需要 --force，108 已存在",
	"cibpipe":            "修改从标准输入到标准输出的集群配置：操作的写法同 cibadmin，多个操作用 `--` 分开，或用 `--commands 文件` 每行一个；有一个失败就什么也不输出",
	"crm_diff":           "经典命令：生成两个配置之间的补丁（`-o` 原文件，`-n` 新文件，`-c` 带摘要，`-u` 不含版本，`-1` 旧格式），或用 `-p` 应用补丁。退出码：0 无差别或已应用，1 有差别或补丁不适用，64 用法错误，65 不是 XML，103 文档比补丁新",
	"crm_shadow":         "经典命令：配置的影子，用来试验修改。`-c` 复制为影子，`-e` 新建空影子，`-d` 显示差别，`-C` 提交，`-r` 重新复制，`-D` 删除，`-w` 名称，`-F` 文件，`-p` 内容，`-E` 编辑，`-f` 强制；影子是 CIB_shadow_dir 或 /var/lib/pacemaker/cib 中的 shadow.名称",
	"drbd-peer-outdater": "经典命令：DRBD 的 fence-peer 处理程序，通过集群请求对端把磁盘标记为过期。`-p` 对端，`-r` 资源（或环境变量 DRBD_PEER、DRBD_RESOURCE），`-t` 秒数（60）。退出码：3 不一致，4 已过期，5 无法联系，6 对端为主，20 失败，21 已在请求",
}
