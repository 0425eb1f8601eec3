package applet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heartbeat/internal/cib/schema"
	"heartbeat/internal/conf"
	"heartbeat/internal/conf/spelling"
	"heartbeat/internal/event"
)

func explainCommand(c *call) *cobra.Command {
	var chinese bool
	cmd := &cobra.Command{
		Use: "explain [NAME]", Short: "what a directive, a setting, an event, or a name in the cluster's document means",
		Long: `Explains a directive of ha.cf, a setting ("#!hb name value"), the name of an event as heartbeat events and the log
show it, and what stands in the cluster's document (CIB): an element (primitive), an attribute (rsc_location.score), a cluster
option (no-quorum-policy), an option of resources, operations or fence devices. A name that means several things is explained
with all of them. Without a name it lists everything but the attributes.`,
		Example: "  heartbeat explain deadtime\n  heartbeat explain node.dead\n  heartbeat explain rsc_location.score\n  heartbeat explain auto_failback --zh",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				c.explainAll()
				return nil
			}
			text := explain(args[0], chinese)
			if text == "" {
				return &exit{exitNotWell, fmt.Sprintf("nothing is known about %q%s; heartbeat explain lists the names", args[0], nearest(args[0], explainable()))}
			}
			c.printf("%s", text)
			return nil
		},
	}
	cmd.Flags().BoolVar(&chinese, "zh", strings.HasPrefix(c.Getenv("LANG"), "zh"), "in Chinese where there is a Chinese text")
	return cmd
}

// explainable are all names, sorted.
func explainable() []string {
	var names []string
	for _, d := range conf.Directives() {
		names = append(names, d.Name)
	}
	for _, d := range conf.SettingDocs() {
		names = append(names, d.Name)
	}
	for _, k := range event.Kinds() {
		names = append(names, k.Name)
	}
	names = append(names, schema.NewGuide().Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

func (c *call) explainAll() {
	c.printf("Directives of ha.cf:\n")
	for _, d := range conf.Directives() {
		c.printf("  %-26s %s\n", d.Name, d.Doc)
	}
	c.printf("\nSettings (\"#!hb name value\" in ha.cf or haresources):\n")
	for _, d := range conf.SettingDocs() {
		c.printf("  %-26s %s\n", d.Name, d.Doc)
	}
	c.printf("\nEvents:\n")
	for _, k := range event.Kinds() {
		c.printf("  %-26s %s\n", k.Name, k.Title)
	}
	c.explainDocument()
}

// explain returns what is known about a name, with all its meanings; empty: nothing.
func explain(name string, chinese bool) string {
	pick := func(en, zh string) string {
		if chinese && zh != "" {
			return zh
		}
		return en
	}
	var found []string
	for _, d := range conf.Directives() {
		if d.Name == name {
			found = append(found, entry(name, "directive of ha.cf", pick(d.Doc, d.DocZH), "value", d.Type, "default", d.Default, "example", d.Example))
		}
	}
	for _, d := range conf.SettingDocs() {
		if d.Name == name {
			found = append(found, entry(name, "setting, unknown to C Heartbeat", pick(d.Doc, d.DocZH), "value", d.Type, "default", d.Default, "example", "#!hb "+d.Example))
		}
	}
	for _, k := range event.Kinds() {
		if k.Name == name {
			zh := MessagesZH()[name]
			found = append(found, entry(name, k.Level.String()+" event", pick(k.Title+". "+k.Meaning, joined(zh.Title, zh.Meaning)), "do", pick(k.Action, zh.Action)))
		}
	}
	return strings.Join(append(found, explainCIB(name, chinese)...), "\n")
}

// joined is a headline and its text in Chinese; empty when there is none.
func joined(title, text string) string {
	if title == "" {
		return ""
	}
	return title + "。" + text + "。"
}

// entry is a name, what it is, its text, and pairs of label and value.
func entry(name, kind, text string, pairs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n  %s\n", name, kind, text)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, "  %s: %s\n", pairs[i], pairs[i+1])
		}
	}
	return b.String()
}

// nearest suggests the names that are closest to what was asked for; when none is close, those that contain it.
func nearest(name string, all []string) string {
	least := 2
	var close, around []string
	for _, n := range all {
		switch d := spelling.Distance(name, n); {
		case d < least:
			least, close = d, []string{n}
		case d == least:
			close = append(close, n)
		case len(name) > 2 && strings.Contains(n, name):
			around = append(around, n)
		}
	}
	if len(close) == 0 {
		close = around
	}
	if len(close) == 0 || len(close) > 5 {
		return ""
	}
	return " (did you mean " + strings.Join(close, " or ") + "?)"
}
