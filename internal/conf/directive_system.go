package conf

func systemDirectives() []Directive {
	return []Directive{
		{Name: "watchdog", Type: "path", Example: "watchdog /dev/watchdog",
			Doc: "Watchdog device that resets the machine when this node stops beating.", DocZH: "看门狗设备；本节点心跳停止时由其复位机器。",
			apply: func(r *reader, v string, line int) {
				if r.h.Watchdog != "" {
					r.fail(line, "keep one of them", "Watchdog device multiply specified.")
					return
				}
				r.h.Watchdog = v
			}},
		{Name: "rtprio", Type: "int 1..99", Example: "rtprio 5",
			Doc: "Real-time priority. Default: the lowest one.", DocZH: "实时优先级。默认为最低级。",
			apply: func(r *reader, v string, line int) {
				n, err := numberIn(v, 1, 99)
				if err != nil {
					r.fail(line, "write a number from 1 to 99", "Illegal realtime priority [%s]", v)
					return
				}
				r.h.RTPrio = n
			}},
		{Name: "realtime", Type: "bool", Default: "true", Example: "realtime true",
			Doc: "Beat with real-time priority and locked memory.", DocZH: "以实时优先级和锁定内存运行心跳。",
			apply: boolInto("realtime", func(h *HaCf) *bool { return &h.Realtime })},
		{Name: "memreserve", Type: "int (KB)", Default: "6500", Example: "memreserve 6500",
			Doc: "Memory reserved at start, in KB. Read, without effect.", DocZH: "启动时预留的内存（KB）。可读取，无实际作用。", apply: storedNumber("memreserve", 1, 1<<30)},
		{Name: "coredumps", Type: "bool", Default: "true", Example: "coredumps true",
			Doc: "Whether a crash leaves a core file.", DocZH: "崩溃时是否生成 core 文件。", apply: storedBool("coredumps")},
		{Name: "coreroot", Type: "path", Example: "coreroot /var/lib/heartbeat/cores",
			Doc: "Directory of core files.", DocZH: "core 文件目录。", apply: stored},
		{Name: "hopfudge", Type: "int 0..255", Default: "1", Example: "hopfudge 1",
			Doc: "Feeds the hop count of messages, for rings of serial lines.", DocZH: "消息跳数的余量，用于串口环。",
			apply: func(r *reader, v string, line int) {
				n, err := numberIn(v, 0, 255)
				if err != nil && startsDigit(v) {
					r.fail(line, "write a number from 0 to 255", "invalid hopfudge [%s]", v)
					return
				}
				if err != nil {
					r.warn(line, "write: hopfudge 1", "hopfudge [%s] is no number and counts as 0", v)
				}
				r.h.Hopfudge = n
			}},
	}
}

func startsDigit(s string) bool {
	return s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '-')
}
