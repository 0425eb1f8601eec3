package schema

import "strings"

// InChinese puts the words of values, defaults and generations that are no names into Chinese.
func InChinese(text string) string {
	return strings.NewReplacer(
		"an id", "id",
		"the id of another element", "另一元素的 id",
		"ids of fencing devices with commas between", "隔离设备的 id，以逗号分隔",
		"a range of ports such as", "端口范围，如",
		"the name of a schema, such as", "格式版本名，如",
		"an integer, INFINITY or -INFINITY", "整数、INFINITY 或 -INFINITY",
		"an integer from 1 to 9", "1 到 9 的整数",
		"an integer from 0", "不小于 0 的整数",
		"an integer from 1", "不小于 1 的整数",
		"an integer", "整数",
		"a time such as 30s, 5min or PT5M", "时间，如 30s、5min 或 PT5M",
		"a percentage such as", "百分比，如",
		"a text", "文本",
		"true or false", "true 或 false",
		"true, or by the resource option critical", "true，或由资源选项 critical 决定",
		"true, with kind=Serialize false", "true；kind=Serialize 时为 false",
		"string; with lt, lte, gt, gte number when both sides are numbers", "string；lt、lte、gt、gte 两边都是数字时为 number",
		"stop, with a promoted role demote", "stop；提升角色时为 demote",
		"false, in a group true", "false，组中为 true",
		"0: it has no effect", "0：不起作用",
		"promoted-max, else 1", "promoted-max，否则 1",
		"number of nodes", "节点数",
		"no remote access", "不开放",
		"that of the constraint", "同约束",
		"the same as ", "同 ",
		" and later", " 及以后",
		" to pacemaker-", " 至 pacemaker-",
		" or ", " 或 ",
	).Replace(text)
}
