package conf

import "time"

func timerDirectives() []Directive {
	return []Directive{
		{Name: "keepalive", Type: "time", Default: "1000ms", Example: "keepalive 500ms",
			Doc:   "Time between two heartbeats. Must be above 0.",
			DocZH: "两次心跳之间的间隔，必须大于 0。",
			apply: timeInto("keepalive", 1, func(h *HaCf) *time.Duration { return &h.Keepalive })},
		{Name: "deadtime", Type: "time", Default: "30000ms", Example: "deadtime 10",
			Doc:   "Silence after which a node is declared dead. Must be more than twice keepalive.",
			DocZH: "节点沉默多久后被判定为死亡，必须大于 keepalive 的两倍。",
			apply: timeInto("deadtime", 0, func(h *HaCf) *time.Duration { return &h.Deadtime })},
		{Name: "warntime", Type: "time", Example: "warntime 5",
			Doc:   "Silence after which a late heartbeat is reported. Default: half of deadtime.",
			DocZH: "心跳迟到多久后记录警告。默认为 deadtime 的一半。",
			apply: timeInto("warntime", 1, func(h *HaCf) *time.Duration { return &h.Warntime })},
		{Name: "initdead", Type: "time", Example: "initdead 60",
			Doc:   "Wait for the other nodes after our own start; not below deadtime. Default: deadtime above 10 s, 12 s for a deadtime below 6 s, else twice deadtime.",
			DocZH: "本节点启动后等待其他节点的时间，不得小于 deadtime。默认：deadtime 大于 10 秒时等于 deadtime；小于 6 秒时为 12 秒；其余为 deadtime 的两倍。",
			apply: timeInto("initdead", 0, func(h *HaCf) *time.Duration { return &h.Initdead })},
		{Name: "deadping", Type: "time", Example: "deadping 10",
			Doc:   "Silence after which a ping node is declared dead. Default: deadtime.",
			DocZH: "ping 节点沉默多久后被判定为不可达。默认等于 deadtime。",
			apply: timeInto("deadping", 0, func(h *HaCf) *time.Duration { return &h.Deadping })},
		{Name: "max_rexmit_delay", Type: "int (ms)", Default: "250", Example: "max_rexmit_delay 250",
			Doc:   "Longest wait before a lost message is asked for again, in milliseconds.",
			DocZH: "请求重传丢失消息前的最长等待时间，单位毫秒。",
			apply: func(r *reader, v string, line int) {
				n, err := numberIn(v, 1, 3_600_000)
				if err != nil {
					r.fail(line, "write: max_rexmit_delay 250", "Invalid max_rexmit_delay time(%s)", v)
					return
				}
				r.h.MaxRexmitDelay = time.Duration(n) * time.Millisecond
			}},
	}
}

// timeInto stores a time of at least least milliseconds.
func timeInto(name string, least time.Duration, field func(*HaCf) *time.Duration) func(*reader, string, int) {
	return func(r *reader, v string, line int) {
		d, err := ParseDuration(v)
		if name == "warntime" && (err != nil || d < least) {
			r.fail(line, "write: warntime 5", "Warn time [%s] is invalid.", v)
			return
		}
		if err != nil {
			r.fail(line, "", "%s: %v", name, err)
			return
		}
		if d < least*time.Millisecond {
			r.fail(line, "write: "+name+" 1", "%s [%s] must be above 0", name, v)
			return
		}
		*field(r.h) = d
	}
}
