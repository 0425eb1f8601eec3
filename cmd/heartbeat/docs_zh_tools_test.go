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
	"drbd-peer-outdater": "经典命令：DRBD 的 fence-peer 处理程序，通过集群请求对端把磁盘标记为过期。`-p` 对端，`-r` 资源（或环境变量 DRBD_PEER、DRBD_RESOURCE），`-t` 秒数（60）。退出码：3 不一致，4 已过期，5 无法联系，6 对端为主，20 失败，21 已在请求",
}
