package main

// toolsZH says in Chinese what further classic commands do.
var toolsZH = map[string]string{
	"drbd-peer-outdater": "经典命令：DRBD 的 fence-peer 处理程序，通过集群请求对端把磁盘标记为过期。`-p` 对端，`-r` 资源（或环境变量 DRBD_PEER、DRBD_RESOURCE），`-t` 秒数（60）。退出码：3 不一致，4 已过期，5 无法联系，6 对端为主，20 失败，21 已在请求",
}
