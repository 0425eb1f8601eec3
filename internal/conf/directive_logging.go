package conf

import "slices"

var facilities = [...]string{"auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "security", "syslog", "user", "uucp",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", "none"}

func loggingDirectives() []Directive {
	return []Directive{
		{Name: "logfacility", Type: "syslog facility or none", Example: "logfacility local0",
			Doc: "Log to syslog with this facility.", DocZH: "以该 facility 写入 syslog。",
			apply: func(r *reader, v string, line int) {
				if !slices.Contains(facilities[:], v) {
					r.fail(line, didYouMean(v, facilities[:], "write local0, or none"), "Log facility(%s) not valid", v)
					return
				}
				r.h.LogFacility = v
			}},
		{Name: "logfile", Type: "path", Example: "logfile /var/log/ha-log",
			Doc: "File that gets the log.", DocZH: "日志文件。", apply: func(r *reader, v string, _ int) { r.h.LogFile = v }},
		{Name: "debugfile", Type: "path", Example: "debugfile /var/log/ha-debug",
			Doc: "File that gets the log and the debugging output.", DocZH: "日志与调试输出文件。", apply: func(r *reader, v string, _ int) { r.h.DebugFile = v }},
		{Name: "use_logd", Type: "bool", Example: "use_logd on",
			Doc: "Log where logd.cf says (beside the configuration directory: /etc/logd.cf), through the logging daemon (ha_logd) while one runs; logfile, debugfile and logfacility " +
				"of ha.cf are then ignored. Switched on by itself when no target is given.",
			DocZH: "按 logd.cf（与配置目录并列：/etc/logd.cf）写日志，日志守护进程（ha_logd）运行时经由它；此时忽略 ha.cf 的 logfile、debugfile、logfacility。未指定任何目标时自动启用。", apply: boolInto("use_logd", func(h *HaCf) *bool { return &h.UseLogd })},
		{Name: "conn_logd_time", Type: "time", Default: "60", Example: "conn_logd_time 60",
			Doc: "Time between two attempts to reach the logging daemon; meanwhile this node writes by itself.", DocZH: "重新连接日志守护进程的间隔；在此期间由本节点自己写。",
			apply: func(r *reader, v string, line int) {
				d, err := ParseDuration(v)
				if err != nil || d == 0 {
					r.fail(line, "write: conn_logd_time 60", "invalid conn_logd_time [%s]", v)
					return
				}
				r.h.ConnLogdTime = d
			}},
		{Name: "syslogmsgfmt", Type: "bool", Default: "true", Example: "syslogmsgfmt true",
			Doc: "Write the lines of log files as syslog does.", DocZH: "日志文件采用 syslog 行格式。",
			apply: boolInto("syslogmsgfmt", func(h *HaCf) *bool { return &h.SyslogMsgFmt })},
		{Name: "log_badpack", Type: "bool", Default: "true", Example: "log_badpack true",
			Doc: "Log packets that are garbled or signed with another key.", DocZH: "记录损坏的或签名不符的数据包。",
			apply: boolInto("log_badpack", func(h *HaCf) *bool { return &h.LogBadPack })},
		{Name: "debug", Type: "int 0..255", Default: "0", Example: "debug 0",
			Doc: "Debugging level.", DocZH: "调试级别。", apply: intInto("debug", 0, 255, func(h *HaCf) *int { return &h.Debug })},
	}
}
