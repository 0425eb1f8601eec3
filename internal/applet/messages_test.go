package applet

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/event"
)

var update = flag.Bool("update", false, "rewrite the generated documents")

// golden compares a document with what is generated, or rewrites it.
func golden(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what is generated (%v): run go test ./%s -update", file, err, "internal/applet")
	}
}

func TestMessagesAreDocumentedInBothLanguages(t *testing.T) {
	zh := MessagesZH()
	var en, cn strings.Builder
	en.WriteString("# Messages\n\n[中文](zh-CN/messages.md)\n\nEvery event that a node records has a stable name. The log, `heartbeat events`, `heartbeat status` and the JSON API\n" +
		"show the same names; `heartbeat explain NAME` prints what stands here. This page is generated.\n")
	cn.WriteString("# 消息\n\n[English](../messages.md)\n\n节点记录的每个事件都有固定的名称。日志、`heartbeat events`、`heartbeat status` 和 JSON API 使用相同的名称；\n" +
		"`heartbeat explain 名称 --zh` 会显示这里的内容。本页由程序生成。\n")
	seen := map[string]bool{}
	for _, k := range event.Kinds() {
		seen[k.Name] = true
		fmt.Fprintf(&en, "\n## %s\n\n**%s** (%s). %s\n\nWhat to do: %s.\n", k.Name, k.Title, k.Level, k.Meaning, k.Action)
		tr, ok := zh[k.Name]
		if !ok || tr.Title == "" || tr.Meaning == "" || tr.Action == "" {
			t.Errorf("event %s has no Chinese text in messages_zh.go", k.Name)
		}
		fmt.Fprintf(&cn, "\n## %s\n\n**%s**（%s）。%s。\n\n处理：%s。\n", k.Name, tr.Title, levelZH(k.Level), tr.Meaning, tr.Action)
	}
	for name := range zh {
		if !seen[name] {
			t.Errorf("messages_zh.go explains %q, which is no event", name)
		}
	}
	golden(t, "../../docs/messages.md", en.String())
	golden(t, "../../docs/zh-CN/messages.md", cn.String())
}

func levelZH(l event.Level) string {
	switch l {
	case event.Debug:
		return "调试"
	case event.Info:
		return "信息"
	case event.Warn:
		return "警告"
	case event.Error:
		return "错误"
	}
	return "未知"
}
