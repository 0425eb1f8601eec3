package conf

import (
	"fmt"
	"strings"
)

// Reference is the manual page of ha.cf in Markdown, made from the tables; chinese selects the language.
func Reference(chinese bool) string {
	var b strings.Builder
	title, lead, head := "# ha.cf", "One directive a line; `#` begins a comment; words are separated by blanks, tabs or commas. A time is in seconds, or in milliseconds with `ms`.\n`heartbeat check` names everything that is wrong, with its line.", "| directive | value | default | example | meaning |"
	settings := "## Settings that C Heartbeat does not know\n\nThey stand in ha.cf or haresources as comments, `#!hb NAME VALUE`, so that C Heartbeat can read the same files; or without prefix in `ha.cf.d/*.conf`."
	shead := "| setting | value | default | example | meaning |"
	if chinese {
		lead = "每行一条指令；`#` 之后为注释；单词以空格、制表符或逗号分隔。时间以秒为单位，加 `ms` 表示毫秒。\n`heartbeat check` 会列出所有错误及其所在行。"
		head = "| 指令 | 取值 | 默认值 | 示例 | 含义 |"
		settings = "## C 版 Heartbeat 没有的设置\n\n以注释形式 `#!hb 名称 值` 写在 ha.cf 或 haresources 中，C 版仍可读取同一文件；也可不带前缀写在 `ha.cf.d/*.conf` 中。"
		shead = "| 设置 | 取值 | 默认值 | 示例 | 含义 |"
	}
	row := func(name, typ, def, example, en, zh string) {
		if chinese {
			en = zh
		}
		if def != "" {
			def = "`" + def + "`"
		}
		cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | %s |\n", name, cell(typ), cell(def), cell(example), cell(en))
	}
	fmt.Fprintf(&b, "%s\n\n<!-- made from internal/conf: go test ./internal/conf -run TestReferenceIsCurrent -update -->\n\n%s\n\n%s\n|---|---|---|---|---|\n", title, lead, head)
	for _, d := range Directives() {
		row(d.Name, d.Type, d.Default, d.Example, d.Doc, d.DocZH)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n|---|---|---|---|---|\n", settings, shead)
	for _, d := range SettingDocs() {
		row(d.Name, d.Type, d.Default, d.Example, d.Doc, d.DocZH)
	}
	return b.String()
}

// DefaultsTable is what `heartbeat -D` prints, and with wiki `heartbeat -DW`: directives, defaults, meanings.
func DefaultsTable(wiki bool) string {
	var b strings.Builder
	for _, d := range Directives() {
		if wiki {
			fmt.Fprintf(&b, "||%s||%s||%s||\n", d.Name, d.Default, d.Doc)
		} else {
			fmt.Fprintf(&b, "%-24s %-10s %s\n", d.Name, d.Default, d.Doc)
		}
	}
	return b.String()
}
