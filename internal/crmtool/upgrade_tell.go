package crmtool

import (
	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// upgradeLines tell what an upgrade of a document to the schema of stored documents changes, in lines for people; none when it changes nothing.
func upgradeLines(old *xmltree.Node) (lines []string) {
	if !cib.NeedsUpgrade(old) {
		return nil
	}
	next, warnings, err := cib.UpgradeStored(old)
	if err != nil {
		return nil // whoever upgrades says why
	}
	lines = append(lines, "upgrade: from "+cib.SchemaName(old)+" to "+cib.SchemaName(next))
	for _, r := range cib.Rewrites(old, next) {
		lines = append(lines, "upgrade: "+r.String())
	}
	for _, w := range warnings {
		lines = append(lines, "upgrade: warning: "+w)
	}
	return lines
}
