package native

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Metadata is the description of an agent that OCF cluster managers ask for; it is valid by ra-api-1.dtd.
func (k *Kind) Metadata() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n<resource-agent name=\"%s\" version=\"1.0\">\n<version>1.0</version>\n", text(k.Name))
	fmt.Fprintf(&b, "<longdesc lang=\"en\">%s</longdesc>\n<shortdesc lang=\"en\">%s</shortdesc>\n<parameters>\n", text(k.Long), text(k.Short))
	for _, p := range k.Params {
		kind, long := p.Type, p.Long
		if kind == "" {
			kind = String
		}
		if long == "" {
			long = p.Short
		}
		fmt.Fprintf(&b, "<parameter name=\"%s\" unique=\"%d\" required=\"%d\">\n<longdesc lang=\"en\">%s</longdesc>\n<shortdesc lang=\"en\">%s</shortdesc>\n",
			text(p.Name), bit(p.Unique), bit(p.Required), text(long), text(p.Short))
		if p.Default != "" {
			fmt.Fprintf(&b, "<content type=\"%s\" default=\"%s\"/>\n</parameter>\n", kind, text(p.Default))
		} else {
			fmt.Fprintf(&b, "<content type=\"%s\"/>\n</parameter>\n", kind)
		}
	}
	b.WriteString("</parameters>\n<actions>\n")
	for _, a := range []struct {
		name  string
		limit time.Duration
		more  string
	}{
		{"start", k.Limits.Start, ""}, {"stop", k.Limits.Stop, ""},
		{"monitor", k.Limits.Status, ` interval="10s" depth="0"`}, {"status", k.Limits.Status, ""},
		{"validate-all", k.Limits.Status, ""}, {"meta-data", 5 * time.Second, ""},
	} {
		fmt.Fprintf(&b, "<action name=\"%s\" timeout=\"%ds\"%s/>\n", a.name, seconds(a.limit), a.more)
	}
	b.WriteString("</actions>\n</resource-agent>\n")
	return b.String()
}

func seconds(d time.Duration) int {
	if d == 0 {
		d = 20 * time.Second
	}
	return int(d / time.Second)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
