package main

// toolsZH says in Chinese what further classic commands do.
var toolsZH = map[string]string{
	"ResourceManager":    "经典命令：`listkeys 模式`、`allkeys`、`ourkeys`、`otherkeys` 列出资源组；`status 资源`（0 运行，3 未运行）、`statgroup 键`、`verifyallidle`（退出码为意外运行的资源数）；`takegroup`、`givegroup` 在本机没有节点运行时启动、停止资源组，否则被拒绝（退出码 2）",
	"findif":             "经典命令：地址属于哪个接口。输入为环境变量 OCF_RESKEY_ip、cidr_netmask、broadcast、nic，输出一行 `接口<TAB>netmask M<TAB>broadcast B`；`-C` 以位数表示掩码",
	"ha_config":          "经典命令：以 `NAME=\"值\"` 行打印各目录位置",
	"mach_down":          "经典脚本名：接管由守护进程自行完成，因此无事可做（退出码 0；未运行时 4）",
	"req_resource":       "经典脚本名：获取资源由守护进程自行完成，因此无事可做（退出码 0；未运行时 4）",
	"send_arp":           "经典命令：发送免费 ARP。`-i` 间隔毫秒（500），`-r` 次数（1），`-p` pid 文件；参数为接口、地址、auto 或接口的硬件地址，最后两个参数被忽略",
	"drbd-peer-outdater": "经典命令：DRBD 的 fence-peer 处理程序，通过集群请求对端把磁盘标记为过期。`-p` 对端，`-r` 资源（或环境变量 DRBD_PEER、DRBD_RESOURCE），`-t` 秒数（60）。退出码：3 不一致，4 已过期，5 无法联系，6 对端为主，20 失败，21 已在请求",
}
